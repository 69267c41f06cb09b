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
    """mltc_id and start_date, one row a person; `start`, one day for all, is for a file without such a column.

    Raises ExtractError that names every wrong cell by row (the header is row 1) and column, never its contents;
    ConfigError where the file has start_date and `start` is given too.
    """
    rows: dict[str, date] = {}
    first_rows: dict[str, int] = {}
    problems: list[str] = []
    for number, cells in _read_rows(path, start):
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
    """Everybody whose list says that the innovation was accepted, from the first day on which it does, or from `start`.

    Raises ConfigError where nobody has accepted it, and where `start` is before the decision of anyone: what happened
    before a decision cannot be its effect, and who was decided on had to live and stay until then.
    """
    accepted = read_decisions(out).filter(decision="accepted", chosen_innovation=innovation)
    if accepted.is_empty():
        raise ConfigError(
            f"No list that came back says that anyone accepted {innovation}. Read lists with `mltc lists read`, or "
            "give a file with --cohort."
        )
    cohort = accepted.group_by("mltc_id").agg(start_date=pl.col("reviewed_on").min()).sort("mltc_id")
    if start is None:
        return cohort
    early = cohort.filter(pl.col("start_date") > start).height
    if early:
        last = max(cohort["start_date"].to_list())
        raise ConfigError(
            f"--start {start} is before the day on which {early:,} of {cohort.height:,} people accepted {innovation}. "
            f"Allowed is {last}, the day of the last decision, or a later one. Leave --start "
            "out to count everyone from their own day."
        )
    return cohort.with_columns(start_date=pl.lit(start))


def find_others(out: Path, innovation: str) -> list[str]:
    """mltc_ids of whoever is said to have the innovation: they can be nobody's comparison."""
    has_it = read_decisions(out).filter(
        pl.col("decision").is_in(["accepted", "already in place"]), chosen_innovation=innovation
    )
    return has_it["mltc_id"].unique().sort().to_list()


def _read_rows(path: Path, start: date | None) -> list[tuple[int, dict[str, str]]]:
    """Line number in the file and cells by column."""
    needed = ["mltc_id", "start_date"] if start is None else ["mltc_id"]
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, restval="")
            missing = [name for name in needed if name not in (reader.fieldnames or [])]
            if missing:
                raise ExtractError(
                    f"{path.name}: the column(s) {', '.join(missing)} are missing. A cohort has mltc_id and "
                    "start_date; give one day for all with --start where it has none."
                )
            if start is not None and "start_date" in (reader.fieldnames or []):
                raise ConfigError(
                    f"{path.name} has a column start_date, and --start gives one day for all. Leave --start out, or "
                    "give it with a file that has no start_date."
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
