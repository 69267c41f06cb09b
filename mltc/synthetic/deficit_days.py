"""When symptoms, disabilities and other deficits of older and frailer people first get on the GP record.

They are what the electronic Frailty Index (Clegg A et al., Age Ageing 2016;45:353) counts beside conditions. The
cumulative hazard of a first record is h * exp(growth * (age - 80) + loading * z), where z is the person's frailty and
h gives `percent_at_80` at frailty 0: so one unit exponential per person and deficit gives the age at the record.
"""

from dataclasses import dataclass

import numpy as np

from mltc.synthetic.arrays import NEVER, Floats, Ints
from mltc.synthetic.facts import PATTERNS, load_data
from mltc.synthetic.people import DAYS_A_YEAR, People

FRAILTY_LOADING = 0.75  # log hazard of a deficit by deviation of latent frailty (assumption)
PATTERN_FRAILTY = 1.0  # deviations by which people of the pattern `frailty_neuro` are frailer (assumption)
YOUNGEST = 18.0


@dataclass(frozen=True)
class Deficits:
    """In the order of `data/deficits.csv`: days (persons, deficits), NEVER where none is on record in a lifetime.

    at_80: (persons, deficits) cumulative hazard at age 80; growth: (deficits,) of its logarithm, a year.
    """

    days: Ints
    at_80: Floats
    growth: Floats

    def expect(self, people: People, start: int, day: int) -> Floats:
        """(persons, deficits): chance that a deficit not on record on `start` is by `day`."""
        first, last = (np.maximum(people.age_on(each), YOUNGEST)[:, None] - 80 for each in (start, day))
        grown = self.at_80 * (np.exp(self.growth * last) - np.exp(self.growth * first))
        return np.where(self.days < start, 0.0, -np.expm1(-grown))


def draw_deficits(random: np.random.Generator, people: People) -> Deficits:
    """The day of each person's first record of each deficit."""
    table = load_data("deficits")
    frailty = people.frailty + PATTERN_FRAILTY * (people.pattern == PATTERNS.index("frailty_neuro"))
    base = -np.log1p(-table["percent_at_80"].to_numpy() / 100)
    growth = table["growth_a_year"].to_numpy().astype(np.float64)
    at_80 = base[None, :] * np.exp(FRAILTY_LOADING * frailty)[:, None]
    age = 80 + np.log(random.standard_exponential(at_80.shape) / at_80) / growth[None, :]
    days = people.birth_day[:, None] + np.floor(np.clip(age, 0, 200) * DAYS_A_YEAR).astype(np.int64)
    return Deficits(np.where(age >= YOUNGEST, days, NEVER), np.asarray(at_80, dtype=np.float64), growth)
