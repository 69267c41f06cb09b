"""Funnels: between which limits places lie by chance alone, wider for small places."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import gammainc, gammaincc

from mltc.funnel import add_overdispersed_limits
from mltc.intervals import find_z
from models.patterns import FloatArray
from models.public_health.limits import LEVELS, name_limits, read_floats, show_floats

WITHIN = "within limits"
_STEPS = 60  # halvings: the limit is found to the last digit that a float has


def add_proportion_funnel(
    frame: pl.DataFrame, part: str, whole: str, over: Sequence[str] = (), levels: Sequence[float] = LEVELS
) -> pl.DataFrame:
    """`frame` with centre, funnel limits of each level (proportions in [0, 1]) and position in words.

    centre = sum(part) / sum(whole) over the group `over`. Limits: centre -/+ z sqrt(centre (1 - centre) / whole),
    the proportions whose Wilson interval just reaches the centre (Fingertips technical guidance). Position of a
    place is of its proportion against the widest limit that it crosses. Null where the whole is 0.
    """
    keys: list[str | pl.Expr] = [*over] or [pl.lit(1)]
    total = pl.when(pl.col(whole) > 0).then(pl.col(whole).cast(pl.Float64))
    centred = frame.with_columns(centre=pl.col(part).sum().over(keys) / pl.col(whole).sum().over(keys))
    spread = (pl.col("centre") * (1 - pl.col("centre")) / total).sqrt()
    columns = []
    for level in levels:
        lower, upper = name_limits("funnel", level)
        columns += [(pl.col("centre") - find_z(level) * spread).clip(0, 1).alias(lower)]
        columns += [(pl.col("centre") + find_z(level) * spread).clip(0, 1).alias(upper)]
    return _place(centred.with_columns(columns), pl.col(part) / total, levels)


def add_ratio_funnel(
    frame: pl.DataFrame, observed: str = "observed", expected: str = "expected", levels: Sequence[float] = LEVELS
) -> pl.DataFrame:
    """`frame` with funnel limits of each level around a ratio of 1, and position in words.

    Exact Poisson: the ratio at whose count the exact interval just reaches the expected count. Only chance is
    allowed for: where places differ in more than chance, use `add_overdispersed_funnel`. Null where nothing is
    expected.
    """
    mean = read_floats(frame, expected)
    columns = []
    for level in levels:
        ends = zip(name_limits("funnel", level), _find_exact_counts(mean, level), strict=True)
        columns += [show_floats(count / np.where(mean > 0, mean, np.nan)).alias(name) for name, count in ends]
    ratio = pl.when(pl.col(expected) > 0).then(pl.col(observed) / pl.col(expected))
    return _place(frame.with_columns(columns), ratio, levels)


def add_overdispersed_funnel(
    frame: pl.DataFrame, over: Sequence[str] = (), levels: Sequence[float] = LEVELS
) -> pl.DataFrame:
    """Rows of `frame` (observed, expected > 0) with phi, funnel limits (ratios) and position; rule: `mltc.funnel`.

    phi is 1 where the places of `over` vary by chance alone. Rows that expect nothing are left out.
    """
    judged = frame
    for level in levels:
        kept = judged.drop("phi", "places", strict=False)
        judged = add_overdispersed_limits(kept, find_z(level), over, name_limits("funnel", level))
    names = [name for level in levels for name in name_limits("funnel", level)]
    ratios = judged.with_columns(pl.col(name) / pl.col("expected") for name in names)
    return _place(ratios, pl.col("observed") / pl.col("expected"), levels)


def _place(frame: pl.DataFrame, value: pl.Expr, levels: Sequence[float]) -> pl.DataFrame:
    """Adds `position`: within limits, or low/high and the widest level crossed."""
    words: pl.Expr = pl.when(value.is_not_null()).then(pl.lit(WITHIN))
    for level in sorted(levels):
        lower, upper = name_limits("funnel", level)
        told = f"{level * 100:g} %"
        words = (
            pl.when(value < pl.col(lower))
            .then(pl.lit(f"low, beyond {told}"))
            .when(value > pl.col(upper))
            .then(pl.lit(f"high, beyond {told}"))
            .otherwise(words)
        )
    return frame.with_columns(position=words)


def _find_exact_counts(mean: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Counts (not whole) at which the exact limits are the mean: P(X <= count) and P(X >= count) = (1 - level) / 2.

    Found by halving; the lower is 0 where even a count of 0 is within the limits.
    """
    tail = (1 - level) / 2
    known = np.where(mean > 0, mean, 1.0)
    below, above = np.zeros_like(known), known.copy()
    left, right = known.copy(), known + 10 * np.sqrt(known) + 20
    for _ in range(_STEPS):
        middle, centre = (below + above) / 2, (left + right) / 2
        is_low = gammaincc(middle + 1, known) < tail
        below, above = np.where(is_low, middle, below), np.where(is_low, above, middle)
        is_high = gammainc(centre, known) < tail
        left, right = np.where(is_high, left, centre), np.where(is_high, centre, right)
    lower = np.where(gammaincc(1.0, known) >= tail, 0.0, (below + above) / 2)
    return lower, (left + right) / 2
