"""What latent classes are fitted to: distinct condition patterns within cells of age and sex, with persons as weights.

People of one cell share every covariate, so that a fit costs as much as there are patterns, not persons.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from models.patterns import FloatArray, IntArray, collapse_patterns
from models.spline import place_knots, spread_spline

_FEW = 3  # values of a covariate up to which it is taken as it is; above, it may bend


@dataclass(frozen=True)
class Rows:
    """Patterns in the order of their cells.

    `reported` are the persons of `weights` whom the classes describe: those with MLTC, where everyone is fitted.
    Cell g holds the rows `bounds[g]` to `bounds[g + 1]`; without covariates there is one cell and no column of
    `design`.
    """

    patterns: FloatArray
    """(rows, conditions) of 0.0 and 1.0."""
    weights: FloatArray
    """(rows,) persons."""
    reported: FloatArray
    """(rows,) of them, persons whom the classes describe."""
    bounds: IntArray
    """(cells + 1,) first row of each cell, and the number of rows."""
    design: FloatArray
    """(cells, covariate terms), each with mean 0 and deviation 1 over persons."""

    @property
    def person_count(self) -> float:
        """Persons fitted."""
        return float(self.weights.sum())

    @property
    def reported_count(self) -> float:
        """Persons whom the classes describe."""
        return float(self.reported.sum())

    @property
    def cells(self) -> list[slice]:
        """Rows of each cell."""
        return [slice(int(first), int(last)) for first, last in pairwise(self.bounds)]

    def drop_empty(self) -> "Rows":
        """Without rows that stand for nobody."""
        return self._reweigh(self.weights, self.reported)

    def resample(self, person_count: int, random: np.random.RandomState) -> "Rows":
        """As many persons drawn with replacement."""
        other = self.weights - self.reported
        both = np.concatenate([self.reported, other])
        drawn = random.multinomial(person_count, both / both.sum()).astype(np.float64)
        reported, other = np.split(drawn, 2)
        return self._reweigh(reported + other, reported)

    def _reweigh(self, weights: FloatArray, reported: FloatArray) -> "Rows":
        seen = weights > 0
        places = np.concatenate([[0], np.cumsum(seen)])
        return replace(
            self,
            patterns=self.patterns[seen],
            weights=weights[seen],
            reported=reported[seen],
            bounds=places[self.bounds].astype(np.int64),
        )


def plain_rows(patterns: FloatArray, weights: FloatArray) -> Rows:
    """Rows without covariates, in the order given; everyone is reported."""
    bounds = np.array([0, len(patterns)], dtype=np.int64)
    return Rows(patterns, weights, weights, bounds, np.empty((1, 0)))


def build_rows(
    matrix: npt.NDArray[np.bool_], cell: IntArray, design: FloatArray, weights: FloatArray, reported: FloatArray
) -> tuple[Rows, IntArray]:
    """Rows of `matrix` (persons, conditions) by `cell` (persons,), and the row of each person.

    `weights` (persons,): how many persons each stands for; `reported` (persons,): how many of them are described.
    """
    bit_count = max(1, (len(design) - 1).bit_length())
    powers = np.arange(bit_count)[::-1]
    # the cell comes first in the key, so that sorted rows are sorted by cell
    keyed = collapse_patterns(np.hstack([((cell[:, np.newaxis] >> powers) & 1).astype(bool), matrix]), weights)
    described = np.bincount(keyed.inverse, weights=reported, minlength=len(keyed.weights)).astype(np.float64)
    of_row = (keyed.patterns[:, :bit_count] @ 2.0**powers).astype(np.int64)
    bounds = np.searchsorted(of_row, np.arange(len(design) + 1)).astype(np.int64)
    patterns = np.ascontiguousarray(keyed.patterns[:, bit_count:])
    return Rows(patterns, keyed.weights, described, bounds, design), keyed.inverse


def build_design(values: FloatArray, persons: FloatArray) -> FloatArray:
    """(cells, terms) for `values` (cells, covariates): splines of what has many values, and how they differ by others.

    A covariate with at most three values (sex) is one term; any other (age) is a restricted cubic spline, and its first
    two terms are multiplied with the former: men and women age differently.
    """
    few = [column for column in values.T if 1 < len(np.unique(column)) <= _FEW]
    many = [column for column in values.T if len(np.unique(column)) > _FEW]
    curves = [spread_spline(column, place_knots(column)) for column in many]
    terms = [*(curve for curve in curves), *(column[:, np.newaxis] for column in few)]
    terms += [curve[:, :2] * _centre(column, persons)[:, np.newaxis] for curve in curves for column in few]
    if not terms:
        return np.empty((len(values), 0))
    columns = [_centre(column, persons) for column in np.hstack(terms).T]
    return np.column_stack([column for column in columns if np.any(column)] or [np.empty((len(values), 0))])


def _centre(column: FloatArray, persons: FloatArray) -> FloatArray:
    """Mean 0 and deviation 1 over persons; all zero where it does not vary."""
    share = persons / max(float(persons.sum()), 1.0)
    away: FloatArray = column - share @ column
    deviation = float(np.sqrt(share @ away**2))
    return away / deviation if deviation > 1e-9 else np.zeros_like(away)
