"""Hospital spells: unplanned ones come from the known risk process, planned ones follow conditions and age."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from mltc.synthetic.arrays import NEVER, Bools, Floats, Ints, draw_by_row, draw_from
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.facts import load_data
from mltc.synthetic.people import DAYS_A_YEAR
from mltc.synthetic.window import Window

PROVIDERS = ("R9X", "R9Y", "R9Z")
HOME_PROVIDER_SHARE = 0.88
UNPLANNED_METHODS = ("21", "22", "23", "24", "25", "28", "2A", "2D")
UNPLANNED_SHARES = np.array([0.77, 0.08, 0.02, 0.03, 0.01, 0.01, 0.05, 0.03])  # assumption, order of HES APC
# Planned spells per 1,000 eligible person-years are `weight` times this: set so that there are about 0.37 finished
# episodes per person-year (HES admitted patient care 2023-24 has some 21 million in England; not verified).
PLANNED_SCALE = 8.8
BIRTHS_A_YEAR = 0.055  # admissions for birth per woman aged 19 to 41 (assumption, near ONS fertility)
DIED_IN_HOSPITAL = 0.75  # of deaths within a month of an unplanned admission (assumption)
ACUTE_SHARE = 0.55  # unplanned spells whose main diagnosis is not a long-term condition (assumption)


@dataclass(frozen=True)
class Spells:
    """One entry per spell, by person and admission day.

    discharge is NEVER while still in. primary is the condition that the main diagnosis stands for, or -1 - row of
    `acute_causes.csv` for an acute cause; fixed holds the main diagnosis of planned and birth spells (empty
    otherwise), whose primary is -1 where it stands for no condition.
    """

    person: Ints
    admission: Ints
    discharge: Ints
    method: pl.Series
    patient_class: pl.Series
    specialty: pl.Series
    procedure: pl.Series
    fixed: pl.Series
    primary: Ints
    provider: Ints
    died: Bools

    @property
    def count(self) -> int:
        """Number of spells."""
        return len(self.person)


def home_providers(chunk: Chunk) -> Ints:
    """Usual provider of each person: that of the PCN."""
    return chunk.places.pcn[chunk.people.practice] % len(PROVIDERS)


def draw_providers(random: np.random.Generator, chunk: Chunk, person: Ints) -> Ints:
    """Provider of each contact: usually the home provider."""
    away = random.integers(0, len(PROVIDERS), len(person))
    return np.where(random.random(len(person)) < HOME_PROVIDER_SHARE, home_providers(chunk)[person], away)


def draw_stays(random: np.random.Generator, age: Floats, overnight: Floats) -> Ints:
    """Length of stay in days, longer with age; zero for a share `1 - overnight`."""
    nights = 1 + np.floor(random.lognormal(0.0 + 0.0135 * age, 0.95)).astype(np.int64)
    return np.where(random.random(len(age)) < overnight, np.minimum(nights, 120), 0)


def make_unplanned(random: np.random.Generator, chunk: Chunk, window: Window) -> Spells:
    """Spells of the admissions that the risk process gave."""
    course = chunk.course
    person, day = course.person, course.admission_day
    age = (day - chunk.people.birth_day[person]) / DAYS_A_YEAR
    stay = draw_stays(random, age, 0.45 + 0.004 * np.minimum(age, 90))
    died = course.death_admission & (random.random(len(person)) < DIED_IN_HOSPITAL)
    died &= course.death_day[person] < window.index_day
    next_day = np.append(np.where(person[1:] == person[:-1], day[1:], NEVER), NEVER)[: len(person)]
    latest = np.minimum(next_day, course.end_day[person] - 1)
    latest = np.where(course.end_day[person] == window.index_day, next_day, latest)
    discharge = np.where(died, course.death_day[person], np.minimum(day + stay, latest))
    discharge = np.where(discharge >= window.index_day, NEVER, np.maximum(discharge, day))
    method = pl.Series(UNPLANNED_METHODS).gather(draw_from(random, UNPLANNED_SHARES, len(person)))
    empty = pl.Series([""]).new_from_index(0, len(person))
    return Spells(
        person=person, admission=day, discharge=discharge, method=method,
        patient_class=pl.Series(["1"]).new_from_index(0, len(person)),
        specialty=choose_specialty(age), procedure=empty, fixed=empty,
        primary=draw_primary(random, chunk, person, day, age),
        provider=draw_providers(random, chunk, person), died=died,
    )  # fmt: skip


def choose_specialty(age: Floats) -> pl.Series:
    """Treatment function of an unplanned spell: paediatrics, general or elderly medicine by age."""
    return pl.Series(["420", "300", "430"]).gather((age >= 17).astype(np.int64) + (age >= 80))


def draw_primary(random: np.random.Generator, chunk: Chunk, person: Ints, day: Ints, age: Floats) -> Ints:
    """Main diagnosis: an acute cause by age, or a condition that the person has, the riskier the likelier."""
    causes = load_data("acute_causes")
    fits = (age[:, None] >= causes["age_from"].to_numpy()) & (age[:, None] < causes["age_to"].to_numpy())
    acute = draw_by_row(random, fits * causes["weight"].to_numpy().astype(np.float64))
    risk = np.expm1(chunk.facts.column("admission_log_ratio"))
    active: Floats = np.where(chunk.find_active(person, day), risk, 0.0)
    chronic = draw_by_row(random, active)
    use_acute = (random.random(len(person)) < ACUTE_SHARE) | (active.sum(axis=1) == 0)
    return np.where(use_acute, -1 - acute, chronic)


def make_planned(random: np.random.Generator, chunk: Chunk, window: Window) -> Spells:
    """Planned spells and births, none of them while the person is in hospital unplanned."""
    people, middle = chunk.people, chunk.middle
    age = people.age_on(middle)
    persons, days, kinds = [], [], []
    table = load_data("elective_causes")
    for kind, row in enumerate(table.iter_rows(named=True)):
        position = chunk.facts.position(row["condition"] or "")
        eligible = (age >= row["age_from"]) & (age < row["age_to"])
        if row["condition"] is not None:
            eligible &= chunk.onset[:, position] < NEVER if position >= 0 else False
        person, day = chunk.scatter(random, eligible * row["weight"] / 1000 * PLANNED_SCALE)
        if position >= 0:
            has = (chunk.onset[person, position] <= day) & (chunk.ended[person, position] > day)
            person, day = person[has], day[has]
        persons.append(person)
        days.append(day)
        kinds.append(np.full(len(person), kind))
    mothers = BIRTHS_A_YEAR * (people.sex == 2) * (age >= 19) * (age < 42)
    person, day = chunk.scatter(random, mothers)
    persons.append(person)
    days.append(day)
    kinds.append(np.full(len(person), len(table)))
    return build_planned(
        random, chunk, window, table, np.concatenate(persons), np.concatenate(days), np.concatenate(kinds)
    )


def build_planned(
    random: np.random.Generator, chunk: Chunk, window: Window, table: pl.DataFrame, person: Ints, day: Ints, kind: Ints
) -> Spells:
    """Spells from person, day and kind; the last kind is birth."""
    birth = kind == len(table)
    share = np.append(table["day_case"].to_numpy(), 0.0)[kind]
    day_case = random.random(len(person)) < share
    age = (day - chunk.people.birth_day[person]) / DAYS_A_YEAR
    stay = np.where(
        day_case, 0, np.where(birth, 1 + random.poisson(0.6, len(person)), draw_stays(random, age, share * 0 + 0.8))
    )
    discharge = np.minimum(day + stay, np.maximum(chunk.course.end_day[person] - 1, day))
    waiting = pl.Series(["11", "12", "13"]).gather(draw_from(random, np.array([0.6, 0.25, 0.15]), len(person)))
    texts = {name: pl.Series([*table[name].fill_null(""), last]) for name, last in
             (("icd10", "O800"), ("opcs4", "R249"), ("specialty", "501"))}  # fmt: skip
    flags = pl.Series(birth)
    return Spells(
        person=person, admission=day, discharge=discharge,
        method=pl.select(pl.when(flags).then(pl.lit("31")).otherwise(waiting)).to_series(),
        patient_class=pl.Series(["1", "2"]).gather(day_case.astype(np.int64)),
        specialty=texts["specialty"].gather(kind), procedure=texts["opcs4"].gather(kind),
        fixed=texts["icd10"].gather(kind), primary=find_coded(chunk, table)[kind],
        provider=draw_providers(random, chunk, person), died=np.zeros(len(person), dtype=np.bool_),
    )  # fmt: skip


def find_coded(chunk: Chunk, table: pl.DataFrame) -> Ints:
    """Condition that the main diagnosis of each elective cause stands for, -1 for none; the last is birth."""
    found = []
    for condition, code in table.select("condition", "icd10").iter_rows():
        position = chunk.facts.position(condition or "")
        stands = position >= 0 and code.startswith(chunk.facts.icd10[position])
        found.append(position if stands else -1)
    return np.array([*found, -1], dtype=np.int64)


def join_spells(unplanned: Spells, planned: Spells) -> Spells:
    """All spells by person and day; a planned one that would overlap an unplanned one did not happen."""
    key = unplanned.person * 100_000 + unplanned.admission
    before = np.searchsorted(key, planned.person * 100_000 + planned.admission + 10, side="right") - 1
    place = np.maximum(before, 0)
    near = (before >= 0) & (unplanned.person[place] == planned.person if len(key) else False)
    clash = near & (unplanned.discharge[place] >= planned.admission) if len(key) else np.zeros(planned.count, np.bool_)
    kept = np.flatnonzero(~clash)
    person = np.concatenate([unplanned.person, planned.person[kept]])
    admission = np.concatenate([unplanned.admission, planned.admission[kept]])
    order = np.lexsort((np.concatenate([np.zeros(unplanned.count), np.ones(len(kept))]), admission, person))

    def both(name: str) -> Ints:
        return np.concatenate([getattr(unplanned, name), getattr(planned, name)[kept]])[order]

    def texts(name: str) -> pl.Series:
        first, second = getattr(unplanned, name), getattr(planned, name)
        joined: pl.Series = pl.concat([first, second.gather(kept)])
        return joined.gather(order)

    return Spells(
        person=person[order], admission=admission[order], discharge=both("discharge"), method=texts("method"),
        patient_class=texts("patient_class"), specialty=texts("specialty"), procedure=texts("procedure"),
        fixed=texts("fixed"), primary=both("primary"), provider=both("provider"),
        died=both("died").astype(np.bool_),
    )  # fmt: skip
