"""Features end on the index date, outcomes begin after it, and what a feed cannot tell is null. Index date 2026-10-01."""

from datetime import date

import polars as pl
import pytest
from conftest import INDEX_DATE, draw

from mltc.risk_catalogue import load_features

EARLIER = date(2025, 10, 1)
DATES = "role | index_date \n current | 2026-10-01 \n last_run | 2026-09-01"
PAST = "role | index_date \n current | 2026-10-01 \n validation | 2025-10-01 \n training | 2024-10-01"
# One spell is one admission unless a second names the same cips_id; nights is what register.spell counts.
SPELLS = """
    spell_key | cips_id | is_unplanned | is_regular_attender | nights | admission_date | stay_end_date
    1         | 1       | yes          | no                  | 0      | 2026-10-01     |
    2         | 2       | yes          | no                  | 3      | 2025-10-02     | 2025-10-05
    3         | 3       | yes          | no                  | 9      | 2026-07-01     | 2026-07-10
    4         | 4       | yes          | no                  | 1      | 2025-10-01     | 2025-10-02
    5         | 5       | yes          | no                  | 1      | 2024-10-01     | 2024-10-02
    6         | 6       | no           | no                  | 8      | 2026-01-01     | 2026-01-09
    7         | 7       | no           | yes                 | 0      | 2026-01-02     | 2026-01-02
    8         | 8       | no           | yes                 | 0      | 2026-01-04     | 2026-01-04
    9         | 3       | no           | no                  | 2      | 2026-07-11     | 2026-07-13
    10        | 10      | yes          | no                  | 1      | 2026-08-01     | 2026-08-02
    11        | 11      | yes          | no                  | 0      | 2026-10-02     |
"""


def draw_spells(text: str = SPELLS) -> dict[str, pl.DataFrame]:
    """register.spell, spell_cips and continuous_inpatient_spell of person p."""
    types = {"spell_key": pl.Int64, "cips_id": pl.Int64, "nights": pl.Int64}
    spells = draw(text, **types).with_columns(person_id=pl.lit("p"))
    rank = pl.col("spell_key").rank("ordinal").over("cips_id").cast(pl.Int64)
    members = spells.with_columns(spell_rank=rank)
    return {
        "register.spell": spells.rename({"nights": "bed_days"}).drop("cips_id"),
        "register.spell_cips": members.select("spell_key", "cips_id", "person_id", "spell_rank"),
        "register.continuous_inpatient_spell": members.filter(spell_rank=1).drop("spell_key", "spell_rank"),
    }


def build_hospital_use(build, **tables: str) -> dict[str, object]:
    drawn = {
        "meta.index_date": draw(DATES),
        **draw_spells(),
        "utilisation.acsc_admission": draw(
            "spell_key | code_set \n 2 | ccg_ois_2.6 \n 2 | nhs_institute_19 \n 1 | ccg_ois_2.6 \n 4 | ccg_ois_2.6",
            spell_key=pl.Int64,
        ),
        "utilisation.readmission": draw("readmission_cips_id \n 10 \n 1 \n ", readmission_cips_id=pl.Int64),
    }
    return build("features.hospital_use", drawn).row(0, named=True)


def test_admissions_and_nights_in_their_windows(build):
    use = build_hospital_use(build)
    assert use["unplanned_admission_count_12m"] == 4  # 1, 2, 3 and 10; 4 is a day outside, 11 is to come
    assert use["unplanned_admission_count_13_24m"] == 1  # 4; 5 is a day outside
    assert use["unplanned_admission_count_3m"] == 2  # 1 and 10; 3 was on 2026-07-01, three months ago to the day
    assert use["planned_admission_count_12m"] == 1  # 6: regular attendances apart, and 9 is a transfer of 3
    assert use["regular_attendance_count_12m"] == 2
    assert use["unplanned_bed_days_12m"] == 15  # 2: 3, 3: 9 and its transfer 9: 2, 10: 1, and 1 has not had a night
    assert use["planned_bed_days_12m"] == 8
    assert use["longest_unplanned_stay_days_12m"] == 9
    assert use["short_unplanned_stay_count_12m"] == 1  # 10; 1 is not over
    assert use["last_unplanned_admission_date"] == INDEX_DATE
    assert use["last_discharge_date"] == date(2026, 8, 2)


