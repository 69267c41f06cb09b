"""Rows of the GP journal, and which of its codes a condition is written with."""

import numpy as np
import polars as pl

from mltc.synthetic.arrays import Floats, Ints, to_dates
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.people import find_practices


def build_rows(
    chunk: Chunk, person: Ints, day: Ints, code: pl.Series, episodicity: str | pl.Series, recorded: Ints | None = None,
    value: Floats | None = None, unit: pl.Series | None = None,
) -> pl.DataFrame:  # fmt: skip
    """GP entries with the practice of the day."""
    number = find_practices(chunk.people, person, day if recorded is None else recorded)
    empty = pl.Series(values=[None], dtype=pl.String).extend_constant(None, max(len(person) - 1, 0)).head(len(person))
    kind = pl.Series([episodicity]).new_from_index(0, len(person)) if isinstance(episodicity, str) else episodicity
    return pl.DataFrame(
        {
            "person": person,
            "event_date": to_dates(day),
            "code": code,
            "code_system": pl.Series(["snomed"]).new_from_index(0, len(person)),
            "value": pl.Series(np.full(len(person), np.nan) if value is None else value).fill_nan(None),
            "value_unit": empty if unit is None else unit,
            "value_comparator": empty,
            "episodicity": kind,
            "practice_code": pl.Series(chunk.places.codes, dtype=pl.String).gather(number),
            "recorded_date": to_dates(day if recorded is None else recorded),
        }
    )


def choose_codes(
    random: np.random.Generator, lists: tuple[tuple[str, ...], ...], condition: Ints, usual: float = 0.7
) -> pl.Series:
    """A code of each condition: its first with chance `usual`, otherwise any of its list."""
    sizes = np.array([len(codes) for codes in lists])
    starts = np.cumsum(sizes) - sizes
    other = np.floor(random.random(len(condition)) * sizes[condition]).astype(np.int64)
    chosen = np.where(random.random(len(condition)) < usual, 0, other)
    every = pl.Series([code for codes in lists for code in codes], dtype=pl.String)
    return every.gather(starts[condition] + chosen)
