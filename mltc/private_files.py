"""Folders and files that only their owner may read (0700 and 0600): everything that holds rows of persons.

Within `writing_privately`, which every command and every run enters, a file is private from the moment it is made,
whichever library makes it. A release is for others: its door opens it with `open_to_readers`.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mltc.errors import ConfigError

FOLDER_MODE, FILE_MODE = 0o700, 0o600
# What a run leaves in its folder that is not for everybody: rows of persons, or exact counts of them.
PRIVATE = (
    ".build",
    "damaged",
    "data_docs",
    "decisions",
    "earlier",
    "evaluation",
    "landing",
    "lists",
    "models",
    "stopped",
    "audit.jsonl",
    "run.json",
    "warehouse.duckdb",
    "warehouse.duckdb.wal",
)
ON_WINDOWS = (
    "Windows does not know these permissions: the files have those of their folder. Keep them on a drive that only "
    "those may read who are entitled to."
)
_MASK = 0o077
_usual_mask = [0o022]


@contextmanager
def writing_privately() -> Iterator[None]:
    """Whatever this process makes within the block is its owner's alone."""
    before = os.umask(_MASK)
    if before != _MASK:
        _usual_mask[0] = before
    try:
        yield
    finally:
        os.umask(before)


def close_to_others(out: Path) -> None:
    """Make private what an earlier version left open in the folder of an ICB; what belongs to others is left."""
    for name in PRIVATE:
        path = out / name
        if path.exists():
            try:
                path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)
            except PermissionError:  # another user's; that it is readable at all is their choice
                continue


def open_folder(folder: Path) -> None:
    """Make the folder of releases, or leave it as it is: others may look into it."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o777 & ~_usual_mask[0])


def open_to_readers(folder: Path) -> None:
    """Give a folder and all in it the modes that the user's own mask allows: it is for publication."""
    mask = _usual_mask[0]
    for path in (folder, *folder.rglob("*")):
        path.chmod((0o777 if path.is_dir() else 0o666) & ~mask)


def make_private_folder(folder: Path) -> Path:
    """The folder, made where it is missing, open to its owner alone. Raises ConfigError where it cannot be written."""
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        folder.chmod(FOLDER_MODE)
    except OSError as error:
        raise ConfigError(f"The folder {folder} cannot be written ({type(error).__name__}).") from None
    return folder


def write_private(path: Path, content: bytes) -> None:
    """Write beside, then put in place of what is there: nobody ever finds half a file, nor one open to others."""
    make_private_folder(path.parent)
    beside = path.parent / f".{path.name}.{secrets.token_hex(4)}"
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
            file.write(content)
        beside.replace(path)
        path.chmod(FILE_MODE)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written ({type(error).__name__}). Is it open in another program?"
        ) from None
    finally:
        beside.unlink(missing_ok=True)


def swap_folder(built: Path, place: Path) -> None:
    """Put a folder in place of another one, which stands until the new one is whole."""
    replaced = place.parent / f".{place.name}.replaced"
    try:
        shutil.rmtree(replaced, ignore_errors=True)
        if place.exists():
            place.rename(replaced)
        built.rename(place)
    except OSError as error:
        if replaced.exists() and not place.exists():
            replaced.rename(place)
        raise ConfigError(
            f"The folder {place} cannot be replaced ({type(error).__name__}). Is a file of it open in another program?"
        ) from None
    shutil.rmtree(replaced, ignore_errors=True)
