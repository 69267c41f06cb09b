"""Windows of use end on the index date, and a feed that is missing is null. Index date 2026-10-01."""

import polars as pl
from conftest import draw

ADMISSIONS = """
    person_id | cips_id | is_unplanned | is_regular_attender | nights | admission_date
    p         | today   | yes          | no                  | 0      | 2026-10-01
    p         | year    | yes          | no                  | 3      | 2025-10-02
    p         | joined  | yes          | no                  | 9      | 2026-09-26
    p         | older   | yes          | no                  | 1      | 2025-10-01
    p         | oldest  | yes          | no                  | 1      | 2024-10-01
    p         | planned | no           | no                  | 8      | 2026-01-01
    p         | regular | no           | yes                 | 0      | 2026-01-02
    p         | regular | no           | yes                 | 0      | 2026-01-04
    p         | later   | yes          | no                  | 0      | 2026-10-02
"""
PRESCRIPTIONS = """
    person_id | code        | code_system | name | is_repeat | issue_date
    p         | 0212000B0AA | bnf         |      | yes       | 2026-10-01
    p         | 0212000B0BB | bnf         |      | yes       | 2026-09-01
    p         | 0601022B0AA | bnf         |      | yes       | 2026-07-02
    p         | 0301011R0AA | bnf         |      | yes       | 2026-07-01
    p         | 1234567890  | dmd         | a    | no        | 2026-09-01
    p         | 1234567891  | dmd         | b    | no        | 2026-09-01
"""


def build_use(build, **held: bool) -> dict[str, object]:
    feeds = ("hospital_episode", "emergency", "outpatient", "gp_consultation", "gp_prescription")
    build(
        "scores.person_medicine",
        {
            "meta.index_date": draw("role | index_date \n current | 2026-10-01"),
            "register.spine": draw("index_date | person_id \n 2026-10-01 | p"),
            "staging.gp_prescription": draw(PRESCRIPTIONS),
        },
    )
    found = build(
        "features.use_count",
        {
            "register.continuous_inpatient_spell": draw(ADMISSIONS, nights=pl.Int64),
            "staging.emergency": draw(
                "person_id | arrival_at \n p | 2026-10-01 23:00 \n p | 2026-10-02 00:00 \n p | 2025-10-01 12:00"
            ).with_columns(pl.col("arrival_at").str.to_datetime("%Y-%m-%d %H:%M")),
            "staging.outpatient": draw(
                """
                person_id | appointment_date | attendance_status | specialty
                p         | 2026-01-01       | 5                 | 300
                p         | 2026-01-02       | 6                 | 300
                p         | 2026-01-03       | 5                 | 320
                p         | 2026-01-04       | 3                 | 340
                p         | 2026-01-05       | 2                 | 350
                """
            ),
            "staging.gp_consultation": draw(
                "person_id | consultation_date | status \n p | 2026-01-01 | attended \n p | 2026-01-02 | dna"
            ),
            "meta.feed": pl.DataFrame({f"has_{feed}": [held.get(feed, True)] for feed in feeds}),
        },
    )
    return found.row(0, named=True)


def test_windows(build):
    use = build_use(build)
    assert use["unplanned_admission_count_12m"] == 3  # today, joined and 2025-10-02; a day earlier is outside
    assert use["unplanned_admission_count_13_24m"] == 1  # 2025-10-01; 2024-10-01 is outside
    assert use["planned_admission_count_12m"] == 1  # regular attendances apart
    assert use["regular_attendance_count_12m"] == 2
    assert use["unplanned_bed_days_12m"] == 8  # 3 from 2025-10-02, none yet today, 5 of 9 from 2026-09-26 until today
    assert use["emergency_attendance_count_12m"] == 1
    assert use["outpatient_attended_count_12m"] == 3
    assert use["outpatient_specialty_count_12m"] == 2
    assert use["gp_contact_count_12m"] == 1  # a missed appointment is no contact
    assert use["medicine_count_3m"] == 4  # 0212000B0 once, 0601022B0, and two dm+d codes; 2026-07-01 is outside


def test_a_feed_that_is_missing_is_null(build):
    use = build_use(build, hospital_episode=False, gp_prescription=False)
    assert use["unplanned_admission_count_12m"] is None
    assert use["unplanned_bed_days_12m"] is None
    assert use["medicine_count_3m"] is None
    assert use["gp_contact_count_12m"] == 1


def test_outcome_lies_strictly_after_the_index_date_and_within_the_horizon(build):
    found = build(
        "features.outcome",
        {
            "meta.index_date": draw(
                "role | index_date \n current | 2026-10-01 \n validation | 2025-10-01 \n training | 2024-10-01"
            ),
            "register.spine": draw(
                """
                index_date | person_id
                2025-10-01 | on_the_day
                2025-10-01 | day_after
                2025-10-01 | last_day
                2025-10-01 | too_late
                2025-10-01 | planned
                2026-10-01 | day_after
                """
            ),
            "register.continuous_inpatient_spell": draw(
                """
                person_id  | is_unplanned | admission_date
                on_the_day | yes          | 2025-10-01
                day_after  | yes          | 2025-10-02
                last_day   | yes          | 2026-10-01
                too_late   | yes          | 2026-10-02
                planned    | no           | 2025-10-02
                """
            ),
        },
        horizon_months=12,
    )
    # Nothing for the current date: its horizon lies beyond what the feeds know.
    assert dict(found.select("person_id", "has_unplanned_admission").rows()) == {
        "day_after": 1,
        "last_day": 1,
        "on_the_day": 0,
        "planned": 0,
        "too_late": 0,
    }
