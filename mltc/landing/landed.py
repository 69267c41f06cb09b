"""A landed file, the record that says where it came from, and when a later run may use it again.

FOLDER/<file>                 complete files only
FOLDER/.landed/<file>.json    the record: identity of the source, rows, size and SHA-256 of what was written
FOLDER/.landed/<file>.part    a file that is being written
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mltc.checksums import hash_file
from mltc.errors import ExtractError

RECORDS = ".landed"
BLOCK_BYTES = 8 * 1024 * 1024

Identity = Mapping[str, str | int | None]


@dataclass(frozen=True)
class LandedFile:
    """A local file that stands for something elsewhere.

    `key`: the name it was asked for by. `name`: what to call it in messages, without any secret.
    `rows`: where the source counted them. `sha256` is of the file's bytes. `resumed`: an earlier run pulled it.
    """

    key: str
    path: Path
    name: str
    rows: int | None
    sha256: str
    resumed: bool = False


def landing_folder(out: Path, run: str, feed: str) -> Path:
    """Where the files of a feed land."""
    return out / "landing" / run / feed


def clear_landing(out: Path) -> None:
    """Remove everything that has landed. Call it when a run commits: rows of persons must not pile up.

    Raises ExtractError where something cannot be removed, since then such rows would stay unseen.
    """
    folder = out / "landing"
    if not folder.exists():
        return
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise ExtractError(
            f"{folder} cannot be removed ({type(error).__name__}). It holds rows of persons: close what has it "
            "open and delete the folder by hand."
        ) from None


@contextmanager
def written_beside(path: Path, name: str) -> Iterator[Path]:
    """A place to write to; what stands there becomes `path` at the end of the block, and is gone if it fails.

    Raises ExtractError where the disk is full or the folder cannot be written.
    """
    part = path.parent / RECORDS / f"{path.name}.part"
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as error:
        raise ExtractError(
            f"{name} cannot be written to {path.parent} ({type(error).__name__}: {error.strerror or 'no reason given'})"
            ". Free disk space, or choose another folder with --out, and run again."
        ) from None
    finally:
        part.unlink(missing_ok=True)


def find_landed(
    path: Path, key: str, name: str, identity: Identity, within: timedelta | None = None
) -> LandedFile | None:
    """The landed file at `path` if it is complete, of the same source and not older than `within`; else None.

    One that says it landed later than now is none: the clock was wrong then or is now, so that its age is not known.
    """
    record = _read_record(path)
    if not record or record.get("source") != dict(identity) or not path.is_file():
        return None
    try:
        age = datetime.now(tz=UTC) - datetime.fromisoformat(record["landed_at"])
        if within is not None and not timedelta(0) <= age <= within:
            return None
        if path.stat().st_size != record["bytes"] or hash_file(path) != record["sha256"]:
            return None
        return LandedFile(key, path, name, record["rows"], record["sha256"], resumed=True)
    except (KeyError, TypeError, ValueError):
        return None  # no record of ours


def record_landed(path: Path, key: str, name: str, identity: Identity, rows: int | None, sha256: str) -> LandedFile:
    """Write the record of a file that is complete."""
    record = {
        "name": name,
        "source": dict(identity),
        "rows": rows,
        "bytes": path.stat().st_size,
        "sha256": sha256,
        "landed_at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
    }
    _record_path(path).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return LandedFile(key, path, name, rows, sha256)


def forget_landed(path: Path) -> None:
    """Drop the record before its file is replaced, so that no record ever stands beside another file."""
    _record_path(path).unlink(missing_ok=True)


def keep_only(folder: Path, landed: list[LandedFile]) -> None:
    """Remove files of an earlier, broken run that the source no longer has."""
    wanted = {item.path for item in landed}
    for path in folder.iterdir():
        if path.is_file() and path not in wanted:
            forget_landed(path)
            path.unlink()


def flat_names(paths: list[str]) -> dict[str, str]:
    """File name by source path (parts joined by /), all in one folder.

    A base name that occurs twice takes the folders that tell it apart after its stem, so that globs still match:
    `A/SRCode.csv` and `B/SRCode.csv` become `SRCode.A.csv` and `SRCode.B.csv`.
    """
    shared = _count_shared([path.split("/")[:-1] for path in paths])
    bases = [_safe_name(path.rsplit("/", 1)[-1]) for path in paths]
    seen = [base.casefold() for base in bases]
    names = {
        path: base if seen.count(base.casefold()) == 1 else _with_folders(path.split("/")[shared:-1], base)
        for path, base in zip(paths, bases, strict=True)
    }
    if len({name.casefold() for name in names.values()}) != len(names):
        raise ExtractError(
            f"Two files would land under one name ({', '.join(sorted(names)[:4])} ...): their paths differ only in "
            "capitals or signs. Rename one, or narrow the pattern."
        )
    return names


def _count_shared(folders: list[list[str]]) -> int:
    """How many leading folders all paths have in common."""
    shared = 0
    for level in zip(*folders, strict=False):
        if len(set(level)) > 1:
            break
        shared += 1
    return shared


def _with_folders(parts: list[str], base: str) -> str:
    stem, dot, suffixes = base.partition(".")
    folders = [_safe_name(part) for part in parts if part]
    return ".".join([stem, *folders]) + dot + suffixes


def _safe_name(name: str) -> str:
    """Signs that Windows refuses in file names become underscores."""
    return "".join("_" if sign in '<>:"/\\|?*' or ord(sign) < 32 else sign for sign in name)


def _record_path(path: Path) -> Path:
    return path.parent / RECORDS / f"{path.name}.json"


def _read_record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(_record_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
