"""A list that came back filled in: read, checked cell by cell, and told by row and column, never by its contents."""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from mltc.disclosure.written import restore_formula
from mltc.errors import ConfigError, ExtractError
from mltc.handbook.mltc_id import read_mltc_id
from mltc.lists.layout import COLUMNS, DECISIONS, FILLED_IN, KEYS, NEEDS_INNOVATION, NEEDS_REASON, REASONS, ROLES
from mltc.lists.people import is_file_name

SCHEMA = {
    **dict.fromkeys(("run", "practice_code", "mltc_id"), pl.String),
    "reviewed_on": pl.Date,
    **dict.fromkeys(("reviewed_by_role", "decision", "reason", "chosen_innovation"), pl.String),
}
DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y")  # as asked for, and as a British spreadsheet saves it
ERRORS_SHOWN = 20
Row = Mapping[str, str]


@dataclass(frozen=True)
class Returned:
    """One file: its run and practice, everybody on it, and the decisions (columns of `SCHEMA`)."""

    run: str
    practice: str
    listed: frozenset[str]
    decisions: pl.DataFrame


@dataclass(frozen=True)
class Allowed:
    """What a file may say: innovations by key, the last day that is not in the future, and, by run and practice, who
    was on the list that was given out (None: there was none) and the index date of the run (None: not known)."""

    innovations: Collection[str]
    today: date
    issued: Callable[[str, str], frozenset[str] | None]
    first_day: Callable[[str], date | None]


def read_returned(path: Path, allowed: Allowed) -> Returned:
    """Read one file. Raises ExtractError that names every wrong cell by row (header = row 1) and column."""
    rows = list(_read_rows(path))
    run, practice = (_find_single(path, rows, name) for name in ("run", "practice_code"))
    if not is_file_name(run) or not is_file_name(practice):
        raise ExtractError(f"{path.name}: run or practice_code is not one that lists are made for. Do not change them.")
    issued = allowed.issued(run, practice)
    if issued is None:
        raise ExtractError(
            f"{path.name}: no list of this run and practice was made in this folder. Check run and practice_code of "
            "the file, and --out."
        )
    problems: list[str] = []
    decisions: list[dict[str, object]] = []
    first_rows: dict[str, int] = {}
    for number, row in rows:
        mltc_id = _check_id(row["mltc_id"], number, issued, first_rows, problems)
        faults = list(_find_faults(row, allowed, allowed.first_day(run)))
        problems += [f"row {number}, {fault}" for fault in faults]
        if mltc_id and not faults and row["decision"]:
            decisions.append({"run": run, "practice_code": practice, "mltc_id": mltc_id, **_take(row)})
    if problems:
        raise ExtractError(_describe(path, problems))
    frame = pl.DataFrame(decisions, schema=SCHEMA, orient="row").sort("mltc_id")
    return Returned(run, practice, frozenset(first_rows), frame)


