"""Symptoms, disabilities and other deficits of older and frailer people, as the GP record holds them.

They are what the electronic Frailty Index (Clegg A et al., Age Ageing 2016;45:353) counts beside conditions. The
cumulative hazard of a first record is h * exp(growth * (age - 80) + loading * z), where z is the person's frailty and
h gives `percent_at_80` at frailty 0: so one unit exponential per person and deficit gives the age at the record.
"""

import numpy as np
import polars as pl

from mltc.synthetic.chunk import Chunk
from mltc.synthetic.facts import PATTERNS, load_data, read_codes
from mltc.synthetic.journal import build_rows, choose_codes
from mltc.synthetic.people import DAYS_A_YEAR

FRAILTY_LOADING = 0.75  # log hazard of a deficit by deviation of latent frailty (assumption)
PATTERN_FRAILTY = 1.0  # deviations by which people of the pattern `frailty_neuro` are frailer (assumption)
YOUNGEST = 18.0


def make_deficits(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """One row per person and deficit that began before the person's records end."""
    table = load_data("deficits")
    people = chunk.people
    frailty = people.frailty + PATTERN_FRAILTY * (people.pattern == PATTERNS.index("frailty_neuro"))
    codes = read_codes(chunk.facts.codelists, table["list"].to_list())
    parts = []
    for row in table.iter_rows(named=True):
        free = [code for code in codes[row["list"]][0] if code not in chunk.facts.claimed]
        listed = tuple(dict.fromkeys([*(code for code in free if code == row["main_snomed"]), *free]))
        at_80 = -np.log1p(-row["percent_at_80"] / 100) * np.exp(FRAILTY_LOADING * frailty)
        age = 80 + np.log(random.standard_exponential(people.count) / at_80) / row["growth_a_year"]
        day = people.birth_day + np.floor(np.clip(age, 0, 200) * DAYS_A_YEAR).astype(np.int64)
        person = np.flatnonzero((age >= YOUNGEST) & (day < chunk.course.end_day))
        code = choose_codes(random, (listed,), np.zeros_like(person))
        parts.append(build_rows(chunk, person, day[person], code, "first"))
    return pl.concat(parts)
