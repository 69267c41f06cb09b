"""How columns of limits are named, and the checks that every figure starts with."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from models.patterns import FloatArray

LEVELS = (0.95, 0.998)  # 95 % to read, 99.8 % to act on: as OHID publishes


def name_limits(name: str, level: float) -> tuple[str, str]:
    """Columns of the two limits: `<name>_lower`, `<name>_upper`, and with another level `<name>_lower_998`."""
    ending = "" if level == LEVELS[0] else f"_{round(level * 100, 6):g}".replace(".", "")
    return f"{name}_lower{ending}", f"{name}_upper{ending}"


def read_floats(frame: pl.DataFrame, column: str) -> FloatArray:
    """A column as floats, null as nan."""
    return frame[column].cast(pl.Float64).to_numpy().astype(np.float64)


def show_floats(values: FloatArray) -> pl.Series:
    """Floats as a column, nan (and infinity) as null."""
    return pl.Series(np.where(np.isfinite(values), values, np.nan)).fill_nan(None)


def check_counts(frame: pl.DataFrame, columns: Sequence[str]) -> None:
    """Raises ValueError for a negative or missing count: what is missing is left out by the caller, never 0."""
    for column in columns:
        missing, negative = frame[column].null_count(), int((frame[column] < 0).sum())
        if missing or negative:
            raise ValueError(
                f"Expected counts from 0 on in column {column}; found {missing} missing and {negative} negative. "
                "Leave out the rows of which nothing is known."
            )


def split_groups(frame: pl.DataFrame, by: Sequence[str]) -> Iterator[tuple[tuple[object, ...], pl.DataFrame]]:
    """The rows of each group of `by`, in the order of the first appearance; one group where `by` is empty."""
    if not by:
        yield (), frame
        return
    for key, rows in frame.group_by(list(by), maintain_order=True):
        yield tuple(key), rows
