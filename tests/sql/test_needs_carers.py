"""Indicators of carers as drawn tables. Index date 2026-10-01; 12 months begin after 2025-10-01."""

import polars as pl
import pytest
from drawn_needs import draw_known_processes, draw_people, draw_processes, read_states


@pytest.mark.parametrize("indicator", ["is_carer", "has_carer"])
@pytest.mark.parametrize("unknown", [None, "is_gp_event_known_12m", "codes"])
def test_coded_ever(build, indicator, unknown):
    inputs = {
        "needs.person": draw_people("long_ago", "never", unknown=(unknown or "",)),
        "needs.process_record": draw_processes(
            f"""
            person_id | care_process | last_code | last_date
            long_ago  | {indicator}  | 1         | 2001-01-01
            never     | care_plan    | 2         | 2026-01-01
            """
        ),
        "needs.care_process": draw_known_processes() if unknown == "codes" else draw_known_processes(indicator),
    }
    found = build(f"needs.indicator_{indicator}", inputs)
    assert read_states(found) == {"long_ago": "present", "never": "not_known" if unknown else "absent"}
    assert found.filter(person_id="long_ago")["evidence_code"].to_list() == ["1"]


@pytest.mark.parametrize("unknown", [None, "is_gp_event_known_12m", "codes"])
def test_carer_without_health_check(build, unknown):
    inputs = {
        "needs.person": draw_people("checked", "year", "never", "no_carer", unknown=(unknown or "",)),
        "needs.indicator_is_carer": pl.DataFrame(
            {
                "person_id": ["checked", "year", "never", "no_carer"],
                "state": ["present", "present", "present", "absent"],
            }
        ),
        "needs.process_record": draw_processes(
            """
            person_id | care_process       | last_code | last_date
            checked   | carer_health_check | 1         | 2025-10-02
            year      | carer_health_check | 1         | 2025-10-01
            no_carer  | carer_health_check | 1         | 2025-10-02
            """
        ),
        "needs.care_process": draw_known_processes()
        if unknown == "codes"
        else draw_known_processes("carer_health_check"),
    }
    gap = "not_known" if unknown else "present"
    found = build("needs.indicator_carer_without_health_check", inputs)
    assert read_states(found) == {"checked": "absent", "year": gap, "never": gap}  # no_carer: no row
    assert found["value"].to_list() == [364.0, None, 365.0]  # checked, never, year
