"""Rows of the GP journal for symptoms, disabilities and other deficits (`mltc.synthetic.deficit_days`)."""

import numpy as np
import polars as pl

from mltc.synthetic.chunk import Chunk
from mltc.synthetic.facts import load_data, read_codes
from mltc.synthetic.journal import build_rows, choose_codes


def make_deficits(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """One row per person and deficit that began before the person's records end."""
    table = load_data("deficits")
    codes = read_codes(chunk.facts.codelists, table["list"].to_list())
    parts = []
    for position, row in enumerate(table.iter_rows(named=True)):
        free = [code for code in codes[row["list"]][0] if code not in chunk.facts.claimed]
        listed = tuple(dict.fromkeys([*(code for code in free if code == row["main_snomed"]), *free]))
        day = chunk.deficit_days[:, position]
        person = np.flatnonzero(day < chunk.course.end_day)
        code = choose_codes(random, (listed,), np.zeros_like(person))
        parts.append(build_rows(chunk, person, day[person], code, "first"))
    return pl.concat(parts)
