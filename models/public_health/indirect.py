"""Indirectly standardised ratios and rates: events against those that the reference rates lead to expect."""

from collections.abc import Sequence

import polars as pl

from models.public_health.limits import LEVELS, check_counts
from models.public_health.rate import add_rate


def build_expected(
    strata: pl.DataFrame,
    by: Sequence[str],
    stratum: Sequence[str],
    reference: pl.DataFrame | None = None,
    *,
    count: str = "count",
    population: str = "population",
) -> pl.DataFrame:
    """One row per group of `by`: `by`, observed, population, expected, reference_rate (crude, per person).

    `strata`: one row per group and stratum (columns `stratum`) with `count` and `population`. `reference`: one row
    per stratum with the same two columns; without it the sum of all groups. expected = sum(n_i x reference rate_i).
    Raises ValueError for missing figures and for a stratum with people of which the reference has none.
    """
    check_counts(strata, [count, population])
    whole = reference if reference is not None else strata
    pooled = whole.group_by(list(stratum)).agg(
        pl.col(count).sum().alias("_events"), pl.col(population).sum().alias("_people")
    )
    joined = strata.join(pooled, on=list(stratum), how="left", maintain_order="left", validate="m:1")
    lost = joined.filter((pl.col(population) > 0) & (pl.col("_people").fill_null(0) <= 0)).height
    if lost:
        raise ValueError(f"The reference has nobody in {lost} strata in which there are people (of {joined.height}).")
    expected = pl.when(pl.col(population) > 0).then(pl.col(population) * pl.col("_events") / pl.col("_people"))
    sums = [
        pl.col(count).sum().alias("observed"),
        pl.col(population).sum().alias("population"),
        expected.sum().alias("expected"),
    ]
    grouped = joined.group_by(list(by), maintain_order=True).agg(sums) if by else joined.select(sums)
    crude = float(pooled["_events"].sum()) / float(pooled["_people"].sum())
    return grouped.with_columns(reference_rate=pl.lit(crude))


def build_indirect_ratios(
    strata: pl.DataFrame,
    by: Sequence[str],
    stratum: Sequence[str],
    reference: pl.DataFrame | None = None,
    *,
    count: str = "count",
    population: str = "population",
    per: float = 100_000.0,
    levels: Sequence[float] = LEVELS,
) -> pl.DataFrame:
    """`build_expected` with `ratio` (1 = as the reference) and `rate` per `per`, each with limits of each level.

    ratio = O / E; rate = ratio x crude rate of the reference. Limits: Byar's from 10 events on, exact below, of the
    observed count; the expected count is taken as known. Ratios of two places rest on different ages: compare each
    with the reference, not with one another. Null where nothing is expected.
    """
    frame = build_expected(strata, by, stratum, reference, count=count, population=population)
    ratios = add_rate(frame, "observed", "expected", "ratio", per=1.0, levels=levels)
    named = [name for name in ratios.columns if name.startswith("ratio")]
    rates = [(pl.col(name) * pl.col("reference_rate") * per).alias(f"rate{name[5:]}") for name in named]
    return ratios.with_columns(rates)
