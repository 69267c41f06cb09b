"""Who had an innovation and from which day on: from a file, or from decisions on practice lists."""

import csv
from datetime import date
from pathlib import Path

import polars as pl

from mltc.errors import ConfigError, ExtractError
from mltc.handbook.mltc_id import read_mltc_id
from mltc.lists.kept import read_decisions
from mltc.lists.returned import read_day

SCHEMA = {"mltc_id": pl.String, "start_date": pl.Date}
ERRORS_SHOWN = 20


def read_cohort(path: Path, start: date | None) -> pl.DataFrame:
    """mltc_id and start_date, one row a person; `start` counts where the file has no such column.

    Raises ExtractError that names every wrong cell by row (the header is row 1) and column, never its contents.
    """
    rows: dict[str, date] = {}
    first_rows: dict[str, int] = {}
    problems: list[str] = []
    for number, cells in _read_rows(path, has_start=start is None):
        if not any(cells.values()):
            continue
        mltc_id = _read_id(cells["mltc_id"], number, problems)
        day = start or read_day(cells["start_date"])
        if day is None:
            problems.append(f"row {number}, start_date: not a day such as 2025-04-01")
        if mltc_id in first_rows:
            problems.append(f"row {number}, mltc_id: the same as in row {first_rows[mltc_id]}")
        elif mltc_id is not None and day is not None:
            first_rows[mltc_id], rows[mltc_id] = number, day
    if problems:
        shown = "\n  ".join(problems[:ERRORS_SHOWN])
        more = f"\n  and {len(problems) - ERRORS_SHOWN} more" if len(problems) > ERRORS_SHOWN else ""
        raise ExtractError(f"{path.name}: {len(problems)} cell(s) cannot be read:\n  {shown}{more}")
    if not rows:
        raise ExtractError(f"{path.name} has no row below its header.")
    return pl.DataFrame(list(rows.items()), schema=SCHEMA, orient="row").sort("mltc_id")


def cohort_of_decisions(out: Path, innovation: str, start: date | None) -> pl.DataFrame:
    """Everybody whose list says that the innovation was accepted, from the first day on which it does.

    Raises ConfigError where nobody has accepted it.
    """
    accepted = read_decisions(out).filter(decision="accepted", chosen_innovation=innovation)
    if accepted.is_empty():
        raise ConfigError(
            f"No list that came back says that anyone accepted {innovation}. Read lists with `mltc lists read`, or "
            "give a file with --cohort."
        )
    cohort = accepted.group_by("mltc_id").agg(start_date=pl.col("reviewed_on").min()).sort("mltc_id")
    return cohort.with_columns(start_date=pl.lit(start)) if start else cohort


def find_others(out: Path, innovation: str) -> list[str]:
    """mltc_ids of whoever is said to have the innovation: they can be nobody's comparison."""
    has_it = read_decisions(out).filter(
        pl.col("decision").is_in(["accepted", "already in place"]), chosen_innovation=innovation
    )
    return has_it["mltc_id"].unique().sort().to_list()


def _read_rows(path: Path, *, has_start: bool) -> list[tuple[int, dict[str, str]]]:
    """Line number in the file and cells by column."""
    needed = ["mltc_id", "start_date"] if has_start else ["mltc_id"]
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, restval="")
            missing = [name for name in needed if name not in (reader.fieldnames or [])]
            if missing:
                raise ExtractError(
                    f"{path.name}: the column(s) {', '.join(missing)} are missing. A cohort has mltc_id and "
                    "start_date; give one day for all with --start where it has none."
                )
            return [(reader.line_num, {name: (row[name] or "").strip() for name in needed}) for row in reader]
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({type(error).__name__}).") from None
    except (csv.Error, UnicodeDecodeError):
        raise ExtractError(f"{path.name} cannot be read as CSV in UTF-8.") from None


def _read_id(typed: str, number: int, problems: list[str]) -> str | None:
    try:
        return read_mltc_id(typed)
    except ConfigError as error:
        problems.append(f"row {number}, mltc_id: {str(error).partition('. ')[0]}")
        return None
