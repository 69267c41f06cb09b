"""Indicators of holistic care as drawn tables. Index date 2026-10-01; 12 months begin after 2025-10-01."""

from datetime import date

import polars as pl
import pytest
from conftest import draw
from drawn_needs import draw_contacts, draw_known_processes, draw_people, draw_processes, read_states


def test_physical_and_mental_is_what_the_register_says(build):
    people = draw_people("both", "physical", has_physical_mental=[True, False], condition_count=[3, 2])
    found = build("needs.indicator_physical_and_mental", {"needs.person": people})
    assert read_states(found) == {"both": "present", "physical": "absent"}
    assert found["value"].to_list() == [3.0, 2.0]


def test_a_disease_gathers_its_conditions_and_takes_the_last_evidence(build):
    inputs = {
        "needs.person": draw_people("p", "q"),
        "codelist.disease_condition": draw(
            """
            disease | condition       | verified
            asthma  | asthma          | yes
            asthma  | asthma_register | yes
            gout    | gout            | no
            """
        ),
        "register.person_condition": draw(
            """
            person_id | condition       | last_date
            p         | asthma          | 2024-01-01
            p         | asthma_register | 2025-01-01
            p         | gout            | 2025-01-01
            q         | osteoporosis    | 2025-01-01
            stranger  | asthma          | 2025-01-01
            """
        ),
    }
    assert build("needs.disease", inputs).rows() == [("p", "asthma", date(2025, 1, 1))]


def build_mental_health(build, processes: pl.DataFrame, unknown: tuple[str, ...] = ()) -> pl.DataFrame:
    inputs = {
        "needs.person": draw_people("seen", "referred", "long_ago", "neither", "well", unknown=unknown),
        "needs.disease": draw(
            """
            person_id | disease
            seen      | common_mental_disorder
            referred  | common_mental_disorder
            long_ago  | common_mental_disorder
            neither   | common_mental_disorder
            neither   | diabetes
            well      | diabetes
            """
        ),
        "needs.contact": draw_contacts(
            """
            person_id | setting       | contact_date
            seen      | mental_health | 2026-01-01
            seen      | mental_health | 2026-02-01
            neither   | practice      | 2026-01-01
            """
        ),
        "needs.process_record": draw_processes(
            """
            person_id | care_process              | last_code | last_date
            referred  | talking_therapy_referral  | 7         | 2025-10-02
            long_ago  | talking_therapy_referral  | 7         | 2025-10-01
            neither   | mental_health_review      | 8         | 2026-01-01
            """
        ),
        "needs.care_process": processes,
    }
    return build("needs.indicator_no_mental_health_contact", inputs)


def test_no_mental_health_contact(build):
    found = build_mental_health(build, draw_known_processes("talking_therapy_referral"))
    assert read_states(found) == {
        "seen": "absent",
        "referred": "absent",  # a day within the 12 months
        "long_ago": "present",  # a day too early
        "neither": "present",  # a practice contact, and a review, are neither
        # well: no depression or anxiety, no row
    }
    assert found.filter(person_id="seen").row(0)[3:] == (
        2.0,
        "staging.mental_health_contact",
        None,
        date(2026, 2, 1),
    )
    assert found.filter(person_id="referred").row(0)[4:6] == ("staging.gp_event", "7")


@pytest.mark.parametrize("unknown", ["is_mental_health_known_12m", "is_gp_event_known_12m", "codes"])
def test_no_mental_health_contact_needs_both_feeds_and_the_codes(build, unknown):
    processes = draw_known_processes() if unknown == "codes" else draw_known_processes("talking_therapy_referral")
    found = build_mental_health(build, processes, unknown=(unknown,))
    assert read_states(found) == {
        "seen": "absent",
        "referred": "absent",
        "long_ago": "not_known",
        "neither": "not_known",
    }
    assert found.filter(person_id="neither")["value"].to_list() == [None]


CHECKS = [
    ("smi_no_health_check", "severe_mental_illness", "smi_physical_health_check"),
    ("learning_disability_no_health_check", "learning_disability", "learning_disability_health_check"),
]


@pytest.mark.parametrize(("indicator", "disease", "process"), CHECKS)
@pytest.mark.parametrize("unknown", [None, "is_gp_event_known_12m", "codes"])
def test_health_checks(build, indicator, disease, process, unknown):
    inputs = {
        "needs.person": draw_people(
            "checked", "year", "never", "child", "other", unknown=(unknown or "",), age_years=[14, 70, 70, 13, 70]
        ),
        "needs.disease": pl.DataFrame(
            {"person_id": ["checked", "year", "never", "child", "other"], "disease": [disease] * 4 + ["asthma"]}
        ),
        "needs.process_record": draw_processes(
            f"""
            person_id | care_process | last_code | last_date
            checked   | {process}    | 1         | 2025-10-02
            year      | {process}    | 1         | 2025-10-01
            never     | care_plan    | 2         | 2026-01-01
            """
        ),
        "needs.care_process": draw_known_processes() if unknown == "codes" else draw_known_processes(process),
    }
    found = build(f"needs.indicator_{indicator}", inputs)
    gap = "not_known" if unknown else "present"
    expected = {"checked": "absent", "year": gap, "never": gap}
    if indicator == "smi_no_health_check":
        expected |= {"child": gap}  # the check of people with a learning disability begins at 14
    assert read_states(found) == expected
    assert dict(found.select("person_id", "value").rows())["year"] == 365.0


SOCIAL = ("housing_problem", "financial_problem", "loneliness")


@pytest.mark.parametrize("unknown", [None, "is_gp_event_known_12m", "codes"])
def test_social_need(build, unknown):
    inputs = {
        "needs.person": draw_people("two", "old", "other", unknown=(unknown or "",)),
        "needs.process_record": draw_processes(
            """
            person_id | care_process      | last_code | last_date
            two       | housing_problem   | 1         | 2025-10-02
            two       | loneliness        | 2         | 2026-01-01
            two       | financial_problem | 3         | 2025-10-01
            old       | financial_problem | 3         | 2025-10-01
            other     | care_plan         | 4         | 2026-01-01
            """
        ),
        "needs.care_process": draw_known_processes(*(SOCIAL[:2] if unknown == "codes" else SOCIAL)),
    }
    found = build("needs.indicator_social_need", inputs)
    none = "not_known" if unknown else "absent"
    assert read_states(found) == {"two": "present", "old": none, "other": none}
    assert found.filter(person_id="two").row(0)[3:] == (2.0, "staging.gp_event", "2", date(2026, 1, 1))
    assert found.filter(person_id="old")["value"].to_list() == [None if unknown else 0.0]
