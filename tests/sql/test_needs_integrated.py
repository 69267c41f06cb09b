"""Indicators of integrated care as drawn tables. Index date 2026-10-01; 12 months begin after 2025-10-01."""

from datetime import date

import polars as pl
import pytest
from conftest import draw
from drawn_needs import draw_contacts, draw_known_processes, draw_people, draw_processes, read_states


def draw_arrivals(text: str) -> pl.DataFrame:
    return draw(text).with_columns(pl.col("arrival_at").str.to_datetime())


def test_contacts_of_every_feed_that_were_attended_in_the_window(build):
    inputs = {
        "needs.person": draw_people("p", practice_code="A1"),
        "staging.gp_consultation": draw(
            """
            person_id | status   | consultation_date
            p         | attended | 2025-10-02
            p         | attended | 2025-10-01
            p         | dna      | 2026-01-01
            stranger  | attended | 2026-01-01
            """
        ),
        "staging.emergency": draw_arrivals(
            "person_id | provider_code | arrival_at \n p | R1 | 2026-10-01T23:00:00 \n p | R1 | 2026-10-02T00:00:00"
        ),
        "staging.outpatient": draw(
            """
            person_id | provider_code | specialty | attendance_status | first_or_followup | appointment_date
            p         | R1            | 320       | 5                 | 1                 | 2026-02-01
            p         | R1            | 340       | 6                 |                   | 2026-02-02
            p         | R1            | 361       | 3                 | 1                 | 2026-02-03
            p         | R1            | 410       | 5                 | 5                 | 2026-02-04
            """
        ),
        "register.spell": draw(
            """
            person_id | provider_code | specialty | admission_date | stay_end_date
            p         | R2            | 300       | 2025-09-01     | 2025-10-05
            p         | R2            | 301       | 2026-09-01     |
            p         | R2            | 302       | 2025-09-01     | 2025-10-01
            """
        ),
        "staging.mental_health_contact": draw(
            """
            person_id | provider_code | service | status    | contact_date
            p         | M1            | memory  | attended  | 2026-03-01
            p         | M1            | memory  | cancelled | 2026-03-02
            """
        ),
        "staging.community_contact": draw(
            "person_id | provider_code | service | status | contact_date \n p | C1 | nursing | attended | 2026-04-01"
        ),
        "staging.social_care_event": draw(
            """
            person_id | provider_code | service    | event_type | event_date
            p         | L1            | home care  | service    | 2026-05-01
            p         | L1            |            | request    | 2026-05-02
            """
        ),
    }
    found = build("needs.contact", inputs).sort("contact_date", "setting").rows()
    assert found == [
        ("p", "practice", "A1", None, date(2025, 10, 2)),
        ("p", "hospital", "R2", "300", date(2025, 10, 5)),  # it began before the window and ended in it
        ("p", "outpatient", "R1", "320", date(2026, 2, 1)),
        ("p", "outpatient", "R1", "340", date(2026, 2, 2)),
        ("p", "mental_health", "M1", "memory", date(2026, 3, 1)),
        ("p", "community", "C1", "nursing", date(2026, 4, 1)),
        ("p", "social_care", "L1", "home care", date(2026, 5, 1)),
        ("p", "emergency", "R1", None, date(2026, 10, 1)),
        ("p", "hospital", "R2", "301", date(2026, 10, 1)),  # still in: the index date is its last day
    ]


@pytest.mark.parametrize("unknown", [None, "is_outpatient_known_12m"])
def test_three_specialties(build, unknown):
    inputs = {
        "needs.person": draw_people("three", "two", "none", unknown=(unknown or "",)),
        "needs.contact": draw_contacts(
            """
            person_id | setting    | service | contact_date
            three     | outpatient | 320     | 2026-01-01
            three     | outpatient | 340     | 2026-01-02
            three     | outpatient | 361     | 2026-01-03
            two       | outpatient | 320     | 2026-01-01
            two       | outpatient | 320     | 2026-01-02
            two       | outpatient | 340     | 2026-01-02
            two       | hospital   | 361     | 2026-01-02
            """
        ),
    }
    found = build("needs.indicator_three_specialties", inputs)
    fewer = "not_known" if unknown else "absent"
    assert read_states(found) == {"three": "present", "two": fewer, "none": fewer}
    values = dict(found.select("person_id", "value").rows())
    assert values == {"three": 3.0, "two": None if unknown else 2.0, "none": None if unknown else 0.0}