def test_what_a_diagnosis_must_tell_waits_until_the_stay_is_over(build):
    use = build_hospital_use(build)
    assert use["acsc_admission_count_12m"] == 1  # 2 once, of one set; 1 is not over; 4 is a day outside
    assert use["emergency_readmission_count_12m"] == 1  # 10; 1 is not over
    assert use["is_in_hospital"] == 1  # since this morning


def test_nights_end_on_the_index_date(build):
    joined = """
        spell_key | cips_id | is_unplanned | is_regular_attender | nights | admission_date | stay_end_date
        1         | 1       | yes          | no                  | 20     | 2025-09-26     | 2025-10-16
    """
    tables = {
        "meta.index_date": draw("role | index_date \n current | 2026-10-01 \n training | 2025-10-01"),
        **draw_spells(joined),
        "utilisation.acsc_admission": draw("spell_key | code_set", spell_key=pl.Int64),
        "utilisation.readmission": draw("readmission_cips_id", readmission_cips_id=pl.Int64),
    }
    found = {row["index_date"]: row for row in build("features.hospital_use", tables).to_dicts()}
    assert found[EARLIER]["unplanned_bed_days_12m"] == 5  # of 20, those from 2025-09-26 to 2025-10-01
    assert found[EARLIER]["is_in_hospital"] == 1
    assert found[EARLIER]["last_discharge_date"] is None
    assert found[INDEX_DATE]["unplanned_bed_days_12m"] == 0  # admitted more than a year ago
    assert found[INDEX_DATE]["is_in_hospital"] == 0


def test_emergency_attendances_by_the_day_of_arrival(build):
    arrivals = """
        person_id | arrival_at
        p         | 2026-10-01 23:00
        p         | 2026-10-02 00:00
        p         | 2026-07-01 12:00
        p         | 2025-10-01 12:00
        p         | 2024-10-01 12:00
        q         | 2026-10-02 08:00
    """
    drawn = draw(arrivals).with_columns(pl.col("arrival_at").str.to_datetime("%Y-%m-%d %H:%M"))
    found = build("features.emergency_use", {"meta.index_date": draw(DATES), "staging.emergency": drawn})
    (use,) = found.to_dicts()  # nobody else came before the index date
    assert use["emergency_attendance_count_12m"] == 2  # today and in July
    assert use["emergency_attendance_count_3m"] == 1  # July was three months ago to the day
    assert use["emergency_attendance_count_13_24m"] == 1  # 2025-10-01; 2024-10-01 is a day outside
    assert use["last_emergency_attendance_date"] == INDEX_DATE


def test_outpatient_appointments_attended_and_missed(build):
    appointments = """
        person_id | appointment_date | attendance_status | first_or_followup | specialty
        p         | 2026-10-01       | 5                 | 1                 | 300
        p         | 2026-01-02       | 6                 | 2                 | 300
        p         | 2026-01-03       | 5                 | 3                 | 320
        p         | 2026-01-04       | 3                 | 1                 | 340
        p         | 2026-01-05       | 3                 | 5                 | 340
        p         | 2026-01-06       | 2                 | 1                 | 350
        p         | 2025-10-01       | 5                 | 1                 | 360
        p         | 2026-10-02       | 5                 | 1                 | 370
    """
    tables = {"meta.index_date": draw(DATES), "staging.outpatient": draw(appointments)}
    (use,) = build("features.outpatient_use", tables).to_dicts()
    assert use["outpatient_attended_count_12m"] == 3
    assert use["outpatient_attended_count_3m"] == 1
    assert use["outpatient_first_count_12m"] == 2  # FIRSTATT 1 and 3
    assert use["outpatient_specialty_count_12m"] == 2  # 300 and 320
    assert use["outpatient_missed_count_12m"] == 1  # neither cancelled nor an administrative event


