"""The known risk process: unplanned admissions and deaths, month by month.

log monthly hazard of an unplanned admission = BASE + age + deprivation + conditions and deficits on the GP record
    + admissions in the 12 months before, while registered + season.
Latent frailty acts through the deficits that it brings on record, and through nothing else: a model of the records can
be held against this risk (docs/decisions/0015). Deaths follow true onsets and frailty, on record or not.
At most one admission starts in a month; a person who dies in a month dies after the admission of that month.
Coefficients are assumptions, set so that 7-9 % of adults have an unplanned admission in a year and the number
of admissions among those with any has the shape of SPARRAv4's table (71 % one, 18 % two, 6 % three).
"""

from dataclasses import dataclass

import numpy as np

from mltc.synthetic.arrays import NEVER, Bools, Floats, Ints
from mltc.synthetic.facts import ConditionFacts
from mltc.synthetic.illness import cumulative_hazard
from mltc.synthetic.known import Known
from mltc.synthetic.people import People, baseline_death_rate
from mltc.synthetic.window import BURN_IN, Window

ADMISSION_BASE = -5.94
AGE_KNOTS = np.array([0.0, 1.0, 4.0, 10.0, 18.0, 30.0, 50.0, 65.0, 75.0, 85.0, 95.0, 120.0])
AGE_LOG_RATIO = np.array([1.65, 1.05, 0.35, -0.35, 0.1, 0.05, 0.05, 0.22, 0.4, 0.6, 0.65, 0.65])
DEPRIVATION_LOG_RATIO = 0.045  # per decile more deprived than 5.5
DEFICIT_LOG_RATIO = 0.25  # per deficit on record (`data/deficits.csv`)
PRIOR_LOG_RATIO = np.array([0.0, 1.0, 1.35, 1.5, 1.6])  # 0, 1, 2, 3, 4+ admissions in the 12 months before
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
    return Hazards(people, facts, np.asarray(deprived, dtype=np.float64))


class SumByMonth:
    """Sum of the weights of what began before each month.

    now: (persons,), after `advance` has been called for every month up to the present one.
    """

    def __init__(self, weights: Floats, begin: Ints, window: Window) -> None:
        """weights (things,), begin (persons, things) days, NEVER where a thing never begins."""
        person, thing = np.nonzero(begin < NEVER)
        month = np.searchsorted(window.edges, begin[person, thing], side="right")
        order = np.argsort(month, kind="stable")
        self.person, self.weight = person[order], weights[thing[order]]
        self.stops = np.searchsorted(month[order], np.arange(len(window.edges) + 1), side="right")
        self.now = np.zeros(len(begin))

    def advance(self, month: int) -> None:
        """Adds what began since the month before."""
        new = slice(self.stops[month - 1] if month else 0, self.stops[month])
        np.add.at(self.now, self.person[new], self.weight[new])


def weigh_known(facts: ConditionFacts, known: Known) -> tuple[Floats, Ints]:
    """Log ratio of admission of each condition and deficit, and the days on which they got on record."""
    deficits = known.deficits.days
    weights = np.concatenate([facts.column("admission_log_ratio"), np.full(deficits.shape[1], DEFICIT_LOG_RATIO)])
    return weights, np.hstack([known.conditions, deficits])


