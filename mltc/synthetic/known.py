"""What the GP record says of the people, before anything is written: coded conditions and deficits, by day.

The risk of an unplanned admission follows from these days and not from the true onsets: see docs/decisions/0015.
"""

from dataclasses import dataclass

import numpy as np

from mltc.synthetic.arrays import NEVER, Bools, Floats, Ints
from mltc.synthetic.coding import LAG_DAYS, compute_coding_chance, draw_recorded_days
from mltc.synthetic.deficit_days import Deficits, draw_deficits
from mltc.synthetic.facts import ConditionFacts
from mltc.synthetic.illness import cumulative_hazard
from mltc.synthetic.people import People
from mltc.synthetic.places import Places


@dataclass(frozen=True)
class Known:
    """Days on which conditions are first coded by the GP, and deficits, however late; NEVER where they are not.

    coded: (persons, conditions). conditions: (persons, conditions) days. chance: (persons, conditions) that a
    condition is ever coded once it has begun. delay: (persons,) mean days from onset to entry.
    """

    coded: Bools
    conditions: Ints
    chance: Floats
    delay: Floats
    deficits: Deficits

    def expect_conditions(self, people: People, facts: ConditionFacts, rates: Floats, start: int, day: int) -> Floats:
        """(persons, conditions): chance that a condition not on record on `start` is by `day`.

        Given that it is not on record: it has not begun, or has and is one that is not coded.
        """
        lag = np.round(self.delay).astype(np.int64)
        before = cumulative_hazard(people, facts, rates, start - lag)
        begins = np.exp(-before) - np.exp(-cumulative_hazard(people, facts, rates, day - lag))
        expected = self.chance * begins / (1 + self.chance * np.expm1(-before))
        on_record = self.conditions < start
        for child, parent in enumerate(facts.follows):
            if parent >= 0:
                expected[:, child] *= on_record[:, parent]
        return np.where(on_record, 0.0, expected)


def draw_known(
    random: np.random.Generator, people: People, places: Places, facts: ConditionFacts, onset: Ints
) -> Known:
    """Which conditions and deficits get on record, and when."""
    chance = compute_coding_chance(people, places, facts)
    coded = (onset < NEVER) & (random.random(onset.shape) < chance)
    recorded = np.full(onset.shape, NEVER)
    person, condition = np.nonzero(coded)
    recorded[person, condition] = draw_recorded_days(random, people, places, onset, person, condition)
    delay = LAG_DAYS * places.lag[people.practice]
    return Known(coded, recorded, chance, delay, draw_deficits(random, people))
