"""Rates and ratios of counts, with Byar's or exact Poisson limits."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from mltc.intervals import poisson_limits
from models.public_health.limits import LEVELS, name_limits, read_floats, show_floats


def add_rate(
    frame: pl.DataFrame,
    count: str,
    divisor: str,
    name: str = "rate",
    *,
    per: float = 1000.0,
    levels: Sequence[float] = LEVELS,
) -> pl.DataFrame:
    """`frame` with `name` = per x count / divisor and the limits of each level.

    `divisor`: persons, person-years, or the expected count (then `per` 1 or 100 gives a standardised ratio).
    Limits: Byar from 10 events on, exact below, times per / divisor. Null where one is null or the divisor is not
    above 0. Events must be independent: for events that repeat in a person the limits are too narrow (use
    `build_direct_rates` with `squared_count`). Raises ValueError for negative counts.
    """
    events, below = read_floats(frame, count), read_floats(frame, divisor)
    if (events < 0).any():
        raise ValueError(f"Expected counts from 0 on in column {count}; found {int((events < 0).sum())} below.")
    known = np.isfinite(events) & (below > 0)
    scale = np.divide(per, below, out=np.full(len(below), np.nan), where=known)
    held = np.where(known, events, 0.0)
    columns = [show_floats(events * scale).alias(name)]
    for level in levels:
        ends = zip(name_limits(name, level), poisson_limits(held, level), strict=True)
        columns += [show_floats(limit * scale).alias(column) for column, limit in ends]
    return frame.with_columns(columns)
