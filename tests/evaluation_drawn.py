"""A drawn warehouse in which an innovation has a known effect: treated people halve, others do not change."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from conftest import INDEX_DATE
from handbook_drawn import mltc_id_of

from mltc.warehouse import open_warehouse

CANARY = "9434765919"
TREATED, OTHERS = 150, 900
EFFECT = 0.5  # of the rates after the start
START = date(2025, 6, 1)
RATES = {"unplanned_admissions": 1.2, "emergency_attendances": 2.0, "gp_contacts": 8.0}  # a year, each person
SEED = 20_261_001


def write_evaluation_warehouse(out: Path, *, effect: float = EFFECT, is_stopped: bool = False) -> pl.DataFrame:
    """`is_stopped`: GP records begin early enough, but the feed of practice P2 (every third person) stopped.

    `out` with warehouse.duckdb, run.json; the cohort as mltc_id and start_date.

    Frail people (a third) have twice the events and are treated more often, so that crude groups differ. The first
    treated person left for half a year, the second started too late, the third has no MLTC.
    """
    random = np.random.default_rng(SEED)
    count = TREATED + OTHERS
    is_treated = np.arange(count) < TREATED
    is_frail = random.random(count) < np.where(is_treated, 0.6, 0.3)
    ids = np.array([f"{CANARY}{number:04d}" for number in range(count)])
    starts = np.where(is_treated, [START + timedelta(days=30 * (each % 3)) for each in range(count)], None)
    people = pl.DataFrame(
        {
            "person_id": ids,
            "mltc_id": [mltc_id_of(each) for each in ids],
            "is_frail": is_frail,
            "sex": np.where(random.random(count) < 0.5, "F", "M"),
            "age_years": np.where(is_frail, 80, 66),
        }
    ).with_columns(
        age_band=pl.when("is_frail").then(pl.lit("80 to 89")).otherwise(pl.lit("60 to 69")),
        practice_code=pl.Series(["P2" if is_stopped and number % 3 == 0 else "P1" for number in range(count)]),
        succeeded_from=pl.lit(None, pl.String),
        imd_quintile=pl.lit(3, pl.Int64),
    )
    begin, end = START - timedelta(days=500), INDEX_DATE
    events = {}
    for name, yearly in RATES.items():
        drawn = random.poisson(yearly * np.where(is_frail, 2.0, 1.0) * (end - begin).days / 365.25)
        person = np.repeat(np.arange(count), drawn)
        days = random.integers(0, (end - begin).days, len(person))
        day = np.datetime64(begin) + days.astype("timedelta64[D]")
        begins = np.array([each or date(9999, 1, 1) for each in starts], dtype="datetime64[D]")[person]
        keeps = (day < begins) | (random.random(len(person)) < effect)
        events[name] = pl.DataFrame({"person_id": ids[person[keeps]], "day": day[keeps]})
    admissions = events["unplanned_admissions"]
    tables = {
        "register.person": people.drop("mltc_id", "is_frail"),
        "register.person_pseudonym": people.select("person_id", "mltc_id"),
        "register.mltc": people.select(
            "person_id", definition=pl.lit("paper"), is_mltc=pl.col("person_id") != f"{CANARY}0002"
        ),
        "register.person_condition": people.select(
            "person_id", condition=pl.lit("asthma"), first_known_date=pl.lit(date(2015, 1, 1))
        ),
        "codelist.membership": pl.DataFrame({"definition": ["paper"], "condition": ["asthma"]}),
        "register.spell": admissions.select(
            "person_id",
            is_unplanned=pl.lit(value=True),
            admission_date="day",
            stay_end_date=pl.col("day") + pl.duration(days=3),
            bed_days=pl.lit(3, pl.Int64),
        ),
        "staging.emergency": events["emergency_attendances"].select(
            "person_id", arrival_at=pl.col("day").cast(pl.Datetime)
        ),
        "staging.gp_consultation": events["gp_contacts"].select(
            "person_id", consultation_date="day", status=pl.lit("attended")
        ),
        "coverage.practice_stay": people.select(
            "person_id",
            registered_from=pl.lit(date(2010, 1, 1)),
            registered_to=pl.when(pl.col("person_id") == f"{CANARY}0000")
            .then(pl.lit(START - timedelta(days=180)))
            .otherwise(pl.lit(date(9999, 12, 31))),
        ),
        "features.feed_start": pl.DataFrame(
            {
                "table_name": ["hospital_episode", "emergency", "gp_consultation"],
                # GP records begin too late for a year before the start
                "first_month": [date(2023, 1, 1), date(2023, 1, 1), date(2023 if is_stopped else 2024, 11, 1)],
            }
        ),
        "meta.practice_abstention": pl.DataFrame(
            [("P2", "gp_consultation", date(2025, 9, 1))] if is_stopped else [],
            schema={"practice_code": pl.String, "table_name": pl.String, "from_month": pl.Date},
            orient="row",
        ),
    }
    with open_warehouse(out / "warehouse.duckdb") as warehouse:
        for name, frame in tables.items():
            warehouse.write(name, frame)
    record = {"run": "2026-10", "index_date": INDEX_DATE.isoformat(), "definition": "paper", "is_synthetic": True}
    (out / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return people.head(TREATED).select(
        "mltc_id",
        start_date=pl.Series(
            [each if number != 1 else date(2025, 12, 1) for number, each in enumerate(starts[:TREATED])]
        ),
    )
