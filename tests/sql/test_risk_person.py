"""Reasons in words with their dates, what can be done for a person, and what code lists hold. Index date 2026-10-01."""

from datetime import date

import polars as pl
import pytest
from conftest import draw

from mltc.codelists import load_codelists
from mltc.paths import SQL
from mltc.risk_catalogue import load_features

REASONS = """
    person_id | outcome | direction | rank | feature                       | value
    p         | death   | up        | 1    | unplanned_admission_count_12m | 3
    p         | death   | up        | 2    | has_copd                      | 1
    p         | death   | up        | 3    | age_years                     | 84
    p         | death   | down      | 1    | latest_egfr                   | 88
    p         | death   | down      | 2    | has_cancer                    | 0
    q         | death   | up        | 1    | unplanned_admission_count_12m |
    q         | death   | down      | 1    | unplanned_admission_count_3m  | 0
    q         | death   | down      | 2    | has_cancer                    | 1
    q         | death   | down      | 3    | medicine_count_3m             | 2
"""
WORDS = """
    feature                       | value | words                             | is_dated
    unplanned_admission_count_12m | 3     | 3 unplanned admissions            | yes
    unplanned_admission_count_12m |       | unplanned admissions not known    | no
    unplanned_admission_count_3m  | 0     | no unplanned admission            | no
    has_copd                      | 1     | COPD recorded                     | yes
    has_cancer                    | 0     | no cancer recorded                | no
    has_cancer                    | 1     | cancer recorded                   | yes
    age_years                     | 84    | age 84                            | no
    latest_egfr                   | 88    | latest eGFR 88                    | yes
    medicine_count_3m             | 2     | 2 different medicines             | yes
"""
CONDITIONS = """
    index_date | person_id | condition          | last_date
    2026-10-01 | p         | copd               | 2026-05-01
    2025-10-01 | p         | copd               | 2025-05-01
    2026-10-01 | q         | solid_organ_cancer | 2026-02-01
    2026-10-01 | q         | metastatic_cancer  | 2026-03-01
"""
DATES = {
    "features.hospital_use": ("last_unplanned_admission_date", "last_discharge_date"),
    "features.emergency_use": ("last_emergency_attendance_date",),
    "features.outpatient_use": ("last_outpatient_attended_date",),
    "features.practice_use": ("last_gp_contact_date",),
    "features.latest_value": (
        "latest_bmi_date",
        "latest_egfr_date",
        "latest_haemoglobin_date",
        "latest_urine_acr_date",
    ),
}


def draw_dates() -> dict[str, pl.DataFrame]:
    """Tables of dates: p and q with the same dates of now, and p with those of a year ago, which nobody must see."""
    tables = {}
    for number, (name, columns) in enumerate(DATES.items()):
        days = [pl.lit(date(2026, 6, 1 + number + place)).alias(column) for place, column in enumerate(columns)]
        now = draw("index_date | person_id \n 2026-10-01 | p \n 2026-10-01 | q").with_columns(days)
        then = draw("index_date | person_id \n 2025-10-01 | p").with_columns(
            pl.lit(date(2025, 1, 1)).alias(column) for column in columns
        )
        tables[name] = pl.concat([now, then])
    return tables


def test_a_reason_has_words_and_the_date_of_its_newest_record(build):
    medicines = """
        index_date | person_id | issue_count_3m | last_issue_date
        2026-10-01 | q         | 1              | 2026-09-02
        2026-10-01 | q         | 2              | 2026-09-09
        2026-10-01 | q         | 0              | 2026-01-01
    """
    found = build(
        "risk.person_reason",
        {
            "risk.reason": draw(REASONS, rank=pl.Int64, value=pl.Float64),
            "risk.reason_words": draw(WORDS, value=pl.Float64),
            "register.condition_status": draw(CONDITIONS),
            "scores.person_medicine": draw(medicines, issue_count_3m=pl.Int64),
            **draw_dates(),
        },
    )
    columns = ("person_id", "direction", "rank", "words", "evidence_date")
    assert found.columns == ["person_id", "outcome", "direction", "rank", "feature", "words", "evidence_date"]
    assert found.select(columns).sort("person_id", "direction", "rank", descending=[False, True, False]).rows() == [
        ("p", "up", 1, "3 unplanned admissions", date(2026, 6, 1)),
        ("p", "up", 2, "COPD recorded", date(2026, 5, 1)),
        ("p", "up", 3, "age 84", None),
        ("p", "down", 1, "latest eGFR 88", date(2026, 6, 6)),  # fifth table, second column
        ("p", "down", 2, "no cancer recorded", None),
        ("q", "up", 1, "unplanned admissions not known", None),
        ("q", "down", 1, "no unplanned admission", None),
        ("q", "down", 2, "cancer recorded", date(2026, 3, 1)),  # of two cancers the newest
        ("q", "down", 3, "2 different medicines", date(2026, 9, 9)),
    ]


def test_every_dated_feature_has_its_date_in_the_table_of_reasons():
    text = (SQL / "risk" / "person_reason.sql").read_text(encoding="utf-8")
    conditions = {f"has_{key}" for key in load_codelists().conditions["key"]} | {"has_palliative_care"}
    for feature in load_features():
        if feature.is_evidence_dated:
            assert feature.key in conditions or f"'{feature.key}'" in text, feature.key


