"""Rows of `emergency` and `outpatient`."""

import numpy as np
import polars as pl

from mltc.synthetic.arrays import Floats, Ints, draw_by_row, draw_from, to_dates
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.facts import load_data
from mltc.synthetic.hospital import list_codes
from mltc.synthetic.people import DAYS_A_YEAR
from mltc.synthetic.spells import PROVIDERS, Spells, draw_providers

# ECDS acuity (SNOMED CT UK): immediate, very urgent, urgent, standard, low
ACUITY = ("1064891000000107", "1064911000000105", "1064901000000102", "1077241000000103", "1077251000000100")
ADMITTED, HOME = "306706006", "306689006"  # ECDS discharge destination: ward, home
LED_SHARE = 0.97  # spells by way of an emergency department whose attendance is on file (assumption)
# Without admission, at average age and deprivation (assumption): about 0.42 in all per person-year
ATTENDANCES_A_YEAR = 0.345
OUTPATIENT_BASE = {  # appointments a year without a condition that asks for them: specialty, rate (assumption)
    "110": 0.26, "130": 0.28, "330": 0.20, "120": 0.15, "100": 0.18, "650": 0.40, "101": 0.11, "301": 0.13,
}  # fmt: skip
# ATTENDED: 5 and 6 seen, 3 missed (its share depends on deprivation), 2 and 4 cancelled, 7 late (assumption)
STATUSES = ("5", "6", "3", "2", "4", "7")
STATUS_SHARES = np.array([0.74, 0.03, 0.06, 0.08, 0.08, 0.01])
DIAGNOSED_SHARE = 0.8  # attendances with a coded diagnosis (assumption)


def make_emergency(random: np.random.Generator, chunk: Chunk, spells: Spells) -> pl.DataFrame:
    """Attendances: those that led to an unplanned spell, and those that did not."""
    led = spells.method.is_in(["21", "2A"]).to_numpy() & (random.random(spells.count) < LED_SHARE)
    age, imd = chunk.people.age_on(chunk.middle), chunk.people.imd
    known = np.minimum(chunk.condition_count, 8)
    yearly = ATTENDANCES_A_YEAR * (0.75 + 0.5 * (age < 6) + 0.2 * (age > 80) + 0.13 * known)
    person, day = chunk.scatter(random, yearly * np.exp(0.07 * (5.5 - imd)) * random.gamma(1.5, 1 / 1.5, len(imd)))
    persons, days = np.concatenate([spells.person[led], person]), np.concatenate([spells.admission[led], day])
    admitted = np.arange(len(persons)) < led.sum()
    provider = np.concatenate([spells.provider[led], draw_providers(random, chunk, person)])
    acuity = np.where(admitted[:, None], [0.06, 0.24, 0.5, 0.2, 0.0], [0.01, 0.06, 0.28, 0.55, 0.10])
    kind = np.where(admitted[:, None], [0.97, 0.0, 0.0, 0.0, 0.03], [0.60, 0.02, 0.33, 0.03, 0.02])
    seconds = np.floor(random.random(len(persons)) * 86_400).astype(np.int64)
    seconds = np.where(admitted, seconds // 2, seconds)  # before the admission of the same day
    return pl.DataFrame(
        {
            "person": persons,
            "arrival_at": pl.Series((days * 86_400 + seconds) * 1_000_000).cast(pl.Datetime("us")),
            "department_type": pl.Series(["01", "02", "03", "04", "05"]).gather(draw_by_row(random, kind)),
            "attendance_category": pl.Series(["1", "2", "4"]).gather(
                np.where(admitted, 0, draw_from(random, np.array([0.93, 0.04, 0.03]), len(persons)))
            ),
            "acuity": pl.Series(ACUITY).gather(draw_by_row(random, acuity)),
            "diagnoses": attendance_diagnoses(random, chunk, persons, days),
            "disposal": pl.Series([HOME, ADMITTED]).gather(admitted.astype(np.int64)),
            "provider_code": pl.Series(PROVIDERS).gather(provider),
            "cost_gbp": np.round(random.lognormal(5.1, 0.35, len(persons)), 2),
        }
    )


def attendance_diagnoses(random: np.random.Generator, chunk: Chunk, person: Ints, day: Ints) -> pl.Series:
    """One SNOMED CT diagnosis by age, or an empty list for a fifth of attendances."""
    causes = load_data("acute_causes")
    age = (day - chunk.people.birth_day[person]) / DAYS_A_YEAR
    fits = (age[:, None] >= causes["age_from"].to_numpy()) & (age[:, None] < causes["age_to"].to_numpy())
    code = causes["snomed"].gather(draw_by_row(random, fits * causes["weight"].to_numpy().astype(np.float64)))
    coded = pl.Series(random.random(len(person)) < DIAGNOSED_SHARE)
    return list_codes(pl.select(pl.when(coded).then(code).otherwise(pl.lit(""))).to_series())


def make_outpatient(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """Appointments: a little of everything for everyone, and the specialties that conditions ask for."""
    people, age = chunk.people, chunk.people.age_on(chunk.middle)
    rates: dict[str, Floats] = {
        name: rate * (0.45 + 0.012 * np.minimum(age, 90)) for name, rate in OUTPATIENT_BASE.items()
    }
    rates["420"] = np.where(age < 16, 0.35, 0.0)
    rates["502"] = np.where((people.sex == 2) & (age >= 16), 0.13, 0.0)
    has = (chunk.onset < chunk.middle[:, None]).astype(np.float64) * chunk.facts.column("outpatient_per_year")
    for position, name in enumerate(chunk.facts.table["specialty"]):
        rates[name] = rates.get(name, 0.0) + has[:, position] * 0.9
    found = [chunk.scatter(random, rates[name]) for name in sorted(rates)]
    person = np.concatenate([part[0] for part in found])
    day = np.concatenate([part[1] for part in found])
    specialty = np.repeat(np.arange(len(rates)), [len(part[0]) for part in found])
    missed = 0.06 * np.exp(0.08 * (5.5 - people.imd[person]))
    chances = np.broadcast_to(STATUS_SHARES, (len(person), len(STATUSES))).copy()
    chances[:, STATUSES.index("3")] = missed
    status = pl.Series(STATUSES).gather(draw_by_row(random, chances))
    first = random.random(len(person)) < 0.32
    remote = random.random(len(person)) < 0.18
    kind = np.where(first, 0, 2) + remote
    return pl.DataFrame(
        {
            "person": person,
            "appointment_date": to_dates(day),
            "specialty": pl.Series(sorted(rates)).gather(specialty),
            "provider_code": pl.Series(PROVIDERS).gather(draw_providers(random, chunk, person)),
            "attendance_status": status,
            "first_or_followup": pl.Series(["1", "3", "2", "4"]).gather(kind),
            "mode": pl.Series(["face_to_face", "remote"]).gather(remote.astype(np.int64)),
            "cost_gbp": np.round(np.where(first, 210.0, 140.0) * random.lognormal(0, 0.2, len(person)), 2),
        }
    )
