"""How far groups without an order (ethnic groups, places) lie from the group with the lowest value."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import erfc

from models.public_health.limits import check_counts, read_floats


def build_distances(
    groups: pl.DataFrame, by: Sequence[str], *, value: str = "proportion", upper: str = "proportion_upper"
) -> pl.DataFrame:
    """One row per group of `by`: `by`, groups, lowest_value, mad_mean, rmad_mean.

    mad_mean: mean over all groups, the lowest itself included, of value - lowest value, in the unit of the value.
    rmad_mean: mad_mean / the highest upper limit, 0 (all alike) to 1. Groups without a value are left out; null
    where fewer than two have one. Source: the equity index of the Integrated Needs Assessment 2025 of the NHS in
    West and North London. Both take no account of the sizes of the groups, and chance alone lifts them above 0.
    """
    known = groups.filter(pl.col(value).is_not_null())
    lowest = pl.col(value).min()
    is_enough = pl.len() > 1
    figures = [
        pl.len().cast(pl.Int64).alias("groups"),
        lowest.alias("lowest_value"),
        pl.when(is_enough).then((pl.col(value) - lowest).mean()).alias("mad_mean"),
        pl.when(is_enough, pl.col(upper).max() > 0)
        .then((pl.col(value) - lowest).mean() / pl.col(upper).max())
        .alias("rmad_mean"),
    ]
    return known.group_by(list(by), maintain_order=True).agg(figures) if by else known.select(figures)


def compare_with_lowest(groups: pl.DataFrame, by: Sequence[str], part: str, whole: str) -> pl.DataFrame:
    """`groups` with is_lowest, difference from the lowest proportion of `by`, p_value and p_adjusted (both [0, 1]).

    Chi-squared test of two proportions with Yates' correction; p_adjusted: Holm (Scand J Stat 1979;6:65) within
    `by`. The lowest is chosen after looking, so p-values are too small: adjusted ones are a screen, not a proof.
    Null for the lowest group itself and for groups without people.
    """
    check_counts(groups, [part, whole])
    keys: list[str | pl.Expr] = [*by] or [pl.lit(1)]
    share = pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole))
    place = pl.struct(share, pl.int_range(pl.len())).rank("ordinal").over(keys)
    is_lowest = share.is_not_null() & (place == place.filter(share.is_not_null()).min().over(keys))
    ranked = groups.with_columns(_share=share).with_columns(is_lowest=is_lowest)
    base = [pl.col(name).filter(pl.col("is_lowest")).first().over(keys) for name in (part, whole)]
    ranked = ranked.with_columns(_part=base[0], _whole=base[1]).with_columns(
        difference=pl.when(~pl.col("is_lowest")).then(pl.col("_share") - pl.col("_part") / pl.col("_whole"))
    )
    tested = ranked.with_columns(p_value=_test(ranked, part, whole))
    tests = pl.col("p_value").count().over(keys)
    order = pl.col("p_value").rank("ordinal").over(keys)
    stepped = tested.with_columns(_step=(pl.col("p_value") * (tests - order + 1)).clip(0, 1))
    ordered = stepped.with_row_index("_row").sort(*by, "p_value", nulls_last=True, maintain_order=True)
    holm = ordered.with_columns(p_adjusted=pl.col("_step").cum_max().over(keys))
    return holm.sort("_row").drop("_row", "_step", "_share", "_part", "_whole")


def _test(ranked: pl.DataFrame, part: str, whole: str) -> pl.Series:
    """P of the corrected chi-squared test of each row against its lowest; null where there is none."""
    found, people, low, low_people = (read_floats(ranked, name) for name in (part, whole, "_part", "_whole"))
    total = people + low_people
    pooled = (found + low) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.abs(found / people - low / low_people)
        correction = np.minimum(gap, (1 / people + 1 / low_people) / 2)
        error = np.sqrt(pooled * (1 - pooled) * (1 / people + 1 / low_people))
        p_value = np.where(error > 0, erfc((gap - correction) / error / 2**0.5), 1.0)
    is_tested = ~ranked["is_lowest"].to_numpy() & (people > 0) & (low_people > 0)
    return pl.Series("p_value", np.where(is_tested, p_value, np.nan)).fill_nan(None)
