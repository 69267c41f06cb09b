"""The known risk process: unplanned admissions and deaths, month by month.

log monthly hazard of an unplanned admission = BASE + age + conditions + deprivation + frailty
    + admissions in the 12 months before + season.
At most one admission starts in a month; a person who dies in a month dies after the admission of that month.
Coefficients are assumptions, set so that 7-9 % of adults have an unplanned admission in a year and the number
of admissions among those with any has the shape of SPARRAv4's table (71 % one, 18 % two, 6 % three).
"""

from dataclasses import dataclass

import numpy as np

from mltc.synthetic.arrays import NEVER, Bools, Floats, Ints
from mltc.synthetic.facts import ConditionFacts
from mltc.synthetic.illness import cumulative_hazard
from mltc.synthetic.people import People, baseline_death_rate
from mltc.synthetic.window import BURN_IN, Window

ADMISSION_BASE = -6.0
AGE_KNOTS = np.array([0.0, 1.0, 4.0, 10.0, 18.0, 30.0, 50.0, 65.0, 75.0, 85.0, 95.0, 120.0])
AGE_LOG_RATIO = np.array([1.6, 1.0, 0.3, -0.4, 0.1, 0.05, 0.05, 0.3, 0.75, 1.25, 1.6, 1.7])
DEPRIVATION_LOG_RATIO = 0.045  # per decile more deprived than 5.5
FRAILTY_LOG_RATIO = 0.5
PRIOR_LOG_RATIO = np.array([0.0, 0.95, 1.35, 1.55, 1.65])  # 0, 1, 2, 3, 4+ admissions in the 12 months before
WINTER_LOG_RATIO = 0.08
HIGHEST_HAZARD = 0.6
# Log ratio of the death rate without conditions to the baseline rate, by age: set so that deaths of all people
# together come at the baseline rate of their age over three to five years.
DEATH_KNOTS = np.array([40.0, 55.0, 70.0, 77.0, 82.0, 87.0, 95.0])
DEATH_LOG_RATIO = np.array([-0.15, -0.4, -1.0, -1.6, -1.9, -2.2, -2.15])
DEATH_FRAILTY = 0.25
BURDEN_KNOTS = (0, 3, 6, 9, 12)  # months ahead at which conditions that may begin are averaged over
DEATH_ADMITTED = 1.9  # log ratio in a month with an unplanned admission


@dataclass(frozen=True)
class Course:
    """What the process gave: one row per admission; death_day and end_day per person.

    end_day is the first day without records (left, died or the index date); risk holds, per as-of day, the
    true probability of an unplanned admission in the next 12 months, NaN where not alive and registered.
    """

    person: Ints
    admission_day: Ints
    death_day: Ints
    death_admission: Bools
    start_day: Ints
    end_day: Ints
    risk: dict[int, Floats]


@dataclass(frozen=True)
class Hazards:
    """Monthly hazards of a chunk, given what has begun."""

    people: People
    facts: ConditionFacts
    steady: Floats

    def admission(self, day: int, burden: Floats, prior: Ints) -> Floats:
        """Hazard of an unplanned admission in the month that begins on `day`."""
        age = np.interp(self.people.age_on(day), AGE_KNOTS, AGE_LOG_RATIO)
        recent = PRIOR_LOG_RATIO[np.minimum(prior, len(PRIOR_LOG_RATIO) - 1)]
        winter = WINTER_LOG_RATIO * np.cos(2 * np.pi * ((day % 365.25) / 365.25 - 0.04))
        log_hazard = ADMISSION_BASE + age + burden + self.steady + recent + winter
        return np.asarray(np.minimum(np.exp(log_hazard), HIGHEST_HAZARD), dtype=np.float64)

    def death(self, day: int, burden: Floats) -> Floats:
        """Hazard of death in the month that begins on `day`, without an admission in it."""
        age = self.people.age_on(day)
        yearly = baseline_death_rate(age, self.people.sex)
        base = np.interp(age, DEATH_KNOTS, DEATH_LOG_RATIO)
        monthly = yearly / 12 * np.exp(base + burden + DEATH_FRAILTY * self.people.frailty)
        return np.asarray(np.minimum(monthly, 0.5), dtype=np.float64)


def make_hazards(people: People, facts: ConditionFacts) -> Hazards:
    """Hazards with the terms that do not change over time worked out."""
    deprived = DEPRIVATION_LOG_RATIO * (5.5 - people.imd)
    return Hazards(people, facts, deprived + FRAILTY_LOG_RATIO * people.frailty)


class BurdenByMonth:
    """Sum of the log ratios of admission and of death over the conditions that began before each month.

    now: (persons, 2), after `advance` has been called for every month up to the present one.
    """

    def __init__(self, facts: ConditionFacts, onset: Ints, window: Window) -> None:
        self.weights = np.column_stack([facts.column("admission_log_ratio"), facts.column("death_log_ratio")])
        person, condition = np.nonzero(onset < NEVER)
        month = np.searchsorted(window.edges, onset[person, condition], side="right")
        order = np.argsort(month, kind="stable")
        self.person, self.condition = person[order], condition[order]
        self.stops = np.searchsorted(month[order], np.arange(len(window.edges) + 1), side="right")
        self.now = np.zeros((len(onset), 2))

    def advance(self, month: int) -> None:
        """Adds what began since the month before."""
        new = slice(self.stops[month - 1] if month else 0, self.stops[month])
        np.add.at(self.now, self.person[new], self.weights[self.condition[new]])


