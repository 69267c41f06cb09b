"""Indirectly standardised ratios of practices with limits that allow for overdispersion.

Spiegelhalter 2005, Funnel plots for comparing institutional performance, Statistics in Medicine 24: 1185, and
Handling over-dispersion of performance indicators, Quality and Safety in Health Care 14: 347. Counts are Poisson
around what the age and sex of a practice's people lead to expect; on the power 2/3 of the count they are symmetric
(Anscombe 1953, J. R. Stat. Soc. B 15: 229), and z = 3/2 (observed^(2/3) - expected^(2/3)) / expected^(1/6) has a
standard deviation of 1. Where practices vary by more than chance, z is divided by sqrt(phi), phi the mean square
of the z scores after the lowest and highest tenth are drawn in.
"""

import polars as pl

WINSORISED_SHARE = 0.1
FEWEST_PRACTICES = 5  # with fewer there is no funnel
FEWEST_EXPECTED = 10  # persons; below it z is not normal, and a practice without any is no news


def find_outliers(observed: pl.DataFrame, limit_sd: float) -> pl.DataFrame:
    """Adds lower, upper (counts) and is_outside to `observed` (condition, practice_code, observed, expected > 0)."""
    z = 1.5 * (pl.col("observed") ** (2 / 3) - pl.col("expected") ** (2 / 3)) / pl.col("expected") ** (1 / 6)
    scored = observed.filter(pl.col("expected") > 0).with_columns(z=z)
    bounds = scored.with_columns(
        low=pl.col("z").quantile(WINSORISED_SHARE).over("condition"),
        high=pl.col("z").quantile(1 - WINSORISED_SHARE).over("condition"),
        practices=pl.len().over("condition"),
    )
    drawn_in = pl.col("z").clip("low", "high")
    phi = (drawn_in**2).mean().over("condition").clip(1.0, None)
    half = 2 / 3 * limit_sd * phi.sqrt() * pl.col("expected") ** (1 / 6)
    power = pl.col("expected") ** (2 / 3)
    limits = bounds.with_columns(lower=(power - half).clip(0, None) ** 1.5, upper=(power + half) ** 1.5)
    outside = (pl.col("observed") < pl.col("lower")) | (pl.col("observed") > pl.col("upper"))
    enough = (pl.col("practices") >= FEWEST_PRACTICES) & (pl.col("expected") >= FEWEST_EXPECTED)
    return limits.with_columns(is_outside=outside & enough).drop("z", "low", "high", "practices")
