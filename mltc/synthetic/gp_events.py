"""The GP record: diagnoses with their delays, reviews, measurements, symptoms and care processes.

Diagnoses keep their true date however long ago, as a GP journal does; everything else falls in the window.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from mltc.codelists import load_codelists
from mltc.synthetic.arrays import DAY_SPAN, NEVER, Bools, Floats, Ints, draw_days, draw_from, expand_counts, to_dates
from mltc.synthetic.coding import draw_recorded_days
from mltc.synthetic.facts import ConditionFacts, load_data, read_codes
from mltc.synthetic.people import DAYS_A_YEAR, People, find_practices
from mltc.synthetic.places import Places
from mltc.synthetic.process import Course

REVIEWS_A_YEAR = 0.8  # per coded condition (assumption)
LOWEST_SHARE = 0.05  # of the mean: no measurement is drawn at or below zero
SYMPTOMS_A_YEAR = 3.4  # per person (assumption)
CARE_RATES = {  # events a year: flat, per coded condition, and the fewest conditions that count (assumption)
    "medication_review": (0.05, 0.25, 1),
    "structured_medication_review": (0.0, 0.05, 4),
    "social_prescribing_referral": (0.006, 0.012, 0),
}


@dataclass(frozen=True)
class Chunk:
    """Everything that is known of one chunk when its records are written.

    coded: (persons, conditions) condition has a code in the GP record. recorded: day of that first entry,
    NEVER where there is none before the person's records end.
    """

    people: People
    places: Places
    facts: ConditionFacts
    onset: Ints
    coded: Bools
    recorded: Ints
    course: Course

    @property
    def years(self) -> Floats:
        """Person-years in the window."""
        length = np.maximum(self.course.end_day - self.course.start_day, 0)
        return np.asarray(length / DAYS_A_YEAR, dtype=np.float64)

    @property
    def middle(self) -> Ints:
        """Middle day of each person's records."""
        return (self.course.start_day + np.maximum(self.course.end_day, self.course.start_day)) // 2

    @property
    def condition_count(self) -> Ints:
        """Coded conditions half-way through the person's records."""
        return np.asarray((self.recorded < self.middle[:, None]).sum(axis=1), dtype=np.int64)

    def scatter(self, random: np.random.Generator, yearly: Floats) -> tuple[Ints, Ints]:
        """Person and day of Poisson events at a yearly rate per person, inside the person's records."""
        counts = random.poisson(np.maximum(yearly, 0) * self.years)
        person, _ = expand_counts(counts)
        return person, draw_days(random, self.course.start_day[person], self.course.end_day[person] - 1)

    def scatter_once(self, random: np.random.Generator, yearly: Floats) -> tuple[Ints, Ints]:
        """As `scatter`, but at most once per person and day, by person and day."""
        person, day = self.scatter(random, yearly)
        person, day = np.divmod(np.unique(person * DAY_SPAN + day), DAY_SPAN)
        return person, day


def record_diagnoses(
    random: np.random.Generator, people: People, places: Places, coded: Bools, onset: Ints, end_day: Ints
) -> Ints:
    """(persons, conditions): day of the first GP entry, NEVER where none is made in time."""
    recorded = np.full(onset.shape, NEVER)
    person, condition = np.nonzero(coded)
    day = draw_recorded_days(random, people, places, onset, person, condition)
    recorded[person, condition] = np.where(day < end_day[person], day, NEVER)
    return recorded


