"""The registry of code lists and tables: where each came from, its licence, and a checksum of its content."""

import csv
import hashlib
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path

from mltc.codelists.files import read_table
from mltc.codelists.lists import find_list_files
from mltc.errors import CodelistError
from mltc.paths import CODELISTS

REGISTRY_COLUMNS = (
    "path",
    "source",
    "version",
    "licence",
    "codes",
    "verified_codes",
    "sha256",
    "reviewed_date",
)
# What a person states about a list; the other columns are counted from the file.
STATED_COLUMNS = ("source", "version", "licence", "reviewed_date")


def hash_files(paths: Iterable[Path]) -> str:
    """SHA-256 in hex over files in the order given, line ends as LF, so that a Windows checkout agrees."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def write_registry(folder: Path = CODELISTS) -> None:
    """Counts and hashes every list again; keeps what registry.csv states about source and licence.

    A list that is new to the registry gets a row with those columns empty, which `load_codelists`
    refuses until someone fills them in.
    """
    problems: list[str] = []
    path = folder / "registry.csv"
    known = read_table(path, REGISTRY_COLUMNS, problems) if path.exists() else []
    stated = {row["path"]: row for row in known}
    rows = [build_row(folder, file, stated, problems) for file in find_list_files(folder)]
    if problems:
        raise CodelistError("\n".join(problems))
    text = StringIO(newline="")
    writer = csv.DictWriter(text, REGISTRY_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode("utf-8"))


def build_row(folder: Path, file: Path, stated: dict[str, dict[str, str]], problems: list[str]) -> dict[str, str | int]:
    """Registry row of one list."""
    name = file.relative_to(folder).as_posix()
    codes = read_table(file, None, problems)
    before = stated.get(name, {})
    return {
        "path": name,
        **{column: before.get(column, "") for column in STATED_COLUMNS},
        "codes": len(codes),
        "verified_codes": sum(row.get("verified") == "yes" for row in codes),
        "sha256": hash_files([file]),
    }


def check_registry(folder: Path, problems: list[str]) -> None:
    """Compares registry.csv with the lists on disk; adds a problem for each difference."""
    path = folder / "registry.csv"
    rows = read_table(path, REGISTRY_COLUMNS, problems)
    files = {file.relative_to(folder).as_posix(): file for file in find_list_files(folder)}
    listed = [row["path"] for row in rows]
    problems.extend(f"{name}: not in registry.csv; run write_registry" for name in files if name not in listed)
    for number, row in enumerate(rows, start=2):
        place = f"registry.csv, row {number}"
        if listed.index(row["path"]) != number - 2:
            problems.append(f"{place}: {row['path']} is listed twice")
        elif row["path"] not in files:
            problems.append(f"{place}: {row['path']} does not exist")
        else:
            problems.extend(f"{place}: {text}" for text in find_differences(folder, files[row["path"]], row))


def find_differences(folder: Path, file: Path, row: dict[str, str]) -> Iterator[str]:
    """What the registry says of one list and the list does not bear out."""
    found = build_row(folder, file, {row["path"]: row}, [])
    if str(found["sha256"]) != row["sha256"]:
        yield f"checksum of {row['path']} differs from the list; review the change, then run write_registry"
    for column in ("codes", "verified_codes"):
        if str(found[column]) != row[column]:
            yield f"{column} is {row[column]!r}, {row['path']} has {str(found[column])!r}"
    for column in STATED_COLUMNS:
        if not row[column]:
            yield f"{column} of {row['path']} is empty"
