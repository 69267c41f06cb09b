"""The GP record: diagnoses with their delays, reviews, measurements, symptoms and care processes.

Diagnoses and deficits keep their true date however long ago, as a GP journal does; everything else falls in the
window.
"""

import numpy as np
import polars as pl

from mltc.synthetic.arrays import Floats, Ints, draw_from
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.deficits import make_deficits
from mltc.synthetic.entries import Entries
from mltc.synthetic.facts import load_data, read_codes
from mltc.synthetic.gp_diagnoses import make_diagnoses, make_resolutions
from mltc.synthetic.journal import build_rows, choose_codes
from mltc.synthetic.people import DAYS_A_YEAR

LOWEST_SHARE = 0.05  # of the mean: no measurement is drawn at or below zero
PERSON_SHARE = 0.6  # of the variance of a measurement that is between people, not between days (assumption)
SYMPTOMS_A_YEAR = 3.4  # per person (assumption)
CARE_RATES = {  # events a year: flat, per coded condition, and the fewest conditions that count (assumption)
    "medication_review": (0.05, 0.25, 1),
    "structured_medication_review": (0.0, 0.05, 4),
    "social_prescribing_referral": (0.006, 0.012, 0),
}


def make_gp_events(random: np.random.Generator, chunk: Chunk, first: Entries, again: Entries) -> pl.DataFrame:
    """Rows of `gp_event`, without person ids (column `person` is the place in the chunk)."""
    parts = [
        make_diagnoses(random, chunk, first, again),
        make_resolutions(random, chunk),
        make_deficits(random, chunk),
        make_measurements(random, chunk),
        make_symptoms(random, chunk),
        make_care_processes(random, chunk),
    ]
    return pl.concat(parts)


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
    names = ("mean", "sd", "age_slope", "male_shift", "condition_shift", "decimals")
    fact = {name: float(str(row[name])) for name in names}
    age = (day - chunk.people.birth_day[person]) / DAYS_A_YEAR
    own = random.normal(0, np.sqrt(PERSON_SHARE), chunk.people.count)
    own += fact["male_shift"] / fact["sd"] * (chunk.people.sex == 1)
    spread = own[person] + random.normal(0, np.sqrt(1 - PERSON_SHARE), len(person))
    value: Floats = fact["mean"] + fact["age_slope"] * (age - 50) + fact["sd"] * spread
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
    codes = read_codes(chunk.facts.codelists, CARE_RATES)
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