def make_gp_events(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """Rows of `gp_event`, without person ids (column `person` is the place in the chunk)."""
    parts = [
        make_diagnoses(random, chunk),
        make_measurements(random, chunk),
        make_symptoms(random, chunk),
        make_care_processes(random, chunk),
    ]
    return pl.concat(parts)


def build_rows(
    chunk: Chunk, person: Ints, day: Ints, code: pl.Series, episodicity: str | pl.Series, recorded: Ints | None = None,
    value: Floats | None = None, unit: pl.Series | None = None,
) -> pl.DataFrame:  # fmt: skip
    """GP entries with the practice of the day."""
    number = find_practices(chunk.people, person, day if recorded is None else recorded)
    empty = pl.Series(values=[None], dtype=pl.String).extend_constant(None, max(len(person) - 1, 0)).head(len(person))
    kind = pl.Series([episodicity]).new_from_index(0, len(person)) if isinstance(episodicity, str) else episodicity
    return pl.DataFrame(
        {
            "person": person,
            "event_date": to_dates(day),
            "code": code,
            "code_system": pl.Series(["snomed"]).new_from_index(0, len(person)),
            "value": pl.Series(np.full(len(person), np.nan) if value is None else value).fill_nan(None),
            "value_unit": empty if unit is None else unit,
            "value_comparator": empty,
            "episodicity": kind,
            "practice_code": pl.Series(chunk.places.codes, dtype=pl.String).gather(number),
            "recorded_date": to_dates(day if recorded is None else recorded),
        }
    )


def choose_codes(
    random: np.random.Generator, lists: tuple[tuple[str, ...], ...], condition: Ints, usual: float = 0.7
) -> pl.Series:
    """A code of each condition: its first with chance `usual`, otherwise any of its list."""
    sizes = np.array([len(codes) for codes in lists])
    starts = np.cumsum(sizes) - sizes
    other = np.floor(random.random(len(condition)) * sizes[condition]).astype(np.int64)
    chosen = np.where(random.random(len(condition)) < usual, 0, other)
    every = pl.Series([code for codes in lists for code in codes], dtype=pl.String)
    return every.gather(starts[condition] + chosen)


def make_diagnoses(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """First entries, and the same condition coded again at reviews."""
    person, condition = np.nonzero(chunk.recorded < NEVER)
    onset, recorded = chunk.onset[person, condition], chunk.recorded[person, condition]
    codes = choose_codes(random, chunk.facts.snomed, condition)
    first = build_rows(chunk, person, onset, codes, "first", recorded)
    start = np.maximum(recorded + 1, chunk.course.start_day[person])
    span = np.maximum(chunk.course.end_day[person] - start, 0)
    factor = chunk.places.review[chunk.people.practice[person]]
    pair, _ = expand_counts(random.poisson(REVIEWS_A_YEAR * factor * span / DAYS_A_YEAR))
    day = draw_days(random, start[pair], chunk.course.end_day[person[pair]] - 1)
    pair, day = np.divmod(np.unique(pair * DAY_SPAN + day), DAY_SPAN)
    again = choose_codes(random, chunk.facts.snomed, condition[pair], 0.85)
    return pl.concat([first, build_rows(chunk, person[pair], day, again, "review")])


def make_measurements(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """Panels of measurements of adults, values moved by age and by the condition that they follow."""
    table = load_data("measurements")
    age = chunk.people.age_on(chunk.middle)
    adult, known = age >= 18, np.minimum(chunk.condition_count, 6)
    rates = {
        "pressure": adult * (0.55 + 0.014 * np.minimum(age, 85) + 0.5 * known),
        "body": adult * (0.35 + 0.25 * known),
        "blood": adult * (0.25 + 0.013 * np.minimum(age, 85) + 0.5 * known),
    }
    parts = []
    for panel, yearly in rates.items():
        person, day = chunk.scatter_once(random, yearly)
        for row in table.filter(pl.col("panel") == panel).iter_rows(named=True):
            taken = np.flatnonzero(random.random(len(person)) < (0.85 if panel == "blood" else 1.0))
            parts.append(measure(random, chunk, person[taken], day[taken], row))
    return pl.concat(parts)


def measure(random: np.random.Generator, chunk: Chunk, person: Ints, day: Ints, row: dict[str, object]) -> pl.DataFrame:
    """One kind of measurement for given persons and days."""
    fact = {name: float(str(row[name])) for name in ("mean", "sd", "age_slope", "condition_shift", "decimals")}
    age = (day - chunk.people.birth_day[person]) / DAYS_A_YEAR
    value: Floats = fact["mean"] + fact["age_slope"] * (age - 50) + random.normal(0, fact["sd"], len(person))
    position = chunk.facts.position(str(row["condition"] or ""))
    if position >= 0:
        value += fact["condition_shift"] * (chunk.onset[person, position] <= day)
    lowest = fact["mean"] * LOWEST_SHARE
    value = np.asarray(np.round(np.maximum(value, lowest), int(fact["decimals"])), dtype=np.float64)
    code, unit = (pl.Series([str(row[name])]).new_from_index(0, len(person)) for name in ("code", "unit"))
    return build_rows(chunk, person, day, code, "other", value=value, unit=unit)


def make_symptoms(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """Symptoms and minor illness, smoking status and flu vaccination."""
    table = load_data("gp_codes")
    age, known = chunk.people.age_on(chunk.middle), chunk.condition_count
    rates = {
        "symptom": SYMPTOMS_A_YEAR * (0.6 + 0.2 * np.minimum(known, 6) + 0.6 * (age < 5)),
        "smoking": 0.35 * (age >= 15) + 0.15 * known,
        "vaccination": np.where(age >= 65, 0.75, 0.08 + 0.1 * np.minimum(known, 3)),
    }
    parts = []
    for use, yearly in rates.items():
        rows = table.filter(pl.col("use") == use)
        person, day = chunk.scatter_once(random, yearly)
        chosen = draw_from(random, rows["weight"].cast(pl.Float64).to_numpy(), len(person))
        parts.append(
            build_rows(chunk, person, day, rows["code"].gather(chosen), "new" if use == "symptom" else "other")
        )
    return pl.concat(parts)


def make_care_processes(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """Reviews and referrals that the care-process code lists hold, more for people with more conditions."""
    codes = read_codes(load_codelists())
    known = chunk.condition_count
    factor = chunk.places.review[chunk.people.practice]
    parts = [build_rows(chunk, np.zeros(0, np.int64), np.zeros(0, np.int64), pl.Series([], dtype=pl.String), "other")]
    for key, (flat, each, fewest) in CARE_RATES.items():
        if codes.get(key, ([], []))[0]:
            yearly = factor * np.where(known >= fewest, flat + each * known, 0)
            person, day = chunk.scatter_once(random, yearly)
            lists = (tuple(codes[key][0]),)
            parts.append(build_rows(chunk, person, day, choose_codes(random, lists, np.zeros_like(person)), "other"))
    return pl.concat(parts)
