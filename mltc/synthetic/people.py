"""Who lives in the synthetic ICB: age, sex, practice, deprivation, ethnicity, latent pattern, registration."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from mltc.synthetic.arrays import NEVER, Bools, Floats, Ints, draw_by_row, draw_days, draw_from
from mltc.synthetic.facts import IMD_MEAN, IMD_SCORES, PATTERN_DEPRIVATION, PATTERN_SHARES, load_data
from mltc.synthetic.places import Places
from mltc.synthetic.window import Window

DAYS_A_YEAR = 365.25
YOUNG = (18, 34)
LEAVE_A_YEAR = (0.012, 0.035)  # share that leaves the ICB in a year: everyone else, ages in YOUNG (assumption)
JOIN_A_YEAR = (0.022, 0.06)  # share of a list that joined from outside in the last year (assumption)
MOVE_A_YEAR = 0.015  # share that changes practice inside the ICB in a year (assumption)
IMD_SPREAD = 0.5  # deviation of a person's latent deprivation around the practice's mean: practices span what QOF has
MULTIPLIER = 2_654_435_761  # odd, so that multiplying modulo 2**32 gives every number another one


@dataclass(frozen=True)
class People:
    """One chunk of persons; arrays are one entry per person, days count from 1970-01-01.

    join_day and leave_day bound the registration in the ICB (leave_day NEVER while registered); move_day is
    when the person changed from `former` to `practice` (NEVER without a move). imd is a decile, 1 the most
    deprived; ethnic indexes `data/ethnicity.csv`; pattern indexes PATTERNS; frailty is standard normal.
    """

    ids: pl.Series
    sex: Ints
    birth_day: Ints
    practice: Ints
    former: Ints
    imd: Ints
    ethnic: Ints
    pattern: Ints
    frailty: Floats
    join_day: Ints
    leave_day: Ints
    move_day: Ints
    leave_a_month: Floats

    @property
    def count(self) -> int:
        """Persons in the chunk."""
        return len(self.sex)

    def age_on(self, day: int | Ints) -> Floats:
        """Age in years, with fraction."""
        return np.asarray((day - self.birth_day) / DAYS_A_YEAR, dtype=np.float64)


def baseline_death_rate(age: Floats, sex: Ints) -> Floats:
    """Deaths per person-year by age and sex: log-linear, near ONS national life tables 2020-22 above 40."""
    male = np.exp(-10.1 + 0.0925 * age)
    female = np.exp(-10.75 + 0.0965 * age)
    return np.asarray(np.where(sex == 1, male, female), dtype=np.float64)


def is_young(age: Ints) -> Bools:
    """Of the age at which people move most."""
    return np.asarray((age >= YOUNG[0]) & (age <= YOUNG[1]), dtype=np.bool_)


def load_age_sex_cells(years: float) -> tuple[Ints, Ints, Floats]:
    """Age, sex and weight of every single-year cell, before people die or leave.

    Those who remain at the index date must have the age structure of England, so a cell is drawn more often by
    as much as it will lose in `years`.
    """
    ages, sexes, weights = [], [], []
    for sex, first, last, persons in load_data("population").select(pl.nth(0, 1, 2, 3)).iter_rows():
        span = np.arange(first, last + 1)
        share = np.exp(-0.35 * (span - first)) if last > 99 else np.ones(len(span))
        ages.append(span)
        sexes.append(np.full(len(span), sex))
        weights.append(persons * share / share.sum())
    age, sex_code = np.concatenate(ages).astype(np.int64), np.concatenate(sexes).astype(np.int64)
    lost = np.zeros(len(age))
    for step in np.arange(0.0, years, 0.25):
        earlier = np.asarray(age + 0.5 - step, dtype=np.float64)
        leaving = np.where(is_young(age), LEAVE_A_YEAR[1], LEAVE_A_YEAR[0])
        dying = baseline_death_rate(earlier, sex_code)
        lost += np.where(earlier > 0, 0.25 * (dying + leaving), 0)
    return age, sex_code, np.concatenate(weights) * np.exp(lost)


def draw_people(
    random: np.random.Generator, places: Places, window: Window, first_number: int, count: int, shift: int
) -> People:
    """A chunk of `count` persons; `first_number` counts the persons of the chunks before it."""
    ages, sexes, weights = load_age_sex_cells(window.months / 12)
    cell = draw_from(random, weights, count)
    age, sex = ages[cell], sexes[cell]
    birth_day = window.index_day - np.floor((age + random.random(count)) * DAYS_A_YEAR).astype(np.int64) - 1
    practice = draw_practices(random, places, age)
    imd = draw_imd(random, places, practice)
    young = is_young(age)
    leave_a_month = np.where(young, LEAVE_A_YEAR[1], LEAVE_A_YEAR[0]) / 12
    join_day = draw_join_days(random, window, birth_day, young)
    move_day, former = draw_moves(random, places, window, practice, join_day)
    return People(
        ids=make_ids(first_number, count, shift),
        sex=sex,
        birth_day=birth_day,
        practice=practice,
        former=former,
        imd=imd,
        ethnic=draw_ethnicity(random, places, practice, age),
        pattern=draw_patterns(random, imd),
        frailty=random.standard_normal(count),
        join_day=join_day,
        leave_day=draw_leave_days(random, window, join_day, leave_a_month),
        move_day=move_day,
        leave_a_month=leave_a_month,
    )


def make_ids(first_number: int, count: int, shift: int) -> pl.Series:
    """Pseudonyms that say nothing about the order in which persons were made."""
    numbers = np.arange(first_number, first_number + count, dtype=np.uint64)
    mixed = (numbers * np.uint64(MULTIPLIER) + np.uint64(shift)) % np.uint64(2**32)
    return pl.Series("person_id", mixed).cast(pl.String).str.zfill(10).str.replace("^", "SYN")


def draw_practices(random: np.random.Generator, places: Places, age: Ints) -> Ints:
    """Practice of each person: list size and age tilt of the practice decide."""
    practice = np.empty(len(age), dtype=np.int64)
    for band in range(0, 110, 5):
        rows = np.flatnonzero(age // 5 == band // 5)
        weights = places.weight * np.exp(places.age_tilt * (band + 2.5 - 45) / 25)
        practice[rows] = draw_from(random, weights, len(rows))
    return practice


def draw_imd(random: np.random.Generator, places: Places, practice: Ints) -> Ints:
    """IMD decile, 1 the most deprived, about a tenth of the ICB in each."""
    latent = places.deprivation[practice] + random.normal(0, IMD_SPREAD, len(practice))
    mean = np.average(places.deprivation, weights=places.weight)
    spread = np.sqrt(np.average((places.deprivation - mean) ** 2, weights=places.weight) + IMD_SPREAD**2)
    rank = 1 / (1 + np.exp(1.702 * (latent - mean) / spread))  # logistic stand-in for the normal distribution
    return np.asarray(np.clip(np.floor(rank * 10) + 1, 1, 10), dtype=np.int64)


def draw_ethnicity(random: np.random.Generator, places: Places, practice: Ints, age: Ints) -> Ints:
    """Row of `data/ethnicity.csv`: more minorities in some areas and among the young (assumption)."""
    shares = load_data("ethnicity")["percent"].to_numpy()
    odds = places.minority[practice] * np.exp(-0.018 * (age - 40))
    weights = np.where(np.arange(len(shares))[None, :] == 0, shares[None, :], shares[None, :] * odds[:, None])
    return draw_by_row(random, np.asarray(weights, dtype=np.float64))


def draw_patterns(random: np.random.Generator, imd: Ints) -> Ints:
    """Latent pattern, for life."""
    points = (IMD_SCORES[imd - 1] - IMD_MEAN) / 10
    return draw_by_row(random, PATTERN_SHARES[None, :] * np.exp(PATTERN_DEPRIVATION[None, :] * points[:, None]))


def draw_join_days(random: np.random.Generator, window: Window, birth_day: Ints, young: Bools) -> Ints:
    """First day of registration: after birth, at a month edge of the window, or in the 25 years before it."""
    count = len(birth_day)
    born = birth_day >= window.first_day
    rate = np.where(young, JOIN_A_YEAR[1], JOIN_A_YEAR[0])
    joined = ~born & (random.random(count) < 1 - np.exp(-rate * window.months / 12))
    edges = window.edges[-window.months - 1 : -1]
    recent = edges[random.integers(0, window.months, count)]
    earliest = np.maximum(birth_day, window.first_day - 25 * 365)
    before = draw_days(random, earliest, np.maximum(window.first_day - 1, earliest))
    newborn = np.minimum(birth_day + random.integers(0, 30, count), window.index_day - 1)
    return np.where(born, newborn, np.where(joined, recent, before)).astype(np.int64)


def draw_leave_days(random: np.random.Generator, window: Window, join_day: Ints, rate: Floats) -> Ints:
    """First day after leaving the ICB, at a month edge of the window; NEVER for most."""
    month = np.ceil(np.log(random.random(len(rate))) / np.log1p(-rate)).astype(np.int64)
    edges = window.edges[-window.months - 1 :]
    joined = np.searchsorted(edges, join_day, side="left")  # first edge on or after joining
    month = month + joined
    inside = month < window.months
    return np.where(inside, edges[np.minimum(month, window.months)], NEVER).astype(np.int64)


def draw_moves(
    random: np.random.Generator, places: Places, window: Window, practice: Ints, join_day: Ints
) -> tuple[Ints, Ints]:
    """Day of a move between practices of the ICB, and the practice before it."""
    count = len(practice)
    moved = random.random(count) < 1 - np.exp(-MOVE_A_YEAR * window.months / 12)
    day = window.edges[-window.months - 1 : -1][random.integers(0, window.months, count)]
    other = (practice + random.integers(1, len(places.codes), count)) % len(places.codes)
    moved &= day > join_day
    return np.where(moved, day, NEVER).astype(np.int64), np.where(moved, other, practice).astype(np.int64)


def find_practices(people: People, person: Ints, day: Ints) -> Ints:
    """Position of the practice where each person was registered on each day."""
    number = np.where(day < people.move_day[person], people.former[person], people.practice[person])
    return np.asarray(number, dtype=np.int64)
