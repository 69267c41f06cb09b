"""Practices whose recorded prevalence is too far from what their people's age and sex lead to expect."""

import polars as pl

from mltc.funnel import add_overdispersed_limits

FEWEST_PRACTICES = 5  # with fewer there is no funnel
FEWEST_EXPECTED = 10  # persons; below it z is not normal, and a practice without any is no news


def find_outliers(observed: pl.DataFrame, limit_sd: float) -> pl.DataFrame:
    """Adds lower, upper (counts) and is_outside to `observed` (condition, practice_code, observed, expected > 0).

    Limits: `mltc.funnel`, per condition.
    """
    limits = add_overdispersed_limits(observed, limit_sd, ["condition"])
    outside = (pl.col("observed") < pl.col("lower")) | (pl.col("observed") > pl.col("upper"))
    enough = (pl.col("places") >= FEWEST_PRACTICES) & (pl.col("expected") >= FEWEST_EXPECTED)
    return limits.with_columns(is_outside=outside & enough).drop("places", "phi")
