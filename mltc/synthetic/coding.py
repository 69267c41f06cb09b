"""Which true conditions ever get a code in the GP record, and when: practices differ in both."""

import numpy as np

from mltc.synthetic.arrays import Floats, Ints
from mltc.synthetic.facts import ConditionFacts
from mltc.synthetic.people import People
from mltc.synthetic.places import Places

LAG_DAYS = 30.0  # mean days from onset to the entry in the record (assumption)


def log_odds(chance: Floats) -> Floats:
    """Natural log odds of a probability in (0, 1)."""
    return np.asarray(np.log(chance / (1 - chance)), dtype=np.float64)


def compute_coding_chance(people: People, places: Places, facts: ConditionFacts) -> Floats:
    """(persons, conditions): chance that the practice ever codes a condition that has begun."""
    odds = log_odds(facts.column("gp_recall"))[None, :] + places.coding[people.practice][:, None]
    return np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float64)


def draw_recorded_days(
    random: np.random.Generator, people: People, places: Places, onset: Ints, person: Ints, condition: Ints
) -> Ints:
    """Day on which the first entry was made, for each coded (person, condition): an exponential delay."""
    delay = random.standard_exponential(len(person)) * LAG_DAYS * places.lag[people.practice[person]]
    return onset[person, condition] + np.floor(delay).astype(np.int64)