@pytest.mark.parametrize(
    "unknown", [None, "is_outpatient_known_12m", "is_hospital_known_12m", "is_emergency_known_12m"]
)
def test_three_providers(build, unknown):
    inputs = {
        "needs.person": draw_people("three", "two", unknown=(unknown or "",)),
        "needs.contact": draw_contacts(
            """
            person_id | setting    | provider_code | contact_date
            three     | outpatient | R1            | 2026-01-01
            three     | emergency  | R2            | 2026-01-02
            three     | hospital   | R3            | 2026-01-03
            two       | outpatient | R1            | 2026-01-01
            two       | hospital   | R2            | 2026-01-02
            two       | hospital   |               | 2026-01-02
            two       | practice   | A1            | 2026-01-02
            """
        ),
    }
    found = build("needs.indicator_three_providers", inputs)
    assert read_states(found) == {"three": "present", "two": "not_known" if unknown else "absent"}


REVIEWS = draw(
    """
    condition    | care_process         | is_met_by_any_ | verified
    diabetes     | diabetes_review      | yes            | yes
    diabetes_two | diabetes_review      | yes            | yes
    asthma       | asthma_review        | yes            | yes
    copd         | copd_review          | yes            | yes
    hypertension | hypertension_review  | yes            | yes
    psychosis    | mental_health_review | no             | yes
    gout         | gout_review          | yes            | no
    """
).rename({"is_met_by_any_": "is_met_by_any"})


@pytest.mark.parametrize("unknown", [None, "is_gp_event_known_12m", "codes"])
def test_separate_reviews(build, unknown):
    held = {
        "apart": ("diabetes", "asthma", "copd"),
        "together": ("diabetes", "asthma"),
        "year": ("diabetes", "asthma"),
        "single": ("diabetes", "diabetes_two", "gout", "hypertension", "psychosis"),
        "unchecked": ("diabetes", "copd"),
    }
    pairs = [(person, disease) for person, diseases in held.items() for disease in diseases]
    inputs = {
        "needs.person": draw_people(*held, unknown=(unknown or "",)),
        "register.person_condition": pl.DataFrame(pairs, schema=["person_id", "condition"], orient="row"),
        "codelist.condition_review": REVIEWS,
        "needs.care_process": draw_known_processes(
            "diabetes_review", *(() if unknown == "codes" else ("asthma_review",))
        ),
        "needs.process_record": draw_processes(
            """
            person_id | care_process    | last_code | last_date
            apart     | diabetes_review | 1         | 2025-10-02
            apart     | asthma_review   | 2         | 2026-01-01
            together  | diabetes_review | 1         | 2026-01-01
            together  | asthma_review   | 2         | 2026-01-01
            year      | diabetes_review | 1         | 2025-10-01
            year      | asthma_review   | 2         | 2026-01-01
            """
        ),
    }
    found = build("needs.indicator_separate_reviews", inputs)
    fewer = "not_known" if unknown else "absent"
    assert read_states(found) == {
        "apart": "present",  # two days seen are enough, though reviews of COPD have no verified code
        "together": fewer,
        "year": fewer,
        "unchecked": "not_known",  # a review of COPD would not be seen
        # single: one review of a condition alone, no row
    }
    assert dict(found.select("person_id", "value").rows())["apart"] == 1.0  # 2 days - 1


