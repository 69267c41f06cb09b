"""From a frame of named features to the columns that a model sees."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from models.patterns import FloatArray, IntArray
from models.spline import place_knots, spread_spline

_BLOCK = 1_024  # people whose columns fit into a processor's cache


@dataclass(frozen=True)
class RiskFeatures:
    """Names of the columns of a feature frame and what is known about them before any fit."""

    names: tuple[str, ...]
    """Everything that the two larger models may use, with age, sex and condition count."""
    age: str = "age_years"
    sex: str = "is_male"
    condition_count: str = "condition_count"
    score: str | None = None
    """Of the second candidate: a published score, beside age and sex."""
    log_names: tuple[str, ...] = ()
    """Right-skewed counts: linear models see log(1 + count)."""
    increasing: tuple[str, ...] = ()
    """More of it never lowers the risk, other things equal: only where medicine is sure."""
    decreasing: tuple[str, ...] = ()
    bent: tuple[str, ...] = ()
    """Beside age, condition count and score: linear models see a spline."""

    @property
    def splines(self) -> tuple[str, ...]:
        """What linear models see as a restricted cubic spline."""
        return (self.age, self.condition_count, *([self.score] if self.score else []), *self.bent)


def build_matrix(frame: pl.DataFrame, names: Sequence[str]) -> FloatArray:
    """(persons, names) as floats, null = nan. Raises ValueError for absent, textual or infinite columns."""
    absent = sorted(set(names) - set(frame.columns))
    if absent:
        raise ValueError(f"The feature frame lacks {', '.join(absent)}; it has {', '.join(frame.columns)}.")
    types = {name: frame[name].dtype for name in names}
    textual = [f"{name} ({kind})" for name, kind in types.items() if not (kind.is_numeric() or kind == pl.Boolean)]
    if textual:
        raise ValueError(
            f"Features must be numbers or booleans; found {', '.join(textual)}. "
            "Give a category one is_<value> column per value."
        )
    matrix: FloatArray = frame.select(pl.col(list(names)).cast(pl.Float64)).to_numpy().astype(np.float64, copy=False)
    if np.isinf(matrix).any():
        infinite = [name for name, column in zip(names, matrix.T, strict=True) if np.isinf(column).any()]
        raise ValueError(f"Features must be finite; found infinite values in {', '.join(infinite)}.")
    return matrix


class LinearDesign(TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Columns for a linear model: splines, logs, missing indicators, all with mean 0 and deviation 1.

    A missing value takes the training median and sets an indicator, if training had missing ones in that
    column; the median alone otherwise. `spline_columns` get a restricted cubic spline with five knots,
    `log_columns` sign(x) log(1 + |x|).

    Learned: `medians_` (features,), `knots_` (one array per feature), `has_indicator_` (features,),
    `feature_of_column_` (columns,): the feature that each column comes from, `means_`, `deviations_`.
    """

    def __init__(self, spline_columns: Sequence[int] = (), log_columns: Sequence[int] = ()) -> None:
        self.spline_columns = spline_columns
        self.log_columns = log_columns

    def fit(self, X: npt.ArrayLike, y: None = None) -> Self:
        """X (persons, features), nan = missing."""
        matrix = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan")
        is_missing = np.isnan(matrix)
        self.has_indicator_ = is_missing.any(axis=0)
        self.medians_ = np.zeros(matrix.shape[1])
        known = ~is_missing.all(axis=0)
        self.medians_[known] = np.nanmedian(matrix[:, known], axis=0)
        filled = np.where(is_missing, self.medians_, matrix)
        self.knots_ = [
            place_knots(filled[:, column]) if column in self.spline_columns else np.empty(0)
            for column in range(matrix.shape[1])
        ]
        widths = [1 + max(0, len(knots) - 2) for knots in self.knots_] + self.has_indicator_.astype(np.int64)
        self.feature_of_column_: IntArray = np.repeat(np.arange(len(widths)), widths)
        spread = np.vstack([each for _, each in self._spread_blocks(matrix)])
        self.means_ = spread.mean(axis=0)
        deviations = spread.std(axis=0)
        # rounding leaves a constant column with a tiny deviation instead of none
        self.deviations_ = np.where(deviations > 1e-10 * np.maximum(1, np.abs(self.means_)), deviations, 1.0)
        return self

    def transform(self, X: npt.ArrayLike) -> FloatArray:
        """(persons, columns)."""
        check_is_fitted(self)
        matrix = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        scaled = np.empty((len(matrix), len(self.means_)))
        for first, block in self._spread_blocks(matrix):
            scaled[first : first + len(block)] = (block - self.means_) / self.deviations_
        return scaled

    def get_feature_names_out(self, input_features: Sequence[str] | None = None) -> npt.NDArray[np.object_]:
        """One name per column, `<feature>_<number>`."""
        check_is_fitted(self)
        names = input_features
        if names is None:
            names = getattr(self, "feature_names_in_", [f"x{each}" for each in range(self.n_features_in_)])
        seen: dict[int, int] = {}
        columns = []
        for feature in self.feature_of_column_.tolist():
            seen[feature] = seen.get(feature, 0) + 1
            columns.append(f"{names[feature]}_{seen[feature]}")
        return np.array(columns, dtype=object)

    def _spread_blocks(self, matrix: FloatArray) -> Iterator[tuple[int, FloatArray]]:
        """First row and columns of so many people at a time as a processor's cache holds."""
        for first in range(0, len(matrix), _BLOCK):
            yield first, self._spread(np.ascontiguousarray(matrix[first : first + _BLOCK]))

    def _spread(self, matrix: FloatArray) -> FloatArray:
        """(persons, columns): of each feature its value, the bends of its spline, its missing indicator."""
        is_missing = np.isnan(matrix)
        values = np.where(is_missing, self.medians_, matrix)
        logs = [column for column in self.log_columns if column < matrix.shape[1]]
        values[:, logs] = np.sign(values[:, logs]) * np.log1p(np.abs(values[:, logs]))
        begins = np.searchsorted(self.feature_of_column_, np.arange(matrix.shape[1]))
        spread = np.empty((len(matrix), len(self.feature_of_column_)))
        spread[:, begins] = values
        for feature in np.flatnonzero([len(knots) > 0 for knots in self.knots_]):
            block = spread_spline(values[:, feature], self.knots_[feature])
            spread[:, begins[feature] : begins[feature] + block.shape[1]] = block
        ends = np.searchsorted(self.feature_of_column_, np.arange(matrix.shape[1]), side="right") - 1
        spread[:, ends[self.has_indicator_]] = is_missing[:, self.has_indicator_]
        return spread

    def __sklearn_tags__(self):  # type: ignore[no-untyped-def] # scikit-learn has no types
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
