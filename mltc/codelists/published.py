"""Published prevalence of a condition, to judge whether a population's own figure is plausible."""

from pathlib import Path

import polars as pl

from mltc.codelists.files import read_table
from mltc.errors import CodelistError
from mltc.paths import CODELISTS

PUBLISHED_COLUMNS = (
    "condition",
    "register",
    "published_percent",
    "denominator",
    "minimum_age_years",
    "comparable",
    "note",
    "source",
)


def load_qof_published(folder: Path = CODELISTS) -> pl.DataFrame:
    """QOF prevalence in England, one row per condition.

    published_percent: share of the registered people in `denominator`, in percent (0 to 100).
    minimum_age_years: age floor of that denominator; 0 for all ages.
    comparable: false where the register counts something else than the condition list; `note` says what.

    Raises CodelistError where a value is not a number in range or a condition stands twice.
    """
    problems: list[str] = []
    path = folder / "qof_published.csv"
    rows = read_table(path, PUBLISHED_COLUMNS, problems)
    seen: set[str] = set()
    for number, row in enumerate(rows, start=2):
        problems.extend(f"{path.name}, row {number}: {text}" for text in find_faults(row, seen))
        seen.add(row["condition"])
    if problems:
        raise CodelistError("\n".join(problems))
    return pl.DataFrame(rows, dict.fromkeys(PUBLISHED_COLUMNS, pl.String)).with_columns(
        pl.col("published_percent").cast(pl.Float64),
        pl.col("minimum_age_years").cast(pl.Int64),
        pl.col("comparable") == "yes",
    )


def find_faults(row: dict[str, str], seen: set[str]) -> list[str]:
    """What is wrong with one row."""
    faults = []
    if row["condition"] in seen:
        faults.append(f"{row['condition']!r} stands twice")
    try:
        in_range = 0 <= float(row["published_percent"]) <= 100 and int(row["minimum_age_years"]) >= 0
    except ValueError:
        in_range = False
    if not in_range:
        faults.append("published_percent must be 0 to 100 and minimum_age_years a whole number from 0")
    if row["comparable"] not in ("yes", "no"):
        faults.append(f"comparable is {row['comparable']!r}, allowed are ['yes', 'no']")
    return faults
