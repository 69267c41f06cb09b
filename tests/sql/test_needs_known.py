"""Whom the indicators of need speak of, what is known of them, and what the GP record codes. Index date 2026-10-01."""

from datetime import date

import polars as pl
import pytest
from conftest import draw
from drawn_needs import KNOWN

FEEDS = (
    "gp_event",
    "gp_prescription",
    "gp_consultation",
    "hospital_episode",
    "emergency",
    "outpatient",
    "mental_health_contact",
    "community_contact",
    "social_care_event",
    "waiting_list",
    "patient_reported",
)
STARTED = "\n".join(f"{feed} | 2020-01-01" for feed in FEEDS)
REGISTER = {
    "register.mltc": draw(
        """
        person_id | definition | is_mltc | is_complex_mltc | has_physical_mental | condition_count
        mltc      | d          | yes     | no              | yes                 | 2
        moved     | d          | yes     | yes             | no                  | 4
        other     | e          | yes     | no              | no                  | 2
        one       | d          | no      | no              | no                  | 1
        """,
        condition_count=pl.Int64,
    ),
    "register.person": draw(
        """
        person_id | practice_code | succeeded_from | age_years
        mltc      | A1            |                | 70
        moved     | A1            | A2             | 70
        other     | A1            |                | 70
        one       | A1            |                | 70
        """,
        age_years=pl.Int64,
    ),
}
NO_FAILURE = draw("practice_code | table_name | from_month_date").rename({"from_month_date": "from_month"})


def build_people(build, started: str = STARTED, failed: pl.DataFrame = NO_FAILURE, without: str = "") -> pl.DataFrame:
    starts = draw(f"table_name | first_month_date\n{started}").rename({"first_month_date": "first_month"})
    of_features = pl.col("table_name").is_in(["hospital_episode", "emergency", "outpatient", "gp_consultation"])
    inputs = {
        **REGISTER,
        "meta.feed": pl.DataFrame({f"has_{feed}": [feed != without] for feed in FEEDS}),
        "features.feed_start": starts.filter(of_features),
        "needs.feed_start": starts.filter(~of_features),
        "meta.practice_abstention": failed,
    }
    return build("needs.person", inputs, definition="d")


def test_people_with_mltc_under_the_definition_of_the_run_and_everything_known(build):
    found = build_people(build)
    assert found["person_id"].to_list() == ["mltc", "moved"]
    assert found["is_complex_mltc"].to_list() == [False, True]
    assert found.select(pl.all_horizontal(KNOWN)).to_series().all()


@pytest.mark.parametrize(
    ("feed", "lost"),
    [
        ("gp_event", {"is_gp_event_known_12m", "is_gp_event_known_24m"}),
        ("gp_prescription", {"is_gp_prescription_known_12m"}),
        ("gp_consultation", {"is_gp_consultation_known_12m", "is_gp_consultation_known_24m"}),
        ("hospital_episode", {"is_hospital_known_12m"}),
        ("emergency", {"is_emergency_known_12m"}),
        ("outpatient", {"is_outpatient_known_12m"}),
        ("mental_health_contact", {"is_mental_health_known_12m"}),
        ("community_contact", {"is_community_known_12m"}),
        ("social_care_event", {"is_social_care_known_12m"}),
        ("waiting_list", {"is_waiting_list_known"}),
        ("patient_reported", {"is_patient_reported_known"}),
    ],
)
def test_a_feed_that_was_not_supplied(build, feed, lost):
    found = build_people(build, without=feed).row(0, named=True)
    assert {name for name in KNOWN if not found[name]} == lost


def test_a_feed_that_began_after_the_window_does(build):
    started = STARTED.replace("gp_consultation | 2020-01-01", "gp_consultation | 2025-10-01")
    found = build_people(build, started).row(0, named=True)
    assert found["is_gp_consultation_known_12m"] and not found["is_gp_consultation_known_24m"]
    found = build_people(build, started.replace("2025-10-01", "2025-11-01")).row(0, named=True)
    assert not found["is_gp_consultation_known_12m"]


def test_a_feed_begins_with_its_first_full_month(build):
    days = ["1990-01-01"] + ["2024-10-05"] * 20 + ["2024-11-05"] * 20 + ["2024-12-05"] * 2
    tables = {
        "staging.gp_event": pl.DataFrame({"event_date": days}).with_columns(pl.col("event_date").str.to_date()),
        "staging.gp_prescription": draw("issue_date \n 2023-05-31"),
        "staging.mental_health_contact": draw("contact_date"),
        "staging.community_contact": draw("contact_date"),
        "staging.social_care_event": draw("event_date"),
    }
    # 1 row in 1990 is less than a tenth of the median month (median of 1, 20, 20 and 2: 11)
    assert dict(build("needs.feed_start", tables).rows()) == {
        "gp_event": date(2024, 10, 1),
        "gp_prescription": date(2023, 5, 1),
    }


def test_the_feed_of_the_practice_where_a_person_came_from_failed(build):
    failed = draw(
        """
        practice_code | table_name      | from_month_date
        A2            | gp_event        | 2026-10-01
        A1            | gp_prescription | 2026-11-01
        """
    ).rename({"from_month_date": "from_month"})
    found = build_people(build, failed=failed)
    # moved came from A2; what fails after the index date does not matter
    assert found["is_gp_event_known_12m"].to_list() == [True, False]
    assert found["is_gp_prescription_known_12m"].to_list() == [True, True]


def test_care_processes_of_the_record_in_their_windows(build):
    inputs = {
        "needs.person": pl.DataFrame({"person_id": ["p"]}),
        "codelist.care_process": draw("key \n care_plan"),
        "codelist.code": draw(
            """
            key       | code | code_system | is_verified
            care_plan | 1    | snomed      | yes
            care_plan | 2    | snomed      | yes
            care_plan | 3    | snomed      | no
            asthma    | 4    | snomed      | yes
            """
        ),
        "staging.gp_event": draw(
            """
            person_id | code | code_system | event_date
            p         | 1    | snomed      | 2026-10-01
            p         | 2    | snomed      | 2026-10-01
            p         | 1    | snomed      | 2025-10-02
            p         | 1    | snomed      | 2025-10-01
            p         | 1    | snomed      | 2024-10-01
            p         | 1    | snomed      | 2026-10-02
            p         | 3    | snomed      | 2026-09-01
            p         | 4    | snomed      | 2026-09-01
            p         | 1    | ctv3        | 2026-09-01
            stranger  | 1    | snomed      | 2026-09-01
            """
        ),
    }
    found = build("needs.process_record", inputs)
    assert found.rows(named=True) == [
        {
            "person_id": "p",
            "care_process": "care_plan",
            "last_code": "2",  # the higher of two codes of a day
            "count_12m": 3,  # 2026-10-01 twice and 2025-10-02
            "count_24m": 4,  # and 2025-10-01; 2024-10-01 is a day outside
            "first_date": date(2024, 10, 1),
            "last_date": date(2026, 10, 1),
        }
    ]


def test_a_process_without_codes_or_without_any_entry_is_not_known(build):
    catalogue = pl.DataFrame({"key": ["plan", "rare", "uncoded"], "verified": [True, True, False]})
    records = draw("person_id | care_process \n p | plan \n q | plan \n p | uncoded")
    found = build("needs.care_process", {"codelist.care_process": catalogue, "needs.process_record": records})
    assert found.rows() == [
        ("plan", 2, True, True),
        ("rare", 0, True, False),  # no record of the feed holds it
        ("uncoded", 1, False, False),
    ]