PEOPLE = """
    person_id | practice_code | acsc_admission_count_12m | medicine_count_3m | outpatient_specialty_count_12m | gp_missed_count_12m | outpatient_missed_count_12m
    all       | A             | 1                        | 10                | 3                              | 1                   | 1
    none      | A             | 0                        | 9                 | 2                              | 1                   | 0
    unknown   | A             |                          |                   |                                |                     |
    half      | A             | 0                        | 0                 | 0                              | 2                   |
    failed    | F             | 0                        | 9                 | 0                              | 0                   | 0
    moved     | A             | 0                        | 12                | 0                              | 0                   | 1
"""
CONTINUITY = """
    person_id | named_clinician_contact_count_24m | any_usual_provider_index_24m
    all       | 4                                 | 0.49
    none      | 4                                 | 0.5
    half      | 2                                 | 0.1
    failed    | 9                                 | 0.2
"""
REVIEWS = """
    person_id | code | code_system | event_date
    none      | 1    | snomed      | 2026-10-01
    half      | 1    | snomed      | 2025-10-01
    failed    | 1    | snomed      | 2025-12-01
    unknown   | 2    | snomed      | 2026-09-01
    moved     | 1    | icd10       | 2026-09-01
"""
CODES = """
    code | code_system | key               | is_verified
    1    | snomed      | medication_review | yes
    2    | snomed      | medication_review | no
"""
FAILED = """
    practice_code | table_name      | from_month
    F             | gp_event        | 2026-08-01
    F             | gp_consultation | 2026-08-01
    F             | gp_prescription | 2026-08-01
    A             | gp_event        | 2026-11-01
"""


def build_impactability(build, has_gp_event: bool = True, first_month: date = date(2020, 1, 1)) -> dict[str, dict]:
    counts = dict.fromkeys(draw(PEOPLE).columns[2:], pl.Int64)
    people = draw(PEOPLE, **counts)
    feature = people.drop("practice_code").with_columns(index_date=pl.lit(date(2026, 10, 1)))
    older = feature.with_columns(index_date=pl.lit(date(2025, 10, 1)), acsc_admission_count_12m=pl.lit(9, pl.Int64))
    contacts = {"named_clinician_contact_count_24m": pl.Int64, "any_usual_provider_index_24m": pl.Float64}
    found = build(
        "risk.person_impactability",
        {
            "features.person_feature": pl.concat([feature, older]),
            "register.person": people.select("person_id", "practice_code", succeeded_from=pl.lit(None, pl.String)),
            "utilisation.continuity": draw(CONTINUITY, **contacts).with_columns(index_date=pl.lit(date(2026, 10, 1))),
            "staging.gp_event": draw(REVIEWS),
            "codelist.code": draw(CODES),
            "meta.feed": pl.DataFrame({"has_gp_event": [has_gp_event]}),
            "meta.practice_abstention": draw(FAILED).with_columns(pl.col("from_month").str.to_date()),
            "features.feed_start": pl.DataFrame({"table_name": ["gp_event"], "first_month": [first_month]}),
        },
    )
    assert found["person_id"].is_unique().all() and found.height == people.height
    return {row["person_id"]: row for row in found.to_dicts()}


def states(row: dict) -> tuple:
    return tuple(value for name, value in row.items() if name.startswith("has_"))


def test_what_can_be_done_has_three_states(build):
    found = build_impactability(build)
    # ambulatory care sensitive, no review, ten medicines, low continuity, three specialties, missed appointments
    assert states(found["all"]) == (1, 1, 1, 1, 1, 1)  # missed: 1 + 1
    assert states(found["none"]) == (0, 0, 0, 0, 0, 0)  # reviewed today; exactly half is not low
    assert states(found["unknown"]) == (None, 1, None, None, None, None)  # an unverified code is no review
    assert states(found["half"]) == (0, 1, 0, None, 0, 1)  # reviewed a year ago to the day; two missed are enough
    assert found["half"]["usual_provider_index_24m"] is None  # two contacts tell nothing


def test_a_failed_feed_leaves_open_what_is_absent_and_not_what_is_there(build):
    found = build_impactability(build)
    assert states(found["failed"]) == (0, 0, None, None, 0, None)  # the review of December is there
    assert states(found["moved"]) == (0, 1, 1, None, 0, 0)  # A fails only in November; a code of another system


@pytest.mark.parametrize(("has_gp_event", "first_month"), [(False, date(2020, 1, 1)), (True, date(2025, 11, 1))])
def test_no_review_is_not_known_without_a_feed_that_covers_the_year(build, has_gp_event, first_month):
    found = build_impactability(build, has_gp_event, first_month)
    assert found["all"]["has_no_review_12m"] is None and found["none"]["has_no_review_12m"] == 0


def fingerprints(build, words: str = "any code", code: str = "1", prefix: str = "no") -> dict[str, str]:
    found = build(
        "risk.codelist_content",
        {
            "codelist.condition": draw(f"key | rule_words \n copd | {words} \n gout | any code"),
            "codelist.rule": draw("condition | clause \n copd | 1 \n copd | 2 \n gout | 3", clause=pl.Int64),
            "codelist.clause_evidence": draw(
                "clause | kind | evidence \n 1 | code | copd \n 2 | code | copd \n 3 | code | gout", clause=pl.Int64
            ),
            "codelist.evidence_code": draw(
                f"kind | evidence | code_system | code | is_prefix \n code | copd | snomed | {code} | {prefix} \n"
                "code | copd | snomed | 9 | no \n code | gout | snomed | 5 | no \n drug | copd | bnf | 7 | no"
            ),
        },
    )
    return dict(found.rows())


def test_a_fingerprint_changes_with_the_rule_and_with_a_code_and_with_nothing_else(build):
    first = fingerprints(build)
    assert fingerprints(build) == first and len(set(first.values())) == 2
    for changed in ({"words": "two codes"}, {"code": "2"}, {"prefix": "yes"}):
        found = fingerprints(build, **changed)
        assert found["copd"] != first["copd"] and found["gout"] == first["gout"]
