"""Counts behind what is published of cohorts and places. Index date 2026-10-01."""

from datetime import datetime

import polars as pl
from conftest import draw

NUMBER = pl.Int64
PLACE = {"icb_code": "Q", "icb_name": "An ICB"}
PERSON = """
person_id | sex | age_years | age_band | imd_quintile | ethnic_group | practice_code | practice_name | pcn_code | pcn_name | registered_sub_icb | sub_icb_name | resident_neighbourhood | resident_sub_icb | resident_icb | is_mltc | is_complex_mltc | is_physical_mental | mltc_onset_date
a         | 1   | 70        | 70-74    | 1            | White        | P1            | Oak           | U1       | North    | S1                 | West         | Vale                   | S1               | Q            | yes     | yes             | no                 | 2020-01-01
b         | 2   | 40        | 40-44    | 5            | Unknown      | P1            | Oak           | U1       | North    | S1                 | West         | Vale                   | S1               | Q            | yes     | no              | no                 | 2026-03-10
c         | 2   | 30        | 30-34    |              | White        | P2            | Elm           | U1       | North    | S2                 | East         | not known              | not known        | R            | no      | no              | no                 |
"""


def people():
    return draw(PERSON, imd_quintile=NUMBER, age_years=NUMBER)


def known(**windows):
    columns = {f"is_{feed}_{months}_known": True for feed in ("hospital", "emergency", "outpatient", "practice")
               for months in ("12m", "24m")} | windows  # fmt: skip
    return draw("index_date\n 2026-10-01").with_columns(pl.lit(value).alias(name) for name, value in columns.items())


def test_everyone_is_in_each_place_of_registration_and_where_known_of_residence(build):
    found = build("cohort.stratum", {"cohort.person": people()}, **PLACE)
    sizes = found.group_by("geography_type", "geography_code").agg(pl.col("persons", "mltc").sum()).sort(pl.all())
    assert sizes.rows() == [
        ("icb", "Q", 3, 2),
        ("pcn", "U1", 3, 2),
        ("practice", "P1", 2, 2),
        ("practice", "P2", 1, 0),
        ("resident_neighbourhood", "Vale", 2, 2),  # c lives in another ICB
        ("sub_icb", "S1", 2, 2),
        ("sub_icb", "S2", 1, 0),
    ]
    parents = found.select("geography_code", "pcn_code", "sub_icb_code", "resident_area").unique().sort(pl.all())
    assert parents.rows() == [
        ("P1", "U1", "S1", ""),
        ("P2", "U1", "S2", ""),
        ("Q", "", "", ""),
        ("S1", "", "S1", ""),
        ("S2", "", "S2", ""),
        ("U1", "U1", "", ""),
        ("Vale", "", "", "S1"),
    ]


def test_admissions_that_are_not_known_have_no_row_and_repeats_are_squared(build):
    use = draw(
        "index_date | person_id | unplanned_admission_count_12m\n 2026-10-01 | a | 3\n 2026-10-01 | b |\n 2025-10-01 | a | 9",
        unplanned_admission_count_12m=NUMBER,
    )
    acsc = draw(
        "index_date | person_id | acsc_admission_count_12m\n 2026-10-01 | a |\n 2026-10-01 | b | 1",
        acsc_admission_count_12m=NUMBER,
    )
    inputs = {"cohort.person": people(), "features.use_count": use, "utilisation.person_use": acsc}
    found = build("cohort.inequality_stratum", inputs, **PLACE)
    fifths = found.filter(geography_type="icb", breakdown="imd_quintile")
    events = fifths.filter(~pl.col("measure").str.contains("mltc|mental"))
    columns = ("measure", "breakdown_value", "population", "events", "squared_count")
    assert events.select(columns).rows() == [("acsc_admission", "5", 1, 1, 1), ("unplanned_admission", "1", 1, 3, 9)]
    cohort = fifths.filter(measure="mltc").select("breakdown_value", "population", "events").sort(pl.all())
    assert cohort.rows() == [(None, 1, 0), ("1", 1, 1), ("5", 1, 1)]
    groups = found.filter(breakdown="ethnic_group", measure="mltc").select("breakdown_value", "events").sort(pl.all())
    assert groups.rows() == [(None, 1), ("White", 0), ("White", 1)]  # b: not known


def test_activity_is_known_where_the_feed_is_and_costs_where_nearly_all_records_bear_one(build):
    kinds = draw(
        """
        activity              | activity_name | unit        | feed       | is_costed | sort_key
        emergency_admission   | E             | admissions  | hospital   | yes       | 1
        outpatient_attendance | O             | attendances | outpatient | yes       | 2
        emergency_attendance  | A             | attendances | emergency  | yes       | 3
        practice_contact      | P             | contacts    | practice   | no        | 4
        """,
        sort_key=NUMBER,
        is_costed=pl.String,
    )
    stays = draw("admission_date | cost_gbp\n 2026-01-01 | 900\n 2020-01-01 |", cost_gbp=pl.Float64)
    clinics = draw(
        "appointment_date | attendance_status | cost_gbp\n 2026-01-01 | 5 | 100\n 2026-01-02 | 5 |\n 2026-01-02 | 3 |",
        cost_gbp=pl.Float64,
    )
    arrivals = pl.DataFrame({"arrival_at": [datetime(2026, 1, 1, 9)], "cost_gbp": [150.0]})
    found = build(
        "cohort.activity_known",
        {
            "codelist.activity": kinds,
            "register.continuous_inpatient_spell": stays,
            "staging.outpatient": clinics,
            "staging.emergency": arrivals,
            "features.known_window": known(is_emergency_12m_known=False),
        },
    )
    told = {activity: (is_known, has_cost) for activity, _, _, _, is_known, has_cost in found.rows()}
    assert told == {
        "emergency_admission": (True, True),  # the stay without a cost is years back
        "outpatient_attendance": (True, False),  # one of two that were attended bears a cost
        "emergency_attendance": (False, False),
        "practice_contact": (True, False),
    }


