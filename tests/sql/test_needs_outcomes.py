"""Outcomes of people with MLTC as drawn tables. Index date 2026-10-01; 12 months begin after 2025-10-01."""

from datetime import date

import polars as pl
import pytest
from conftest import INDEX_DATE, draw
from drawn_needs import draw_people, read_states


def build_away(build, persons: tuple[str, ...], care_home: dict[str, bool | None], unknown: str = "") -> pl.DataFrame:
    inputs = {
        "needs.person": draw_people(*persons, unknown=(unknown,)),
        "register.person": pl.DataFrame(
            {"person_id": persons, "is_care_home": [care_home.get(person, False) for person in persons]},
            schema={"person_id": pl.String, "is_care_home": pl.Boolean},
        ),
        "register.spell": draw(
            """
            person_id | is_regular_attender | admission_date | stay_end_date
            n14       | no                  | 2026-03-01     | 2026-03-15
            n15       | no                  | 2026-03-01     | 2026-03-16
            overlap   | no                  | 2026-03-01     | 2026-03-11
            overlap   | no                  | 2026-03-08     | 2026-03-12
            overlap   | no                  | 2026-03-12     | 2026-03-13
            edge      | no                  | 2025-09-01     | 2025-10-03
            in        | no                  | 2026-09-20     |
            dialysis  | yes                 | 2026-01-01     | 2026-06-01
            day_case  | no                  | 2026-01-01     | 2026-01-01
            long      | no                  | 2026-01-01     | 2026-03-01
            """
        ),
        "staging.address": draw(
            """
            person_id | is_care_home | address_from_date | address_to_date
            home      | yes          | 2026-09-01        |
            respite   | yes          | 2026-01-01        | 2026-01-11
            undated   | yes          |                   |
            n14       | no           | 2020-01-01        |
            """
        ).rename({"address_from_date": "address_from", "address_to_date": "address_to"}),
        "staging.social_care_event": draw(
            """
            person_id | event_type | service                          | event_date | end_date
            respite   | service    | Long Term Support: Nursing Care  | 2026-01-06 | 2026-01-21
            n15       | service    | Long Term Support: Community     | 2026-01-01 |
            day_case  | request    | Residential Care                 | 2026-01-01 |
            """
        ),
    }
    return build("needs.night_away", inputs)


PERSONS = (
    "n14",
    "n15",
    "overlap",
    "edge",
    "in",
    "dialysis",
    "day_case",
    "home",
    "respite",
    "undated",
    "untold",
    "long",
)
TOLD = {"home": True, "respite": False, "undated": True, "untold": None, "long": None}


def test_nights_away_count_once(build):
    found = build_away(build, PERSONS, TOLD)
    assert dict(found.select("person_id", "night_count").rows()) == {
        "n14": 14,
        "n15": 15,
        "overlap": 12,  # 1 to 13 March: three stays without a gap
        "edge": 2,  # 1 and 2 October 2025; the window begins on the 1st
        "in": 11,  # 20 September to 1 October
        "home": 30,  # 1 September to 1 October
        "respite": 20,  # 1 to 21 January, over two feeds
        "long": 59,
        # dialysis: a regular attendance; day_case: no night, and a request is no service
    }


def test_home_time_is_days_not_spent_in_hospital_or_care_home(build):
    build_away(build, PERSONS, TOLD)
    found = build("needs.indicator_home_time", {})
    assert read_states(found) == {
        "n14": "absent",
        "n15": "present",
        "overlap": "absent",
        "edge": "absent",
        "in": "absent",
        "dialysis": "absent",
        "day_case": "absent",
        "home": "present",
        "respite": "present",
        "undated": "not_known",  # lives in a care home, nobody says since when
        "untold": "not_known",
        "long": "present",  # 59 nights in hospital are enough, wherever the person lives
    }
    values = dict(found.select("person_id", "value").rows())
    assert (values["n14"], values["n15"], values["dialysis"]) == (351.0, 350.0, 365.0)  # 365 - 14, 365 - 15, 365 - 0
    assert values["long"] is None and values["undated"] is None  # no figure without the rest


def test_home_time_needs_the_hospital_feed(build):
    build_away(build, PERSONS, TOLD, "is_hospital_known_12m")
    states = read_states(build("needs.indicator_home_time", {}))
    assert (states["n14"], states["n15"]) == ("not_known", "present")


