"""Directly standardised rates: what the rate would be if the place had the ages of the standard population."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from mltc.intervals import byar_limits
from models.patterns import FloatArray
from models.public_health.limits import LEVELS, check_counts, name_limits, read_floats, show_floats

FEWEST_EVENTS = 10  # OHID: no directly standardised rate below; the limits would not hold


def add_standard_weights(strata: pl.DataFrame, standard: pl.DataFrame, age_band: str = "age_band") -> pl.DataFrame:
    """`strata` with `weight` of the standard population (age_band, weight). ValueError for an age band without one."""
    joined = strata.join(
        standard.select(pl.col("age_band").alias(age_band), pl.col("weight").cast(pl.Float64)),
        on=age_band,
        how="left",
        maintain_order="left",
        validate="m:1",
    )
    lost = joined.filter(pl.col("weight").is_null())[age_band].unique().sort().to_list()
    if lost:
        known = ", ".join(standard["age_band"].to_list())
        raise ValueError(f"The standard population has no weight for {lost}; it has {known}.")
    return joined


def combine_bands(standard: pl.DataFrame, open_from: int) -> pl.DataFrame:
    """The standard (age_band, lower_age_years, weight) with one open band from age `open_from` (85 gives 85+)."""
    lower = pl.col("lower_age_years")
    if open_from not in standard["lower_age_years"].to_list():
        raise ValueError(f"No band of the standard population begins at {open_from}.")
    closed = standard.filter(lower < open_from).select("age_band", "lower_age_years", "weight")
    top = standard.filter(lower >= open_from).select(
        pl.lit(f"{open_from}+").alias("age_band"), lower.min(), pl.col("weight").sum()
    )
    return pl.concat([closed, top])


def build_direct_rates(
    strata: pl.DataFrame,
    by: Sequence[str],
    *,
    count: str = "count",
    population: str = "population",
    squared_count: str | None = None,
    name: str = "rate",
    per: float = 100_000.0,
    levels: Sequence[float] = LEVELS,
) -> pl.DataFrame:
    """One row per group of `by`: `by`, count, population, `name` with limits, weight_without_people, reason.

    `strata`: one row per group and stratum (age band, or age band and sex) with its `weight`. Rate per `per`:
    sum(w O/n) / sum(w); limits of Dobson (Stat Med 1991;10:457) around Byar's of the total count O:
    rate + sqrt(variance / O) (limit of O - O), variance = sum(w^2 O/n^2) / sum(w)^2.
    `squared_count`: the sum over the stratum's persons of the square of each one's events; it takes the place of O
    in the variance where events repeat in a person. Below 10 events no rate: null, and `reason` says so. A stratum
    without people adds a rate of 0 (as OHID does); `weight_without_people` is the share of the standard for which
    that was so. Raises ValueError for missing or negative figures, or events among nobody.
    """
    square = squared_count or count
    check_counts(strata, [count, population, square, "weight"])
    if strata.filter((pl.col(population) == 0) & (pl.col(count) > 0)).height:
        raise ValueError(f"Events ({count}) in strata without people ({population}).")
    people = pl.when(pl.col(population) > 0).then(pl.col(population).cast(pl.Float64))
    weight = pl.col("weight").cast(pl.Float64)
    sums = [
        pl.col(count).sum().alias("count"),
        pl.col(population).sum().alias("population"),
        (weight * pl.col(count) / people).sum().alias("_weighted"),
        (weight**2 * pl.col(square) / people**2).sum().alias("_variance"),
        weight.sum().alias("_weight"),
        weight.filter(pl.col(population) == 0).sum().alias("_empty"),
    ]
    grouped = strata.group_by(list(by), maintain_order=True).agg(sums) if by else strata.select(sums)
    return _finish(grouped, by, name, per, levels)


def _finish(grouped: pl.DataFrame, by: Sequence[str], name: str, per: float, levels: Sequence[float]) -> pl.DataFrame:
    total = read_floats(grouped, "count")
    weight = read_floats(grouped, "_weight")
    is_shown = (total >= FEWEST_EVENTS) & (weight > 0)

    def show(values: FloatArray) -> pl.Series:
        return show_floats(np.where(is_shown, values, np.nan))

    held, whole = np.maximum(total, 1.0), np.where(weight > 0, weight, 1.0)
    rate = read_floats(grouped, "_weighted") / whole
    step = np.sqrt(read_floats(grouped, "_variance") / whole**2 / held)
    columns = [show(per * rate).alias(name)]
    for level in levels:
        ends = zip(name_limits(name, level), byar_limits(held, level), strict=True)
        columns += [show(per * (rate + step * (limit - held))).alias(column) for column, limit in ends]
    empty = show_floats(read_floats(grouped, "_empty") / whole).alias("weight_without_people")
    why = pl.when(~pl.Series(is_shown)).then(pl.lit(f"fewer than {FEWEST_EVENTS} events")).alias("reason")
    return grouped.select(*by, "count", "population").with_columns(*columns, empty, why)