def test_practice_contacts_by_mode_and_role(build):
    contacts = """
        person_id | consultation_date | status    | clinician_role | mode
        p         | 2026-10-01        | attended  | GP             | telephone
        p         | 2026-01-01        | attended  | nurse          | face_to_face
        p         | 2026-01-02        | attended  | gp             | home_visit
        p         | 2026-01-03        | attended  |                |
        p         | 2026-01-04        | dna       | gp             | face_to_face
        p         | 2026-01-05        | cancelled | gp             | face_to_face
        p         | 2025-10-01        | attended  | gp             | video
        untold    | 2026-01-01        | attended  |                |
        before    | 2025-01-01        | attended  |                |
    """
    tables = {
        "meta.index_date": draw(DATES),
        "staging.gp_consultation": draw(contacts),
        "codelist.gp_role": draw("code | verified \n gp | yes \n nurse | no"),
    }
    found = {row["person_id"]: row for row in build("features.practice_use", tables).to_dicts()}
    assert found["p"]["gp_contact_count_12m"] == 4
    assert found["p"]["gp_contact_count_13_24m"] == 1
    assert found["p"]["gp_contact_count_3m"] == 1
    assert found["p"]["gp_doctor_contact_count_12m"] == 2
    assert found["p"]["gp_remote_contact_count_12m"] == 1
    assert found["p"]["gp_home_visit_count_12m"] == 1
    assert found["p"]["gp_missed_count_12m"] == 1
    assert found["untold"]["gp_doctor_contact_count_12m"] is None  # no contact of the year tells a role
    assert found["untold"]["gp_remote_contact_count_12m"] is None
    assert found["before"]["gp_doctor_contact_count_12m"] == 0  # there was no contact in the year


def test_a_feed_begins_with_its_first_full_month(build):
    days = ["1990-01-01"] + ["2024-10-05"] * 20 + ["2024-11-05"] * 20 + ["2024-12-05"] * 2
    drawn = pl.DataFrame({"consultation_date": days}).with_columns(pl.col("consultation_date").str.to_date())
    tables = {
        "staging.gp_consultation": drawn,
        "staging.outpatient": draw("appointment_date \n 2025-01-31"),
        "staging.hospital_episode": draw("admission_date"),
        "staging.emergency": pl.DataFrame(schema={"arrival_at": pl.Datetime}),
    }
    found = dict(build("features.feed_start", tables).rows())
    # 1 row in 1990 is less than a tenth of the median month (median of 1, 20, 20 and 2: 11)
    assert found == {"gp_consultation": date(2024, 10, 1), "outpatient": date(2025, 1, 1)}


def test_a_window_that_begins_before_its_feed_is_not_known(build):
    starts = draw("table_name | first_month_date \n gp_consultation | 2024-10-01 \n outpatient | 2024-11-01")
    feeds = ("gp_event", "hospital_episode", "emergency", "outpatient", "gp_consultation")
    tables = {
        "meta.index_date": draw(PAST),
        "features.feed_start": starts.rename({"first_month_date": "first_month"}),
        "meta.feed": pl.DataFrame({f"has_{feed}": [feed != "gp_event"] for feed in feeds}),
    }
    found = {row["index_date"]: row for row in build("features.known_window", tables).to_dicts()}
    assert found[INDEX_DATE]["is_practice_24m_known"]  # from 2024-10-01
    assert not found[INDEX_DATE]["is_outpatient_24m_known"]
    assert found[INDEX_DATE]["is_outpatient_12m_known"]
    assert found[EARLIER]["is_practice_12m_known"]
    assert not found[EARLIER]["is_outpatient_12m_known"]
    assert not found[date(2024, 10, 1)]["is_practice_3m_known"]
    assert not found[INDEX_DATE]["is_hospital_3m_known"]  # supplied, and without a row
    assert found[INDEX_DATE]["is_condition_known"]  # by hospital episodes


KNOWN = tuple(
    f"is_{feed}_{window}_known"
    for feed in ("hospital", "emergency", "outpatient", "practice")
    for window in ("3m", "12m", "24m")
)
NOBODY = pl.DataFrame(schema={"index_date": pl.Date, "person_id": pl.String})


def draw_use(names: str) -> pl.DataFrame:
    """A table of use in which nobody stands."""
    return NOBODY.with_columns(pl.lit(None, pl.Int64).alias(name) for name in names.split())