def test_use_counts_people_by_how_much_they_used_in_known_activity_alone(build):
    activity = draw(
        """
        person_id | activity            | activity_count | cost_gbp
        a         | emergency_admission | 2              | 500
        b         | emergency_admission | 1              | 300
        c         | emergency_admission | 1              |
        a         | practice_contact    | 4              |
        """,
        activity_count=NUMBER,
        cost_gbp=pl.Float64,
    )
    listed = draw("activity | is_known\n emergency_admission | yes\n practice_contact | no")
    inputs = {"cohort.person": people(), "cohort.person_activity": activity, "cohort.activity_known": listed}
    found = build("cohort.use_count", inputs, **PLACE)
    assert set(found["activity"]) == {"emergency_admission"}
    whole = found.filter(geography_type="icb").select("cohort", "activity_count", "persons", "cost_gbp")
    assert whole.rows() == [
        ("complex_mltc", 2, 1, 500.0),
        ("mltc", 1, 1, 300.0),
        ("mltc", 2, 1, 500.0),
        ("registered", 1, 2, 300.0),
        ("registered", 2, 1, 500.0),
    ]
    assert set(found.filter(geography_type="pcn")["cohort"]) == {"registered", "mltc"}


def test_movement_tells_deaths_leavers_and_joiners_of_a_year(build):
    inputs = {
        "cohort.person": people(),
        "register.spine": draw(
            """
            index_date | person_id | age_years
            2025-10-01 | a         | 69
            2025-10-01 | died      | 80
            2025-10-01 | left      | 25
            2026-10-01 | a         | 70
            """,
            age_years=NUMBER,
        ),
        "meta.index_date": draw("role | index_date\n current | 2026-10-01\n validation | 2025-10-01"),
        "staging.person": draw("person_id | sex\n a | 1\n b | 2\n c | 2\n died | 1\n left |"),
        "register.death": draw("person_id | death_date\n died | 2026-02-01\n left | 2026-10-20"),
    }
    found = build("cohort.movement", inputs)
    columns = ("sex", "age_years", "persons", "mltc", "persons_a_year_ago", "deaths", "leavers", "joiners")
    assert found.select(columns).rows() == [
        ("1", 69, 0, 0, 1, 0, 0, 0),
        ("1", 70, 1, 1, 0, 0, 0, 0),
        ("1", 80, 0, 0, 1, 1, 0, 0),
        ("2", 30, 1, 0, 0, 0, 0, 1),
        ("2", 40, 1, 1, 0, 0, 0, 1),
        ("not known", 25, 0, 0, 1, 0, 1, 0),  # died after the index date: left before it
    ]


def test_movement_is_not_known_where_validation_is_not_a_year_back(build):
    inputs = {
        "cohort.person": people(),
        "register.spine": draw("index_date | person_id | age_years\n 2026-04-01 | a | 69", age_years=NUMBER),
        "meta.index_date": draw("role | index_date\n validation | 2026-04-01"),
        "staging.person": draw("person_id | sex\n a | 1"),
        "register.death": draw("person_id | death_date\n z | 2020-01-01"),
    }
    assert build("cohort.movement", inputs).is_empty()


def test_month_counts_people_who_had_it_by_then(build):
    inputs = {
        "cohort.person": people(),
        "register.continuous_inpatient_spell": draw(
            """
            person_id | is_unplanned | admission_date
            a         | yes          | 2026-09-30
            a         | no           | 2026-09-12
            b         | yes          | 2026-03-20
            b         | yes          | 2026-04-02
            c         | yes          | 2026-09-01
            a         | yes          | 2026-10-01
            """
        ),
        "staging.emergency": pl.DataFrame({"person_id": ["a"], "arrival_at": [datetime(2026, 9, 1)]}),
        "features.known_window": known(is_emergency_24m_known=False),
    }
    found = build("cohort.month", inputs)
    months = {
        str(month): (persons, events)
        for series, month, persons, events in found.rows()
        if series == "unplanned_admission"
    }
    assert len(months) == 24 and min(months) == "2024-10-01" and max(months) == "2026-09-01"
    assert months["2026-03-01"] == (1, 0)  # b's second condition began on the 10th
    assert months["2026-04-01"] == (2, 1)
    assert months["2026-09-01"] == (2, 1)
    assert found.filter(series="emergency_attendance")["events"].null_count() == 24


def test_recorded_counts_people_of_the_ages_of_the_published_register(build):
    published = draw(
        """
        condition | published_percent | minimum_age_years | denominator      | source | is_comparable
        diabetes  | 8.0               | 40                | aged 40 and over | QOF    | yes
        asthma    | 6.0               | 0                 | all ages         | QOF    | no
        """,
        published_percent=pl.Float64,
        minimum_age_years=NUMBER,
    ).rename({"is_comparable": "comparable"})
    inputs = {
        "cohort.person": people(),
        "codelist.qof_published": published,
        "codelist.condition": draw("key | name\n diabetes | Diabetes\n asthma | Asthma"),
        "codelist.membership": draw("condition | definition\n diabetes | mine\n asthma | mine"),
        "register.person_condition": draw("person_id | condition\n a | diabetes\n c | diabetes"),
    }
    found = build("cohort.recorded", inputs, definition="mine")
    columns = ("practice_code", "condition", "persons", "recorded_persons", "expected_persons")
    # 2 people of 40 or over at P1; 2 x 8 % = 0.16. c is 30, so P2 has nobody of these ages
    assert found.select(columns).rows() == [("P1", "diabetes", 2, 1, 0.16)]
