"""A last good warehouse that is no longer what its run wrote: found before a run starts from it, and set aside.

OUT/damaged/<when>/ holds the file and its run.json until somebody deletes it: it may be what a history is saved from.
"""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from mltc.checksums import hash_file
from mltc.errors import ConfigError, DamagedError
from mltc.warehouse import open_warehouse

FOLDER = "damaged"
HASH = "warehouse_sha256"  # in run.json, of the warehouse that it describes


def hash_warehouse(path: Path) -> str:
    """SHA-256 of a warehouse file that nobody writes any more."""
    status = path.stat()
    return _hash(path, status.st_size, status.st_mtime_ns)


@cache
def _hash(path: Path, _size: int, _changed: int) -> str:
    return hash_file(path)


def is_whole(warehouse: Path, record: Path) -> bool:
    """Whether a warehouse can be read to its last row: by its checksum in run.json, else by reading it.

    A file that is not the recorded one is read and not refused: a backup may have been put back without its run.json.
    Raises ConfigError where it cannot be opened for another reason than damage.
    """
    try:
        if json.loads(record.read_text(encoding="utf-8"))[HASH] == hash_warehouse(warehouse):
            return True
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass  # an older run.json, or none that can be read: the warehouse has to tell by itself
    try:
        _read_everything(warehouse)
    except DamagedError:
        return False
    return True


def set_aside(out: Path, *files: Path) -> Path:
    """Move a damaged warehouse and its record to a folder of their own; that folder. Raises ConfigError."""
    stamp = f"{datetime.now(tz=UTC):%Y%m%dT%H%M%SZ}"
    taken = len(list((out / FOLDER).glob(f"{stamp}*")))
    folder = out / FOLDER / (f"{stamp}-{taken + 1}" if taken else stamp)
    try:
        for each in (out / FOLDER, folder):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in files:
            if file.exists():
                file.replace(folder / file.name)
    except OSError as error:
        raise ConfigError(
            f"The warehouse in {out} is damaged and cannot be moved to {folder} ({type(error).__name__}): close what "
            "has it open, move it away by hand, and run again."
        ) from None
    return folder


def describe_loss(out: Path, warehouse: Path) -> str | None:
    """What a run lacks that starts after a warehouse was set aside; None where the last one is there."""
    found = sorted((out / FOLDER).glob("*/"))
    if warehouse.exists() or not found:
        return None
    return (
        f"The last good warehouse could not be read and was set aside in {found[-1]}. This run builds everything from "
        "the extracts, as a first run does: changes since the last run and the history before it are not known, and "
        "whether the secret is still the same could not be checked. To keep them, put a whole copy of warehouse.duckdb "
        "and run.json back (a backup, or `mltc restore`) and run again. Delete the folder when nobody needs it: it "
        "holds rows of persons."
    )


def _read_everything(path: Path) -> None:
    """Every row of every table. Raises DamagedError where the engine cannot read one."""
    with open_warehouse(path, read_only=True) as warehouse:
        tables = warehouse.read(
            "select table_schema || '.' || table_name as name from information_schema.tables "
            "where table_type = 'BASE TABLE' order by name"
        )["name"]
        for name in tables:
            warehouse.read(f"select max(hash(found)) as last_hash from {name} as found")
