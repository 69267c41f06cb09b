"""Who is registered where in which month, and to whom a record belongs."""

from datetime import date

import polars as pl
from conftest import draw

MONTHS = pl.DataFrame({"month": [date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)]})
STAY = """
person_id | practice_code | registered_from | registered_to
1         | A             | 2020-01-01      | 9999-12-31
2         | A             | 2020-01-01      | 2026-08-01
3         | A             | 2026-07-01      | 2026-07-31
4         | A             | 2026-07-02      | 9999-12-31
4b        | A             | 2026-10-02      | 9999-12-31
5         | B             | 2010-01-01      | 2026-06-30
6         | C             | 2026-08-15      | 9999-12-31
"""
ORGANISATION = """
row_id | practice_code | supplier | effective_from | effective_to
1      | A             | North    | 2013-04-01     | 2026-08-30
2      | C             | South    | 2026-08-15     |
3      | C             |          |                | 2026-08-14
"""


def test_stays_do_not_overlap(build):
    registration = draw("""
    person_id | practice_code | registered_from | registered_to
    1         | A             | 2020-01-01      |
    1         | B             | 2025-06-01      |
    2         | A             | 2020-01-01      | 2021-12-31
    2         | B             | 2022-01-01      | 2022-06-30
    3         | A             | 2020-01-01      | 2019-01-01
    4         | A             | 2020-01-01      | 2020-06-30
    4         | B             | 2020-01-01      |
    """)
    found = build("coverage.practice_stay", {"register.registration": registration})
    assert found.rows() == [
        ("1", "A", date(2020, 1, 1), date(2025, 5, 31)),  # the day before the later one begins
        ("1", "B", date(2025, 6, 1), date(9999, 12, 31)),
        ("2", "A", date(2020, 1, 1), date(2021, 12, 31)),
        ("2", "B", date(2022, 1, 1), date(2022, 6, 30)),
        (
            "4",
            "B",
            date(2020, 1, 1),
            date(9999, 12, 31),
        ),  # of two that begin together the longer; 3 ends before it begins
    ]


def test_people_when_a_month_begins_and_ends(build):
    inputs = {
        "coverage.practice_stay": draw(STAY),
        "meta.coverage_month": MONTHS,
        "staging.organisation": draw(ORGANISATION),
    }
    found = build("coverage.practice_month", inputs).sort("practice_code", "month")
    assert found.rows() == [
        ("A", 3, 3, True, date(2026, 7, 1)),  # 1, 2, 3; then 1, 2, 4
        (
            "A",
            3,
            2,
            False,
            date(2026, 8, 1),
        ),  # 2 leaves on 1 August: there on the 1st, not on 1 September; closed on the 30th
        ("A", 2, 2, False, date(2026, 9, 1)),  # 1, 4; 4b comes after 1 October
        ("C", 0, 1, True, date(2026, 8, 1)),  # its periods touch; half of the list is new
        ("C", 1, 1, True, date(2026, 9, 1)),
    ]


def test_records_belong_to_the_practice_they_name_or_the_one_of_the_day(build):
    gp_event = draw("""
    person_id | practice_code | event_date | recorded_date
    2         | Z             | 2026-07-05 |
    2         |               | 2026-07-05 |
    2         |               | 2026-08-02 |
    1         |               | 1999-01-01 | 2026-09-30
    1         |               | 2026-09-01 | 2026-10-01
    1         |               | 2026-06-30 |
    """)
    empty = {
        "staging.gp_prescription": draw("person_id | issue_date"),
        "staging.gp_consultation": draw("person_id | consultation_date"),
        "staging.outpatient": draw("provider_code | appointment_date"),
    }
    episode = draw("""
    provider_code | admission_date
    RX1           | 2026-07-01
    RX1           | 2026-07-31
                  | 2026-07-31
    """)
    emergency = pl.DataFrame({"provider_code": ["RX1"], "arrival_at": ["2026-09-30T23:59:00"]}).with_columns(
        pl.col("arrival_at").str.to_datetime()
    )
    found = build(
        "coverage.month_rows",
        {
            **empty,
            "staging.gp_event": gp_event,
            "staging.hospital_episode": episode,
            "staging.emergency": emergency,
            "coverage.practice_stay": draw(STAY),
            "meta.coverage_month": MONTHS,
        },
    )
    assert found.rows() == [
        ("emergency", "provider", "RX1", 1, date(2026, 9, 1), date(2026, 9, 30)),
        ("gp_event", "practice", "A", 1, date(2026, 7, 1), date(2026, 7, 5)),  # 2 August: 2 has left, nobody's row
        ("gp_event", "practice", "A", 1, date(2026, 9, 1), date(2026, 9, 30)),  # by the day when it was entered
        ("gp_event", "practice", "Z", 1, date(2026, 7, 1), date(2026, 7, 5)),
        ("hospital_episode", "provider", "RX1", 2, date(2026, 7, 1), date(2026, 7, 31)),  # 2 with a provider
    ]


def test_supplier_of_the_latest_row(build):
    found = build("coverage.practice_supplier", {"staging.organisation": draw(ORGANISATION)})
    assert found.rows() == [("A", "North"), ("C", "South")]