def build_use(build, is_known: bool, has_prescription: bool) -> dict[str, object]:
    tables = {
        "register.spine": draw("index_date | person_id \n 2026-10-01 | p"),
        "features.known_window": pl.DataFrame({"index_date": [INDEX_DATE], **{name: [is_known] for name in KNOWN}}),
        "features.hospital_use": draw_use(
            "unplanned_admission_count_12m unplanned_admission_count_13_24m planned_admission_count_12m "
            "regular_attendance_count_12m unplanned_bed_days_12m last_unplanned_admission_date"
        ),
        "features.emergency_use": draw_use("emergency_attendance_count_12m"),
        "features.outpatient_use": draw_use("outpatient_attended_count_12m outpatient_specialty_count_12m"),
        "features.practice_use": draw_use("gp_contact_count_12m"),
        "scores.person_medicine": draw(
            "index_date | person_id | issue_count_3m \n 2026-10-01 | p | 1 \n 2026-10-01 | p | 3 \n 2026-10-01 | p | 0",
            issue_count_3m=pl.Int64,
        ),
        "meta.feed": pl.DataFrame({"has_gp_prescription": [has_prescription]}),
    }
    return build("features.use_count", tables).drop("index_date", "person_id").row(0, named=True)


def test_who_used_nothing_has_noughts_and_a_missing_feed_is_null(build):
    use = build_use(build, is_known=True, has_prescription=True)
    assert use.pop("medicine_count_3m") == 2  # the third was not issued within three months
    assert use.pop("last_unplanned_admission_date") is None
    assert set(use.values()) == {0}
    assert set(build_use(build, is_known=False, has_prescription=False).values()) == {None}


HELD = """
    index_date | person_id | condition     | first_known_date
    2026-10-01 | two       | heart_failure | 2020-01-01
    2026-10-01 | two       | depression    | 2025-10-01
    2026-10-01 | two       | epilepsy      | 2019-01-01
    2026-10-01 | four      | heart_failure | 2020-01-01
    2026-10-01 | four      | stroke        | 2025-10-02
    2026-10-01 | four      | copd          | 2022-01-01
    2026-10-01 | four      | depression    | 2026-09-30
    2026-10-01 | other     | epilepsy      | 2026-09-30
"""
CONDITIONS = """
    key           | body_system    | kind
    heart_failure | cardiovascular | physical
    stroke        | cardiovascular | physical
    copd          | respiratory    | physical
    depression    | mental         | mental
    epilepsy      | neurological   | physical
"""
MEMBERS = "definition | condition \n d | heart_failure \n d | stroke \n d | copd \n d | depression \n e | epilepsy"


def test_conditions_are_counted_by_the_definition_and_flagged_by_themselves(build):
    tables = {
        "register.condition_status": draw(HELD),
        "codelist.condition": draw(CONDITIONS),
        "codelist.membership": draw(MEMBERS),
    }
    found = build("features.condition_held", tables, definition="d", complex_conditions=4, complex_systems=3)
    people = {row["person_id"]: row for row in found.to_dicts()}
    two, four, other = people["two"], people["four"], people["other"]
    assert (two["condition_count"], two["body_system_count"]) == (2, 2)  # epilepsy is not of the definition
    assert two["has_epilepsy"] == 1  # and has its flag
    assert two["mltc_known_date"] == date(2025, 10, 1)  # the second condition; that of epilepsy does not count
    assert two["new_condition_count_12m"] == 0  # 2025-10-01 is a year ago to the day
    assert (two["is_complex_mltc"], four["is_complex_mltc"]) == (0, 1)  # four of three systems
    assert (four["condition_count"], four["body_system_count"]) == (4, 3)
    assert four["mltc_known_date"] == date(2022, 1, 1)
    assert four["newest_known_date"] == date(2026, 9, 30)
    assert four["new_condition_count_12m"] == 2
    assert (four["has_cardiovascular_disease"], four["has_mental_condition"], four["has_dementia"]) == (1, 1, 0)
    assert (other["condition_count"], other["mltc_known_date"], other["newest_known_date"]) == (0, None, None)


def test_the_latest_value_is_that_of_those_known(build):
    values = """
        person_id | measure    | value | event_date | known_date
        p         | bmi        | 31    | 2025-01-01 | 2025-01-01
        p         | bmi        | 33    | 2025-01-01 | 2025-01-05
        p         | bmi        | 40    | 2026-09-30 | 2026-10-02
        p         | egfr       | 59    | 2026-10-01 | 2026-10-01
        p         | egfr       | 80    | 2026-10-02 | 2026-10-02
        p         | haemoglobin | 13.5 | 2026-01-01 | 2026-01-01
        p         | tsh        | 2     | 2026-01-01 | 2026-01-01
    """
    tables = {"meta.index_date": draw(DATES), "register.measurement": draw(values, value=pl.Float64)}
    (latest,) = build("features.latest_value", tables).to_dicts()
    assert (latest["latest_bmi"], latest["latest_bmi_date"]) == (33, date(2025, 1, 1))  # the higher of one day
    assert (latest["latest_egfr"], latest["latest_egfr_date"]) == (59, INDEX_DATE)
    assert latest["latest_haemoglobin"] is None  # 13.5 is g/dL


