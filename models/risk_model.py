"""The estimator behind every risk: probabilities, intervals and contributions."""

import copy
from collections.abc import Sequence
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from scipy.stats import norm
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from models.patterns import FloatArray
from models.risk_core import BoostedCore, Core, LinearCore
from models.risk_features import LinearDesign
from models.threads import limit_threads

KINDS = ("logistic", "elastic_net", "boosting")


class RiskModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Risk of a binary outcome, by logistic regression, elastic net or gradient boosting.

    Nobody is reweighted or resampled to balance outcomes: that breaks calibration (van den Goorbergh et al.,
    JAMIA 2022;29:1525). Missing values (nan) stay missing: an indicator for the linear kinds, a branch of
    their own for the trees.

    `spline_columns` and `log_columns` shape the linear kinds; `increasing_columns` and `decreasing_columns`
    bind the trees. Learned: `core_`, `classes_`, `recalibration_` (intercept, slope on the log-odds),
    `refits_` (see `fit_refits`).
    """

    def __init__(
        self,
        kind: str = "elastic_net",
        *,
        spline_columns: Sequence[int] = (),
        log_columns: Sequence[int] = (),
        increasing_columns: Sequence[int] = (),
        decreasing_columns: Sequence[int] = (),
        random_state: int = 0,
    ) -> None:
        self.kind = kind
        self.spline_columns = spline_columns
        self.log_columns = log_columns
        self.increasing_columns = increasing_columns
        self.decreasing_columns = decreasing_columns
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """X (persons, features) with nan = missing; y (persons,), two classes, the event sorts last."""
        if self.kind not in KINDS:
            raise ValueError(f"Expected a kind of {', '.join(KINDS)}; found {self.kind}.")
        matrix, target = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")
        outcome = self._encode(target)
        self.core_ = self._fit_core(matrix, outcome, None)
        self.recalibration_ = (0.0, 1.0)
        self.refits_: list[Core] = []
        return self

    def fit_refits(self, X: npt.ArrayLike, y: npt.ArrayLike, refit_count: int = 20) -> Self:
        """Fit the same kind to `refit_count` samples of persons drawn with replacement from the training set.

        The penalty stays as chosen. They carry `predict_interval`.
        """
        check_is_fitted(self)
        matrix, target = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        outcome = np.asarray(target == self.classes_[1], dtype=np.float64)
        random = np.random.default_rng(self.random_state)
        self.refits_ = []
        while len(self.refits_) < refit_count:
            drawn = random.integers(0, len(outcome), len(outcome))
            if 0 < outcome[drawn].sum() < len(outcome):
                self.refits_.append(self._fit_core(matrix[drawn], outcome[drawn], self.core_))
        return self

    def decision_function(self, X: npt.ArrayLike) -> FloatArray:
        """(persons,): log-odds of the event, recalibrated."""
        matrix = self._check(X)
        return self._recalibrate(self.core_.compute_log_odds(matrix))

    def predict_proba(self, X: npt.ArrayLike) -> FloatArray:
        """(persons, 2): probabilities of no event and event."""
        risk = expit(self.decision_function(X))
        return np.column_stack([1 - risk, risk])

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[np.generic]:
        """(persons,): the more probable class. Risks, not classes, are what the product uses."""
        log_odds = self.decision_function(X)
        classes: npt.NDArray[np.generic] = self.classes_[(log_odds > 0).astype(np.int64)]
        return classes

    def predict_interval(self, X: npt.ArrayLike, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """(persons,) lower and (persons,) upper risk: log-odds plus and minus z standard deviations of the refits.

        It says how far the estimated risk would move with another training sample of the same size, the kind
        and its features given. It says nothing about features that the model does not know, and the outcome
        itself is 0 or 1. Raises ValueError before `fit_refits`.
        """
        matrix = self._check(X)
        if not self.refits_:
            raise ValueError("No interval without refits: call fit_refits on the training set first.")
        log_odds = self._recalibrate(self.core_.compute_log_odds(matrix))
        spread = np.std([each.compute_log_odds(matrix) for each in self.refits_], axis=0, ddof=1)
        margin = norm.ppf((1 + level) / 2) * spread * self.recalibration_[1]
        return expit(log_odds - margin), expit(log_odds + margin)

    def compute_contributions(self, X: npt.ArrayLike) -> FloatArray:
        """(persons, features): what each feature adds to the log-odds; see the cores for against whom."""
        matrix = self._check(X)
        contributions: FloatArray = self.core_.compute_contributions(matrix) * self.recalibration_[1]
        return contributions

    def with_recalibration(self, intercept: float, slope: float) -> "RiskModel":
        """A copy whose log-odds are intercept + slope x its log-odds so far."""
        check_is_fitted(self)
        moved = copy.deepcopy(self)
        moved.recalibration_ = (
            intercept + slope * self.recalibration_[0],
            slope * self.recalibration_[1],
        )
        return moved

    def _check(self, X: npt.ArrayLike) -> FloatArray:
        check_is_fitted(self)
        matrix: FloatArray = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return matrix

    def _recalibrate(self, log_odds: FloatArray) -> FloatArray:
        return self.recalibration_[0] + self.recalibration_[1] * log_odds

    def _encode(self, target: npt.NDArray[np.generic]) -> FloatArray:
        check_classification_targets(target)
        self.classes_ = np.unique(target)
        if type_of_target(target) != "binary":
            raise ValueError(
                f"Only binary classification is supported. The type of the target is {type_of_target(target)}."
            )
        if len(self.classes_) < 2:
            raise ValueError("Classifier can't train when only one class is present.")
        return np.asarray(target == self.classes_[1], dtype=np.float64)

    def _fit_core(self, matrix: FloatArray, outcome: FloatArray, like: Core | None) -> Core:
        with limit_threads(len(outcome)):
            return self._fit_kind(matrix, outcome, like)

    def _fit_kind(self, matrix: FloatArray, outcome: FloatArray, like: Core | None) -> Core:
        if self.kind == "boosting":
            directions = [
                int(each in self.increasing_columns) - int(each in self.decreasing_columns)
                for each in range(matrix.shape[1])
            ]
            return BoostedCore().fit(matrix, outcome, directions, self.random_state)
        penalty = float("nan") if self.kind == "elastic_net" else None
        if isinstance(like, LinearCore):
            penalty = like.penalty
        design = LinearDesign(self.spline_columns, self.log_columns)
        return LinearCore().fit(matrix, outcome, design, penalty, self.random_state)

    def __sklearn_tags__(self):  # type: ignore[no-untyped-def] # scikit-learn has no types
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags
