"""Encryption of the warehouse at rest: whether a file is encrypted, and its key, which no file ever holds.

The key comes from an environment variable or a Prefect secret block that `[engine]` names. `run.json` beside a
warehouse repeats the names, so that commands without a configuration find the key too; without a record they look in
MLTC_WAREHOUSE_KEY. The variable of the same name with `_PREVIOUS` (with a block: MLTC_WAREHOUSE_KEY_PREVIOUS) may hold
the key before, which only ever reads.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mltc.errors import ConfigError

KEY_ENV = "MLTC_WAREHOUSE_KEY"
MINIMUM_LENGTH = 32
CIPHER = "AES-256-GCM"
# DuckDB, src/storage/single_file_block_manager.cpp: after a checksum of 8 bytes stand the letters DUCK, 8 bytes of
# version, and flags of which the lowest says that the file is encrypted.
_MAGIC_AT, _FLAGS_AT = 8, 20
_blocks: dict[str, str] = {}
_readers: list[Callable[[str], str]] = []
_written: dict[Path, "Encryption"] = {}


@dataclass(frozen=True)
class Encryption:
    """How a warehouse is encrypted, and by which keys it can be read.

    `key` writes and reads, `previous` only reads. `library`: `openssl`, which DuckDB brings in its extension httpfs
    (`extension`: path of its file, where it is not installed), or `built_in`, for invented people only.
    """

    key: str = field(repr=False)
    previous: str = field(default="", repr=False)
    library: str = "openssl"
    extension: str = ""

    @property
    def keys(self) -> list[str]:
        """The key, then the one before where there is one."""
        return [key for key in (self.key, self.previous) if key]


@dataclass(frozen=True)
class KeyPlace:
    """Where keys are: names, never a key."""

    env: str = ""
    block: str = ""
    library: str = "openssl"
    extension: str = ""

    def read(self) -> Encryption:
        """The keys. Raises ConfigError where there is none, or one is shorter than 32 characters."""
        where = f"The Prefect Secret block {self.block!r}" if self.block else f"The environment variable {self.env}"
        key = _read_block(self.block) if self.block else os.environ.get(self.env, "").strip()
        if not key:
            raise ConfigError(
                f"{where}, which holds the key of the warehouse, is not set. Set it to the key that the warehouse is "
                f"or is to be encrypted with: {MINIMUM_LENGTH} characters or more."
            )
        _check_length(where, key)
        name = f"{self.env or KEY_ENV}_PREVIOUS"
        previous = os.environ.get(name, "").strip()
        if previous:
            _check_length(f"The environment variable {name}", previous)
        return Encryption(key, previous, self.library, self.extension)

    def describe(self) -> dict[str, str]:
        """What `run.json` says of it: names alone."""
        named = {"key_env": self.env, "key_block": self.block, "library": self.library, "extension": self.extension}
        return {"cipher": CIPHER, **{name: value for name, value in named.items() if value}}


def is_encrypted(path: Path) -> bool:
    """Whether the file is an encrypted DuckDB file, by its first bytes; False where there is none."""
    try:
        with path.open("rb") as file:
            start = file.read(_FLAGS_AT + 1)
    except OSError:
        return False
    return start[_MAGIC_AT : _MAGIC_AT + 4] == b"DUCK" and len(start) > _FLAGS_AT and bool(start[_FLAGS_AT] & 1)


def find_place(warehouse: Path) -> KeyPlace:
    """Where the key of a warehouse file is, by the `run.json` beside it; else by the default variable."""
    try:
        said = json.loads((warehouse.parent / "run.json").read_text(encoding="utf-8"))["encryption"]
        return read_place(said)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return KeyPlace(env=KEY_ENV)


def remember_written(warehouse: Path, encryption: Encryption) -> None:
    """Keep in this process how it writes a file: the warehouse of a run at work has no record beside it yet."""
    _written[warehouse.resolve()] = encryption


def find_encryption(warehouse: Path) -> Encryption:
    """The keys of an encrypted warehouse file: as this process writes it or, if it does not, as its record says.

    Raises ConfigError where there are none.
    """
    if warehouse.resolve() in _written:
        return _written[warehouse.resolve()]
    try:
        return find_place(warehouse).read()
    except ConfigError as error:
        raise ConfigError(f"The warehouse {warehouse} is encrypted. {error}") from None


def read_place(said: Mapping[str, Any]) -> KeyPlace:
    """The place that `describe` wrote."""
    env, block = str(said.get("key_env", "")), str(said.get("key_block", ""))
    library, extension = str(said.get("library", "openssl")), str(said.get("extension", ""))
    return KeyPlace(env or ("" if block else KEY_ENV), block, library, extension)


def read_keys(warehouse: Path, encryption: Encryption | None) -> Iterator[str]:
    """Keys that may read an encrypted warehouse file: those given, then those that its record names.

    Raises ConfigError where none is given and none can be found.
    """
    tried = list(encryption.keys) if encryption else []
    yield from tried
    try:
        found = find_encryption(warehouse)
    except ConfigError:
        if encryption:
            return
        raise
    yield from (key for key in found.keys if key not in tried)


def set_block_reader(reader: Callable[[str], str]) -> None:
    """Say how a Prefect secret block is read: only flows know Prefect."""
    _readers[:] = [reader]


def _read_block(name: str) -> str:
    """Text of a block, asked for once in a process."""
    if name not in _blocks:
        if not _readers:
            raise ConfigError(
                f"[engine] encryption_key_block names the Prefect block {name!r}, which only a command of mltc can "
                f"read. Set {KEY_ENV} and encryption_key_env instead."
            )
        _blocks[name] = _readers[0](name).strip()
    return _blocks[name]


def _check_length(where: str, key: str) -> None:
    if len(key) < MINIMUM_LENGTH:
        raise ConfigError(
            f"{where} holds a key of {len(key)} characters; the key of a warehouse needs {MINIMUM_LENGTH} or more. "
            'Make one with: python -c "import secrets; print(secrets.token_hex(32))"'
        )