def test_no_date_looks_further_back_than_the_earliest_can(build):
    """Records begin in April 2024 (one stray value of 2010 aside), 183 days before the earliest date."""
    values = [
        ("stray", date(2010, 1, 1)),
        *[("many", date(2024, month, 2)) for month in (4, 5, 6) for _ in range(20)],
        ("reached", date(2026, 4, 1)),  # 2026-10-01 less 183 days
        ("beyond", date(2026, 3, 31)),
    ]
    measured = pl.DataFrame(values, schema=["person_id", "event_date"], orient="row").with_columns(
        measure=pl.lit("bmi"), value=pl.lit(30.0), known_date=pl.col("event_date")
    )
    rows = build("features.latest_value", {"meta.index_date": draw(PAST), "register.measurement": measured})
    assert set(rows.select("index_date", "person_id").rows()) == {
        (date(2024, 10, 1), "many"),
        (INDEX_DATE, "reached"),
    }


def test_values_recorded_after_the_earliest_date_do_not_move_the_beginning(build):
    values = """
        person_id | measure | value | event_date | known_date
        p         | bmi     | 31    | 2024-09-01 | 2024-09-01
        q         | bmi     | 31    | 2020-01-01 | 2025-01-01
    """
    tables = {"meta.index_date": draw(PAST), "register.measurement": draw(values, value=pl.Float64)}
    rows = build("features.latest_value", tables)
    assert rows.select("index_date", "person_id").rows() == [(date(2024, 10, 1), "p")]  # 30 days back on every date


def test_residence_is_that_of_the_day(build):
    persons = """
        person_id | lsoa_code | imd_decile | is_care_home
        moved     | L1        |            | yes
        undated   | L1        |            | yes
        given     | L1        | 7          | yes
        nowhere   |           |            |
    """
    addresses = """
        person_id | row_id | address_from_date | address_to_date | lsoa_code | imd_decile | is_care_home
        moved     | 1      | 2020-01-01        | 2026-01-01      | L2        |            | no
        moved     | 2      | 2026-01-02        |                 | L3        |            | yes
        undated   | 3      |                   |                 | L2        |            | yes
    """
    spine = [(day, person) for day in (INDEX_DATE, EARLIER) for person in ("moved", "undated", "given", "nowhere")]
    tables = {
        "register.spine": pl.DataFrame(spine, schema=["index_date", "person_id"], orient="row"),
        "staging.person": draw(persons, imd_decile=pl.Int64),
        "staging.address": draw(addresses, row_id=pl.Int64, imd_decile=pl.Int64).rename(
            {"address_from_date": "address_from", "address_to_date": "address_to"}
        ),
        "codelist.imd2019_lsoa11": draw("lsoa_code | imd_decile \n L1 | 1 \n L2 | 4", imd_decile=pl.Int64),
        "codelist.imd2025_lsoa21": draw("lsoa_code | imd_decile \n L2 | 10 \n L3 | 9", imd_decile=pl.Int64),
    }
    rows = build("features.residence", tables, imd_vintage="2019").rows()
    assert {(day, person): (quintile, home) for day, person, quintile, home in rows} == {
        (EARLIER, "moved"): (2, 0),  # decile 4
        (INDEX_DATE, "moved"): (5, 1),  # L3 is in the other vintage only: decile 9
        (EARLIER, "undated"): (2, None),  # an address without a date says nothing of a care home
        (INDEX_DATE, "undated"): (2, None),
        (EARLIER, "given"): (4, None),  # nor does the person table, whose flag has no date
        (INDEX_DATE, "given"): (4, None),
        (EARLIER, "nowhere"): (None, None),
        (INDEX_DATE, "nowhere"): (None, None),
    }


