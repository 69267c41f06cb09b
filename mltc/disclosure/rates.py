"""Rates and ratios, computed from published (rounded) counts only."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mltc.disclosure.cells import check_unique, select_rows
from mltc.disclosure.profile import Profile
from mltc.disclosure.table import CountRef, MeasureSpec, RateSpec, TableSpec
from mltc.intervals import wilson_limits

if TYPE_CHECKING:
    import polars as pl


def add_rates(frame: "pl.DataFrame", spec: TableSpec, profile: Profile) -> "pl.DataFrame":
    """`frame` with every rate and the ends of its interval; null where a part is suppressed or 0 persons.

    Percentages are shown to `profile.percent_decimals` places.
    """
    return frame.with_columns(
        expression.round(profile.percent_decimals).alias(name)
        for rate in spec.rates
        for name, expression in zip(
            (rate.name, f"{rate.name}_lower", f"{rate.name}_upper"), wilson_expressions(rate), strict=True
        )
    )


def wilson_expressions(rate: RateSpec) -> tuple["pl.Expr", "pl.Expr", "pl.Expr"]:
    """Proportion with its 95% Wilson score interval, times `per`.

    Independent rounding can leave a part above its whole: it counts as the whole. Formula: `mltc.intervals`.
    """
    import polars as pl

    whole = pl.when(pl.col(rate.denominator) > 0).then(pl.col(rate.denominator).cast(pl.Float64))
    share = pl.min_horizontal(pl.col(rate.numerator).cast(pl.Float64) / whole, pl.lit(1.0))
    share = pl.when(pl.col(rate.numerator).is_not_null() & whole.is_not_null()).then(share)
    lower, upper = wilson_limits(share, whole)
    return rate.per * share, rate.per * lower, rate.per * upper


def add_measures(frames: Mapping[str, "pl.DataFrame"], spec: TableSpec) -> "pl.DataFrame":
    """The table `spec.name` of `frames` (published counts) with its measures withheld, recomputed, rounded."""
    import polars as pl

    frame = frames[spec.name]
    for measure in spec.measures:
        if measure.numerator:
            frame = _add_ratio(frame, frames, measure)
        value = pl.col(measure.name).cast(pl.Float64).fill_nan(None).round(measure.decimals)
        if measure.withheld_with:
            value = pl.when(pl.col(measure.withheld_with).is_not_null()).then(value)
        frame = frame.with_columns(value.alias(measure.name))
    return frame


def _add_ratio(frame: "pl.DataFrame", frames: Mapping[str, "pl.DataFrame"], measure: MeasureSpec) -> "pl.DataFrame":
    """per x product of the numerators / product of the denominators; null where a part is not published."""
    import polars as pl

    def product(refs: tuple[CountRef, ...]) -> "pl.Series":
        values = pl.Series([1.0]).new_from_index(0, frame.height)
        for ref in refs:
            values = values * look_up(frame, frames, ref).cast(pl.Float64)
        return values

    below = product(measure.denominator)
    ratio = measure.per * product(measure.numerator) / below
    return frame.with_columns(pl.when(below > 0).then(ratio).alias(measure.name))


def look_up(frame: "pl.DataFrame", frames: Mapping[str, "pl.DataFrame"], ref: CountRef) -> "pl.Series":
    """The referenced count for every row of `frame`; null where there is no such row."""
    import polars as pl

    if ref.table is None:
        return frame[ref.count]
    if ref.table not in frames:
        return pl.Series([None], dtype=pl.Int64).new_from_index(0, frame.height)
    keys = ["one", *ref.same]
    other = select_rows(frames[ref.table], ref.where)
    other = other.select(pl.lit(0).alias("one"), *ref.same, pl.col(ref.count).alias("found"))
    check_unique(other, keys, ref.table)
    left = frame.select(pl.lit(0).alias("one"), *ref.same)
    return left.join(other, on=keys, how="left", maintain_order="left")["found"]