@pytest.mark.parametrize("unknown", [None, "is_hospital_known_12m"])
def test_unplanned_bed_days(build, unknown):
    inputs = {
        "needs.person": draw_people("one", "none", "unread", unknown=(unknown or "",)),
        "utilisation.bed_days": pl.DataFrame(
            {
                "person_id": ["one", "one", "none", "unread"],
                "index_date": [INDEX_DATE, date(2025, 10, 1), INDEX_DATE, INDEX_DATE],
                "unplanned_night_count_12m": [1, 7, 0, None],
            }
        ),
    }
    found = build("needs.indicator_unplanned_bed_days", inputs)
    none = "not_known" if unknown else "absent"
    assert read_states(found) == {"one": "present", "none": none, "unread": none}
    assert dict(found.select("person_id", "value").rows())["one"] == 1.0


@pytest.mark.parametrize("unknown", [None, "is_hospital_known_12m"])
def test_acsc_admission(build, unknown):
    inputs = {
        "needs.person": draw_people("two", "other_set", "year", unknown=(unknown or "",)),
        "utilisation.acsc_admission": draw(
            """
            person_id | code_set         | admission_date
            two       | ccg_ois_2.6      | 2025-10-02
            two       | ccg_ois_2.6      | 2026-10-01
            two       | ccg_ois_2.6      | 2026-10-02
            other_set | nhs_institute_19 | 2026-01-01
            year      | ccg_ois_2.6      | 2025-10-01
            """
        ),
    }
    found = build("needs.indicator_acsc_admission", inputs)
    none = "not_known" if unknown else "absent"
    assert read_states(found) == {"two": "present", "other_set": none, "year": none}
    assert dict(found.select("person_id", "value").rows())["two"] == 2.0


@pytest.mark.parametrize("unknown", [None, "is_gp_event_known_12m"])
def test_new_complex_mltc(build, unknown):
    inputs = {
        "needs.person": draw_people("new", "not_yet", "year", unknown=(unknown or "",)),
        "register.mltc": draw(
            """
            person_id | definition | is_complex_mltc | complex_onset_date
            new       | d          | yes             | 2025-10-02
            not_yet   | d          | no              |
            not_yet   | e          | yes             | 2026-01-01
            year      | d          | yes             | 2025-10-01
            """
        ),
    }
    found = build("needs.indicator_new_complex_mltc", inputs, definition="d")
    # year: complex 12 months ago, no row
    assert read_states(found) == {"new": "present", "not_yet": "not_known" if unknown else "absent"}
    assert found.filter(person_id="new")["evidence_date"].to_list() == [date(2025, 10, 2)]


@pytest.mark.parametrize("unknown", [None, "is_patient_reported_known"])
def test_health_rating(build, unknown):
    inputs = {
        "needs.person": draw_people("rated", "year", "other", unknown=(unknown or "",)),
        "staging.patient_reported": draw(
            """
            person_id | instrument | item     | value | answered_date
            rated     | EQ-5D-5L   | EQ-VAS   | 80    | 2026-01-01
            rated     | EQ-5D-5L   | EQ-VAS   | 60    | 2026-05-01
            rated     | eq-5d-3l   | vas      | 55    | 2026-05-01
            rated     | EQ-5D-5L   | mobility | 3     | 2026-06-01
            rated     | EQ-5D-5L   | EQ-VAS   | 999   | 2026-07-01
            rated     | EQ-5D-5L   | EQ-VAS   | 10    | 2026-10-02
            year      | EQ-5D-5L   | EQ-VAS   | 70    | 2025-10-01
            other     | PAM        | score    | 55    | 2026-01-01
            """,
            value=pl.Float64,
        ),
    }
    found = build("needs.indicator_health_rating", inputs)
    none = "not_known" if unknown else "absent"
    assert read_states(found) == {"rated": "present", "year": none, "other": none}
    # of two answers on the latest day the lower; 999 is no answer of a scale to 100
    assert found.filter(person_id="rated").select("value", "evidence_date").row(0) == (55.0, date(2026, 5, 1))


def test_a_rating_is_not_known_in_a_feed_without_the_instrument(build):
    answers = draw(
        "person_id | instrument | item | value | answered_date \n other | PAM | score | 55 | 2026-01-01",
        value=pl.Float64,
    )
    found = build(
        "needs.indicator_health_rating", {"needs.person": draw_people("other"), "staging.patient_reported": answers}
    )
    assert read_states(found) == {"other": "not_known"}