OUTCOME_PERSONS = """
    index_date | person_id
    2025-10-01 | on_the_day
    2025-10-01 | day_after
    2025-10-01 | last_day
    2025-10-01 | too_late
    2025-10-01 | planned
    2026-10-01 | day_after
"""
ADMISSIONS = """
    person_id  | is_unplanned | admission_date
    on_the_day | yes          | 2025-10-01
    day_after  | yes          | 2025-10-02
    last_day   | yes          | 2026-10-01
    last_day   | yes          | 2026-01-01
    too_late   | yes          | 2026-10-02
    planned    | no           | 2025-10-02
"""


def build_horizon(build) -> None:
    build("features.horizon", {"meta.index_date": draw(PAST)}, horizon_months=12)


def feed(**held: bool) -> pl.DataFrame:
    return pl.DataFrame({f"has_{name}": [value] for name, value in held.items()})


def values_of(found: pl.DataFrame) -> dict[str, int]:
    assert found["index_date"].unique().to_list() in ([], [EARLIER])  # nothing for the current date
    return dict(found.select("person_id", "value").rows())


def test_horizons_lie_inside_the_data(build):
    found = build("features.horizon", {"meta.index_date": draw(PAST)}, horizon_months=12)
    assert found.rows() == [
        (date(2024, 10, 1), EARLIER, EARLIER),
        (EARLIER, INDEX_DATE, INDEX_DATE),  # ends on the index date of the run; that date's own horizon does not
    ]
    longer = build("features.horizon", {"meta.index_date": draw(PAST)}, horizon_months=18)
    assert longer.rows() == [(date(2024, 10, 1), date(2026, 4, 1), INDEX_DATE)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("unplanned_admission", {"day_after": 1, "last_day": 1, "on_the_day": 0, "planned": 0, "too_late": 0}),
        ("two_unplanned_admissions", {"day_after": 0, "last_day": 1, "on_the_day": 0, "planned": 0, "too_late": 0}),
    ],
)
def test_admissions_strictly_after_the_index_date_and_within_the_horizon(build, key, expected):
    build_horizon(build)
    tables = {
        "register.spine": draw(OUTCOME_PERSONS),
        "register.continuous_inpatient_spell": draw(ADMISSIONS),
        "meta.feed": feed(hospital_episode=True),
    }
    assert values_of(build(f"features.outcome_{key}", tables)) == expected
    assert build(f"features.outcome_{key}", tables | {"meta.feed": feed(hospital_episode=False)}).is_empty()


def test_emergency_attendances_that_count(build):
    build_horizon(build)
    attended = """
        person_id  | arrival_at       | attendance_category | department_type
        on_the_day | 2025-10-01 23:59 | 1                   | 01
        day_after  | 2025-10-02 00:00 |                     |
        planned    | 2026-01-01 09:00 | 4                   | 01
        planned    | 2026-01-02 09:00 | 1                   | 05
        too_late   | 2026-10-02 00:00 | 1                   | 01
    """
    five = [("last_day", f"2026-10-01 0{hour}:00", "1", "01") for hour in range(5)]
    drawn = draw(attended)
    drawn = pl.concat([drawn, pl.DataFrame(five, schema=drawn.schema, orient="row")])
    tables = {
        "register.spine": draw(OUTCOME_PERSONS),
        "staging.emergency": drawn.with_columns(pl.col("arrival_at").str.to_datetime("%Y-%m-%d %H:%M")),
        "meta.feed": feed(emergency=True),
    }
    once = values_of(build("features.outcome_emergency_attendance", tables))
    assert once == {"day_after": 1, "last_day": 1, "on_the_day": 0, "planned": 0, "too_late": 0}
    often = values_of(build("features.outcome_five_emergency_attendances", tables))
    assert [person for person, value in often.items() if value] == ["last_day"]
    none = tables | {"meta.feed": feed(emergency=False)}
    assert build("features.outcome_emergency_attendance", none).is_empty()
    assert build("features.outcome_five_emergency_attendances", none).is_empty()


