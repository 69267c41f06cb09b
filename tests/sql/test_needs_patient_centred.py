"""Indicators of patient-centred care, each as a drawn table. Index date 2026-10-01."""

import polars as pl
import pytest
from conftest import draw
from drawn_needs import draw_people, draw_processes, read_states
from process_indicators import build_process_states, draw_known, expect


def test_a_care_plan_counts_for_a_year(build):
    assert build_process_states(build, "no_care_plan", "care_plan") == expect("12m", found="absent", missing="present")
    found = build_process_states(build, "no_care_plan", "care_plan", unverified=("care_plan",))
    assert set(found.values()) == {"absent", "not_known"}


@pytest.mark.parametrize("process", ["advance_care_plan", "preferred_place_of_death"])
def test_wishes_at_the_end_of_life_count_ever(build, process):
    assert build_process_states(build, f"no_{process}", process) == expect("ever", found="absent", missing="present")


@pytest.mark.parametrize(
    ("indicator", "process"),
    [
        ("interpreter_needed", "interpreter_needed"),
        ("accessible_information_needed", "accessible_information_need"),
        ("longer_appointment_needed", "longer_appointment"),
    ],
)
def test_needs_for_an_adjustment_count_ever(build, indicator, process):
    assert build_process_states(build, indicator, process) == expect("ever", found="present", missing="absent")
    found = build_process_states(build, indicator, process, unverified=(process,))
    assert set(found.values()) == {"present", "not_known"}


def test_advance_care_plans_are_asked_of_palliative_care_and_severe_frailty(build):
    found = build(
        "needs.indicator_no_advance_care_plan",
        {
            "needs.person": draw_people("palliative", "severe", "severe_64", "moderate", "last_year"),
            "needs.process_record": draw_processes(),
            "needs.care_process": draw_known(),
            "register.person_condition": draw("person_id | condition \n palliative | palliative_care_register"),
            "scores.person_score": draw(
                """
                person_id | index_date | efi_is_65_or_over | efi_band
                severe    | 2026-10-01 | yes               | severe
                severe_64 | 2026-10-01 | no                | severe
                moderate  | 2026-10-01 | yes               | moderate
                last_year | 2025-10-01 | yes               | severe
                """
            ).with_columns(pl.col("efi_is_65_or_over") == "yes"),
        },
    )
    assert read_states(found) == {"palliative": "present", "severe": "present"}


def test_accessible_information_is_met_on_the_day_of_the_need_or_later(build):
    inputs = {
        "needs.person": draw_people("met", "met_before", "unmet", "no_need"),
        "needs.process_record": draw_processes(
            """
            person_id  | care_process                | last_code | last_date
            met        | accessible_information_need | 1         | 2026-01-01
            met        | accessible_information_met  | 2         | 2026-01-01
            met_before | accessible_information_need | 1         | 2026-01-02
            met_before | accessible_information_met  | 2         | 2026-01-01
            unmet      | accessible_information_need | 1         | 2026-01-01
            """
        ),
        "needs.care_process": draw_known(),
    }
    found = build("needs.indicator_accessible_information_unmet", inputs)
    assert read_states(found) == {"met": "absent", "met_before": "present", "unmet": "present"}
    inputs["needs.care_process"] = draw_known("accessible_information_met")
    found = build("needs.indicator_accessible_information_unmet", inputs)
    assert read_states(found) == {"met": "absent", "met_before": "not_known", "unmet": "not_known"}
    inputs["needs.care_process"] = draw_known()
    inputs["needs.person"] = draw_people("met", "unmet", unknown=("is_gp_event_known_12m",))
    found = build("needs.indicator_accessible_information_unmet", inputs)
    assert read_states(found) == {"met": "absent", "unmet": "not_known"}
