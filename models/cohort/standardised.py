"""Prevalence of cohorts by place, age and sex taken out, as published: resting on rounded counts.

Each figure is scaled so that it says what the rounded count would: whoever knows ages and reference rates exactly
gets the rounded count back, which is published anyway (docs/decisions/0017-standardised-figures.md).
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

from models.public_health.direct import FEWEST_EVENTS, add_standard_weights, build_direct_rates
from models.public_health.funnel import add_overdispersed_funnel
from models.public_health.indirect import build_expected
from models.public_health.rate import add_rate

COHORTS = ("mltc", "complex_mltc", "physical_mental")
SEXES = ("1", "2")
PLACE = ("geography_type", "geography_code")
NAMES = ("geography_name", "pcn_code", "sub_icb_code", "resident_area")
LEVELS = (0.95, 0.998)
POSITIONS = {"low, beyond 99.8 %": -2, "low, beyond 95 %": -1, "within limits": 0, "high, beyond 95 %": 1}
RoundCounts = Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]]


def lengthen_cohorts(wide: pl.DataFrame) -> pl.DataFrame:
    """One row per row of `wide` and cohort: the columns of cohorts as `cohort` and `count`."""
    others = [name for name in wide.columns if name not in COHORTS]
    return wide.unpivot(on=list(COHORTS), index=others, variable_name="cohort", value_name="count")


def build_standardised(strata: pl.DataFrame, standard: pl.DataFrame, round_counts: RoundCounts) -> pl.DataFrame:
    """One row per cohort and place: persons, cohort_persons, standardised percent and ratio with limits, funnel.

    `strata`: place, its names, sex, age_band (of the standard), persons, and a count per cohort. Persons of a sex
    other than male or female count in `persons` and in no standardised figure. Direct: European Standard Population
    2013, all ages, both sexes alike, with Dobson's limits. Ratio: against all rows of the ICB by age and sex, 1 = as
    many as there. Both null below 10 people of the cohort. funnel_position: -2, -1, 0, 1 or 2: outside the 99.8 % or
    95 % limits around 1, widened where places differ by more than chance, among places of its kind.
    """
    long = lengthen_cohorts(strata)
    totals = long.group_by("cohort", *PLACE, maintain_order=True).agg(
        *(pl.col(name).first() for name in NAMES),
        pl.col("persons").sum(),
        pl.col("count").sum().alias("cohort_persons"),
    )
    scaled = totals.with_columns(
        rounded=pl.Series(round_counts(totals["cohort_persons"].cast(pl.Int64).to_numpy()), dtype=pl.Int64)
    )
    two = long.filter(pl.col("sex").is_in(SEXES))
    keys = ["cohort", *PLACE]
    joined = scaled.join(_direct(two, standard), on=keys, how="left", maintain_order="left")
    joined = _add_ratio(joined, two)
    return joined.sort("cohort", *PLACE).drop("rounded")


def fill_grid(strata: pl.DataFrame, keys: list[str], bands: list[str], counts: list[str]) -> pl.DataFrame:
    """`strata` with a row of zeros for every sex and age band in which a group of `keys` has nobody."""
    grid = strata.select(keys).unique(maintain_order=True)
    grid = grid.join(pl.DataFrame({"sex": list(SEXES)}), how="cross")
    grid = grid.join(pl.DataFrame({"age_band": bands}), how="cross")
    found = grid.join(
        strata, on=[*keys, "sex", "age_band"], how="left", nulls_equal=True, maintain_order="left", validate="1:1"
    )
    return found.with_columns(pl.col(counts).fill_null(0))


def _direct(two: pl.DataFrame, standard: pl.DataFrame) -> pl.DataFrame:
    keys = ["cohort", *PLACE]
    cells = two.select(*keys, "sex", "age_band", "persons", "count")
    grid = fill_grid(cells, keys, standard["age_band"].to_list(), ["persons", "count"])
    weighted = add_standard_weights(grid, standard)
    rates = build_direct_rates(
        weighted, keys, population="persons", name="standardised_percent", per=100.0, levels=(0.95,)
    )
    return rates.select(*keys, "standardised_percent", "standardised_percent_lower", "standardised_percent_upper")


def _add_ratio(joined: pl.DataFrame, two: pl.DataFrame) -> pl.DataFrame:
    """`joined` with ratio, its limits and funnel_position; the direct rate scaled to the rounded count."""
    keys = ["cohort", *PLACE]
    parts = []
    for cohort in COHORTS:
        own = two.filter(pl.col("cohort") == cohort)
        whole = own.filter(pl.col("geography_type") == "icb")
        found = build_expected(own, PLACE, ["sex", "age_band"], whole, population="persons")
        parts.append(found.select(pl.lit(cohort).alias("cohort"), *PLACE, "expected"))
    told = joined.join(pl.concat(parts), on=keys, how="left", maintain_order="left")
    is_enough = pl.col("cohort_persons") >= FEWEST_EVENTS
    told = told.with_columns(
        observed=pl.when(is_enough, pl.col("expected") > 0).then(pl.col("rounded")),
        _scale=pl.when(is_enough).then(pl.col("rounded") / pl.col("cohort_persons")),
    )
    told = add_rate(told, "observed", "expected", "ratio", per=1.0, levels=(0.95,))
    direct = [name for name in told.columns if name.startswith("standardised_percent")]
    told = told.with_columns(pl.col(direct) * pl.col("_scale"))
    return told.join(_place(told), on=keys, how="left", maintain_order="left").drop("observed", "expected", "_scale")


def _place(told: pl.DataFrame) -> pl.DataFrame:
    keys = ["cohort", *PLACE]
    judged = told.filter(pl.col("observed").is_not_null() & (pl.col("geography_type") != "icb"))
    judged = judged.select(*keys, pl.col("observed").cast(pl.Float64), "expected")
    if judged.is_empty():
        return judged.select(keys).with_columns(funnel_position=pl.lit(None, pl.Int64))
    placed = add_overdispersed_funnel(judged, ["cohort", "geography_type"], LEVELS)
    position = pl.col("position").replace_strict(POSITIONS, default=2, return_dtype=pl.Int64)
    return placed.select(*keys, funnel_position=position)
