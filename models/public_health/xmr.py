"""XmR charts: is a series of months changing by more than chance? Rules of NHS England, Making Data Count."""

from collections.abc import Sequence
from typing import Literal

import polars as pl

Improvement = Literal["up", "down", "neither"]

FEWEST_POINTS = 12  # below, limits say nothing
LIMIT = 2.66  # mean moving ranges from the mean to a limit: 3 / 1.128
NEAR_LIMIT = 2 / 3 * LIMIT
SCREEN = 3.267  # moving ranges above so many mean moving ranges are left out of the limits
SHIFT_POINTS = 7  # in a row on one side of the mean
TREND_POINTS = 6  # in a row, each above (or each below) the one before
NEAR_POINTS = 2  # of three in a row, beyond two thirds of the way to one limit


def build_xmr(
    series: pl.DataFrame,
    by: Sequence[str],
    period: str,
    value: str,
    *,
    improvement: Improvement = "neither",
    target: str | None = None,
    baseline_points: int | None = None,
) -> pl.DataFrame:
    """Rows of `series` in order of `by` and `period` with the chart's columns.

    mean, lower, upper (of the process, mean -/+ 2.66 x mean moving range), is_outside, is_shift, is_trend,
    is_two_of_three (each point that takes part), variation in words, assurance in words (one per series; null
    without `target`, a column), reason. Moving ranges above 3.267 x their mean are screened out of the limits.
    Mean and limits rest on the first `baseline_points` known points, or all. Fewer than 12 known points give no
    limits and no words but the reason. A missing month (null) ends runs and moving ranges; give a row for each
    month. Limits may lie below 0, where no count can: read 0.

    variation: `common cause`, `improvement`, `concern`, or with `improvement` neither `higher`, `lower`. A point
    that only a trend marks is judged by the direction of the trend, every other by its side of the mean.
    Raises ValueError for a second row of one period.
    """
    if series.select(*by, period).is_duplicated().any():
        raise ValueError(f"Expected one row per {', '.join([*by, period])}; found several.")
    keys: list[str | pl.Expr] = [*by] or [pl.lit(1)]
    ordered = series.sort(*by, period).with_columns(pl.col(value).cast(pl.Float64).fill_nan(None).alias("_value"))
    told = _add_limits(ordered, keys, baseline_points)
    told = _add_near(_add_trend(_add_shift(told, keys), keys), keys)
    told = told.with_columns(
        variation=_describe_variation(improvement),
        assurance=_describe_assurance(target, improvement),
        reason=pl.when(pl.col("_known") < FEWEST_POINTS).then(pl.lit(f"fewer than {FEWEST_POINTS} points")),
    )
    return told.drop([name for name in told.columns if name.startswith("_")])


def summarise_xmr(chart: pl.DataFrame, by: Sequence[str], period: str, value: str) -> pl.DataFrame:
    """One row per series: points (known), mean, lower, upper and, of the last known point, period, value and words."""
    known = chart.filter(pl.col(value).is_not_null())
    last = [pl.col(name).last() for name in (period, value, "mean", "lower", "upper")]
    words = [pl.col(name).last() for name in ("variation", "assurance", "reason")]
    figures = [pl.len().cast(pl.Int64).alias("points"), *last, *words]
    return known.group_by(list(by), maintain_order=True).agg(figures) if by else known.select(figures)


def _add_limits(ordered: pl.DataFrame, keys: list[str | pl.Expr], baseline_points: int | None) -> pl.DataFrame:
    value = pl.col("_value")
    counted = ordered.with_columns(
        _order=value.is_not_null().cum_sum().over(keys), _known=value.count().cast(pl.Int64).over(keys)
    )
    is_base = pl.lit(True) if baseline_points is None else pl.col("_order") <= baseline_points
    moved = counted.with_columns(_base=pl.when(is_base).then(value)).with_columns(
        _range=pl.col("_base").diff().abs().over(keys)
    )
    screened = pl.when(pl.col("_range") < SCREEN * pl.col("_range").mean().over(keys)).then(pl.col("_range"))
    # a series that never moves has no range below 3.267 x 0: its limits are its mean
    spread = screened.mean().over(keys).fill_null(0.0)
    enough = pl.col("_known") >= FEWEST_POINTS
    based = moved.with_columns(
        mean=pl.when(enough).then(pl.col("_base").mean().over(keys)), _spread=pl.when(enough).then(spread)
    )
    near = NEAR_LIMIT * pl.col("_spread")
    return based.with_columns(
        lower=pl.col("mean") - LIMIT * pl.col("_spread"),
        upper=pl.col("mean") + LIMIT * pl.col("_spread"),
        _side=(value - pl.col("mean")).sign(),
        _away=(value - pl.col("mean")).abs(),
    ).with_columns(
        is_outside=(value < pl.col("lower")) | (value > pl.col("upper")),
        _near=pl.when(pl.col("_away") > near).then(pl.col("_side")).otherwise(0.0),
    )


