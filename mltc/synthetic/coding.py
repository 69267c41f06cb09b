"""Which true conditions ever get a code in the GP record, and when: practices differ in both."""

import numpy as np

from mltc.synthetic.arrays import NEVER, Bools, Floats, Ints
from mltc.synthetic.facts import ConditionFacts
from mltc.synthetic.people import People
from mltc.synthetic.places import Places

LAG_DAYS = 30.0  # mean days from onset to the entry in the record (assumption)


def log_odds(chance: Floats) -> Floats:
    """Natural log odds of a probability in (0, 1)."""
    return np.asarray(np.log(chance / (1 - chance)), dtype=np.float64)


def draw_coded(
    random: np.random.Generator, people: People, places: Places, facts: ConditionFacts, onset: Ints
) -> Bools:
    """(persons, conditions): the condition began and is one that the practice codes."""
    odds = log_odds(facts.column("gp_recall"))[None, :] + places.coding[people.practice][:, None]
    return (onset < NEVER) & (random.random(onset.shape) < 1 / (1 + np.exp(-odds)))


def draw_recorded_days(
    random: np.random.Generator, people: People, places: Places, onset: Ints, person: Ints, condition: Ints
) -> Ints:
    """Day on which the first entry was made, for each coded (person, condition): an exponential delay."""
    delay = random.standard_exponential(len(person)) * LAG_DAYS * places.lag[people.practice[person]]
    return onset[person, condition] + np.floor(delay).astype(np.int64)


def record_diagnoses(
    random: np.random.Generator, people: People, places: Places, coded: Bools, onset: Ints, end_day: Ints
) -> Ints:
    """(persons, conditions): day of the first GP entry, NEVER where none is made in time."""
    recorded = np.full(onset.shape, NEVER)
    person, condition = np.nonzero(coded)
    day = draw_recorded_days(random, people, places, onset, person, condition)
    recorded[person, condition] = np.where(day < end_day[person], day, NEVER)
    return recorded
