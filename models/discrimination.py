"""Does the model put those who had the outcome above those who had not, and how far off is it overall?"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.stats import norm, rankdata

from models.outcome import Predictions
from models.patterns import FloatArray, IntArray

# Published c-statistics for unplanned admission in 12 months, real populations: Cambridge score 0.742 (Payne,
# CMAJ 2020;192:E107), Rahimian 0.779 (PLoS Med 2018;15:e1002695), SPARRAv4 0.799 (Liley, npj Digit Med 2024).
PUBLISHED_C_STATISTICS = (0.74, 0.80)
LEAKAGE_MARGIN = 0.08  # our convention: this far above the best published one, suspect the data, not the model


class Interval(NamedTuple):
    """An estimate with its 95 % interval."""

    estimate: float
    lower: float
    upper: float


class Alarm(NamedTuple):
    """Whether something needs a look, and the sentence that says what."""

    is_raised: bool
    message: str


def compute_c_statistic(predictions: Predictions, level: float = 0.95) -> Interval:
    """Probability that someone with the outcome was given a higher risk than someone without; ties count half.

    Interval by DeLong's variance, on midranks: O(n log n). Normal on the c-statistic's own scale, cut to [0, 1].
    Sources: DeLong et al., Biometrics 1988;44:837; Sun and Xu, IEEE Signal Process Lett 2014;21:1389.
    Raises ValueError unless both outcomes occur.
    """
    _check_both(predictions)
    is_event = predictions.outcome == 1
    events, others = predictions.risk[is_event], predictions.risk[~is_event]
    ranks = rankdata(predictions.risk)
    # share of the others below each event, and of the events above each other person
    event_placement = (ranks[is_event] - rankdata(events)) / len(others)
    other_placement = 1 - (ranks[~is_event] - rankdata(others)) / len(events)
    estimate = float(event_placement.mean())
    variance = _mean_variance(event_placement) + _mean_variance(other_placement)
    margin = float(norm.ppf((1 + level) / 2)) * variance**0.5
    return Interval(estimate, max(0.0, estimate - margin), min(1.0, estimate + margin))


def compute_auprc(predictions: Predictions) -> float:
    """Average precision: sum over thresholds of the step in sensitivity times the precision there, in [0, 1].

    People with equal risks enter together. The event rate is the value of a useless model.
    Source: Davis and Goadrich, ICML 2006; step-wise as in Saito and Rehmsmeier, PLoS One 2015;10:e0118432.
    """
    _check_both(predictions)
    order = np.argsort(-predictions.risk, kind="stable")
    risk, found = predictions.risk[order], np.cumsum(predictions.outcome[order])
    is_last_of_tie = np.append(risk[1:] != risk[:-1], True)
    listed = np.flatnonzero(is_last_of_tie) + 1
    precision = found[is_last_of_tie] / listed
    return float(np.diff(found[is_last_of_tie], prepend=0.0) @ precision / predictions.event_count)


def compute_brier(predictions: Predictions) -> float:
    """Mean squared difference between outcome and risk, in [0, 1], lower is better. Brier, 1950."""
    return float(np.mean((predictions.outcome - predictions.risk) ** 2))


def compute_scaled_brier(predictions: Predictions) -> float:
    """1 - Brier / (rate x (1 - rate)): 1 perfect, 0 no better than giving everyone the event rate, else below.

    Source: Steyerberg et al., Epidemiology 2010;21:128. Raises ValueError unless both outcomes occur.
    """
    _check_both(predictions)
    rate = float(predictions.outcome.mean())
    return 1 - compute_brier(predictions) / (rate * (1 - rate))


def compute_bootstrap_interval(
    metric: Callable[[Predictions], float],
    predictions: Predictions,
    *,
    replicate_count: int = 200,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Percentile interval over persons drawn with replacement; draws without both outcomes are left out."""
    random = np.random.default_rng(seed)
    values = []
    for _ in range(replicate_count):
        drawn: IntArray = random.integers(0, predictions.person_count, predictions.person_count)
        replicate = Predictions(predictions.outcome[drawn], predictions.risk[drawn])
        if replicate.has_both_outcomes:
            values.append(metric(replicate))
    lower, upper = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(metric(predictions), float(lower), float(upper))


def discrimination_alarm(c_statistic: float, margin: float = LEAKAGE_MARGIN) -> Alarm:
    """Raised when a c-statistic is more than `margin` above the best published one: suspected leakage."""
    lowest, highest = PUBLISHED_C_STATISTICS
    found = f"c-statistic {c_statistic:.3f}; published for unplanned admission: {lowest:.2f} to {highest:.2f}"
    if c_statistic <= highest + margin:
        return Alarm(False, f"No sign of leakage ({found}).")
    return Alarm(
        True,
        f"Suspected leakage: {found}. Look for a feature that knows what happened after the index date.",
    )


def _check_both(predictions: Predictions) -> None:
    if not predictions.has_both_outcomes:
        raise ValueError(
            f"Needs people with and without the outcome; found {predictions.event_count} with it among "
            f"{predictions.person_count}."
        )


def _mean_variance(placement: FloatArray) -> float:
    """Variance of the mean; a single person says nothing about it."""
    return float(placement.var(ddof=1) / len(placement)) if len(placement) > 1 else float("nan")
