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
from mltc.codelists.records import CODE_PATTERNS, PREFIX_SYSTEMS, VERIFIED_VALUES

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
    items = error.errors(include_url=False)
    for item in items:
        # A list with a faulty part is also said to be too short: only the part is worth telling.
        inside = (other["loc"] for other in items if other is not item)
        if item["type"] == "too_short" and any(place[: len(item["loc"])] == item["loc"] for place in inside):
            continue
        found = f", found {item['input']!r}" if item["loc"] and item["type"] != "missing" else ""
        yield f"{describe_place(item['loc'])}: {item['msg']}{found}"


def describe_place(location: tuple[int | str, ...]) -> str:
    """Where in an entry: a rule's alternatives and clauses are counted from 1."""
    match location:
        case ():
            return "entry"
        case ("rule", int(alternative), int(clause), *rest):
            place = f"rule, alternative {alternative + 1}, clause {clause + 1}"
            return ", ".join([place, *(str(part) for part in rest[:1])])
        case ("rule", int(alternative)):
            return f"rule, alternative {alternative + 1}"
    return ".".join(str(part) for part in location)


def find_duplicate_keys(name: str, table: str, keys: list[str]) -> Iterator[str]:
    """A problem for each key that an earlier entry has taken."""
    for number, key in enumerate(keys, start=1):
        if key in keys[: number - 1]:
            first = keys.index(key) + 1
            yield f"{name}, {table} {number}: duplicate key {key!r}, first used by {table} {first}"


def read_table(path: Path, columns: tuple[str, ...] | None, problems: list[str]) -> list[dict[str, str]]:
    """Rows of a CSV file with exactly these columns (None: any); row numbers start at 2 below the header."""
    text = read_text(path, problems)
    if text is None:
        return []
    reader = csv.DictReader(StringIO(text))
    found = tuple(reader.fieldnames or ())
    if columns is not None and found != columns:
        problems.append(f"{label(path)}: columns are {list(found)}, expected {list(columns)}")
        return []
    rows: list[dict[str, Any]] = list(reader)
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            problems.append(f"{label(path)}, row {number}: expected {len(found)} values")
    return [row for row in rows if None not in row and None not in row.values()]


def find_code_faults(row: dict[str, str]) -> Iterator[str]:
    """What is wrong with one code row, which names its code_system."""
    code, code_system = row["code"], row["code_system"]
    if code_system not in CODE_PATTERNS:
        yield f"code_system is {code_system!r}, allowed are {sorted(CODE_PATTERNS)}"
    elif "." in code:
        yield f"code {code!r} has a dot; write it without, as {code.replace('.', '')!r}"
    elif not re.fullmatch(CODE_PATTERNS[code_system], code):
        yield f"{code!r} is not a {code_system} code ({CODE_PATTERNS[code_system]})"
    elif code_system in ("snomed", "dmd") and not has_valid_check_digit(code):
        yield f"{code!r} fails its check digit; a spreadsheet may have rounded it, copy it again as text"
    yield from find_provenance_faults(row)


def find_provenance_faults(row: dict[str, str]) -> Iterator[str]:
    """A row says where it comes from and how that was verified."""
    if row["verified"] not in VERIFIED_VALUES:
        yield f"verified is {row['verified']!r}, allowed are {list(VERIFIED_VALUES)}"
    if not row["source"]:
        yield "source is empty"


def find_redundant_prefixes(path: Path, rows: list[dict[str, str]]) -> Iterator[str]:
    """A problem for each verified prefix that a shorter verified prefix of the same list covers."""
    verified = {(row["code_system"], row["code"]) for row in rows if row["verified"] == "yes"}
    for number, row in enumerate(rows, start=2):
        code, system = row["code"], row["code_system"]
        shorter = [code[:end] for end in range(1, len(code))] if system in PREFIX_SYSTEMS else []
        parents = [parent for parent in shorter if (system, parent) in verified]
        if row["verified"] == "yes" and parents:
            yield f"{label(path)}, row {number}: {code!r} is covered by {parents[0]!r}; delete the longer one"


def label(path: Path) -> str:
    """Folder and file name, as a person would look for it."""
    return f"{path.parent.name}/{path.name}"
