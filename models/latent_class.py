"""Latent classes of binary patterns: one maximum-likelihood fit for one number of classes.

The EM steps are StepMix's (Morin et al., J Stat Softw 2025;113(8)). Here: where EM starts, which starts are
carried to convergence, and the figures that describe a solution.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logsumexp
from sklearn.exceptions import ConvergenceWarning
from stepmix.stepmix import StepMix

from models.patterns import FloatArray, IntArray

_PROBABILITY_FLOOR = 1e-15  # the clip that StepMix applies, so that a log never meets zero
_START_MIX = 0.4  # how far a start leans from the average profile to one person's pattern


@dataclass(frozen=True)
class LatentClasses:
    """A fitted solution, classes from largest to smallest."""

    shares: FloatArray
    """(classes,) share of persons, sums to 1."""
    probabilities: FloatArray
    """(classes, conditions) probability of each condition in each class."""
    log_likelihood: float
    is_converged: bool

    @property
    def parameter_count(self) -> int:
        """Free parameters: classes - 1 shares and one probability per class and condition."""
        return self.shares.size - 1 + self.probabilities.size


@dataclass(frozen=True)
class EmSettings:
    """How hard to look. `tolerance` is the change of the mean log-likelihood per person that ends EM."""

    start_count: int = 10
    short_iterations: int = 15
    finish_count: int = 2
    max_iterations: int = 300
    tolerance: float = 1e-7


class _StepMixFrom(StepMix):  # type: ignore[misc] # StepMix has no types
    """StepMix that starts where it is told.

    Its own random start gives every pattern random shares of all classes; averaged over thousands of
    patterns, all classes then start at the same profile, next to a saddle point.
    """

    start: tuple[FloatArray, FloatArray]

    def _initialize_parameters(self, X: FloatArray, random_state: Any) -> None:
        shares, probabilities = self.start
        self._initialize_parameters_measurement(X, random_state, init_emission=False)
        self.weights_ = shares.copy()
        self._mm.set_parameters({"pis": probabilities.copy()})


def compute_log_joint(patterns: FloatArray, shares: FloatArray, probabilities: FloatArray) -> FloatArray:
    """(patterns, classes): log of the class share times the probability of the pattern in the class."""
    inside = np.clip(probabilities, _PROBABILITY_FLOOR, 1 - _PROBABILITY_FLOOR)
    odds = np.log(inside) - np.log1p(-inside)
    constant = np.log(np.maximum(shares, _PROBABILITY_FLOOR)) + np.log1p(-inside).sum(axis=1)
    joint: FloatArray = patterns @ odds.T + constant
    return joint


def compute_posterior(patterns: FloatArray, shares: FloatArray, probabilities: FloatArray) -> FloatArray:
    """(patterns, classes): probability of each class given the pattern; rows sum to 1."""
    joint = compute_log_joint(patterns, shares, probabilities)
    posterior: FloatArray = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
    return posterior


def compute_relative_entropy(posterior: FloatArray, weights: FloatArray) -> float:
    """1 = every person is in one class for certain, 0 = nobody is. 1 by convention for a single class.

    1 - sum(-p log p) / (persons x log classes). Source: Ramaswamy et al., Marketing Science 1993;12:103.
    """
    class_count = posterior.shape[1]
    if class_count == 1:
        return 1.0
    positive = np.maximum(posterior, np.finfo(np.float64).tiny)
    uncertainty = -(posterior * np.log(positive)).sum(axis=1) @ weights
    return float(1 - uncertainty / (weights.sum() * np.log(class_count)))


def fit_classes(
    patterns: FloatArray,
    weights: FloatArray,
    class_count: int,
    settings: EmSettings,
    random: np.random.RandomState,
) -> LatentClasses:
    """Best of several starts: all run a few iterations, the best few go on to convergence.

    Short runs before long ones: Biernacki, Celeux and Govaert, Comput Stat Data Anal 2003;41:561.
    """
    prevalence = np.average(patterns, axis=0, weights=weights)
    if class_count == 1:
        return _solution(patterns, weights, np.ones(1), prevalence[np.newaxis, :], True)
    starts = [_draw_start(patterns, weights, prevalence, class_count, random) for _ in range(settings.start_count)]
    short = [_run(patterns, weights, start, settings.short_iterations, settings.tolerance) for start in starts]
    best = sorted(short, key=lambda solution: -solution.log_likelihood)[: settings.finish_count]
    finished = [
        _run(patterns, weights, (each.shares, each.probabilities), settings.max_iterations, settings.tolerance)
        for each in best
    ]
    return _order(max(finished, key=lambda solution: solution.log_likelihood))


def _draw_start(
    patterns: FloatArray,
    weights: FloatArray,
    prevalence: FloatArray,
    class_count: int,
    random: np.random.RandomState,
) -> tuple[FloatArray, FloatArray]:
    """Equal shares; each class leans from the average profile towards one person drawn at random."""
    drawn = random.choice(len(patterns), size=class_count, replace=False, p=weights / weights.sum())
    probabilities = (1 - _START_MIX) * prevalence + _START_MIX * patterns[drawn]
    return np.full(class_count, 1 / class_count), np.clip(probabilities, 1e-4, 1 - 1e-4)


def _run(
    patterns: FloatArray,
    weights: FloatArray,
    start: tuple[FloatArray, FloatArray],
    max_iterations: int,
    tolerance: float,
) -> LatentClasses:
    mixture = _StepMixFrom(
        n_components=len(start[0]),
        measurement="binary",
        abs_tol=tolerance,
        max_iter=max_iterations,
        progress_bar=0,
        random_state=0,
    )
    mixture.start = start
    with warnings.catch_warnings():
        # a short run is meant to stop early; a long one that does not converge is recorded in the selection
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(patterns, sample_weight=weights)
    found = mixture.get_parameters()
    return _solution(patterns, weights, found["weights"], found["measurement"]["pis"], mixture.converged_)


def _solution(
    patterns: FloatArray, weights: FloatArray, shares: FloatArray, probabilities: FloatArray, is_converged: bool
) -> LatentClasses:
    joint = compute_log_joint(patterns, shares, probabilities)
    return LatentClasses(shares, probabilities, float(logsumexp(joint, axis=1) @ weights), bool(is_converged))


def _order(solution: LatentClasses) -> LatentClasses:
    """Largest class first; equal shares by their profile, so that the order is the same in every run."""
    keys: list[FloatArray] = [*(-solution.probabilities.T[::-1]), -solution.shares]
    order: IntArray = np.lexsort(keys).astype(np.int64)
    return LatentClasses(
        solution.shares[order], solution.probabilities[order], solution.log_likelihood, solution.is_converged
    )
