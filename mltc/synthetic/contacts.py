"""GP consultations: each person has a usual GP, and practices differ in how often that is who they see."""

import numpy as np
import polars as pl

from mltc.synthetic.arrays import DAY_SPAN, Floats, Ints, draw_by_row, find_firsts, to_dates
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.people import find_practices
from mltc.synthetic.places import Places

ROLES = ("gp", "nurse", "pharmacist", "other")
ROLE_SHARES = np.array([0.50, 0.27, 0.08, 0.15])  # NHS England GP appointments 2025, rounded (not verified)
MODES = ("face_to_face", "telephone", "online", "video", "home_visit")
MODE_SHARES = np.array([0.66, 0.25, 0.06, 0.01, 0.02])  # the same
STATUSES = ("attended", "dna", "cancelled")
STAFF = {"nurse": 2, "pharmacist": 1, "other": 2}


def make_consultations(random: np.random.Generator, chunk: Chunk, at_home: Floats) -> pl.DataFrame:
    """Rows of `gp_consultation`; `at_home` is 1 for people who are housebound or live in a care home."""
    people, age = chunk.people, chunk.people.age_on(chunk.middle)
    known = np.minimum(chunk.condition_count, 8)
    liking = random.gamma(2.0, 0.5, people.count)
    yearly = liking * (3.7 + 1.5 * known + 0.025 * np.maximum(age - 40, 0) + 2.5 * (age < 4) + 1.0 * (people.sex == 2))
    person, day = chunk.scatter(random, yearly)
    practice = np.asarray(find_practices(people, person, day), dtype=np.int64)
    role = draw_by_row(random, np.broadcast_to(ROLE_SHARES, (len(person), len(ROLES))))
    clinician = draw_clinicians(random, chunk, person, practice, role)
    names = name_clinicians(chunk.places)
    first = find_firsts((person, people.count), (day, DAY_SPAN), (clinician, len(names)))
    person, day, role, clinician = person[first], day[first], role[first], clinician[first]
    missing = 0.035 * np.exp(0.09 * (5.5 - people.imd[person])) + 0.01 * (at_home[person] > 0)
    status = draw_by_row(random, np.column_stack([1 - missing - 0.035, missing, np.full(len(person), 0.035)]))
    modes = np.broadcast_to(MODE_SHARES, (len(person), len(MODES))).copy()
    modes[:, 4] += 0.9 * at_home[person]
    return pl.DataFrame(
        {
            "person": person,
            "consultation_date": to_dates(day),
            "clinician_id": names.gather(clinician),
            "clinician_role": pl.Series(ROLES).gather(role),
            "mode": pl.Series(MODES).gather(draw_by_row(random, modes)),
            "status": pl.Series(STATUSES).gather(status),
        }
    )


def draw_clinicians(random: np.random.Generator, chunk: Chunk, person: Ints, practice: Ints, role: Ints) -> Ints:
    """Places in `name_clinicians`; a GP contact is with the usual GP as often as the practice's continuity says."""
    places = chunk.places
    doctors = places.gp_count[practice]
    taste = random.random(chunk.people.count)
    usual = np.floor(taste[person] * doctors).astype(np.int64)
    other = np.floor(random.random(len(person)) * doctors).astype(np.int64)
    keeps = random.random(len(person)) < places.continuity[practice]
    numbers = np.where(keeps, usual, other)
    for position, name in enumerate(ROLES[1:], start=1):
        rows = role == position
        numbers[rows] = np.floor(random.random(int(rows.sum())) * STAFF[name]).astype(np.int64)
    return np.asarray((practice * len(ROLES) + role) * most_staff(places) + numbers, dtype=np.int64)


def most_staff(places: Places) -> int:
    """Clinicians of one role that a practice has at most."""
    return max(int(places.gp_count.max()), *STAFF.values())


def name_clinicians(places: Places) -> pl.Series:
    """Ids of every clinician that there may be: by practice, role and number."""
    numbers = range(1, most_staff(places) + 1)
    names = [
        f"C{code[2:]}{role[0].upper()}{number:02d}" for code in places.codes for role in ROLES for number in numbers
    ]
    return pl.Series(names, dtype=pl.String)
