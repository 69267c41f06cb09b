"""Reads the codelist files row by row and gathers every problem found, named by file and row."""

import csv
import re
import tomllib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mltc.codelists.check_digit import has_valid_check_digit
from mltc.codelists.records import CODE_PATTERNS, VERIFIED_VALUES, CodeSystem

CODE_COLUMNS = ("code", "term", "source", "verified")

Record = TypeVar("Record", bound=BaseModel)


def read_text(path: Path, problems: list[str]) -> str | None:
    """Text of a file with line ends as LF, or None and a problem where it is missing or not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except FileNotFoundError:
        problems.append(f"{path.name}: the file is missing from {path.parent.name}/")
    except UnicodeDecodeError as error:
        problems.append(f"{path.name}: not UTF-8 at byte {error.start}; save it as UTF-8")
    return None


def read_records(path: Path, table: str, model: type[Record], problems: list[str]) -> list[Record]:
    """Valid `[[table]]` entries of a TOML file, in file order."""
    text = read_text(path, problems)
    if text is None:
        return []
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{path.name}: not valid TOML: {error}")
        return []
    entries = content.get(table)
    if set(content) != {table} or not isinstance(entries, list):
        problems.append(f"{path.name}: found {sorted(content)}, expected only [[{table}]] entries")
        return []
    records = []
    for number, entry in enumerate(entries, start=1):
        place = f"{path.name}, {table} {number} ({entry.get('key', 'no key')})"
        try:
            records.append(model.model_validate(entry))
        except ValidationError as error:
            problems.extend(f"{place}: {message}" for message in describe_errors(error))
    problems.extend(find_duplicate_keys(path.name, table, [str(entry.get("key")) for entry in entries]))
    return records


def describe_errors(error: ValidationError) -> Iterator[str]:
    """One line for each field that is wrong."""
    for item in error.errors(include_url=False):
        field = ".".join(str(part) for part in item["loc"]) or "entry"
        found = f", found {item['input']!r}" if item["loc"] and item["type"] != "missing" else ""
        yield f"{field}: {item['msg']}{found}"


def find_duplicate_keys(name: str, table: str, keys: list[str]) -> Iterator[str]:
    """A problem for each key that an earlier entry has taken."""
    for number, key in enumerate(keys, start=1):
        if key in keys[: number - 1]:
            first = keys.index(key) + 1
            yield f"{name}, {table} {number}: duplicate key {key!r}, first used by {table} {first}"


def read_table(path: Path, columns: tuple[str, ...], problems: list[str]) -> list[dict[str, str]]:
    """Rows of a CSV file with exactly these columns; row numbers start at 2 below the header."""
    text = read_text(path, problems)
    if text is None:
        return []
    reader = csv.DictReader(StringIO(text))
    if tuple(reader.fieldnames or ()) != columns:
        problems.append(f"{label(path)}: columns are {reader.fieldnames}, expected {list(columns)}")
        return []
    rows: list[dict[str, Any]] = list(reader)
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            problems.append(f"{label(path)}, row {number}: expected {len(columns)} values")
    return [row for row in rows if None not in row and None not in row.values()]


def read_codes(path: Path, code_system: CodeSystem, problems: list[str]) -> list[dict[str, str]]:
    """Code rows of one list; checks the shape of each code and that none stands twice."""
    rows = read_table(path, CODE_COLUMNS, problems)
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=2):
        faults = list(find_code_faults(row, code_system))
        if row["code"] in seen:
            faults.append(f"code {row['code']!r} stands already in row {seen[row['code']]}")
        problems.extend(f"{label(path)}, row {number}: {fault}" for fault in faults)
        seen.setdefault(row["code"], number)
    return rows


def find_code_faults(row: dict[str, str], code_system: CodeSystem) -> Iterator[str]:
    """What is wrong with one code row."""
    code = row["code"]
    if "." in code:
        yield f"code {code!r} has a dot; write it without, as {code.replace('.', '')!r}"
    elif not re.fullmatch(CODE_PATTERNS[code_system], code):
        yield f"{code!r} is not a {code_system} code ({CODE_PATTERNS[code_system]})"
    elif code_system == "snomed" and not has_valid_check_digit(code):
        yield f"{code!r} fails its check digit; a spreadsheet may have rounded it, copy it again as text"
    if row["verified"] not in VERIFIED_VALUES:
        yield f"verified is {row['verified']!r}, allowed are {list(VERIFIED_VALUES)}"
    if not row["source"]:
        yield "source is empty"


def find_redundant_prefixes(path: Path, rows: list[dict[str, str]]) -> Iterator[str]:
    """A problem for each verified prefix that a shorter verified prefix of the same list covers."""
    verified = {row["code"] for row in rows if row["verified"] == "yes"}
    for number, row in enumerate(rows, start=2):
        code = row["code"]
        parents = [code[:end] for end in range(3, len(code)) if code[:end] in verified]
        if row["verified"] == "yes" and parents:
            yield f"{label(path)}, row {number}: {code!r} is covered by {parents[0]!r}; delete the longer one"


def label(path: Path) -> str:
    """Folder and file name, as a person would look for it."""
    return f"{path.parent.name}/{path.name}"