def build_tests(build, unknown: str | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    inputs = {
        "needs.person": draw_people("day_14", "day_15", "mixed", "long_ago", "none", unknown=(unknown or "",)),
        "codelist.monitoring_code": draw(
            """
            analyte         | code
            kidney_function | 1
            kidney_function | 4
            hba1c           | 2
            """
        ),
        "staging.gp_event": draw(
            """
            person_id | code_system | code | event_date
            day_14    | snomed      | 2    | 2026-01-01
            day_14    | snomed      | 2    | 2026-01-15
            day_14    | snomed      | 2    | 2026-01-15
            day_14    | snomed      | 2    | 2026-01-29
            day_15    | snomed      | 2    | 2026-01-01
            day_15    | snomed      | 2    | 2026-01-16
            day_15    | snomed      | 3    | 2026-01-02
            day_15    | snomed      | 5    | 2026-01-03
            mixed     | snomed      | 1    | 2026-01-01
            mixed     | snomed      | 4    | 2026-01-01
            mixed     | snomed      | 2    | 2026-01-10
            long_ago  | snomed      | 2    | 2025-10-01
            long_ago  | snomed      | 2    | 2025-10-02
            none      | ctv3        | 2    | 2026-01-01
            none      | ctv3        | 2    | 2026-01-02
            """
        ),
    }
    build("needs.test_record", inputs)
    return build("needs.indicator_repeated_tests", {}), build("needs.indicator_mergeable_test_days", {})


def test_blood_tests_that_could_have_been_one(build):
    repeated, mergeable = build_tests(build)
    assert read_states(repeated) == {
        "day_14": "present",
        "day_15": "absent",
        "mixed": "absent",  # creatinine and eGFR of one day are one kidney function test, HbA1c another
        "long_ago": "absent",  # the first of the two is a day outside the window
        "none": "absent",
    }
    assert dict(repeated.select("person_id", "value").rows())["day_14"] == 2.0  # on days 15 and 29; a day counts once
    assert read_states(mergeable) == {**read_states(repeated), "mixed": "present"}
    assert dict(mergeable.select("person_id", "value").rows()) == {
        "day_14": 2.0,
        "day_15": 0.0,
        "mixed": 1.0,
        "long_ago": 0.0,
        "none": 0.0,
    }


def test_no_repeated_test_is_not_known_in_a_feed_without_tests(build):
    inputs = {
        "needs.person": draw_people("p"),
        "needs.test_record": draw("person_id | analyte | test_date | previous_test_date | previous_day_date"),
    }
    for indicator in ("repeated_tests", "mergeable_test_days"):
        found = build(f"needs.indicator_{indicator}", inputs)
        assert found.select("state", "value").row(0) == ("not_known", None)


def test_no_repeated_test_is_not_known_where_the_entries_are_not(build):
    repeated, mergeable = build_tests(build, "is_gp_event_known_12m")
    assert read_states(repeated) == {"day_14": "present"} | dict.fromkeys(
        ("day_15", "mixed", "long_ago", "none"), "not_known"
    )
    assert read_states(mergeable)["mixed"] == "present"
    assert read_states(mergeable)["none"] == "not_known"


@pytest.mark.parametrize("unknown", [None, "is_outpatient_known_12m"])
def test_interacting_pair_in_separate_clinics(build, unknown):
    held = ["apart", "one", "shared", "general"]
    inputs = {
        "needs.person": draw_people(*held, "no_pair", unknown=(unknown or "",)),
        "needs.disease": pl.DataFrame(
            [(person, disease) for person in held for disease in ("diabetes", "kidney_disease")]
            + [("no_pair", "diabetes")],
            schema=["person_id", "disease"],
            orient="row",
        ),
        "codelist.interacting_pair": draw(
            """
            pair | first_disease | second_disease | verified
            dk   | diabetes      | kidney_disease | yes
            dx   | diabetes      | kidney_disease | no
            """
        ),
        "codelist.disease_clinic": draw(
            """
            disease        | specialty_code | verified
            diabetes       | 307            | yes
            diabetes       | 302            | yes
            kidney_disease | 361            | yes
            diabetes       | 999            | yes
            kidney_disease | 999            | yes
            """
        ),
        "needs.contact": draw_contacts(
            """
            person_id | setting    | service | contact_date
            apart     | outpatient | 307     | 2026-01-01
            apart     | outpatient | 302     | 2026-01-02
            apart     | outpatient | 361     | 2026-01-03
            one       | outpatient | 307     | 2026-01-01
            one       | outpatient | 302     | 2026-01-01
            one       | hospital   | 361     | 2026-01-03
            shared    | outpatient | 999     | 2026-01-01
            shared    | outpatient | 307     | 2026-01-01
            general   | outpatient | 300     | 2026-01-01
            no_pair   | outpatient | 361     | 2026-01-01
            no_pair   | outpatient | 307     | 2026-01-01
            """
        ),
    }
    found = build("needs.indicator_pair_in_separate_clinics", inputs)
    none = "not_known" if unknown else "absent"
    assert read_states(found) == {"apart": "present", "one": none, "shared": none, "general": none}
    assert found.filter(person_id="apart").select("value", "evidence_date").row(0) == (1.0, date(2026, 1, 3))
