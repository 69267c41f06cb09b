"""Distinct condition patterns: a million people with MLTC collapse to far fewer rows."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Patterns(NamedTuple):
    """Distinct rows of a condition matrix, sorted, so that row order cannot change a result."""

    patterns: FloatArray
    """(distinct patterns, conditions) of 0.0 and 1.0, in ascending order of the row."""
    weights: FloatArray
    """(distinct patterns,) persons with each pattern."""
    inverse: IntArray
    """(persons,) the pattern of each person: `patterns[inverse]` is the matrix again."""


def collapse_patterns(matrix: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Patterns:
    """Distinct rows of `matrix` (persons, conditions; truthy = has the condition) and persons per row.

    >>> collapse_patterns([[1, 0], [0, 1], [1, 0]]).weights
    array([1., 2.])
    """
    is_present = np.asarray(matrix, dtype=bool)
    keys = _pack(is_present)
    axis = None if keys.ndim == 1 else 0
    _, first, inverse = np.unique(keys, axis=axis, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1).astype(np.int64)
    weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    weights = np.bincount(inverse, weights=weight, minlength=len(first)).astype(np.float64)
    return Patterns(is_present[first].astype(np.float64), weights, inverse)


def _pack(is_present: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint64]:
    """Rows as keys in the same order: one number up to 64 columns (a tenth of the time), else packed bytes."""
    packed = np.packbits(is_present, axis=1)
    if packed.shape[1] > 8:
        return packed
    padded = np.zeros((len(packed), 8), dtype=np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view(">u8").ravel().astype(np.uint64)
