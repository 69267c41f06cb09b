"""Courses of which less is supplied than the days that they run over: issues come as they did, with fewer days."""

import numpy as np
import polars as pl

SHORT_SHARE = 0.25  # courses of lasting medicines that are supplied short (assumption)
SHORTEST, LONGEST = 0.4, 0.95  # of the days between issues, drawn per course (assumption)
UNTOLD = 0.002  # issues of such medicines that do not tell their days (0) (assumption)
LASTING = ("02", "03", "0601")  # BNF: cardiovascular, respiratory, diabetes


def supply_short(random: np.random.Generator, issues: pl.DataFrame) -> pl.DataFrame:
    """Rows of `gp_prescription` with the days and quantity of short courses; the same rows otherwise."""
    medicine = issues["code"].rank("dense").cast(pl.Int64).to_numpy()
    key = issues["person"].to_numpy().astype(np.int64) * (medicine.max(initial=0) + 1) + medicine
    courses, course = np.unique(key, return_inverse=True)
    is_short = random.random(len(courses)) < SHORT_SHARE
    share = np.where(is_short, random.uniform(SHORTEST, LONGEST, len(courses)), 1.0)[course]
    told = random.random(len(issues)) >= UNTOLD
    lasting = pl.any_horizontal(pl.col("code").str.starts_with(prefix) for prefix in LASTING)
    days = (pl.col("days") * pl.Series(share)).round(0).cast(pl.Int64) * pl.Series(told).cast(pl.Int64)
    changed = pl.when(lasting & pl.col("is_repeat"))
    return issues.with_columns(
        days=changed.then(days).otherwise("days"),
        quantity=changed.then((pl.col("quantity") * pl.Series(share)).round(0)).otherwise("quantity"),
    )
