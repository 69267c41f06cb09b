"""Indicators of self-management, each as a drawn table. Index date 2026-10-01."""

import polars as pl
import pytest
from conftest import draw
from drawn_needs import draw_people, draw_processes, read_states
from process_indicators import build_process_states, draw_known, expect

SUPPORT = (
    ("social_prescribing", "social_prescribing_referral"),
    ("social_prescribing_declined", "social_prescribing_declined"),
    ("home_blood_pressure", "home_blood_pressure"),
    ("home_glucose_monitoring", "home_glucose_monitoring"),
    ("self_management_plan", "self_management_plan"),
)
EDUCATION = ("no_structured_education_offered", "no_structured_education_attended")


@pytest.mark.parametrize(("indicator", "process"), SUPPORT)
def test_support_is_present_where_it_was_coded_in_the_year(build, indicator, process):
    assert build_process_states(build, indicator, process) == expect("12m", found="present", missing="absent")
    # no verified code: what is found counts, and nobody is without
    found = build_process_states(build, indicator, process, unverified=(process,))
    assert set(found.values()) == {"present", "not_known"}


def test_a_plan_for_asthma_or_copd_is_missing_where_none_was_coded_in_the_year(build):
    found = build_process_states(build, "no_self_management_plan", "self_management_plan")
    assert found == expect("12m", found="absent", missing="present")


@pytest.mark.parametrize("indicator", EDUCATION)
def test_structured_education_counts_ever(build, indicator):
    found = build_process_states(build, indicator, "structured_education_attended")
    assert found == expect("ever", found="absent", missing="present")


def test_education_that_was_offered_and_not_attended(build):
    attended = "structured_education_attended"
    offered = {name: build_process_states(build, name, "structured_education_offered") for name in EDUCATION}
    assert offered["no_structured_education_offered"]["two_years_ago"] == "absent"
    assert offered["no_structured_education_attended"]["two_years_ago"] == "present"
    # that there was no offer hangs on the codes of an offer; attending counts where it is coded
    for unverified, missing in (("structured_education_offered", "not_known"), (attended, "present")):
        found = build_process_states(build, EDUCATION[0], attended, (unverified,))
        assert (found["two_years_ago"], found["none"]) == ("absent", missing)


def test_only_people_with_diabetes_are_asked_about_education(build):
    found = build(
        "needs.indicator_no_structured_education_offered",
        {
            "needs.person": draw_people("diabetes", "asthma"),
            "needs.process_record": draw_processes(),
            "needs.care_process": draw_known(),
            "register.person_condition": draw(
                "person_id | condition \n diabetes | diabetes_register \n asthma | asthma_register"
            ),
        },
    )
    assert read_states(found) == {"diabetes": "present"}


ANSWERS = """
    row_id | person_id | answered_date | instrument | item       | value
    1      | low       | 2026-01-01    | PAM        | score      | 55.1
    2      | high      | 2026-01-01    | PAM-13     | PAM score  | 55.2
    3      | rose      | 2025-12-01    | PAM        | score      | 40
    4      | rose      | 2026-01-01    | PAM        | score      | 60
    5      | old       | 2025-10-01    | PAM        | score      | 40
    6      | unscored  | 2026-01-01    | PAM        | item 3     | 2
    7      | wrong     | 2026-01-01    | PAM        | score      | 140
    8      | eq5d      | 2026-01-01    | EQ-5D-5L   | score      | 40
"""
ANSWERED = ("low", "high", "rose", "old", "unscored", "wrong", "eq5d", "none")


def test_low_activation_is_by_the_last_score_of_the_year(build):
    answers = draw(ANSWERS, row_id=pl.Int64, value=pl.Float64)
    inputs = {"needs.person": draw_people(*ANSWERED), "staging.patient_reported": answers}
    found = build("needs.indicator_low_patient_activation", inputs)
    unscored = dict.fromkeys(("old", "unscored", "wrong", "eq5d", "none"), "not_known")
    assert read_states(found) == {"low": "present", "high": "absent", "rose": "absent"} | unscored
    assert dict(found.select("person_id", "value").rows())["rose"] == 60


def test_activation_is_measured_by_code_or_by_answer(build):
    inputs = {
        "needs.person": pl.concat(
            [draw_people(*ANSWERED, "coded"), draw_people("no_feed", unknown=("is_gp_event_known_12m",))]
        ),
        "staging.patient_reported": draw(ANSWERS, row_id=pl.Int64, value=pl.Float64),
        "needs.process_record": draw_processes(
            "person_id | care_process | last_code | last_date"
            "\n coded | patient_activation_measure | 7 | 2026-09-01 \n old | patient_activation_measure | 7 | 2024-01-01"
        ),
        "needs.care_process": draw_known(),
    }
    found = build("needs.indicator_patient_activation_measured", inputs)
    answered = dict.fromkeys(("low", "high", "rose", "unscored", "wrong"), "present")
    nothing = dict.fromkeys(("old", "eq5d", "none"), "absent")
    assert read_states(found) == answered | nothing | {"coded": "present", "no_feed": "not_known"}
    sources = {name: (source, code) for name, source, code in found.select("person_id", "^evidence_[sc].*$").rows()}
    assert sources["coded"] == ("staging.gp_event", "7")
    assert sources["old"] == ("staging.patient_reported", None)  # the later of the two
