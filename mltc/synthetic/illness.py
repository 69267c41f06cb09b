"""When each condition truly begins.

The cumulative hazard of condition c in person i at age a is
    rate[i, c] * ((a - onset_min_age) / (80 - onset_min_age)) ** onset_shape,
and rate is hazard_scale times the ratios of latent pattern, sex, deprivation and ethnic group. One unit
exponential per person and condition gives the age at onset exactly.
"""

import numpy as np

from mltc.synthetic.arrays import NEVER, Floats, Ints
from mltc.synthetic.facts import IMD_MEAN, IMD_SCORES, ConditionFacts, load_data
from mltc.synthetic.people import DAYS_A_YEAR, People


def build_rates(people: People, facts: ConditionFacts) -> Floats:
    """(persons, conditions): cumulative hazard at age 80."""
    rates = facts.column("hazard_scale")[None, :] * facts.pattern_ratio[people.pattern]
    rates *= np.where(people.sex[:, None] == 1, facts.column("male_ratio")[None, :], 1.0)
    points = (IMD_SCORES[people.imd - 1] - IMD_MEAN) / 10
    rates *= np.exp(points[:, None] * np.log(facts.column("imd_ratio"))[None, :])
    group = load_data("ethnicity")["group"].to_numpy()[people.ethnic]
    for name in ("asian", "black"):
        rates[group == name] *= facts.column(f"{name}_ratio")[None, :]
    return np.asarray(rates, dtype=np.float64)


def cumulative_hazard(people: People, facts: ConditionFacts, rates: Floats, day: int | Ints) -> Floats:
    """(persons, conditions): cumulative onset hazard up to `day`, one for all or one per person."""
    start = facts.column("onset_min_age")[None, :]
    scaled = np.maximum((people.age_on(day)[:, None] - start) / (80 - start), 0)
    return np.asarray(rates * scaled ** facts.column("onset_shape")[None, :], dtype=np.float64)


def draw_onsets(
    random: np.random.Generator, people: People, facts: ConditionFacts, rates: Floats, index_day: int
) -> Ints:
    """(persons, conditions): day of true onset, NEVER when not before the index date."""
    ratio = random.standard_exponential(rates.shape) / np.maximum(rates, 1e-12)
    start = facts.column("onset_min_age")[None, :]
    age = start + (80 - start) * ratio ** (1 / facts.column("onset_shape")[None, :])
    days = people.birth_day[:, None] + np.floor(np.minimum(age, 500.0) * DAYS_A_YEAR).astype(np.int64)
    for child, parent in enumerate(facts.follows):
        if parent >= 0:
            days[:, child] = np.maximum(days[:, child], days[:, parent])
    days[days >= index_day] = NEVER
    return days