def run_process(
    random: np.random.Generator, people: People, facts: ConditionFacts, rates: Floats, onset: Ints, window: Window
) -> Course:
    """Simulates every month of burn-in and window."""
    hazards = make_hazards(people, facts)
    burden = BurdenByMonth(facts, onset, window)
    months = window.months + BURN_IN
    admitted = np.zeros((months, people.count), dtype=np.bool_)
    death_day = np.full(people.count, NEVER)
    rows, days = [], []
    for month in range(months):
        first, last = int(window.edges[month]), int(window.edges[month + 1]) - 1
        alive = (death_day == NEVER) & (people.birth_day < first)
        burden.advance(month)
        prior = admitted[max(0, month - 12) : month].sum(axis=0)
        hazard = hazards.admission(first, burden.now[:, 0], prior)
        admitted[month] = alive & (random.random(people.count) < 1 - np.exp(-hazard))
        day = first + np.floor(random.random(people.count) * (last - first + 1)).astype(np.int64)
        dying = hazards.death(first, burden.now[:, 1]) * np.where(admitted[month], np.exp(DEATH_ADMITTED), 1)
        mortal = alive & (people.join_day <= first) & (month >= BURN_IN)
        dies = mortal & (random.random(people.count) < 1 - np.exp(-dying))
        rest = np.where(admitted[month], last - day, last - first)
        chosen = np.where(admitted[month], day, first) + np.floor(random.random(people.count) * (rest + 1))
        death_day[dies] = chosen[dies].astype(np.int64)
        rows.append(np.flatnonzero(admitted[month]))
        days.append(day[admitted[month]])
    death_day[death_day >= people.leave_day] = NEVER  # died elsewhere, unknown here
    risk = {
        int(window.edges[-1 - back]): find_true_risk(hazards, rates, onset, window, months - back, admitted, death_day)
        for back in (0, 12)
    }
    return close_course(people, window, np.concatenate(rows), np.concatenate(days), death_day, risk)


def close_course(
    people: People, window: Window, person: Ints, day: Ints, death_day: Ints, risk: dict[int, Floats]
) -> Course:
    """Keeps the admissions that fall while the person is registered."""
    start_day = np.maximum(people.join_day, window.first_day)
    end_day = np.minimum(np.minimum(people.leave_day, window.index_day), death_day + 1)
    kept = (day >= start_day[person]) & (day < end_day[person])
    person, day = person[kept], day[kept]
    order = np.lexsort((day, person))
    person, day = person[order], day[order]
    same_month = (death_day[person] - day < 31) & (np.append(person[1:], -1) != person)
    return Course(person, day, death_day, same_month, start_day, end_day, risk)


def find_true_risk(
    hazards: Hazards, rates: Floats, onset: Ints, window: Window, month: int, admitted: Bools, death_day: Ints
) -> Floats:
    """True probability of at least one unplanned admission in the 12 months from month number `month`.

    Given the state on that day and the process itself: conditions that may begin are averaged over (to first
    order), death and leaving compete. NaN for people not alive and registered on that day.
    """
    people = hazards.people
    start = int(window.edges[month])
    here = (people.join_day <= start) & (people.leave_day > start) & (death_day >= start) & (people.birth_day < start)
    days = [find_edge(window, month + step) for step in range(13)]
    knots = expect_burden(hazards, rates, onset, [days[step] for step in BURDEN_KNOTS])
    staying = np.ones(people.count)
    risk = np.zeros(people.count)
    for step in range(12):
        expected = between_knots(knots, step)
        prior = admitted[max(0, month + step - 12) : month].sum(axis=0)
        hazard = hazards.admission(days[step], expected[:, 0], prior)
        risk += staying * -np.expm1(-hazard)
        staying *= np.exp(-hazard - hazards.death(days[step], expected[:, 1])) * (1 - people.leave_a_month)
    return np.where(here, risk, np.nan)


def find_edge(window: Window, month: int) -> int:
    """First day of a month of the window or of the year after it."""
    beyond = month - len(window.edges) + 1
    return int(window.edges[month]) if beyond <= 0 else window.index_day + round(beyond * 30.4)


def expect_burden(hazards: Hazards, rates: Floats, onset: Ints, days: list[int]) -> list[Floats]:
    """(persons, 2) on each day: log of the expected ratios, given the conditions on the first of them."""
    people, facts = hazards.people, hazards.facts
    has = onset < days[0]
    growth = np.expm1(np.column_stack([facts.column("admission_log_ratio"), facts.column("death_log_ratio")]))
    burden = np.einsum("pc,cr->pr", has.astype(np.float64), np.log1p(growth))
    before = cumulative_hazard(people, facts, rates, days[0])
    knots = [burden]
    for day in days[1:]:
        begins = np.where(has, 0, -np.expm1(before - cumulative_hazard(people, facts, rates, day)))
        for child, parent in enumerate(facts.follows):
            if parent >= 0:
                begins[:, child] *= has[:, parent]
        knots.append(burden + np.log1p(np.einsum("pc,cr->pr", begins, growth)))
    return knots


def between_knots(knots: list[Floats], step: int) -> Floats:
    """Expected burden `step` months on, linear between the knots."""
    after = int(np.searchsorted(BURDEN_KNOTS, step, side="right"))
    first, last = BURDEN_KNOTS[after - 1], BURDEN_KNOTS[after]
    share = (step - first) / (last - first)
    return np.asarray((1 - share) * knots[after - 1] + share * knots[after], dtype=np.float64)