def test_death_within_the_horizon(build):
    build_horizon(build)
    died = "person_id | death_date \n day_after | 2025-10-02 \n last_day | 2026-10-01 \n too_late | 2026-10-02"
    tables = {"register.spine": draw(OUTCOME_PERSONS), "register.death": draw(died)}
    assert values_of(build("features.outcome_death", tables)) == {
        "day_after": 1, "last_day": 1, "on_the_day": 0, "planned": 0, "too_late": 0,
    }  # fmt: skip
    nothing = tables | {"register.death": draw("person_id | death_date")}
    assert build("features.outcome_death", nothing).is_empty()  # no feed gives any death: nothing is known


def test_nights_of_the_horizon(build):
    build_horizon(build)
    stays = """
        person_id  | bed_days | is_regular_attender | stay_end_date
        on_the_day | 10       | no                  | 2025-10-06
        last_day   | 4        | no                  |
        day_after  | 3        | yes                 | 2026-01-04
        planned    | 0        | no                  | 2026-01-01
        too_late   | 2        | no                  | 2025-10-01
    """
    tables = {
        "register.spine": draw(OUTCOME_PERSONS),
        "register.spell": draw(stays, bed_days=pl.Int64),
        "meta.feed": feed(hospital_episode=True),
    }
    assert values_of(build("features.outcome_bed_days", tables)) == {
        "day_after": 0,  # a regular attendance
        "last_day": 4,  # still in on 2026-10-01
        "on_the_day": 5,  # of 10 nights until 2025-10-06, those from 2025-10-01 on
        "planned": 0,
        "too_late": 0,  # both nights before the index date
    }


def test_new_complex_mltc_among_those_who_can_become_it(build):
    build_horizon(build)
    spine = [(EARLIER, person) for person in ("became", "was", "stays", "left", "recovered")]
    spine += [(INDEX_DATE, person) for person in ("became", "was", "stays", "recovered", "arrived")]
    held = """
        index_date | person_id | is_complex_mltc
        2025-10-01 | became    | 0
        2026-10-01 | became    | 1
        2025-10-01 | was       | 1
        2026-10-01 | was       | 1
        2025-10-01 | left      | 0
        2025-10-01 | recovered | 0
        2026-10-01 | arrived   | 1
    """
    tables = {
        "register.spine": pl.DataFrame(spine, schema=["index_date", "person_id"], orient="row"),
        "features.condition_held": draw(held, is_complex_mltc=pl.Int64),
    }
    found = values_of(build("features.outcome_incident_complex_mltc", tables))
    assert found == {"became": 1, "recovered": 0, "stays": 0}  # `was` could not become it, `left` is not known


def test_outcomes_stand_below_each_other(warehouse, build):
    from mltc.warehouse import load_models

    gathered = sorted(load_models()["features.outcome"].reads)
    row = draw("index_date | person_id | value \n 2025-10-01 | p | 1", value=pl.Int32)
    found = build("features.outcome", dict.fromkeys(gathered, row))
    assert found["outcome"].to_list() == [name.removeprefix("features.outcome_") for name in gathered]
    assert found["value"].to_list() == [1] * len(gathered)
    assert found.columns == ["index_date", "person_id", "outcome", "value"]


SCORES = tuple(feature.key for feature in load_features() if feature.source == "scores.person_score")
HELD_COLUMNS = tuple(feature.key for feature in load_features() if feature.source == "features.condition_held")
USE_COUNTS = (
    "unplanned_admission_count_12m unplanned_admission_count_13_24m planned_admission_count_12m "
    "regular_attendance_count_12m unplanned_bed_days_12m emergency_attendance_count_12m outpatient_attended_count_12m "
    "outpatient_specialty_count_12m gp_contact_count_12m medicine_count_3m"
)
KEYS = {"index_date": [INDEX_DATE], "person_id": ["p"]}


