"""Folders and files that only their owner may read (0700 and 0600), written whole or not at all."""

import os
import secrets
import shutil
from pathlib import Path

from mltc.errors import ConfigError

FOLDER_MODE, FILE_MODE = 0o700, 0o600
ON_WINDOWS = (
    "Windows does not know these permissions: the files have those of their folder. Keep them on a drive that only "
    "those may read who are entitled to."
)


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