def _read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Row number in the spreadsheet and cells by column. Blank rows are passed over."""
    lines = csv.reader(io.StringIO(_read_text(path), newline=""))
    try:
        names = [name.strip() for name in next(lines, [])]
        missing = [name for name in (*KEYS, *FILLED_IN) if name not in names]
        strange = [str(place) for place, name in enumerate(names, start=1) if name and name not in COLUMNS]
        twice = [name for name in COLUMNS if names.count(name) > 1]
        if missing:
            raise ExtractError(
                f"{path.name}: the column(s) {', '.join(missing)} are missing. Give the list back as it was made, "
                "saved as CSV with commas."
            )
        if strange or twice:
            what = f"column(s) number {', '.join(strange)}" if strange else f"a second column {', '.join(twice)}"
            raise ExtractError(f"{path.name} has {what} that no list has. Remove what was added: no notes are taken.")
        for number, cells in enumerate(lines, start=2):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                raise ExtractError(f"{path.name}, row {number}: {len(cells)} cells where the header has {len(names)}.")
            row = {name: restore_formula(cell.strip()) for name, cell in zip(names, cells, strict=True)}
            yield number, row | {"run": row["run"].removeprefix("run ")}
    except csv.Error:
        raise ExtractError(f"{path.name} cannot be read as CSV near line {lines.line_num}.") from None


def _read_text(path: Path) -> str:
    """UTF-8, or what a spreadsheet on Windows saves as plain CSV."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({type(error).__name__}).") from None
    if content[:4] == b"PK\x03\x04" or b"\0" in content:
        raise ExtractError(f"{path.name} is no text: save the list as 'CSV UTF-8' and give that.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _find_single(path: Path, rows: list[tuple[int, dict[str, str]]], name: str) -> str:
    if not rows:
        raise ExtractError(f"{path.name} has no row below its header.")
    first = rows[0][1][name]
    other = next((number for number, row in rows if row[name] != first or not first), None)
    if other is not None:
        raise ExtractError(
            f"{path.name}, row {other}, {name}: one file is one list, and has the same {name} in every row."
        )
    return first


def _check_id(
    typed: str, number: int, issued: frozenset[str], first_rows: dict[str, int], problems: list[str]
) -> str | None:
    try:
        mltc_id = read_mltc_id(typed)
    except ConfigError as error:
        problems.append(f"row {number}, mltc_id: {str(error).partition('. ')[0]}")
        return None
    if mltc_id not in issued:
        problems.append(f"row {number}, mltc_id: was never on a list of this practice and run")
        return None
    if mltc_id in first_rows:
        problems.append(f"row {number}, mltc_id: the same as in row {first_rows[mltc_id]}")
        return None
    first_rows[mltc_id] = number
    return mltc_id


def _find_faults(row: Row, allowed: Allowed, first_day: date | None) -> Iterator[str]:
    """What is wrong in the cells that were filled in, by column."""
    if not any(row[name] for name in FILLED_IN):
        return
    words = {"reviewed_by_role": ROLES, "decision": DECISIONS, "reason": REASONS}
    for name, known in words.items():
        if row[name] and row[name].casefold() not in known:
            yield f"{name}: not one of the allowed values ({', '.join(known)})"
    for name in ("reviewed_on", "reviewed_by_role", "decision"):
        if not row[name]:
            yield f"{name}: empty, while other cells of the row are filled in"
    if row["chosen_innovation"] and row["chosen_innovation"].casefold() not in allowed.innovations:
        yield f"chosen_innovation: not one of the allowed keys ({', '.join(allowed.innovations)})"
    decision = row["decision"].casefold()
    if decision in NEEDS_REASON and not row["reason"]:
        yield f"reason: needed where the decision is {decision}"
    if decision in DECISIONS and decision not in NEEDS_REASON and row["reason"]:
        yield f"reason: must be empty where the decision is {decision}; only {' and '.join(NEEDS_REASON)} have one"
    if decision in NEEDS_INNOVATION and not row["chosen_innovation"]:
        yield f"chosen_innovation: needed where the decision is {decision}"
    if row["reviewed_on"]:
        yield from _find_date_faults(read_day(row["reviewed_on"]), allowed.today, first_day)


def _find_date_faults(day: date | None, today: date, first_day: date | None) -> Iterator[str]:
    if day is None:
        yield "reviewed_on: not a day such as 2026-10-15 or 15/10/2026"
    elif day > today:
        yield "reviewed_on: in the future"
    elif first_day is not None and day < first_day:
        yield f"reviewed_on: before the day of the records ({first_day})"


def read_day(text: str) -> date | None:
    """A day in one of `DATE_FORMATS`, else None."""
    for pattern in DATE_FORMATS:
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    return None


def _take(row: Row) -> dict[str, object]:
    words = {name: row[name].casefold() or None for name in FILLED_IN if name != "reviewed_on"}
    return {"reviewed_on": read_day(row["reviewed_on"]), **words}


def _describe(path: Path, problems: list[str]) -> str:
    shown = "\n  ".join(problems[:ERRORS_SHOWN])
    more = f"\n  and {len(problems) - ERRORS_SHOWN} more" if len(problems) > ERRORS_SHOWN else ""
    return (
        f"{path.name}: {len(problems)} cell(s) cannot be taken, and nothing of the file was. Row 1 is the header. "
        f"Mend them and give the file again:\n  {shown}{more}"
    )
