"""How many people of each cohort are expected in 1, 3 and 5 years."""

import polars as pl

from models.cohort.standardised import COHORTS
from models.public_health.projection import project

ASSUMPTION = (
    "Deaths, moves and joiners go on as in the last year, and at each age and sex as large a share has it as now. "
    "Housing, migration and policy are not in it."
)
FEWEST_PEOPLE = 1000  # a year ago: below, a year's deaths and moves say little
TENS = 10  # expected numbers are given to the nearest ten


def build_outlook(movement: pl.DataFrame) -> pl.DataFrame:
    """One row per cohort, scenario and year (1, 3, 5): expected persons with 95 % limits, to the nearest ten.

    `movement`: per sex and age_years persons, a count per cohort, persons_a_year_ago, deaths, leavers, joiners. No
    rows where fewer than 1,000 people were registered a year ago.
    """
    if movement["persons_a_year_ago"].sum() < FEWEST_PEOPLE:
        return pl.DataFrame(schema=_SCHEMA)
    parts = []
    for cohort in COHORTS:
        people = movement.select("sex", "age_years", "persons", pl.col(cohort).alias("persons_with"))
        found = project(people, movement).filter(pl.col("year") > 0)
        figures = [
            ((pl.col(f"persons_with{end}") / TENS).round() * TENS).alias(f"expected_persons{end}")
            for end in ("", "_lower", "_upper")
        ]
        parts.append(found.select(pl.lit(cohort).alias("cohort"), "scenario", "year", *figures))
    told = pl.concat(parts).with_columns(assumption=pl.lit(ASSUMPTION))
    return told.select(list(_SCHEMA))


_SCHEMA = {
    "cohort": pl.String,
    "scenario": pl.String,
    "year": pl.Int64,
    "assumption": pl.String,
    "expected_persons": pl.Float64,
    "expected_persons_lower": pl.Float64,
    "expected_persons_upper": pl.Float64,
}
