"""Facts of inequality, each as a drawn table. Index date 2026-10-01."""

import polars as pl
import pytest
from conftest import draw
from drawn_needs import draw_people, draw_processes, read_states
from process_indicators import build_process_states, expect


@pytest.mark.parametrize(
    ("indicator", "window"), [("homeless", "24m"), ("asylum_or_refugee", "ever"), ("gypsy_roma_traveller", "ever")]
)
def test_groups_of_inclusion_health(build, indicator, window):
    assert build_process_states(build, indicator, indicator) == expect(window, found="present", missing="absent")
    found = build_process_states(build, indicator, indicator, unverified=(indicator,))
    assert set(found.values()) == {"present", "not_known"}


def test_core20_is_the_two_most_deprived_deciles(build):
    inputs = {
        "needs.person": draw_people("first", "second", "third", "unplaced"),
        "register.person": draw(
            "person_id | imd_decile \n first | 1 \n second | 2 \n third | 3 \n unplaced |", imd_decile=pl.Int64
        ),
    }
    assert read_states(build("needs.indicator_core20", inputs)) == {
        "first": "present",
        "second": "present",
        "third": "absent",
        "unplaced": "not_known",
    }


def test_ethnic_minority_group(build):
    groups = ("White", "Mixed", "Asian", "Black", "Other", "Unknown")
    register = pl.DataFrame({"person_id": groups, "ethnic_group": groups})
    found = build(
        "needs.indicator_ethnic_minority", {"needs.person": draw_people(*groups), "register.person": register}
    )
    assert read_states(found) == dict.fromkeys(groups, "present") | {"White": "absent", "Unknown": "not_known"}


@pytest.mark.parametrize(
    ("indicator", "condition"),
    [("learning_disability", "learning_disability"), ("severe_mental_illness", "mental_illness_register")],
)
def test_conditions_of_the_register(build, indicator, condition):
    unknown = ("is_gp_event_known_12m",)
    inputs = {
        "needs.person": pl.concat(
            [draw_people("held", "other", "none"), draw_people("failed_held", "failed", unknown=unknown)]
        ),
        "register.person_condition": draw(
            f"""
            person_id   | condition   | evidence_code | evidence_count | last_date
            held        | {condition} | 1             | 3              | 2026-01-01
            held        | asthma      | 2             | 9              | 2026-01-01
            other       | asthma      | 2             | 9              | 2026-01-01
            failed_held | {condition} | 1             | 1              | 2020-01-01
            """,
            evidence_count=pl.Int64,
        ),
    }
    found = build(f"needs.indicator_{indicator}", inputs)
    assert read_states(found) == {
        "held": "present",
        "other": "absent",
        "none": "absent",
        "failed_held": "present",
        "failed": "not_known",
    }
    assert dict(found.select("person_id", "value").rows()) == {
        "held": 3,
        "other": 0,
        "none": 0,
        "failed_held": 1,
        "failed": None,
    }


def test_dependence_by_condition_or_service(build):
    unknown = ("is_gp_event_known_24m",)
    inputs = {
        "needs.person": pl.concat(
            [
                draw_people("alcohol", "drugs", "service", "old_service", "all_three", "none"),
                draw_people("failed_alcohol", "failed", unknown=unknown),
            ]
        ),
        "register.person_condition": draw(
            """
            person_id      | condition          | evidence_code | last_date
            alcohol        | alcohol_dependence | 1             | 2010-01-01
            drugs          | substance_misuse   | 2             | 2010-01-01
            all_three      | alcohol_dependence | 1             | 2010-01-01
            all_three      | substance_misuse   | 2             | 2011-01-01
            failed_alcohol | alcohol_dependence | 1             | 2010-01-01
            none           | asthma             | 3             | 2010-01-01
            """
        ),
        "needs.process_record": draw_processes(
            """
            person_id   | care_process                 | last_code | last_date
            service     | substance_dependence_service | 4         | 2024-10-02
            old_service | substance_dependence_service | 4         | 2024-10-01
            all_three   | substance_dependence_service | 4         | 2026-01-01
            """
        ),
    }
    found = build("needs.indicator_substance_dependence", inputs)
    held = dict.fromkeys(("alcohol", "drugs", "service", "all_three", "failed_alcohol"), "present")
    assert read_states(found) == held | {"old_service": "absent", "none": "absent", "failed": "not_known"}
    latest = {name: (value, code) for name, value, code in found.select("person_id", "value", "evidence_code").rows()}
    assert latest["all_three"] == (3, "4")
