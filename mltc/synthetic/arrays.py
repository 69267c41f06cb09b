"""Array types and the few array moves that every part of the generator needs."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[Any]

DAY_SPAN = 100_000  # above every day that is drawn inside a window
NEVER = np.int64(10**7)  # a day far after every date that is written


def expand_counts(counts: Ints) -> tuple[Ints, Ints]:
    """Owner index and running number (from 0) of each of `counts[i]` items of owner i."""
    owner = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    starts = np.cumsum(counts) - counts
    return owner, np.arange(len(owner), dtype=np.int64) - np.repeat(starts, counts)


def draw_days(random: np.random.Generator, first: Ints, last: Ints) -> Ints:
    """One day per row, uniform on [first, last]; `last` must not be before `first`."""
    step = np.floor(random.random(len(first)) * (last - first + 1)).astype(np.int64)
    return np.asarray(first + step, dtype=np.int64)


def find_firsts(*parts: tuple[Ints, int]) -> Bools:
    """True for the first row of each combination of `parts`; each part is (values, number above all of them)."""
    key = np.zeros(len(parts[0][0]), dtype=np.int64)
    for values, above in parts:
        key = key * above + values
    first = np.zeros(len(key), dtype=np.bool_)
    first[np.unique(key, return_index=True)[1]] = True
    return first


def draw_from(random: np.random.Generator, weights: Floats, size: int) -> Ints:
    """Index into `weights`, drawn with those weights."""
    return pick(random.random(size), np.cumsum(weights / weights.sum()))


def draw_by_row(random: np.random.Generator, weights: Floats) -> Ints:
    """One column per row of a (rows, columns) array, drawn with the weights of the row."""
    cumulative = np.cumsum(weights, axis=1)
    target = random.random(len(weights)) * cumulative[:, -1]
    column = (cumulative < target[:, None]).sum(axis=1)
    return np.asarray(np.minimum(column, weights.shape[1] - 1), dtype=np.int64)


def pick(uniform: Floats, cumulative: Floats) -> Ints:
    """Position of each uniform number in a cumulative distribution."""
    found = np.searchsorted(cumulative, uniform, side="right")
    return np.minimum(found, len(cumulative) - 1).astype(np.int64)


def to_dates(days: Ints) -> Objects:
    """Days since 1970-01-01 as dates; NEVER becomes missing."""
    dates = days.astype("datetime64[D]")
    dates[days >= NEVER] = np.datetime64("NaT")
    return dates
