"""Bootstrap intervals of what has no simple formula: people drawn again with replacement, by how often each is drawn.

The people are sorted once; a draw is a number of times per person, so that a replicate costs one pass and no sort, and
many replicates are measured at once. The smooth calibration curve is refitted to at most 500 groups of people of nearly
equal predicted risk.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from models.calibration import build_smooth_design
from models.family import Family, compute_mean
from models.logistic_fit import fit_grouped, fit_grouped_many
from models.outcome import Predictions
from models.patterns import FloatArray, IntArray
from models.threads import limit_threads

REPLICATES = 100
_GROUPS = 500
_AT_ONCE = 200_000  # people times draws: what fits into a processor's cache
Bounds = dict[str, tuple[float, float]]


class _Sorted(NamedTuple):
    """Predictions from the highest risk down, with what does not change between draws."""

    outcome: FloatArray
    risk: FloatArray
    last_of_tie: IntArray
    group_start: IntArray
    design: FloatArray
    start: FloatArray


def bootstrap_bounds(
    predictions: Predictions,
    estimates: dict[str, float],
    family: Family = "binomial",
    *,
    replicate_count: int = REPLICATES,
    seed: int = 0,
    level: float = 0.95,
) -> Bounds:
    """Lower and upper of every measure that `_measure_draws` knows, by its name; {} where no draw has an event.

    Percentiles of the replicates, moved by the mean difference between replicates and estimate: distances such as the
    ICI are larger in every draw than in the people themselves (Efron and Tibshirani, An Introduction to the Bootstrap,
    1993, ch. 10). Never below 0 for a distance.
    """
    with limit_threads(0):  # matrices of five columns: threads would only wait for each other
        return _bound(predictions, estimates, family, replicate_count, seed, level)


def _bound(
    predictions: Predictions, estimates: dict[str, float], family: Family, replicate_count: int, seed: int, level: float
) -> Bounds:
    people = _sort(predictions, family)
    random = np.random.default_rng(seed)
    count = predictions.person_count
    draws: list[dict[str, FloatArray]] = []
    for size in _share_out(replicate_count, count):
        weight = np.stack(
            [np.bincount(random.integers(0, count, count), minlength=count).astype(np.float64) for _ in range(size)]
        )
        total = weight @ people.outcome
        held = total > 0 if family == "poisson" else (total > 0) & (total < count)
        if held.any():
            draws.append(_measure_draws(people, weight[held], family))
    if not draws:
        return {}
    bounds: Bounds = {}
    for name in draws[0]:
        values = np.concatenate([each[name] for each in draws])
        shift = float(values.mean()) - estimates[name]
        lower, upper = np.quantile(values - shift, [(1 - level) / 2, (1 + level) / 2])
        bounds[name] = (max(0.0, float(lower)) if name in ("ici", "e50", "e90") else float(lower), float(upper))
    return bounds


def deviance_explained(predictions: Predictions) -> float:
    """1 - Poisson deviance / deviance of the mean alone: 1 perfect, 0 useless, below worse. For counts."""
    return float(_explain(predictions.outcome, predictions.risk, np.ones((1, predictions.person_count)))[0])


def simulate_chance(
    predictions: Predictions, family: Family = "binomial", *, replicate_count: int = REPLICATES, seed: int = 0
) -> float:
    """ICI that chance alone exceeds once in twenty times where the predictions are right.

    Outcomes are drawn from the predicted risks; counts from negative binomials with the predicted means and the
    dispersion that was seen. A smooth curve through few events is never straight, and the ICI never 0.
    """
    with limit_threads(0):
        people = _sort(predictions, family)
        random = np.random.default_rng(seed)
        ones = np.ones(predictions.person_count)
        dispersion = max(float(((people.outcome - people.risk) ** 2 / people.risk).mean()), 1.0 + 1e-6)
        found: list[FloatArray] = []
        for size in _share_out(replicate_count, len(ones)):
            shape = (size, len(ones))
            if family == "binomial":
                drawn = (random.random(shape) < people.risk).astype(np.float64)
            else:
                drawn = random.negative_binomial(people.risk / (dispersion - 1), 1 / dispersion, shape).astype(float)
            drawn = drawn[np.ptp(drawn, axis=1) > 0]
            if len(drawn):
                found.append(_measure_distances(people, np.ones_like(drawn), drawn, family)["ici"])
        return float(np.quantile(np.concatenate(found), 0.95)) if found else float("inf")


def _share_out(draw_count: int, person_count: int) -> Iterator[int]:
    """Draws at a time."""
    most = max(1, _AT_ONCE // max(person_count, 1))
    for first in range(0, draw_count, most):
        yield min(most, draw_count - first)


def _sort(predictions: Predictions, family: Family) -> _Sorted:
    order = np.argsort(-predictions.risk, kind="stable")
    risk = predictions.risk[order]
    step = max(1, -(-len(risk) // _GROUPS))
    begins = np.arange(0, len(risk), step)
    sizes = np.diff(begins, append=len(risk)).astype(np.float64)
    design = build_smooth_design(predictions, family)[order]
    means = np.add.reduceat(design, begins) / sizes[:, np.newaxis]
    outcome = predictions.outcome[order]
    start = fit_grouped(family, means, np.add.reduceat(outcome, begins) / sizes, sizes)
    last_of_tie = np.flatnonzero(np.append(risk[1:] != risk[:-1], True))
    return _Sorted(outcome, risk, last_of_tie, begins, means, start)


def _measure_draws(people: _Sorted, weight: FloatArray, family: Family) -> dict[str, FloatArray]:
    """Each measure (draws,) of weights (draws, persons)."""
    distances = _measure_distances(people, weight, weight * people.outcome, family)
    if family == "poisson":
        return {"deviance_explained": _explain(people.outcome, people.risk, weight), **distances}
    total = weight.sum(axis=1)
    rate = weight @ people.outcome / total
    brier = weight @ (people.outcome - people.risk) ** 2 / total
    found, listed = (np.cumsum(each, axis=1)[:, people.last_of_tie] for each in (weight * people.outcome, weight))
    gained = np.diff(found, prepend=0.0, axis=1)
    auprc = (gained * found / np.maximum(listed, 1.0)).sum(axis=1) / found[:, -1]
    return {"auprc": auprc, "brier": brier, "scaled_brier": 1 - brier / (rate * (1 - rate)), **distances}


def _measure_distances(
    people: _Sorted, weight: FloatArray, events: FloatArray, family: Family
) -> dict[str, FloatArray]:
    """ICI, E50 and E90 of the groups, each (draws,); `events`: weight times outcome (draws, persons)."""
    size = np.add.reduceat(weight, people.group_start, axis=1)
    known = np.maximum(size, 1.0)  # a group of whom nobody was drawn weighs nothing
    observed = np.add.reduceat(events, people.group_start, axis=1) / known
    predicted = np.add.reduceat(weight * people.risk, people.group_start, axis=1) / known
    coefficients = fit_grouped_many(family, people.design, observed, size, people.start)
    smooth = compute_mean(family, coefficients @ people.design.T)
    distance = np.where(size > 0, np.abs(smooth - predicted), 0.0)
    total = size.sum(axis=1, keepdims=True)
    order = np.argsort(distance, axis=1)
    ascending = np.take_along_axis(distance, order, axis=1)
    share = np.cumsum(np.take_along_axis(size, order, axis=1), axis=1) / total
    row = np.arange(len(distance))
    e50, e90 = (ascending[row, (share < each).sum(axis=1)] for each in (0.5, 0.9))
    return {"ici": (distance * size).sum(axis=1) / total[:, 0], "e50": e50, "e90": e90}


def _explain(outcome: FloatArray, mean: FloatArray, weight: FloatArray) -> FloatArray:
    """(draws,) of weights (draws, persons): 1 - deviance / deviance of the mean alone; nan where that is 0."""
    logs = np.where(outcome > 0, outcome * np.log(np.maximum(outcome, 1)), 0.0)
    total, events, own = weight.sum(axis=1), weight @ outcome, weight @ logs
    fitted = own - weight @ (outcome * np.log(mean)) - events + weight @ mean
    base = events / total
    whole = own - events * np.log(np.maximum(base, 1e-300))
    return np.where(whole > 0, 1 - fitted / np.where(whole > 0, whole, 1.0), np.nan)