def run_process(
    random: np.random.Generator, people: People, facts: ConditionFacts, rates: Floats, onset: Ints, known: Known,
    window: Window,
) -> Course:  # fmt: skip
    """Simulates every month of burn-in and window."""
    hazards = make_hazards(people, facts)
    burden = SumByMonth(*weigh_known(facts, known), window)
    deadly = SumByMonth(facts.column("death_log_ratio"), onset, window)
    months = window.months + BURN_IN
    recorded = np.zeros((months, people.count), dtype=np.bool_)  # admissions while registered
    death_day = np.full(people.count, NEVER)
    rows, days = [], []
    for month in range(months):
        first, last = int(window.edges[month]), int(window.edges[month + 1]) - 1
        alive = (death_day == NEVER) & (people.birth_day < first)
        burden.advance(month)
        deadly.advance(month)
        prior = recorded[max(0, month - 12) : month].sum(axis=0)
        hazard = hazards.admission(first, burden.now, prior)
        admitted = alive & (random.random(people.count) < 1 - np.exp(-hazard))
        recorded[month] = admitted & (people.join_day <= first)
        day = first + np.floor(random.random(people.count) * (last - first + 1)).astype(np.int64)
        dying = hazards.death(first, deadly.now) * np.where(admitted, np.exp(DEATH_ADMITTED), 1)
        mortal = alive & (people.join_day <= first) & (month >= BURN_IN)
        dies = mortal & (random.random(people.count) < 1 - np.exp(-dying))
        rest = np.where(admitted, last - day, last - first)
        chosen = np.where(admitted, day, first) + np.floor(random.random(people.count) * (rest + 1))
        death_day[dies] = chosen[dies].astype(np.int64)
        rows.append(np.flatnonzero(admitted))
        days.append(day[admitted])
    death_day[death_day >= people.leave_day] = NEVER  # died elsewhere, unknown here
    expecting = Expecting(hazards, rates, onset, known)
    risk = {
        int(window.edges[-1 - back]): find_true_risk(expecting, window, months - back, recorded, death_day)
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


@dataclass(frozen=True)
class Expecting:
    """What a look ahead needs: the hazards, and what may begin or get on record."""

    hazards: Hazards
    rates: Floats
    onset: Ints
    known: Known

    def expect_admission_burden(self, days: list[int]) -> list[Floats]:
        """(persons,) on each day: log of the expected ratio, given what is on record on the first of them."""
        people, facts = self.hazards.people, self.hazards.facts
        weights, begin = weigh_known(facts, self.known)
        burden = (begin < days[0]).astype(np.float64) @ weights
        growth, each = np.expm1(facts.column("admission_log_ratio")), float(np.expm1(DEFICIT_LOG_RATIO))
        knots = [burden]
        for day in days[1:]:
            conditions = self.known.expect_conditions(people, facts, self.rates, days[0], day)
            deficits = self.known.deficits.expect(people, days[0], day)
            knots.append(burden + np.log1p(conditions @ growth + each * deficits.sum(axis=1)))
        return knots

    def expect_death_burden(self, days: list[int]) -> list[Floats]:
        """The same of the ratio of death, given the conditions that have begun by the first day."""
        people, facts = self.hazards.people, self.hazards.facts
        has, log_ratio = self.onset < days[0], facts.column("death_log_ratio")
        burden = has.astype(np.float64) @ log_ratio
        before = cumulative_hazard(people, facts, self.rates, days[0])
        knots = [burden]
        for day in days[1:]:
            begins = np.where(has, 0, -np.expm1(before - cumulative_hazard(people, facts, self.rates, day)))
            for child, parent in enumerate(facts.follows):
                if parent >= 0:
                    begins[:, child] *= has[:, parent]
            knots.append(burden + np.log1p(begins @ np.expm1(log_ratio)))
        return knots


def find_true_risk(expecting: Expecting, window: Window, month: int, recorded: Bools, death_day: Ints) -> Floats:
    """True probability of at least one unplanned admission in the 12 months from month number `month`.

    Given the record of that day and the process itself: conditions and deficits that may get on record are averaged
    over (to first order), death and leaving compete. NaN for people not alive and registered on that day.
    """
    hazards, people = expecting.hazards, expecting.hazards.people
    start = int(window.edges[month])
    here = (people.join_day <= start) & (people.leave_day > start) & (death_day >= start) & (people.birth_day < start)
    days = [find_edge(window, month + step) for step in range(13)]
    knot_days = [days[step] for step in BURDEN_KNOTS]
    burden, deadly = expecting.expect_admission_burden(knot_days), expecting.expect_death_burden(knot_days)
    staying = np.ones(people.count)
    risk = np.zeros(people.count)
    for step in range(12):
        prior = recorded[max(0, month + step - 12) : month].sum(axis=0)
        hazard = hazards.admission(days[step], between_knots(burden, step), prior)
        risk += staying * -np.expm1(-hazard)
        staying *= np.exp(-hazard - hazards.death(days[step], between_knots(deadly, step))) * (1 - people.leave_a_month)
    return np.where(here, risk, np.nan)


def find_edge(window: Window, month: int) -> int:
    """First day of a month of the window or of the year after it."""
    beyond = month - len(window.edges) + 1
    return int(window.edges[month]) if beyond <= 0 else window.index_day + round(beyond * 30.4)


def between_knots(knots: list[Floats], step: int) -> Floats:
    """Expected burden `step` months on, linear between the knots."""
    after = int(np.searchsorted(BURDEN_KNOTS, step, side="right"))
    first, last = BURDEN_KNOTS[after - 1], BURDEN_KNOTS[after]
    share = (step - first) / (last - first)
    return np.asarray((1 - share) * knots[after - 1] + share * knots[after], dtype=np.float64)
