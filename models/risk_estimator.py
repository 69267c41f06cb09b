"""What the model of a risk and the model of a count have in common: fits, refits, intervals, contributions."""

import copy
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.stats import norm
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from models.elastic_net import ElasticNetFit
from models.family import Family, compute_mean
from models.patterns import FloatArray
from models.risk_core import BoostedCore, Core, LinearCore, compute_boosted
from models.risk_features import LinearDesign
from models.threads import limit_threads

REFIT_PERSONS = 10_000  # drawn for a refit at most; the spread is scaled to the whole training set


class RiskEstimator(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Parameters and learned attributes: see `RiskModel` and `CountModel`."""

    _family: Family = "binomial"

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

    def fit_refits(self, X: npt.ArrayLike, y: npt.ArrayLike, refit_count: int = 20) -> Self:
        """Learn from the training set how far the linear predictor would move with another one: `predict_interval`.

        Regressions have a formula for it (`LinearCore.fit_errors`). Trees are fitted to `refit_count` samples of people
        drawn with replacement from the training set, as many trees as were chosen. Of more than `REFIT_PERSONS` people
        so many are drawn, m of n, and the spread is multiplied by the root of m/n (Bickel, Goetze and van Zwet,
        Statistica Sinica 1997;7:1).
        """
        check_is_fitted(self)
        matrix, target = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        outcome = self._read_outcome(target)
        if isinstance(self.core_, LinearCore):
            self.core_.fit_errors(matrix, outcome, self._family)
            return self
        random = np.random.default_rng(self.random_state)
        size = min(len(outcome), REFIT_PERSONS)
        self.refit_scale_ = float(np.sqrt(size / len(outcome)))
        self.refits_.clear()
        while len(self.refits_) < refit_count:
            drawn = random.integers(0, len(outcome), size)
            if (outcome[drawn] > 0).any() and (outcome[drawn] == 0).any():
                self.refits_.append(self._fit_core(matrix[drawn], outcome[drawn], self.core_))
        return self

    def compute_linear(self, X: npt.ArrayLike) -> FloatArray:
        """(persons,): log-odds of the risk, or logarithm of the count, recalibrated."""
        matrix = self._check(X)
        return self._recalibrate(self.core_.compute_log_odds(matrix))

    def predict_interval(self, X: npt.ArrayLike, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """(persons,) lower and (persons,) upper: linear predictor plus and minus z of its standard errors.

        It says how far the estimate would move with another training sample of the same size, the kind and its
        features given. It says nothing about features that the model does not know, and the outcome itself is 0 or
        1 (or a whole number). Raises ValueError before `fit_refits`.
        """
        return self.predict_with_interval(X, level)[1:]

    def predict_with_interval(self, X: npt.ArrayLike, level: float = 0.95) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(persons,) risk or expected count, lower and upper, in one pass: see `predict_interval`."""
        linear, error = self._measure_error(self._check(X))
        linear = self._recalibrate(linear)
        margin = norm.ppf((1 + level) / 2) * error * self.recalibration_[1]
        value, lower, upper = (compute_mean(self._family, each) for each in (linear, linear - margin, linear + margin))
        return value, lower, upper

    def compute_contributions(self, X: npt.ArrayLike) -> FloatArray:
        """(persons, features): what each feature adds to the linear predictor; see the cores for against whom."""
        matrix = self._check(X)
        contributions: FloatArray = self.core_.compute_contributions(matrix) * self.recalibration_[1]
        return contributions

    def with_recalibration(self, intercept: float, slope: float) -> Self:
        """A copy whose linear predictor is intercept + slope x its own so far."""
        check_is_fitted(self)
        moved = copy.deepcopy(self)
        moved.recalibration_ = (intercept + slope * self.recalibration_[0], slope * self.recalibration_[1])
        return moved

    def _measure_error(self, matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(persons,) linear predictor before recalibration, and its standard error."""
        if isinstance(self.core_, LinearCore) and self.core_.error_factor is not None:
            return self.core_.compute_linear_and_error(matrix)
        if not self.refits_:
            raise ValueError("No interval without refits: call fit_refits on the training set first.")
        cores = [self.core_, *self.refits_]
        boosted = [each for each in cores if isinstance(each, BoostedCore)]
        if len(boosted) == len(cores):
            linear = compute_boosted(boosted, matrix)
        else:
            linear = np.stack([each.compute_log_odds(matrix) for each in cores])
        return linear[0], linear[1:].std(axis=0, ddof=1) * self.refit_scale_

    def _read_outcome(self, target: Any) -> FloatArray:
        raise NotImplementedError

    def _start(self, matrix: FloatArray, outcome: FloatArray, kinds: Sequence[str]) -> None:
        if self.kind not in kinds:
            raise ValueError(f"Expected a kind of {', '.join(kinds)}; found {self.kind}.")
        self.core_ = self._fit_core(matrix, outcome, None)
        self.recalibration_ = (0.0, 1.0)
        self.refits_: list[Core] = []
        self.refit_scale_ = 1.0

    def _check(self, X: npt.ArrayLike) -> FloatArray:
        check_is_fitted(self)
        matrix: FloatArray = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return matrix

    def _recalibrate(self, linear: FloatArray) -> FloatArray:
        return self.recalibration_[0] + self.recalibration_[1] * linear

    def _fit_core(self, matrix: FloatArray, outcome: FloatArray, like: Core | None) -> Core:
        with limit_threads(len(outcome)):
            if self.kind == "boosting":
                directions = self._find_directions(matrix)
                tree_count = like.trees.n_iter_ if isinstance(like, BoostedCore) else None
                return BoostedCore().fit(matrix, outcome, directions, self.random_state, self._family, tree_count)
            penalty, start = float("nan") if self.kind == "elastic_net" else None, None
            if isinstance(like, LinearCore):
                penalty, start = like.penalty, ElasticNetFit(like.intercept, like.coefficients)
            design = LinearDesign(self.spline_columns, self.log_columns)
            return LinearCore().fit(matrix, outcome, design, penalty, self.random_state, self._family, start)

    def _find_directions(self, matrix: FloatArray) -> list[int]:
        return [
            int(each in self.increasing_columns) - int(each in self.decreasing_columns)
            for each in range(matrix.shape[1])
        ]

    def __sklearn_tags__(self):  # type: ignore[no-untyped-def] # scikit-learn has no types
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
