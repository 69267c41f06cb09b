"""Clusters of people with MLTC: latent classes of their condition patterns."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from models.cluster_match import match_clusters
from models.cluster_profile import build_profile, describe_clusters, name_clusters
from models.errors import TooLittleData
from models.latent_class import (
    EmSettings,
    LatentClasses,
    compute_posterior,
    compute_relative_entropy,
    fit_classes,
)
from models.patterns import FloatArray, IntArray, Patterns, collapse_patterns
from models.stability import compute_stability
from models.threads import limit_threads

__all__ = [
    "PatternClusters",
    "build_profile",
    "collapse_patterns",
    "describe_clusters",
    "match_clusters",
    "name_clusters",
]


class PatternClusters(ClusterMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Latent class analysis with the number of classes chosen from the data.

    Every number of classes from `k_min` to `k_max` is fitted. A solution is admissible when its smallest
    class holds at least `min_share` of the persons, its relative entropy is at least `min_entropy` and, if
    `min_stability` is given, its bootstrap stability is at least that. The admissible one with the lowest BIC
    is chosen. Both floors are conventions, not laws: `selection_` shows every solution, chosen or not.

    Parameters: `start_count` EM starts, of which the best `finish_count` run on to convergence (`tolerance` on
    the mean log-likelihood per person, at most `max_iterations`); `bootstrap_replicates` refits per number of
    classes for the stability (0 = none); `presence_threshold`: a value above it counts as having the condition.

    Learned: `selection_` (list of dicts, one per number of classes, for `polars.DataFrame`), `class_count_`,
    `class_shares_` (classes,), `condition_probabilities_` (classes, conditions), `log_likelihood_`, `labels_`
    (persons,), `person_count_`, `pattern_count_`. Classes run from the largest to the smallest.

    Raises `TooLittleData` for fewer than `min_persons` persons or `min_patterns` distinct patterns, and when no
    solution is admissible (`selection_` is set by then).
    """

    def __init__(
        self,
        k_min: int = 2,
        k_max: int = 8,
        *,
        min_share: float = 0.02,
        min_entropy: float = 0.5,
        min_stability: float | None = None,
        start_count: int = 12,
        finish_count: int = 3,
        bootstrap_replicates: int = 3,
        max_iterations: int = 300,
        tolerance: float = 1e-7,
        min_persons: int = 200,
        min_patterns: int = 20,
        presence_threshold: float = 0.5,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.k_min = k_min
        self.k_max = k_max
        self.min_share = min_share
        self.min_entropy = min_entropy
        self.min_stability = min_stability
        self.start_count = start_count
        self.finish_count = finish_count
        self.bootstrap_replicates = bootstrap_replicates
        self.max_iterations = max_iterations
        self.tolerance = tolerance
        self.min_persons = min_persons
        self.min_patterns = min_patterns
        self.presence_threshold = presence_threshold
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: None = None, sample_weight: npt.ArrayLike | None = None) -> Self:
        """X (persons, conditions) of 0/1; `sample_weight` = persons per row, if rows are patterns already."""
        matrix = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        weight = _check_sample_weight(sample_weight, matrix, dtype=np.float64, ensure_non_negative=True)
        collapsed = collapse_patterns(matrix > self.presence_threshold, weight)
        has_persons = collapsed.weights > 0
        seen = Patterns(collapsed.patterns[has_persons], collapsed.weights[has_persons], collapsed.inverse)
        self._check_size(seen)
        with limit_threads(len(seen.patterns)):
            solutions = self._fit_all(seen)
        chosen = self._choose(solutions)
        self.class_count_ = int(chosen.shares.size)
        self.class_shares_ = chosen.shares
        self.condition_probabilities_ = chosen.probabilities
        self.log_likelihood_ = chosen.log_likelihood
        self.labels_ = self._posterior(collapsed.patterns).argmax(axis=1)[collapsed.inverse]
        return self

    def predict_proba(self, X: npt.ArrayLike) -> FloatArray:
        """(persons, classes): probability of each class given the person's conditions; rows sum to 1."""
        check_is_fitted(self)
        matrix = validate_data(self, X, dtype=np.float64, reset=False)
        collapsed = collapse_patterns(matrix > self.presence_threshold)
        return self._posterior(collapsed.patterns)[collapsed.inverse]

    def predict(self, X: npt.ArrayLike) -> IntArray:
        """(persons,): the most probable class, 0 the largest class of the fit."""
        labels: IntArray = self.predict_proba(X).argmax(axis=1)
        return labels

    def _posterior(self, patterns: FloatArray) -> FloatArray:
        return compute_posterior(patterns, self.class_shares_, self.condition_probabilities_)

    def _check_size(self, seen: Patterns) -> None:
        self.person_count_ = float(seen.weights.sum())
        self.pattern_count_ = len(seen.patterns)
        if self.person_count_ < self.min_persons or self.pattern_count_ < max(self.min_patterns, self.k_min):
            raise TooLittleData(
                f"Clusters need at least {self.min_persons} persons and {self.min_patterns} distinct condition "
                f"patterns; found {self.person_count_:,.0f} persons and {self.pattern_count_} patterns."
            )

    def _fit_all(self, seen: Patterns) -> list[LatentClasses]:
        random = check_random_state(self.random_state)
        thorough = EmSettings(
            start_count=self.start_count,
            finish_count=self.finish_count,
            max_iterations=self.max_iterations,
            tolerance=self.tolerance,
        )
        # a refit only has to find the same partition, not the last digit of the likelihood
        quick = EmSettings(start_count=max(2, self.start_count // 3), finish_count=1, max_iterations=60, tolerance=1e-5)
        self.selection_: list[dict[str, Any]] = []
        solutions = []
        for class_count in range(self.k_min, min(self.k_max, self.pattern_count_) + 1):
            # a stream of its own for every step: more replicates leave the solutions as they are
            fit_random, bootstrap_random = (np.random.RandomState(random.randint(2**31 - 1)) for _ in range(2))
            solution = fit_classes(seen.patterns, seen.weights, class_count, thorough, fit_random)
            stability = compute_stability(
                seen.patterns,
                seen.weights,
                solution,
                quick,
                replicate_count=self.bootstrap_replicates,
                random=bootstrap_random,
            )
            solutions.append(solution)
            self.selection_.append(self._describe(solution, seen, stability))
        return solutions

    def _describe(self, solution: LatentClasses, seen: Patterns, stability: float | None) -> dict[str, Any]:
        posterior = compute_posterior(seen.patterns, solution.shares, solution.probabilities)
        entropy = compute_relative_entropy(posterior, seen.weights)
        smallest_share = float(solution.shares.min())
        deviance = -2 * solution.log_likelihood
        is_stable = self.min_stability is None or (stability is not None and stability >= self.min_stability)
        return {
            "class_count": int(solution.shares.size),
            "log_likelihood": solution.log_likelihood,
            "bic": deviance + solution.parameter_count * float(np.log(self.person_count_)),
            "aic": deviance + 2.0 * solution.parameter_count,
            "entropy": entropy,
            "smallest_share": smallest_share,
            "stability_ari": stability,
            "is_converged": solution.is_converged,
            "is_admissible": smallest_share >= self.min_share and entropy >= self.min_entropy and is_stable,
            "is_chosen": False,
        }

    def _choose(self, solutions: list[LatentClasses]) -> LatentClasses:
        admissible = [index for index, row in enumerate(self.selection_) if row["is_admissible"]]
        if not admissible:
            stable = "" if self.min_stability is None else f" and a stability of {self.min_stability}"
            raise TooLittleData(
                f"No number of classes from {self.k_min} to {self.k_max} has a smallest class of at least "
                f"{self.min_share:.0%} of persons and a relative entropy of at least {self.min_entropy}{stable}; "
                f"best entropy found: {max(row['entropy'] for row in self.selection_):.2f}, largest smallest "
                f"class: {max(row['smallest_share'] for row in self.selection_):.1%}."
            )
        best = min(admissible, key=lambda index: self.selection_[index]["bic"])
        self.selection_[best]["is_chosen"] = True
        return solutions[best]
