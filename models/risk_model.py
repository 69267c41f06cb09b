"""The estimator behind every risk: probabilities, intervals and contributions."""

from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import validate_data

from models.patterns import FloatArray
from models.risk_estimator import RiskEstimator

KINDS = ("logistic", "elastic_net", "boosting")


class RiskModel(ClassifierMixin, RiskEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Risk of a binary outcome, by logistic regression, elastic net or gradient boosting.

    Nobody is reweighted or resampled to balance outcomes: that breaks calibration (van den Goorbergh et al.,
    JAMIA 2022;29:1525). Missing values (nan) stay missing: an indicator for the linear kinds, a branch of
    their own for the trees.

    `spline_columns` and `log_columns` shape the linear kinds; `increasing_columns` and `decreasing_columns`
    bind the trees. Learned: `core_`, `classes_`, `recalibration_` (intercept, slope on the log-odds),
    `refits_` (see `fit_refits`).
    """

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """X (persons, features) with nan = missing; y (persons,), two classes, the event sorts last."""
        matrix, target = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")
        check_classification_targets(target)
        self.classes_ = np.unique(target)
        if type_of_target(target) != "binary":
            raise ValueError(
                f"Only binary classification is supported. The type of the target is {type_of_target(target)}."
            )
        if len(self.classes_) < 2:
            raise ValueError("Classifier can't train when only one class is present.")
        self._start(matrix, self._read_outcome(target), KINDS)
        return self

    def decision_function(self, X: npt.ArrayLike) -> FloatArray:
        """(persons,): log-odds of the event, recalibrated."""
        return self.compute_linear(X)

    def predict_proba(self, X: npt.ArrayLike) -> FloatArray:
        """(persons, 2): probabilities of no event and event."""
        risk = expit(self.decision_function(X))
        return np.column_stack([1 - risk, risk])

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[np.generic]:
        """(persons,): the more probable class. Risks, not classes, are what the product uses."""
        log_odds = self.decision_function(X)
        classes: npt.NDArray[np.generic] = self.classes_[(log_odds > 0).astype(np.int64)]
        return classes

    def _read_outcome(self, target: npt.NDArray[np.generic]) -> FloatArray:
        return np.asarray(target == self.classes_[1], dtype=np.float64)

    def __sklearn_tags__(self):  # type: ignore[no-untyped-def] # scikit-learn has no types
        tags = super().__sklearn_tags__()  # type: ignore[no-untyped-call] # scikit-learn has no types
        tags.classifier_tags.multi_class = False
        return tags
