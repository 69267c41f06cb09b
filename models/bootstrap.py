"""Bootstrap intervals of what has no simple formula: people drawn again with replacement, by how often each is drawn.

The people are sorted once; a draw is a number of times per person, so that a replicate costs one pass and no sort.
The smooth calibration curve is refitted to at most 500 groups of people of nearly equal predicted risk.
"""

from typing import NamedTuple

import numpy as np

from models.calibration import build_smooth_design
from models.family import Family, compute_mean
from models.logistic_fit import fit_grouped
from models.outcome import Predictions
from models.patterns import FloatArray, IntArray
from models.threads import limit_threads

REPLICATES = 100
_GROUPS = 500
Bounds = dict[str, tuple[float, float]]


class _Sorted(NamedTuple):
    """Predictions from the highest risk down, with what does not change between draws."""

    outcome: FloatArray
    risk: FloatArray
    is_last_of_tie: np.ndarray
    group: IntArray
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
    """Lower and upper of every measure that `_measure_draw` knows, by its name; {} where no draw has an event.

    Percentiles of the replicates, moved by the mean difference between replicates and estimate: distances such as the
    ICI are larger in every draw than in the people themselves (Efron and Tibshirani, An Introduction to the Bootstrap,
    1993, ch. 10). Never below 0 for a distance.
    """
    with limit_threads(0):  # matrices of five columns: threads would only wait for each other
        return _bound(predictions, estimates, family, replicate_count, seed, level)


def _bound(
    predictions: Predictions, estimates: dict[str, float], family: Family, replicate_count: int, seed: int, level: float
) -> Bounds:
    sorted_people = _sort(predictions, family)
    random = np.random.default_rng(seed)
    count = predictions.person_count
    draws: list[dict[str, float]] = []
    for _ in range(replicate_count):
        weight = np.bincount(random.integers(0, count, count), minlength=count).astype(np.float64)
        total = float(weight @ sorted_people.outcome)
        if total > 0 and (family == "poisson" or total < count):
            draws.append(_measure_draw(sorted_people, weight, family))
    if not draws:
        return {}
    bounds: Bounds = {}
    for name in draws[0]:
        values = np.array([each[name] for each in draws])
        shift = float(values.mean()) - estimates[name]
        lower, upper = np.quantile(values - shift, [(1 - level) / 2, (1 + level) / 2])
        bounds[name] = (max(0.0, float(lower)) if name in ("ici", "e50", "e90") else float(lower), float(upper))
    return bounds


def deviance_explained(predictions: Predictions) -> float:
    """1 - Poisson deviance / deviance of the mean alone: 1 perfect, 0 useless, below worse. For counts."""
    return _explain(predictions.outcome, predictions.risk, np.ones(predictions.person_count))


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
        found = []
        for _ in range(replicate_count):
            if family == "binomial":
                drawn = (random.random(len(ones)) < people.risk).astype(np.float64)
            else:
                drawn = random.negative_binomial(people.risk / (dispersion - 1), 1 / dispersion).astype(np.float64)
            if np.ptp(drawn):
                found.append(_measure_distance(people._replace(outcome=drawn), ones, family)["ici"])
    return float(np.quantile(found, 0.95)) if found else float("inf")


def _sort(predictions: Predictions, family: Family) -> _Sorted:
    order = np.argsort(-predictions.risk, kind="stable")
    risk = predictions.risk[order]
    is_last = np.append(risk[1:] != risk[:-1], True)
    step = max(1, -(-len(risk) // _GROUPS))
    group = np.arange(len(risk)) // step
    sizes = np.bincount(group).astype(np.float64)
    design = build_smooth_design(predictions, family)[order]
    means = np.column_stack([np.bincount(group, column) for column in design.T]) / sizes[:, np.newaxis]
    outcome = predictions.outcome[order]
    start = fit_grouped(family, means, np.bincount(group, outcome) / sizes, sizes)
    return _Sorted(outcome, risk, is_last, group, means, start)


def _measure_draw(people: _Sorted, weight: FloatArray, family: Family) -> dict[str, float]:
    distance = _measure_distance(people, weight, family)
    if family == "poisson":
        return {"deviance_explained": _explain(people.outcome, people.risk, weight), **distance}
    rate = float(weight @ people.outcome / weight.sum())
    brier = float(weight @ (people.outcome - people.risk) ** 2 / weight.sum())
    found, listed = np.cumsum(weight * people.outcome), np.cumsum(weight)
    kept = people.is_last_of_tie & (listed > 0)
    auprc = float(np.diff(found[kept], prepend=0.0) @ (found[kept] / listed[kept]) / found[-1])
    return {"auprc": auprc, "brier": brier, "scaled_brier": 1 - brier / (rate * (1 - rate)), **distance}


def _measure_distance(people: _Sorted, weight: FloatArray, family: Family) -> dict[str, float]:
    """ICI, E50 and E90 of the groups."""
    size = np.bincount(people.group, weight).astype(np.float64)
    held = size > 0
    size = size[held]
    observed = np.bincount(people.group, weight * people.outcome)[held] / size
    predicted = np.bincount(people.group, weight * people.risk)[held] / size
    design = people.design[held]
    smooth = compute_mean(family, design @ fit_grouped(family, design, observed, size, people.start))
    distance = np.abs(smooth - predicted)
    order = np.argsort(distance)
    share = np.cumsum(size[order]) / size.sum()
    e50, e90 = (float(distance[order][np.searchsorted(share, each)]) for each in (0.5, 0.9))
    return {"ici": float(distance @ size / size.sum()), "e50": e50, "e90": e90}


def _explain(outcome: FloatArray, mean: FloatArray, weight: FloatArray) -> float:
    base = float(weight @ outcome / weight.sum())

    def deviance(expected: FloatArray) -> float:
        logs = np.where(outcome > 0, outcome * np.log(np.maximum(outcome, 1) / expected), 0.0)
        return float(weight @ (logs - (outcome - expected)))

    whole = deviance(np.full(len(outcome), base))
    return 1 - deviance(mean) / whole if whole > 0 else float("nan")
