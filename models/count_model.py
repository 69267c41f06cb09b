"""The estimator behind every expected count: days in hospital and the like."""

from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin
from sklearn.utils.validation import validate_data

from models.family import Family, compute_mean
from models.patterns import FloatArray
from models.risk_estimator import RiskEstimator

COUNT_KINDS = ("poisson", "elastic_net", "boosting")


class CountModel(RegressorMixin, RiskEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Expected count, by Poisson quasi-likelihood: log-linear, elastic net or gradient boosting.

    What is predicted is the mean. Quasi-likelihood finds it whatever the counts' variance is, many zeros and long
    stays included; a negative binomial likelihood would find it too, but its total would no longer equal the
    observed one in training, and its dispersion serves nobody here (Gourieroux, Monfort and Trognon, Econometrica
    1984;52:681; Wooldridge, Econometric Analysis, 2010, ch. 18.2). Boosted trees are multiplied by observed over
    expected in training, which the log-linear kinds reach by themselves.

    Parameters as in `RiskModel`. Learned: `core_`, `recalibration_` (intercept, slope on the log count), `refits_`.
    """

    _family: Family = "poisson"

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """X (persons, features) with nan = missing; y (persons,) from 0 on, not all 0."""
        matrix, target = validate_data(
            self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", y_numeric=True, multi_output=False
        )
        outcome = self._read_outcome(target)
        self._start(matrix, outcome, COUNT_KINDS)
        expected = float(self.predict(X).sum())
        self.recalibration_ = (float(np.log(outcome.sum() / expected)), 1.0)
        return self

    def predict(self, X: npt.ArrayLike) -> FloatArray:
        """(persons,): expected count, above 0."""
        return compute_mean(self._family, self.compute_linear(X))

    def _read_outcome(self, target: npt.NDArray[np.generic]) -> FloatArray:
        outcome = np.asarray(target, dtype=np.float64)
        if (outcome < 0).any() or outcome.sum() <= 0:
            raise ValueError("Expected counts from 0 on, at least one above 0; found others.")
        return outcome

    def __sklearn_tags__(self):  # type: ignore[no-untyped-def] # scikit-learn has no types
        tags = super().__sklearn_tags__()  # type: ignore[no-untyped-call] # scikit-learn has no types
        tags.target_tags.positive_only = True
        tags.regressor_tags.poor_score = True  # bound to positive means: negative targets of the check are shifted
        return tags
