"""Events after a date against those that the rates before it lead to expect."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from models.public_health.indirect import build_indirect_ratios

CAVEATS = (
    "There is no comparison group: whatever else changed at the same time is in the figure (seasons, coding, other "
    "services).",
    "People who are chosen when their use is high use less later whatever is done (regression to the mean): a ratio "
    "below 1 is no proof of an effect.",
    "The expected count is taken as known, and repeated events of one person as independent: the limits are too "
    "narrow.",
)


class BeforeAfter(NamedTuple):
    """table: observed, expected, ratio and rate with limits per group; caveats: sentences for the reader."""

    table: pl.DataFrame
    caveats: tuple[str, ...]


def compare_before_after(
    strata: pl.DataFrame,
    by: Sequence[str],
    stratum: Sequence[str],
    *,
    count: str = "count",
    population: str = "person_years",
    per: float = 1000.0,
) -> BeforeAfter:
    """One row per group of `by`: events after the date, indirectly standardised on the rates before it.

    `strata`: one row per group, stratum (age band and sex) and `is_after`, with events and person-years. The rates
    before are those of all groups together, by stratum, so that ageing between the two is taken out; ratio 1 is no
    change. Limits: Byar's from 10 events on, exact below.
    """
    before = strata.filter(~pl.col("is_after"))
    after = strata.filter("is_after")
    table = build_indirect_ratios(after, by, stratum, before, count=count, population=population, per=per)
    return BeforeAfter(table, CAVEATS)
