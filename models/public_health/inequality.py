"""Slope and relative index of inequality over ordered groups, for example deprivation quintiles."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import polars as pl
from scipy.special import expit, logit

from mltc.intervals import find_z
from models.patterns import FloatArray
from models.public_health.limits import LEVELS, name_limits, read_floats, show_floats, split_groups

Kind = Literal["normal", "rate", "proportion"]
FEWEST_GROUPS = 5  # quintiles; OHID accepts 5 to 100
REPETITIONS = 100_000
SEED = 20_130_401


class Weights(NamedTuple):
    """Weights (groups,) on the values of the groups that give the fitted line's slope and its value at rank 0."""

    slope: FloatArray
    start: FloatArray


def build_inequality(
    groups: pl.DataFrame,
    by: Sequence[str],
    quantile: str,
    *,
    population: str = "population",
    value: str = "value",
    limits: tuple[str, str] = ("lower", "upper"),
    kind: Kind = "rate",
    is_transformed: bool = False,
    multiplier: float = 1.0,
    levels: Sequence[float] = LEVELS,
    repetitions: int = REPETITIONS,
    seed: int = SEED,
) -> pl.DataFrame:
    """One row per group of `by`: `by`, quantiles, slope_index, relative_index, each with limits, reason.

    `groups`: one row per quantile, the most deprived first in order of `quantile`, with its `value` and 95 % limits
    (proportions within [0, 1]). Least squares of the values on the mid-rank of each quantile in the cumulated
    population, weighted by population: slope_index = fitted(1) - fitted(0), below 0 where the most deprived have
    more; relative_index = fitted(1) / fitted(0). `is_transformed` fits on log (rate) or logit (proportion) and
    reads the two ends back. Times `multiplier`; a negative one also turns the relative index over.

    Limits by simulation: each value drawn anew around itself, normal (`kind` normal), on the log (rate) or the logit
    (proportion), with the standard error that its limits imply; the seed is fixed, so that equal figures give equal
    limits. For `kind` normal the limits of the slope need no simulation (a weighted sum of normals). Null with a
    `reason` where quantiles are missing, fewer than 5, without people, or on the border of the transformation.
    Source: Low A, Low A. J Public Health 2004;26:388-95, as in PHEindicatormethods.
    """
    if repetitions < 1000:
        raise ValueError(f"Expected 1,000 repetitions or more; found {repetitions}.")
    all_quantiles = groups[quantile].n_unique()
    half = np.random.default_rng(seed).standard_normal((repetitions // 2, all_quantiles))
    draws = np.concatenate([half, -half])  # antithetic: the mean of the draws is exactly the value itself
    rows = []
    for key, rows_of in split_groups(groups.sort(quantile, maintain_order=True), by):
        people, found = read_floats(rows_of, population), read_floats(rows_of, value)
        ends = np.column_stack([read_floats(rows_of, name) for name in limits])
        reason = _find_reason(rows_of, quantile, all_quantiles, people, found, ends, kind)
        figures = [np.nan] * (2 + 4 * len(levels))
        if reason is None:
            figures = _measure(people, found, ends, kind, is_transformed, multiplier, levels, draws)
        rows.append((*key, rows_of.height, *figures, reason))
    return _frame(groups, by, rows, levels)


def find_weights(people: FloatArray) -> Weights:
    """Weights of the weighted regression on the mid-rank: slope (they sum to 0) and value at rank 0 (they sum to 1)."""
    share = people / people.sum()
    rank = np.cumsum(share) - share / 2
    centred = rank - share @ rank
    slope = share * centred / (share @ centred**2)
    return Weights(slope, share - slope * (share @ rank))


def _find_reason(
    rows: pl.DataFrame,
    quantile: str,
    expected: int,
    people: FloatArray,
    value: FloatArray,
    ends: FloatArray,
    kind: Kind,
) -> str | None:
    if rows[quantile].is_duplicated().any():
        raise ValueError(f"Expected one row per {quantile} and group; found several.")
    if rows.height < max(FEWEST_GROUPS, expected):
        return "a quantile is missing or there are fewer than five"
    if not (people > 0).all():
        return "a quantile without people"
    if not (np.isfinite(value).all() and np.isfinite(ends).all()):
        return "a quantile without a value or limits"
    top = 1.0 if kind == "proportion" else np.inf
    figures = np.column_stack([value, ends])
    if kind != "normal" and not ((figures > 0) & (figures < top)).all():
        return "a quantile with a value or limit of 0" + (" or 1" if kind == "proportion" else "")
    return None


def _measure(
    people: FloatArray,
    value: FloatArray,
    ends: FloatArray,
    kind: Kind,
    is_transformed: bool,
    multiplier: float,
    levels: Sequence[float],
    draws: FloatArray,
) -> list[float]:
    weights = find_weights(people)
    centre, low, high = (_transform(each, kind) for each in (value, ends[:, 0], ends[:, 1]))
    error = (high - low) / (2 * find_z(0.95))
    simulated = centre + error * draws[:, : len(value)]
    fitted_on = centre if is_transformed else value
    drawn = simulated if is_transformed else _back(simulated, kind)

    def read(values: FloatArray) -> tuple[FloatArray, FloatArray]:
        start, end = values @ weights.start, values @ (weights.start + weights.slope)
        if is_transformed:
            start, end = _back(start, kind), _back(end, kind)
        ratio = start / end if multiplier < 0 else end / start
        return multiplier * (end - start), ratio

    slope, ratio = read(fitted_on[np.newaxis, :])
    slopes, ratios = read(drawn)
    ends_of_slope = _find_limits(slopes, levels)
    if kind == "normal" and not is_transformed:
        margin = abs(multiplier) * float(np.sqrt((weights.slope**2) @ error**2))
        ends_of_slope = [float(slope[0]) + sign * find_z(level) * margin for level in levels for sign in (-1, 1)]
    return [float(slope[0]), *ends_of_slope, float(ratio[0]), *_find_limits(ratios, levels)]


def _transform(values: FloatArray, kind: Kind) -> FloatArray:
    if kind == "normal":
        return values
    return np.asarray(np.log(values) if kind == "rate" else logit(values), dtype=np.float64)


def _back(values: FloatArray, kind: Kind) -> FloatArray:
    if kind == "normal":
        return values
    return np.asarray(np.exp(values) if kind == "rate" else expit(values), dtype=np.float64)


def _find_limits(drawn: FloatArray, levels: Sequence[float]) -> list[float]:
    """Lower and upper of each level."""
    ends = [end for level in levels for end in ((1 - level) / 2, (1 + level) / 2)]
    return [float(each) for each in np.quantile(drawn, ends)]


def _frame(
    groups: pl.DataFrame, by: Sequence[str], rows: list[tuple[object, ...]], levels: Sequence[float]
) -> pl.DataFrame:
    names = []
    for name in ("slope_index", "relative_index"):
        names += [name, *(end for level in levels for end in name_limits(name, level))]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {name: groups.schema[name] for name in by}
    schema |= {"quantiles": pl.Int64, **dict.fromkeys(names, pl.Float64), "reason": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(show_floats(read_floats(frame, name)).alias(name) for name in names)