def _add_shift(chart: pl.DataFrame, keys: list[str | pl.Expr]) -> pl.DataFrame:
    runs = chart.with_columns(_run=pl.col("_side").rle_id().over(keys))
    length = pl.len().over([*keys, "_run"])
    return runs.with_columns(is_shift=(pl.col("_side") != 0) & (length >= SHIFT_POINTS))


def _add_trend(chart: pl.DataFrame, keys: list[str | pl.Expr]) -> pl.DataFrame:
    """A trend of six points is five steps in one direction; the point before the first step takes part."""
    known = pl.col("mean").is_not_null()
    steps = chart.with_columns(_step=pl.when(known).then(pl.col("_value").diff().over(keys).sign()))
    steps = steps.with_columns(_steps=pl.col("_step").rle_id().over(keys))
    is_long = (pl.col("_step") != 0) & (pl.len().over([*keys, "_steps"]) >= TREND_POINTS - 1)
    trend = steps.with_columns(_trend=pl.when(is_long).then(pl.col("_step")).otherwise(0.0))
    following = pl.col("_trend").shift(-1).over(keys).fill_null(0.0)
    direction = pl.when(pl.col("_trend") != 0).then(pl.col("_trend")).otherwise(following)
    return trend.with_columns(_direction=direction).with_columns(
        is_trend=pl.when(known & pl.col("_value").is_not_null()).then(pl.col("_direction") != 0)
    )


def _add_near(chart: pl.DataFrame, keys: list[str | pl.Expr]) -> pl.DataFrame:
    """Two of three in a row beyond two thirds of the way to the same limit, and not beyond the limit itself."""
    flagged = chart
    marks = []
    for side, name in ((1.0, "_high"), (-1.0, "_low")):
        is_close = ((pl.col("_near") == side) & ~pl.col("is_outside")).cast(pl.Int64)
        flagged = flagged.with_columns(is_close.alias(name))
        window = (pl.col(name).rolling_sum(3) >= NEAR_POINTS).fill_null(False)
        in_window = window | window.shift(-1, fill_value=False) | window.shift(-2, fill_value=False)
        marks.append(in_window.over(keys) & (pl.col(name) == 1))
    return flagged.with_columns(is_two_of_three=marks[0] | marks[1])


def _describe_variation(improvement: Improvement) -> pl.Expr:
    by_side = pl.col("is_outside") | pl.col("is_shift") | pl.col("is_two_of_three")
    sign = pl.when(by_side).then(pl.col("_side")).otherwise(pl.col("_direction"))
    high, low = {"up": ("improvement", "concern"), "down": ("concern", "improvement")}.get(
        improvement, ("higher", "lower")
    )
    is_special = by_side | pl.col("is_trend")
    words = pl.when(sign > 0).then(pl.lit(high)).otherwise(pl.lit(low))
    known = pl.col("_value").is_not_null() & pl.col("mean").is_not_null()
    return pl.when(known & is_special).then(words).when(known).then(pl.lit("common cause"))


def _describe_assurance(target: str | None, improvement: Improvement) -> pl.Expr:
    if target is None or improvement == "neither":
        return pl.lit(None, pl.String)
    is_below, is_above = pl.col(target) < pl.col("lower"), pl.col(target) > pl.col("upper")
    met, failed = (is_below, is_above) if improvement == "up" else (is_above, is_below)
    known = pl.col(target).is_not_null() & pl.col("mean").is_not_null()
    return (
        pl.when(known & met)
        .then(pl.lit("consistently meets the target"))
        .when(known & failed)
        .then(pl.lit("consistently fails the target"))
        .when(known)
        .then(pl.lit("meets and fails the target by chance"))
    )
