"""Inequality between groups of people, of age-sex-standardised figures: by deprivation, and between ethnic groups."""

import polars as pl

from models.cohort.standardised import SEXES, fill_grid
from models.public_health.direct import add_standard_weights, build_direct_rates
from models.public_health.distance import build_distances
from models.public_health.inequality import build_inequality

PREVALENCE = ("mltc", "complex_mltc", "physical_mental")
UNITS = {"percent": 100.0, "per 1,000 people with MLTC": 1000.0}
KEYS = ["geography_type", "geography_code", "measure", "breakdown"]


def build_group_rates(strata: pl.DataFrame, standard: pl.DataFrame) -> pl.DataFrame:
    """One row per place, measure, breakdown and group: population, count and the standardised `rate` with 95 % limits.

    Percent of people for a cohort; for admissions per 1,000 people with MLTC, with limits that allow for people who
    are admitted again. Null below 10. People of no known group, and of a sex other than male or female, are left out.
    """
    known = strata.filter(pl.col("breakdown_value").is_not_null(), pl.col("sex").is_in(SEXES))
    keys = [*KEYS, "breakdown_value"]
    counts = ["population", "events", "squared_count"]
    cells = known.select(*keys, "sex", "age_band", *counts)
    weighted = add_standard_weights(fill_grid(cells, keys, standard["age_band"].to_list(), counts), standard)
    parts = []
    for unit, per in UNITS.items():
        is_share = pl.col("measure").is_in(PREVALENCE)
        own = weighted.filter(is_share if unit == "percent" else ~is_share)
        if own.is_empty():
            continue
        rates = build_direct_rates(own, keys, count="events", squared_count="squared_count", per=per, levels=(0.95,))
        parts.append(rates.with_columns(unit=pl.lit(unit)))
    if not parts:
        return pl.DataFrame()
    return pl.concat(parts)


def build_inequalities(strata: pl.DataFrame, standard: pl.DataFrame) -> pl.DataFrame:
    """One row per place, measure and breakdown: persons, events, slope and relative index, MAD and RMAD.

    slope_index: most less least deprived end of the fitted line, above 0 where the most deprived have more, in the
    unit of the rate; relative_index: most over least. Both with 95 % limits, for deprivation alone, and null where a
    fifth has fewer than 10. mean_difference (MAD): how far groups lie on average above the lowest; rmad_percent: that
    as a percentage of the highest upper limit. `persons` and `events` are of everybody, in a known group or not.
    """
    totals = strata.group_by(KEYS, maintain_order=True).agg(
        pl.col("geography_name").first(), pl.col("population").sum().alias("persons"), pl.col("events").sum()
    )
    rates = build_group_rates(strata, standard)
    if rates.is_empty():
        return totals.clear()
    distance = build_distances(rates, KEYS, value="rate", upper="rate_upper")
    fifths = rates.filter(pl.col("breakdown") == "imd_quintile")
    slopes = build_inequality(
        fifths, KEYS, "breakdown_value", value="rate", limits=("rate_lower", "rate_upper"), multiplier=-1.0,
        levels=(0.95,), repetitions=20_000,
    ).drop("quantiles", "reason")  # fmt: skip
    told = totals.join(rates.select(*KEYS, "unit").unique(), on=KEYS, how="inner", maintain_order="left")
    told = told.join(slopes, on=KEYS, how="left", maintain_order="left")
    told = told.join(distance, on=KEYS, how="left", maintain_order="left")
    return told.with_columns(rmad_percent=100 * pl.col("rmad_mean")).rename({"mad_mean": "mean_difference"})
