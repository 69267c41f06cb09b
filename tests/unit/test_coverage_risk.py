"""Nobody is at low risk because a feed stopped."""

from datetime import date

import polars as pl
from conftest import draw

from mltc.quality.coverage.abstention import (
    describe_prevalence_gap,
    describe_provider_gap,
    describe_risk_gap,
    drop_uncovered,
    list_abstentions,
    read_abstentions,
)

ABSTENTION = """
practice_code | table_name      | from_date  | reason
A             | gp_event        | 2026-07-01 | stopped
A             | gp_consultation | 2026-06-01 | stopped
Z             | gp_event        | 2026-07-01 | nobody is registered there any more
"""
PERSON = """
person_id | practice_code
1         | A
2         | B
3         | A
"""
PRACTICE = """
practice_code | practice_name | pcn_name
A             | Mill Surgery  | North
B             | Hill Surgery  | North
Z             | Old Surgery   | South
"""


def write_tables(warehouse) -> None:
    warehouse.write("meta.practice_abstention", draw(ABSTENTION).rename({"from_date": "from_month"}))
    warehouse.write("register.person", draw(PERSON))
    warehouse.write("register.practice", draw(PRACTICE))


def test_people_of_a_failed_practice_are_listed_with_the_reason(warehouse):
    write_tables(warehouse)
    failed = read_abstentions(warehouse)
    assert failed.rows() == [("A", "Mill Surgery", "North", "gp_consultation, gp_event", date(2026, 6, 1))]
    assert list_abstentions(warehouse, failed).rows() == [
        ("1", "A", "coverage", date(2026, 6, 1)),
        ("3", "A", "coverage", date(2026, 6, 1)),
    ]


def test_only_index_dates_after_the_first_failed_month_are_left_out(warehouse):
    write_tables(warehouse)
    features = draw("""
    index_date | person_id | practice_code
    2025-10-01 | 1         | A
    2026-06-01 | 1         | A
    2026-10-01 | 1         | A
    2026-10-01 | 2         | B
    """)
    kept = drop_uncovered(features, read_abstentions(warehouse))
    assert kept.rows() == [
        (date(2025, 10, 1), "1", "A"),
        (date(2026, 6, 1), "1", "A"),  # features end the day before, when the feed still ran
        (date(2026, 10, 1), "2", "B"),
    ]
    assert kept.columns == features.columns


def test_notes_name_practices_and_count_no_people(warehouse):
    write_tables(warehouse)
    failed = read_abstentions(warehouse)
    risk = describe_risk_gap(failed)
    assert risk[0].startswith("The people of 1 practice got no risk and stand in no risk band")
    told = "Mill Surgery (A) sent too few records of gp_consultation, gp_event in the last 12 months, first in 2026-06."
    assert risk[1] == told
    assert describe_prevalence_gap(failed) == [f"Recorded prevalence in North may be too low: {told}"]


def test_a_provider_that_stopped_is_noted(warehouse):
    gap = draw("provider_code | table_name | from_date | reason\nRX1 | emergency | 2026-08-01 | stopped")
    warehouse.write("meta.provider_gap", gap.rename({"from_date": "from_month"}))
    (note,) = describe_provider_gap(warehouse)
    assert note.startswith("Provider RX1 sent too few records of emergency in the last 12 months, first in 2026-08")


def test_without_a_coverage_check_nobody_is_left_out(warehouse):
    warehouse.write("register.person", draw(PERSON))
    failed = read_abstentions(warehouse)
    assert failed.is_empty()
    assert describe_risk_gap(failed) == describe_prevalence_gap(failed) == describe_provider_gap(warehouse) == []
    assert list_abstentions(warehouse, failed).is_empty()
    features = pl.DataFrame({"index_date": [date(2026, 10, 1)], "person_id": ["1"], "practice_code": ["A"]})
    assert drop_uncovered(features, failed).equals(features)
