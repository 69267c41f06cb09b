"""Proportions with Wilson's limits."""

from collections.abc import Sequence

import polars as pl

from mltc.intervals import wilson_limits
from models.public_health.limits import LEVELS, name_limits


def add_proportion(
    frame: pl.DataFrame,
    part: str,
    whole: str,
    name: str = "proportion",
    *,
    per: float = 1.0,
    levels: Sequence[float] = LEVELS,
) -> pl.DataFrame:
    """`frame` with `name` = part / whole, times `per`, and the limits of each level (see `name_limits`).

    Null where a part is null or the whole is null or 0. Raises ValueError where a part is above its whole or
    negative. Shape: the rows of `frame`, 1 + 2 x levels further columns.
    """
    wrong = frame.filter((pl.col(part) > pl.col(whole)) | (pl.col(part) < 0) | (pl.col(whole) < 0)).height
    if wrong:
        raise ValueError(f"Expected 0 <= {part} <= {whole}; {wrong} of {frame.height} rows are not.")
    total = pl.when(pl.col(whole) > 0).then(pl.col(whole).cast(pl.Float64))
    share = pl.col(part).cast(pl.Float64) / total
    columns = [(per * share).alias(name)]
    for level in levels:
        ends = zip(name_limits(name, level), wilson_limits(share, total, level), strict=True)
        columns += [(per * limit).alias(column) for column, limit in ends]
    return frame.with_columns(columns)
