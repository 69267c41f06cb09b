"""Lines that can only be added: each holds the SHA-256 of the line before, so that a changed one shows.

A line is one JSON object with its `number` from 1 and `previous`, the hash of the bytes of the line before without its
end (64 zeros for the first). A writer that was killed leaves a line cut short: the next writer ends it and says so in
its own line (`after_broken_line`). Lines taken off the end show by the heads that others have kept (`head`).
"""

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mltc.errors import ConfigError, LockedError

FIRST = "0" * 64
WAIT_SECONDS = 30
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Checked:
    """lines: how many there are. head: hash of the last one. broken: numbers of lines that a kill cut short.

    fault: what is wrong with the first line that is not as it was written; None where nothing is.
    """

    lines: int
    head: str
    broken: tuple[int, ...]
    fault: str | None


def append_line(path: Path, content: Mapping[str, Any]) -> int:
    """Add one line, whole and on the disk before this returns; its number.

    Raises ConfigError where the file cannot be written, LockedError where another writer holds it for half a minute.
    """
    from filelock import FileLock, Timeout

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=WAIT_SECONDS, thread_local=False, mode=0o600):
            return _append(path, content)
    except Timeout:
        raise LockedError(f"Another program has held {path} for {WAIT_SECONDS} seconds. Try again later.") from None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written ({type(error).__name__}). Whoever looks at data of persons is put on record "
            "there first, so that nothing was done. Make the folder writable for you."
        ) from None


def read_lines(path: Path) -> list[dict[str, Any]]:
    """All whole lines, oldest first; those that a kill cut short are left out."""
    return [found for line in _split(path) if (found := _parse(line)) is not None]


def head(path: Path) -> dict[str, Any]:
    """How many lines there are and the hash of the last one, for others to keep."""
    lines = _split(path)
    return {"lines": len(lines), "sha256": _hash(lines[-1]) if lines else FIRST}


def check_chain(path: Path, heads: Collection[Mapping[str, Any]] = ()) -> Checked:
    """Follow the chain from the first line to the last. `heads`: what others have kept of it (see `head`)."""
    lines = _split(path)
    hashes = [FIRST, *(_hash(line) for line in lines)]
    broken: list[int] = []
    fault: str | None = None
    for number, line in enumerate(lines, start=1):
        found = _parse(line)
        if found is None:
            broken.append(number)
            continue
        fault = fault or _find_fault(found, number, hashes[number - 1], broken)
    fault = fault or _find_unnoted(lines, broken)
    for kept in heads:
        if fault is None and (kept["lines"] >= len(hashes) or hashes[kept["lines"]] != kept["sha256"]):
            fault = f"line {min(kept['lines'], len(lines) + 1)} is missing or another than when a run noted it"
    return Checked(len(lines), hashes[-1], tuple(broken), fault)


def _find_fault(found: Mapping[str, Any], number: int, before: str, broken: list[int]) -> str | None:
    if found.get("previous") != before:
        return (
            f"line {number} does not follow from the line before it: line {number - 1} was changed, or lines between "
            "the two were removed or added"
            if number > 1
            else "line 1 does not begin the file: lines before it were removed"
        )
    if found.get("number") != number:
        return f"line {number} calls itself line {found.get('number')}"
    if number - 1 in broken and found.get("after_broken_line") != number - 1:
        return f"line {number - 1} is no line of this file, and line {number} does not say that it was cut short"
    return None


def _find_unnoted(lines: list[bytes], broken: list[int]) -> str | None:
    """Two broken lines in a row cannot come from a kill: the next writer ends the first with a whole line."""
    pair = next((number for number in broken if number + 1 in broken), None)
    return f"lines {pair} and {pair + 1} are no lines of this file" if pair else None


def _append(path: Path, content: Mapping[str, Any]) -> int:
    last, is_cut = _read_last(path)
    whole = _parse(last) if last is not None else None
    is_broken = last is not None and whole is None
    number = int(whole["number"]) + 1 if whole is not None else len(_split(path)) + 1
    line: dict[str, Any] = {"number": number, **content, "previous": FIRST if last is None else _hash(last)}
    if is_broken:
        line["after_broken_line"] = number - 1
    text = ("\n" if is_cut else "") + json.dumps(line, ensure_ascii=False, default=str) + "\n"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        data = text.encode("utf-8")
        while data:
            data = data[os.write(file, data) :]
        os.fsync(file)
    finally:
        os.close(file)
    return number


def _read_last(path: Path) -> tuple[bytes | None, bool]:
    """The last line without its end, None of an empty file; and whether its end is missing."""
    try:
        with path.open("rb") as file:
            place = file.seek(0, os.SEEK_END)
            tail = b""
            while place and tail.rstrip(b"\n").count(b"\n") < 1:
                step = min(_CHUNK, place)
                place -= step
                file.seek(place)
                tail = file.read(step) + tail
    except FileNotFoundError:
        return None, False
    if not tail:
        return None, False
    return tail.removesuffix(b"\n").rsplit(b"\n", 1)[-1], not tail.endswith(b"\n")


def _split(path: Path) -> list[bytes]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    return content.removesuffix(b"\n").split(b"\n") if content else []


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("number"), int) else None


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
