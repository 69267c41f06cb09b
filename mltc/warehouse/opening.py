"""How a warehouse file is opened or attached: by its path or, where it is encrypted, by one of its keys."""

from pathlib import Path
from typing import Any

import duckdb

from mltc.encryption import Encryption, find_encryption, is_encrypted, read_keys, remember_written
from mltc.errors import ConfigError
from mltc.warehouse.faults import explain_unopened

CATALOG = "warehouse"
_WRONG_KEY = "Wrong encryption key"
Settings = dict[str, str | int]


def connect_file(path: Path, settings: Settings, encryption: Encryption | None, *, read_only: bool) -> Any:
    """A connection on the file, which is made where it is missing, encrypted if `encryption` is given.

    Raises ConfigError where it cannot be opened: no key or a wrong one, or a key for a file that is not encrypted.
    """
    if encryption and not read_only:
        remember_written(path, encryption)
    if encryption is None and not is_encrypted(path):
        try:
            return duckdb.connect(str(path), read_only=read_only, config=settings)
        except duckdb.Error as error:
            raise explain_unopened(path, error) from None
    if encryption is not None and path.exists() and not is_encrypted(path):
        raise ConfigError(
            f"The warehouse {path} is not encrypted, and [engine] names a key. `mltc run` writes an encrypted one in "
            "its place; until then, open it without a key."
        )
    return _connect_encrypted(path, settings, encryption, read_only=read_only)


def attach_file(connection: Any, path: Path, name: str, encryption: Encryption | None, *, read_only: bool) -> None:
    """Attach a file as catalogue `name`, encrypted or not, by the first key that fits; only the first key writes."""
    options = "(read_only)" if read_only else ""
    if encryption is None and not is_encrypted(path):
        connection.execute(f"attach $path as {name} {options}", {"path": str(path)})
        return
    options = f"({'read_only, ' if read_only else ''}encryption_key $key)"
    keys = read_keys(path, encryption) if read_only or encryption is None else iter(encryption.keys[:1])
    for key in keys:
        try:
            connection.execute(f"attach $path as {name} {options}", {"path": str(path), "key": key})
        except duckdb.InvalidInputException as error:
            if _WRONG_KEY not in str(error):
                raise
        else:
            return
    raise ConfigError(
        f"The key does not fit the warehouse {path}: it was encrypted with another. Set the variable that [engine] "
        "encryption_key_env names to that key or, after a change of keys, the variable of the same name with "
        "_PREVIOUS. Without its key nobody can read it: `mltc run` can build it anew from the extracts, in a new "
        "folder."
    )


def load_library(connection: Any, encryption: Encryption) -> None:
    """Let the engine write encrypted files. Raises ConfigError where it has not got what that takes."""
    if encryption.library == "built_in":
        connection.execute("set force_mbedtls_unsafe = true")
        return
    extension = encryption.extension.replace("'", "''")
    try:
        connection.execute(f"load '{extension}'" if extension else "load httpfs")
    except duckdb.Error:
        where = f"from {encryption.extension}" if extension else "on this machine"
        raise ConfigError(
            f"An encrypted warehouse is written with OpenSSL, which DuckDB {duckdb.__version__} brings in its "
            f"extension httpfs, and that cannot be loaded {where}. Install it once, on the network: "
            "uv run python -c \"import duckdb; duckdb.sql('install httpfs')\"; or name the file "
            "httpfs.duckdb_extension of the same version and platform under [engine] encryption_extension. See "
            "docs/security.md."
        ) from None


def check_library(encryption: Encryption) -> None:
    """Raise ConfigError where the engine could not write encrypted files: before anything has been read."""
    with duckdb.connect(":memory:") as connection:
        load_library(connection, encryption)


def _connect_encrypted(path: Path, settings: Settings, encryption: Encryption | None, *, read_only: bool) -> Any:
    """An engine without a file of its own, with the encrypted one attached in the place of its own."""
    if read_only and not path.exists():
        raise explain_unopened(path, duckdb.IOException())
    # Access outside is shut off once the file and the library are there: nothing can be attached afterwards.
    shut = {name: value for name, value in settings.items() if name != "enable_external_access"}
    connection = duckdb.connect(":memory:", config=shut)
    try:
        use_encrypted(connection, path, encryption, read_only=read_only)
        if shut != settings:
            connection.execute(f"set enable_external_access = {settings['enable_external_access']}")
    except duckdb.Error as error:
        connection.close()
        raise explain_unopened(path, error) from None
    except ConfigError:
        connection.close()
        raise
    return connection


def use_encrypted(connection: Any, path: Path, encryption: Encryption | None, *, read_only: bool) -> None:
    """Let an engine without a file of its own work on the encrypted one as if it were its own."""
    _prepare_spill(connection, path, encryption or find_encryption(path), read_only=read_only)
    attach_file(connection, path, CATALOG, encryption, read_only=read_only)
    connection.execute(f"use {CATALOG}")


def _prepare_spill(connection: Any, path: Path, encryption: Encryption, *, read_only: bool) -> None:
    """What does not fit into memory is written encrypted or, where that cannot be, not at all."""
    try:
        load_library(connection, encryption)
    except ConfigError:
        if not read_only:
            raise
        connection.execute("set temp_directory = ''")
        return
    if read_only:
        connection.execute("set temp_directory = $folder", {"folder": f"{path}.tmp"})
    connection.execute("set temp_file_encryption = true")


def is_written_with(path: Path, encryption: Encryption | None) -> bool:
    """Whether a file can be gone on with as it is: not encrypted where none is to be, else by the key that writes."""
    if encryption is None or not is_encrypted(path):
        return (encryption is None) == (not is_encrypted(path))
    with duckdb.connect(":memory:") as connection:
        try:
            connection.execute(
                f"attach $path as {CATALOG} (read_only, encryption_key $key)",
                {"path": str(path), "key": encryption.key},
            )
        except duckdb.Error:
            return False
        connection.execute(f"detach {CATALOG}")
    return True
