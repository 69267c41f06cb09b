"""Funnel limits that allow for overdispersion, for counts with an expected count.

Spiegelhalter 2005, Funnel plots for comparing institutional performance, Statistics in Medicine 24: 1185, and
Handling over-dispersion of performance indicators, Quality and Safety in Health Care 14: 347. Counts are Poisson
around what the age and sex of a place's people lead to expect; on the power 2/3 of the count they are symmetric
(Anscombe 1953, J. R. Stat. Soc. B 15: 229), and z = 3/2 (observed^(2/3) - expected^(2/3)) / expected^(1/6) has a
standard deviation of 1. Where places vary by more than chance, z is divided by sqrt(phi), phi the mean square
of the z scores after the lowest and highest tenth are drawn in.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

WINSORISED_SHARE = 0.1


def add_overdispersed_limits(
    observed: "pl.DataFrame", limit_sd: float, over: Sequence[str], names: tuple[str, str] = ("lower", "upper")
) -> "pl.DataFrame":
    """`observed` (observed, expected > 0) with `names` (counts) and places, phi (>= 1) of each group of `over`.

    Rows that expect nothing are left out: nothing can be said of them.
    """
    import polars as pl

    groups: list[str | pl.Expr] = [*over] or [pl.lit(1)]
    z = 1.5 * (pl.col("observed") ** (2 / 3) - pl.col("expected") ** (2 / 3)) / pl.col("expected") ** (1 / 6)
    scored = observed.filter(pl.col("expected") > 0).with_columns(_z=z)
    low = pl.col("_z").quantile(WINSORISED_SHARE).over(groups)
    high = pl.col("_z").quantile(1 - WINSORISED_SHARE).over(groups)
    bounds = scored.with_columns(_low=low, _high=high, places=pl.len().over(groups))
    drawn_in = pl.col("_z").clip("_low", "_high")
    judged = bounds.with_columns(phi=(drawn_in**2).mean().over(groups).clip(1.0, None))
    half = 2 / 3 * limit_sd * pl.col("phi").sqrt() * pl.col("expected") ** (1 / 6)
    power = pl.col("expected") ** (2 / 3)
    lower, upper = (power - half).clip(0, None) ** 1.5, (power + half) ** 1.5
    return judged.with_columns(lower.alias(names[0]), upper.alias(names[1])).drop("_z", "_low", "_high")