def build_person_feature(build, is_known: bool, **tables: pl.DataFrame) -> dict[str, object]:
    """Features of one person of whom nothing is known but what `tables` say."""
    own = {feature.key: feature.source.split(".")[1] for feature in load_features()}

    def columns_of(table: str) -> str:
        return " ".join(key for key, source in own.items() if source == table and not key.endswith("_trend"))

    drawn = {
        "register.spine": pl.DataFrame(
            {**KEYS, "practice_code": ["A"], "age_years": [70], "registered_from": [date(2016, 10, 1)]}
        ),
        "staging.person": draw("person_id | sex \n p | 2"),
        "meta.feed": feed(gp_event=is_known),
        "features.known_window": pl.DataFrame(
            {"index_date": [INDEX_DATE], "is_condition_known": [is_known], **{name: [is_known] for name in KNOWN}}
        ),
        "features.use_count": pl.DataFrame(KEYS).with_columns(
            pl.lit(None, pl.Int64).alias(name) for name in USE_COUNTS.split()
        ),
        "features.residence": pl.DataFrame({**KEYS, "imd_quintile": [3], "is_care_home": [None]}),
        "scores.person_score": pl.DataFrame(KEYS).with_columns(pl.lit(2.0).alias(name) for name in SCORES),
        "scores.efi_deficit": NOBODY.with_columns(deficit=pl.lit("falls")),
        "features.condition_held": draw_use(f"{' '.join(HELD_COLUMNS)} has_physical_condition").with_columns(
            mltc_known_date=pl.lit(None, pl.Date), newest_known_date=pl.lit(None, pl.Date)
        ),
        "features.hospital_use": draw_use(columns_of("hospital_use")).with_columns(
            last_discharge_date=pl.lit(None, pl.Date)
        ),
        "features.emergency_use": draw_use(columns_of("emergency_use")),
        "features.outpatient_use": draw_use(columns_of("outpatient_use")),
        "features.practice_use": draw_use(columns_of("practice_use")),
        "utilisation.continuity": NOBODY.with_columns(usual_provider_index_12m=pl.lit(None, pl.Float64)),
        "features.latest_value": draw_use("latest_bmi latest_egfr latest_haemoglobin latest_urine_acr").with_columns(
            pl.lit(None, pl.Date).alias(f"latest_{name}_date") for name in ("bmi", "egfr", "haemoglobin", "urine_acr")
        ),
    }
    return build("features.person_feature", drawn | tables).row(0, named=True)


def test_a_person_of_whom_no_feed_tells_has_nulls_and_never_noughts(build):
    found = build_person_feature(build, is_known=False)
    known = {"age_years", "is_female", "imd_quintile", "registered_years", *SCORES} - {"hfrs"}
    told = {feature.key for feature in load_features() if found[feature.key] is not None}
    assert told == known
    assert (found["age_years"], found["is_female"], found["imd_quintile"], found["registered_years"]) == (70, 1, 3, 10)


def test_a_person_who_used_nothing_has_noughts(build):
    found = build_person_feature(build, is_known=True)
    empty = {feature.key for feature in load_features() if found[feature.key] is None}
    assert empty == {
        "is_care_home", "mltc_years", "newest_condition_months", "last_discharge_months", "usual_provider_index_12m",
        *(f"latest_{name}{end}" for name in ("bmi", "egfr", "haemoglobin", "urine_acr") for end in ("", "_months")),
        *USE_COUNTS.split(),
    }  # fmt: skip
    assert {found[feature.key] for feature in load_features() if feature.key.startswith("has_")} == {0}
    assert found["gp_contact_trend"] == 1  # (0 + 1) / (0 + 1)


def test_times_since_and_trends(build):
    held = {key: [1] for key in HELD_COLUMNS} | {"has_physical_condition": [1], "has_mental_condition": [0]}
    dates = {"mltc_known_date": [date(2021, 10, 1)], "newest_known_date": [date(2026, 8, 31)]}
    practice = {"gp_contact_count_12m": [7], "gp_contact_count_13_24m": [3], "gp_contact_count_3m": [4]}
    others = ("gp_doctor_contact_count_12m", "gp_remote_contact_count_12m", "gp_home_visit_count_12m")
    found = build_person_feature(
        build,
        is_known=True,
        **{
            "features.condition_held": pl.DataFrame({**KEYS, **held, **dates}),
            "features.practice_use": pl.DataFrame(
                {**KEYS, **practice, **{name: [None] for name in others}, "gp_missed_count_12m": [0]}
            ),
        },
    )
    assert found["mltc_years"] == 5  # 1,826 / 365.25 = 4.999
    assert found["newest_condition_months"] == 1  # 31 / 30.4375 = 1.02
    assert found["has_physical_mental"] == 0  # physical without mental
    assert found["gp_contact_trend"] == 2  # (7 + 1) / (3 + 1)
    assert found["gp_contact_recent_trend"] == 17 / 8  # (4 x 4 + 1) / (7 + 1)
    assert found["gp_doctor_contact_count_12m"] is None  # the role is not told
