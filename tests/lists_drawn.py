"""A drawn warehouse for practice lists: practices P1 and P2, P3 whose feed failed, and ids that must not get out."""

import json
from pathlib import Path

import polars as pl
from conftest import INDEX_DATE, draw
from handbook_drawn import mltc_id_of

from mltc.warehouse import open_warehouse

CANARY = "9434765919"  # a well-formed NHS number of nobody (range for tests); stands in for the key of every person
RUN = "2026-10"
# needs present: ann 2, bob 1, cid 1, dot 0; bob is in a higher band than cid
PEOPLE = """
person_id | practice_code | age_band | sex | imd_quintile | ethnic_group | condition_count | is_complex_mltc
ann       | P1            | 70-79    | 2   | 1            | White        | 5               | yes
bob       | P1            | 60-69    | 1   | 5            | Unknown      | 2               | no
cid       | P1            | 60-69    | 1   | 3            | White        | 3               | no
dot       | P1            | 80-89    | 2   |              | White        | 2               | no
eve       | P2            | 50-59    | 2   | 2            | Asian        | 2               | no
fay       | P3            | 50-59    | 2   | 2            | White        | 2               | no
"""
RISK = """
person_id | risk_band     | risk_percentile | status
ann       | Other 80%     | 40.04           | scored
bob       | 1-5%          | 97              | scored
cid       | 5-20%         | 85              | scored
dot       |               |                 | coverage
eve       | Highest 0.5%  | 99.9            | scored
fay       |               |                 | coverage
"""
REASON = """
person_id | direction | rank | words                                   | evidence_date
ann       | up        | 1    | 3 unplanned admissions in 12 months     | 2026-08-01
ann       | up        | 2    | =cmd(danger)                            |
ann       | down      | 1    | no emergency attendance                 | 2026-01-01
"""
NEED = """
person_id | need       | state
ann       | continuity | present
ann       | medicines  | present
bob       | continuity | present
bob       | medicines  | not_known
cid       | continuity | present
cid       | medicines  | absent
dot       | continuity | not_known
dot       | medicines  | not_known
eve       | medicines  | present
fay       | medicines  | not_known
"""
INDICATOR = """
person_id | indicator            | state     | evidence_date
ann       | low_gp_continuity    | present   | 2026-09-01
ann       | ten_medicines        | present   |
bob       | low_gp_continuity    | present   | 2026-07-01
cid       | low_gp_continuity    | present   | 2026-06-01
cid       | ten_medicines        | absent    |
dot       | low_gp_continuity    | not_known |
"""
CATALOGUE = """
indicator         | indicator_name         | need       | need_name  | is_need
low_gp_continuity | Low GP continuity      | continuity | Continuity | yes
ten_medicines     | Ten medicines or more  | medicines  | Medicines  | yes
"""
ELIGIBLE = """
person_id | innovation            | state
ann       | complex_care_team     | eligible
ann       | medicines_optimisation | eligible
bob       | medicines_optimisation | not_known
cid       | medicines_optimisation | eligible
eve       | complex_care_team     | eligible
"""
PROCESS = """
person_id | care_process                 | last_date
ann       | medication_review            | 2025-03-01
ann       | structured_medication_review | 2026-02-01
bob       | care_plan                    | 2026-01-01
"""
CONTACT = "person_id | contact_date\n ann | 2026-09-20\n ann | 2026-01-20"
HELD = """
person_id | condition
ann       | asthma
ann       | stroke
bob       | stroke
"""


def write_lists_warehouse(out: Path, *, permitted: str = "direct_care", is_synthetic: bool = True) -> Path:
    """`out` with warehouse.duckdb and run.json."""
    people = draw(PEOPLE, imd_quintile=pl.Int64, condition_count=pl.Int64)
    bands = draw(
        "risk_band | sort_key\n Highest 0.5% | 1\n 0.5-1% | 2\n 1-5% | 3\n 5-20% | 4\n Other 80% | 5",
        sort_key=pl.Int64,
    )
    known = people.select("person_id", "practice_code", "condition_count", "is_complex_mltc").with_columns(
        is_gp_event_known_12m=pl.col("person_id") != "dot", is_gp_consultation_known_12m=pl.col("person_id") != "dot"
    )
    names = draw(
        "innovation | innovation_name | sort_key\n complex_care_team | Complex care teams | 1\n"
        " medicines_optimisation | Medicines optimisation | 2",
        sort_key=pl.Int64,
    )
    ids = [mltc_id_of(name) for name in people["person_id"]]
    tables = {
        "codelist.risk_band": bands,
        "codelist.innovation": names,
        "codelist.indicator": draw(CATALOGUE),
        "codelist.condition": draw("key | name\n asthma | Asthma\n stroke | Stroke"),
        "codelist.membership": draw(
            "definition | condition | position\n paper | asthma | 0\n paper | stroke | 1", position=pl.Int64
        ),
        "codelist.care_process": draw("key\n medication_review").with_columns(verified=pl.lit(value=True)),
        "meta.source_table": pl.DataFrame(
            {"table_name": ["gp_event"], "feed": ["gp"], "permitted_use": [[permitted]]},
        ),
        "meta.practice_abstention": draw(
            "practice_code | table_name | from_month_date | reason\n P3 | gp_event | 2026-08-01 | too few"
        ).rename({"from_month_date": "from_month"}),
        "needs.person": known,
        "needs.person_need": draw(NEED),
        "needs.person_indicator": draw(INDICATOR),
        "needs.process_record": draw(PROCESS),
        "needs.contact": draw(CONTACT),
        "planning.innovation_eligibility": draw(ELIGIBLE),
        "register.person": people.drop("condition_count", "is_complex_mltc").with_columns(
            succeeded_from=pl.lit(None, pl.String)
        ),
        "register.person_condition": draw(HELD),
        "register.person_pseudonym": people.select("person_id").with_columns(mltc_id=pl.Series(ids)),
        "register.practice": draw(
            "practice_code | practice_name | pcn_code | pcn_name\n"
            " P1 | Elm | U1 | North\n P2 | Elm | U2 | South\n P3 | Ash | U2 | South"
        ),
        "risk.outcome": draw("outcome | is_main\n unplanned_admission | yes\n death | no"),
        "risk.person_risk": draw(RISK, risk_percentile=pl.Float64).with_columns(outcome=pl.lit("unplanned_admission")),
        "risk.person_reason": draw(REASON, rank=pl.Int64).with_columns(outcome=pl.lit("unplanned_admission")),
    }
    with open_warehouse(out / "warehouse.duckdb") as warehouse:
        for name, frame in tables.items():
            has_key = "person_id" in frame.columns
            keyed = frame.with_columns(person_id=CANARY + pl.col("person_id")) if has_key else frame
            warehouse.write(name, keyed)
    record = {
        "run": RUN,
        "index_date": INDEX_DATE.isoformat(),
        "definition": "paper",
        "is_synthetic": is_synthetic,
    }
    (out / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return out
