"""What the engine could not do, in our words: its own messages may quote a row, and name no remedy of ours."""

import errno
import re
import shutil
from pathlib import Path

import duckdb

from mltc.errors import ConfigError, DamagedError, MltcError, ResourceError
from mltc.warehouse.protocol import EngineError

# Messages of these carry names and positions; every other kind may quote a row.
_SAFE_KINDS = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
# The engine has kinds of error for neither; what it says is the only mark of them.
_FULL = re.compile(r"No space left|disk is full|not enough space|Disk quota|max_temp_directory_size")
_DAMAGED = re.compile(
    r"Corrupt database|not a valid DuckDB database|Could not read enough bytes|[Cc]hecksum|AES tag differs"
)
MIB = 1024 * 1024


def explain_unopened(path: Path, error: duckdb.Error) -> MltcError:
    """Why the warehouse file cannot be opened."""
    if found := _explain_file(path, error):
        return found
    return ConfigError(
        f"The warehouse {path} cannot be opened: it is missing, in use by another program, or its "
        "folder cannot be written."
    )


def explain_failed(path: Path, error: duckdb.Error) -> MltcError:
    """Why a statement failed on the warehouse file at `path`, without anything that may come from a row."""
    if isinstance(error, _SAFE_KINDS):
        return EngineError(str(error).splitlines()[0])
    if found := _explain_file(path, error):
        return found
    line = re.search(r"\b[Ll]ine:? (\d+)", str(error))
    where = f" at line {line.group(1)}" if line else ""
    return EngineError(f"the engine stopped with {type(error).__name__}{where}")


def describe_full(folder: Path) -> str:
    """That the disk of a folder is full, how much is free, and what the folder takes by now."""
    try:
        taken = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        found = f"{shutil.disk_usage(folder).free // MIB:,} MiB are free, {taken // MIB:,} MiB are in the folder, and"
    except OSError:
        found = ""
    return (
        f"The disk of {folder} is full: {found} the run needs more. Nothing was published and the last good state "
        "stands. Free disk space, or choose another folder with --out, and run again."
    )


def describe_damaged(path: Path) -> str:
    """That a warehouse cannot be read, and the ways on."""
    return (
        f"The warehouse {path} is damaged: part of it cannot be read. Put a whole copy in its place (a backup, or "
        "`mltc restore` where [retention] keeps earlier months), or run `mltc run`, which sets it aside and builds "
        "everything from the extracts; changes since the last run are then not known."
    )


def is_full(error: OSError) -> bool:
    """Whether a file could not be written because there is no room for it."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def _is_warehouse(path: Path) -> bool:
    """Whether the first bytes are those of a DuckDB file: after a checksum of eight stands DUCK."""
    try:
        with path.open("rb") as file:
            return file.read(12)[8:] == b"DUCK"
    except OSError:
        return True  # nothing can be said of a file that cannot be read


def _explain_file(path: Path, error: duckdb.Error) -> MltcError | None:
    """Too little room, or a damaged file."""
    told = str(error)
    if _FULL.search(told):
        return ResourceError(describe_full(path.parent))
    if isinstance(error, duckdb.OutOfMemoryException):
        return ResourceError(
            "The engine ran out of memory: what [engine] memory_limit allows is too little for these extracts. Raise "
            "it, up to about three quarters of the machine's memory, or lower [engine] threads, which share it. "
            "Nothing was published and the last good state stands."
        )
    if path.is_file() and (_DAMAGED.search(told) or not _is_warehouse(path)):
        return DamagedError(describe_damaged(path))
    return None
