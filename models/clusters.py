"""Clusters of people with MLTC: latent classes of their condition patterns."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from models.cluster_choice import Floors
from models.cluster_match import match_clusters
from models.cluster_profile import build_profile, describe_clusters, name_clusters
from models.cluster_search import SearchPlan, explain_refusal, search_classes
from models.errors import TooLittleData
from models.latent_class import EmSettings, LatentClasses, compute_posterior
from models.latent_em import Parameters
from models.latent_last import LastClasses
from models.latent_rows import Rows, build_design, build_rows
from models.latent_shared import SharedClasses
from models.patterns import FloatArray, IntArray, collapse_patterns
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
    """Latent class analysis with the number of classes chosen from the data (the rule: `models.cluster_choice`).

    The last `covariate_count` columns of X are covariates (age, sex), the others conditions. With covariates, a class
    multiplies the hazard of each condition at every age and in either sex (`models.latent_em`), so that classes are
    ways in which conditions go together and not age groups; fit them on everyone, with `reported_weight` naming those
    with MLTC, since people picked for having two conditions would make conditions seem to avoid each other.
    Without covariates this is ordinary latent class analysis.

    Parameters: `min_share` of the reported persons in the smallest class, `min_entropy` relative entropy and
    `min_stability` (None: no floor) are floors, conventions and not laws: `selection_` shows every solution, chosen or
    not. `start_count` random starts, of which the best `finish_count` run on to convergence (`tolerance` on the mean
    log-likelihood per person, at most `max_iterations`); `bootstrap_replicates` refits for the stability (0 = none);
    `presence_threshold`: a value above it counts as having the condition; `search_persons`, `thread_count`: see
    `models.latent_class.EmSettings`. `last_classes`: those of the last accepted run, in the order of the conditions of
    X, or `last_is_shared`: it used the classes of everyone; what it chose stays unless something else is clearly
    better. `shared_classes`: classes of everyone, which people of one age band may take over (`models.latent_shared`);
    with them, too few persons for classes of their own are no reason to refuse.

    Learned: `selection_` (list of dicts, one per number of classes, for `polars.DataFrame`), `class_count_`,
    `class_shares_` (classes,) of the reported persons, `condition_probabilities_` (classes, conditions) expected share
    of a class's reported persons with the condition, `coefficients_` (classes + covariate terms, conditions),
    `log_shares_`, `cells_` (cells, covariates), `design_` (cells, terms), `log_likelihood_`, `labels_` (persons,),
    `person_count_` (reported), `pattern_count_`, `event_count_` (persons fitted, counted once for each condition that
    they have), `is_shared_` (the classes are those of `shared_classes`, in their order). Classes of their own run from
    the largest to the smallest.

    Raises `TooLittleData` for fewer than `min_persons` reported persons or `min_patterns` distinct patterns, and when
    no solution is admissible (`selection_` is set by then).
    """

    def __init__(
        self,
        k_min: int = 2,
        k_max: int = 12,
        *,
        covariate_count: int = 0,
        min_share: float = 0.02,
        min_entropy: float = 0.5,
        min_stability: float | None = None,
        start_count: int = 8,
        finish_count: int = 2,
        bootstrap_replicates: int = 3,
        max_iterations: int = 300,
        tolerance: float = 1e-7,
        search_persons: int = 20_000,
        min_persons: int = 200,
        min_patterns: int = 20,
        presence_threshold: float = 0.5,
        random_state: int | np.random.RandomState | None = None,
        thread_count: int = 1,
        last_classes: LastClasses | None = None,
        last_is_shared: bool = False,
        shared_classes: SharedClasses | None = None,
    ) -> None:
        self.k_min = k_min
        self.k_max = k_max
        self.covariate_count = covariate_count
        self.min_share = min_share
        self.min_entropy = min_entropy
        self.min_stability = min_stability
        self.start_count = start_count
        self.finish_count = finish_count
        self.bootstrap_replicates = bootstrap_replicates
        self.max_iterations = max_iterations
        self.tolerance = tolerance
        self.search_persons = search_persons
        self.min_persons = min_persons
        self.min_patterns = min_patterns
        self.presence_threshold = presence_threshold
        self.random_state = random_state
        self.thread_count = thread_count
        self.last_classes = last_classes
        self.last_is_shared = last_is_shared
        self.shared_classes = shared_classes

    def fit(
        self,
        X: npt.ArrayLike,
        y: None = None,
        sample_weight: npt.ArrayLike | None = None,
        reported_weight: npt.ArrayLike | None = None,
    ) -> Self:
        """X (rows, conditions of 0/1 and covariates).

        `sample_weight` (rows,): persons per row, if rows are patterns already; `reported_weight` (rows,): of them, the
        persons whom the classes shall describe (all, if not given).
        """
        matrix = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        weight = _check_sample_weight(sample_weight, matrix, dtype=np.float64, ensure_non_negative=True)
        reported = weight if reported_weight is None else _check_sample_weight(reported_weight, matrix)
        self.cells_, cell = np.unique(self._covariates(matrix)[weight > 0], axis=0, return_inverse=True)
        persons = np.bincount(cell.reshape(-1), weights=weight[weight > 0], minlength=len(self.cells_)).astype(
            np.float64
        )
        self.design_ = build_design(self.cells_, persons)
        every, inverse = self._place(matrix, weight, np.minimum(reported, weight))
        rows = every.drop_empty()
        is_own = self._check_size(rows)
        with limit_threads(len(rows.patterns)):
            chosen = self._choose(rows, is_own)
            posterior = compute_posterior(rows, chosen)
            self.labels_ = compute_posterior(every, chosen).argmax(axis=1)[inverse]
        members = posterior * rows.reported[:, np.newaxis]
        sizes = members.sum(axis=0)
        self.class_count_ = chosen.class_count
        self.class_shares_ = sizes / sizes.sum()
        self.condition_probabilities_ = (members.T @ rows.patterns) / np.maximum(sizes, 1e-12)[:, np.newaxis]
        self.log_shares_, self.coefficients_ = chosen.parameters
        self.log_likelihood_ = chosen.log_likelihood
        self.event_count_ = float(rows.weights @ rows.patterns.sum(axis=1))
        return self

    def predict_proba(self, X: npt.ArrayLike) -> FloatArray:
        """(rows, classes): probability of each class given conditions and covariates; rows sum to 1.

        Covariates that the fit has not seen are taken as the nearest that it has.
        """
        check_is_fitted(self)
        matrix = validate_data(self, X, dtype=np.float64, reset=False)
        one = np.ones(len(matrix))
        rows, inverse = self._place(matrix, one, one)
        parameters = Parameters(self.log_shares_, self.coefficients_)
        fitted = LatentClasses(parameters, self.log_likelihood_, True, self.design_.shape[1])
        return compute_posterior(rows, fitted)[inverse]

    def predict(self, X: npt.ArrayLike) -> IntArray:
        """(rows,): the most probable class, 0 the largest class of the fit."""
        labels: IntArray = self.predict_proba(X).argmax(axis=1)
        return labels

    def _covariates(self, matrix: FloatArray) -> FloatArray:
        return matrix[:, matrix.shape[1] - self.covariate_count :]

    def _place(self, matrix: FloatArray, weight: FloatArray, reported: FloatArray) -> tuple[Rows, IntArray]:
        present = matrix[:, : matrix.shape[1] - self.covariate_count] > self.presence_threshold
        values, position = np.unique(self._covariates(matrix), axis=0, return_inverse=True)
        scale = np.maximum(self.cells_.std(axis=0), 1e-12)
        away = ((values[:, np.newaxis, :] - self.cells_[np.newaxis, :, :]) / scale) ** 2
        cell = away.sum(axis=2).argmin(axis=1)[position.reshape(-1)].astype(np.int64)
        return build_rows(present, cell, self.design_, weight, reported)

    def _check_size(self, rows: Rows) -> bool:
        """Whether there are enough persons for classes of their own; raises where there is nothing to take over."""
        self.person_count_ = rows.reported_count
        self.pattern_count_ = len(rows.patterns)
        if self.person_count_ >= self.min_persons and self.pattern_count_ >= max(self.min_patterns, self.k_min):
            return True
        if self.shared_classes is not None and self.person_count_ > 0:
            return False
        raise TooLittleData(
            f"Clusters need at least {self.min_persons} persons and {self.min_patterns} distinct condition "
            f"patterns; found {self.person_count_:,.0f} persons and {self.pattern_count_} patterns."
        )

    def _choose(self, rows: Rows, is_own: bool) -> LatentClasses:
        plan = SearchPlan(
            class_counts=range(self.k_min, min(self.k_max, self.pattern_count_) + 1),
            settings=EmSettings(
                start_count=self.start_count,
                finish_count=self.finish_count,
                max_iterations=self.max_iterations,
                tolerance=self.tolerance,
                search_persons=self.search_persons,
                thread_count=self.thread_count,
            ),
            floors=Floors(self.min_share, self.min_entropy, self.min_stability),
            replicate_count=self.bootstrap_replicates,
            last=self.last_classes,
            last_is_shared=self.last_is_shared,
            shared=self.shared_classes,
            is_own=is_own,
        )
        found = search_classes(rows, plan, check_random_state(self.random_state))
        self.selection_: list[dict[str, Any]] = found.selection
        if found.chosen is None:
            raise explain_refusal(plan, found.selection)
        self.is_shared_ = bool(found.selection[found.chosen]["is_shared"])
        return found.solutions[found.chosen]
