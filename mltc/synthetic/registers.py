"""Rows of `person`, `registration` and `opt_out`."""

import numpy as np
import polars as pl

from mltc.synthetic.arrays import NEVER, Floats, Ints, draw_from, to_dates
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.facts import load_data
from mltc.synthetic.residence import draw_residences
from mltc.synthetic.window import Window

# All shares below are assumptions
TYPE1 = {"none": 0.959, "dissent": 0.03, "withdrawn": 0.004, "unknown": 0.007}
NATIONAL = {"not": 0.942, "opted_out": 0.052, "unknown": 0.006}
NO_OPT_OUT_ROW = 0.004
ETHNICITY_NOT_STATED = {"Z": 0.045, "99": 0.02, "": 0.02}
HOME_NOT_KNOWN = 0.03
SEX_NOT_KNOWN = 0.001
DEATH_NOT_KNOWN = (0.4, 0.02)  # in the last month, before it


def draw_homes(random: np.random.Generator, chunk: Chunk, window: Window) -> tuple[Floats, Floats]:
    """Care home and housebound (0 or 1) at the index date: age, dementia, paralysis and frailty decide."""
    people = chunk.people
    age = people.age_on(window.index_day)
    burden = np.zeros(people.count)
    for key, weight in (("dementia", 1.9), ("paralysis", 1.2), ("parkinsons_disease", 0.8)):
        position = chunk.facts.position(key)
        burden += weight * (chunk.onset[:, position] < NEVER) if position >= 0 else 0.0
    odds_home = -13.2 + 0.115 * age + burden + 0.6 * people.frailty
    odds_bound = -11.3 + 0.1 * age + 0.6 * burden + 0.7 * people.frailty
    home = random.random(people.count) < 1 / (1 + np.exp(-odds_home))
    bound = random.random(people.count) < 1 / (1 + np.exp(-odds_bound))
    return home.astype(np.float64), (bound | home).astype(np.float64)


def find_last_days(chunk: Chunk) -> Ints:
    """Last day of registration: of death, or the day before leaving; NEVER while registered."""
    left = np.where(chunk.people.leave_day < NEVER, chunk.people.leave_day - 1, NEVER)
    return np.minimum(chunk.course.death_day, left)


def has_moved(chunk: Chunk) -> Ints:
    """1 where the move between practices came before the registration ended."""
    return (chunk.people.move_day <= np.minimum(find_last_days(chunk), NEVER - 1)).astype(np.int64)


def make_persons(
    random: np.random.Generator, chunk: Chunk, window: Window, care_home: Floats, housebound: Floats
) -> pl.DataFrame:
    """Rows of `person` as the GP systems know them: many deaths of the last month are not known there yet."""
    people, course = chunk.people, chunk.course
    moved, last = has_moved(chunk), find_last_days(chunk)
    practice = np.where(moved == 1, people.practice, people.former)
    late = course.death_day >= window.index_day - 31
    told = random.random(people.count) >= np.where(late, *DEATH_NOT_KNOWN)
    sex = np.where(random.random(people.count) < SEX_NOT_KNOWN, 0, people.sex)
    unknown = random.random(people.count) < HOME_NOT_KNOWN
    pcn = chunk.places.pcn[practice]
    lsoa, given = draw_residences(random.spawn(1)[0], chunk.places.residences, pcn, people.imd)
    return pl.DataFrame(
        {
            "person": np.arange(people.count),
            "birth_date": to_dates(people.birth_day),
            "sex": pl.Series(["0", "1", "2"]).gather(sex),
            "ethnic_category": draw_stated_ethnicity(random, people.ethnic),
            "lsoa_code": lsoa,
            "imd_decile": pl.Series(people.imd).set(pl.Series(~given), None),
            "practice_code": pl.Series(chunk.places.codes).gather(practice),
            "registered_from": to_dates(np.where(moved == 1, people.move_day, people.join_day)),
            "registered_to": to_dates(last),
            "death_date": to_dates(np.where(told, course.death_day, NEVER)),
            "is_care_home": pl.Series(np.where(unknown, np.nan, care_home)).fill_nan(None).cast(pl.Boolean),
            "is_housebound": pl.Series(np.where(unknown, np.nan, housebound)).fill_nan(None).cast(pl.Boolean),
        }
    )


def draw_stated_ethnicity(random: np.random.Generator, ethnic: Ints) -> pl.Series:
    """The recorded letter: not stated, not known or empty for some."""
    names = list(ETHNICITY_NOT_STATED)
    shares = np.array([*ETHNICITY_NOT_STATED.values(), 1 - sum(ETHNICITY_NOT_STATED.values())])
    kind = draw_from(random, shares, len(ethnic))
    letters = pl.Series([*load_data("ethnicity")["code"], *[name or None for name in names]], dtype=pl.String)
    count = len(letters) - len(names)
    return letters.gather(np.where(kind < len(names), count + kind, ethnic))


def make_registrations(chunk: Chunk) -> pl.DataFrame:
    """One row per person and practice."""
    people, moved, last = chunk.people, has_moved(chunk), find_last_days(chunk)
    stayed, both = np.flatnonzero(moved == 0), np.flatnonzero(moved == 1)
    person = np.concatenate([stayed, both, both])
    practice = np.concatenate([people.former[stayed], people.former[both], people.practice[both]])
    start = np.concatenate([people.join_day[stayed], people.join_day[both], people.move_day[both]])
    end = np.concatenate([last[stayed], people.move_day[both] - 1, last[both]])
    return pl.DataFrame(
        {
            "person": person,
            "practice_code": pl.Series(chunk.places.codes).gather(practice),
            "registered_from": to_dates(start),
            "registered_to": to_dates(end),
        }
    )


def make_opt_outs(random: np.random.Generator, chunk: Chunk, window: Window) -> pl.DataFrame:
    """One row per person, none for a few."""
    person = np.flatnonzero(random.random(chunk.people.count) >= NO_OPT_OUT_ROW)
    type1 = draw_from(random, np.array(list(TYPE1.values())), len(person))
    national = draw_from(random, np.array(list(NATIONAL.values())), len(person))
    return pl.DataFrame(
        {
            "person": person,
            "type1": pl.Series(list(TYPE1)).gather(type1),
            "national": pl.Series(list(NATIONAL)).gather(national),
            "as_of": to_dates(np.full(len(person), window.index_day - 1)),
        }
    )
