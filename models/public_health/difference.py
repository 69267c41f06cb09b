"""Did it work? Difference in differences between people who got something and their matched comparison."""

from typing import NamedTuple

import numpy as np
import polars as pl

from models.patterns import FloatArray
from models.public_health.drift import FEWEST_QUARTERS, Drift
from models.public_health.limits import read_floats

DRAWS = 2000
SEED = 19_750_301
_CHUNK = 200  # draws at a time: memory
FEWEST_SETS = 30
IMBALANCE = 0.1  # standardised difference
PEAK = 1.2  # last quarter before the start, against the earlier ones
_YEAR_DAYS = 365.25


class Effect(NamedTuple):
    """table: one row (see `estimate_difference`); caveats: sentences for the reader."""

    table: pl.DataFrame
    caveats: tuple[str, ...]


def estimate_difference(
    members: pl.DataFrame,
    *,
    cluster: str = "set_id",
    draws: int = DRAWS,
    seed: int = SEED,
    level: float = 0.95,
) -> Effect:
    """Difference in differences of event rates per person-year, and the ratio of rate ratios, with limits.

    `members`: the rows of `match_people` with before_count, after_count (events) and before_days, after_days (days
    at risk, so that who died or left counts for as long as they were there). One row: sets, four rates (treated_ and
    comparison_, _before and _after), difference = (treated after - before) - (comparison after - before), ratio =
    (treated after / before) / (comparison after / before), each with _lower and _upper. Comparisons are weighted so
    that each set counts once. Limits: seeded bootstrap of whole clusters (`cluster`: a set, or a practice if the
    programme came to practices), percentiles. Null limits below two clusters; null ratio where a rate is 0.
    """
    columns = ["before_count", "before_days", "after_count", "after_days"]
    weighted = [(pl.col(name).cast(pl.Float64) * pl.col("weight")).sum().alias(name) for name in columns]
    sides = members.group_by(cluster, "is_treated", maintain_order=True).agg(weighted)
    clusters = sides.select(pl.col(cluster).unique(maintain_order=True))
    sums = np.stack([_sum_side(clusters, sides, cluster, side, columns) for side in (True, False)], axis=1)
    best = _measure(sums.sum(axis=0)[np.newaxis])
    count = len(sums)
    limits = np.full((2, 2), np.nan)
    if count > 1:
        drawn = _bootstrap(sums, draws, seed)
        limits = np.array([_quantiles(values, level) for values in drawn[4:]])
    sets = members["set_id"].n_unique()
    names = ["treated_before", "treated_after", "comparison_before", "comparison_after", "difference", "ratio"]
    row: dict[str, float | int | None] = {"sets": sets, "clusters": count}
    row |= {name: _show(values[0]) for name, values in zip(names, best, strict=True)}
    for name, (lower, upper) in zip(names[4:], limits, strict=True):
        row |= {f"{name}_lower": _show(lower), f"{name}_upper": _show(upper)}
    schema = {name: pl.Int64 if name in ("sets", "clusters") else pl.Float64 for name in row}
    return Effect(pl.DataFrame([row], schema=schema), _list_caveats(sets, count, cluster))


def describe_caveats(
    effect: Effect, drift: Drift | None, balance: pl.DataFrame, treated: int, matched: int
) -> tuple[str, ...]:
    """All that a reader must know beside the figure, in words; the first ones hold for every such comparison."""
    told = list(effect.caveats)
    if drift is None:
        told.append(
            f"There were fewer than {FEWEST_QUARTERS} quarters before the start: whether the groups moved together "
            "before is not known."
        )
    elif not drift.is_parallel:
        told.append(
            "The groups were drifting apart before the start: the difference is not down to the programme alone."
        )
    if drift is not None and drift.peak is not None and drift.peak > PEAK:
        told.append(
            f"Use of the treated people peaked just before the start ({drift.peak:.1f} times the earlier quarters): "
            "much of the fall after it would have come anyway (regression to the mean)."
        )
    uneven = balance.filter(pl.col("difference_after_matching").abs() > IMBALANCE)["variable"].to_list()
    if uneven:
        told.append(f"After matching the groups still differ in {', '.join(uneven)}.")
    if matched < treated:
        told.append(f"{treated - matched} of {treated} people had no comparison; the figure does not speak for them.")
    return tuple(told)


def _list_caveats(sets: int, clusters: int, cluster: str) -> tuple[str, ...]:
    told = [
        "Matching evens out what is recorded; people may have been chosen for what is not (a clinician's concern, "
        "motivation, support at home).",
        "People chosen in a bad spell get better without help (regression to the mean); a comparison matched on risk "
        "at the same date takes out a part of this, not all.",
    ]
    if sets < FEWEST_SETS or clusters < FEWEST_SETS:
        few = f"{sets} matched sets" if cluster == "set_id" else f"{sets} matched sets in {clusters} clusters"
        told.append(f"Only {few}: the limits are too narrow to be relied on.")
    return tuple(told)


def _sum_side(
    clusters: pl.DataFrame, sides: pl.DataFrame, cluster: str, is_treated: bool, columns: list[str]
) -> FloatArray:
    """(clusters, 4) sums of one side, 0 where a cluster has nobody on it."""
    own = sides.filter(pl.col("is_treated") == is_treated)
    joined = clusters.join(own, on=cluster, how="left", maintain_order="left")
    return np.nan_to_num(np.column_stack([read_floats(joined, name) for name in columns]))


def _measure(sums: FloatArray) -> tuple[FloatArray, ...]:
    """Rates, difference and ratio of sums (draws, 2 sides, events and days before and after)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = sums[:, :, [0, 2]] / sums[:, :, [1, 3]] * _YEAR_DAYS
        treated, other = rates[:, 0], rates[:, 1]
        difference = treated[:, 1] - treated[:, 0] - (other[:, 1] - other[:, 0])
        ratio = treated[:, 1] / treated[:, 0] / (other[:, 1] / other[:, 0])
    return treated[:, 0], treated[:, 1], other[:, 0], other[:, 1], difference, ratio


def _bootstrap(sums: FloatArray, draws: int, seed: int) -> tuple[FloatArray, ...]:
    random = np.random.default_rng(seed)
    count = len(sums)
    flat = sums.reshape(count, -1)
    parts = []
    for begin in range(0, draws, _CHUNK):
        size = min(_CHUNK, draws - begin)
        times = random.multinomial(count, np.full(count, 1 / count), size=size).astype(np.float64)
        parts.append((times @ flat).reshape(size, *sums.shape[1:]))
    return _measure(np.concatenate(parts))


def _quantiles(values: FloatArray, level: float) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if len(known) < 0.95 * len(values):  # the ratio is not defined in too many of the draws
        return float("nan"), float("nan")
    lower, upper = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(lower), float(upper)


def _show(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
