"""Checksums of files: SHA-256, hexadecimal, read in blocks, since a warehouse is larger than memory."""

import hashlib
from pathlib import Path


def hash_file(path: Path) -> str:
    """Of the bytes of a file. Raises OSError where it cannot be read."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_folder(folder: Path) -> str:
    """Of names and bytes of all files below a folder; that of none where there is no such folder."""
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(f"{path.relative_to(folder).as_posix()}\0{hash_file(path)}\0".encode())
    return found.hexdigest()
