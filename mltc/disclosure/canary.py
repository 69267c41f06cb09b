"""Looks for identifiers of persons in a release, inside compressed files too. Made for tests with canaries."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path


def scan_for_identifiers(folder: Path, identifiers: Iterable[str]) -> list[Path]:
    """Files below `folder` that contain any of `identifiers`, as relative paths, sorted.

    Looks at bytes as UTF-8, at the members of zip files (workbooks) and at the values of Parquet files.
    Identifiers are found anywhere, also within longer words: pass such that are long enough to mean something.
    """
    import polars as pl

    wanted = sorted({identifier for identifier in identifiers if identifier})
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    if not wanted:
        return []
    return [
        path.relative_to(folder)
        for path in paths
        if pl.Series(list(_texts(path.name, path.read_bytes()))).str.contains_any(wanted).any()
    ]


def _texts(name: str, data: bytes) -> Iterator[str]:
    """File name and readable contents."""
    import polars as pl

    yield name
    yield data.decode("utf-8", errors="replace")
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from _texts(member, archive.read(member))
    elif data.startswith(b"PAR1"):
        yield pl.read_parquet(io.BytesIO(data)).write_csv()
