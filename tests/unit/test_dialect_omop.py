"""OMOP CDM 5.4: a drawn model with everything that decides where a row goes."""

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from deliveries import read_raw, write_files

CONFIG = """
[feed.omop]
dialect = "omop_5_4"
root = "cdm"
"""
PERSON = """
person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth,race_concept_id,ethnicity_concept_id,location_id,care_site_id,person_source_value,gender_source_value,race_source_value,ethnicity_source_value
1,8507,1950,4,9,0,0,1,1,AAA,M,A,
2,0,1960,,,0,0,,,BBB,F,white,nonhispanic
3,8551,1970,12,,0,0,,1,,U,Z,
"""
FILES = {
    "PERSON.csv": PERSON,
    "OBSERVATION_PERIOD.csv": """
observation_period_id,person_id,observation_period_start_date,observation_period_end_date,period_type_concept_id
1,1,2001-01-01,2010-12-31,32817
2,1,2015-01-01,2026-09-30,32817
3,2,2001-01-01,2026-09-30,32817
""",
    "LOCATION.csv": """
location_id,location_source_value
1,E01000001
""",
    "CARE_SITE.csv": """
care_site_id,care_site_source_value
1,A81001
2,RVV
""",
    "PROVIDER.csv": """
provider_id,specialty_concept_id,specialty_source_value
1,38004446,GENERAL PRACTICE
2,0,330
""",
    # 9201 inpatient, 262 by way of the emergency department, 9202 outpatient, 9203 emergency room, 581477 office
    "VISIT_OCCURRENCE.csv": """
visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_start_datetime,visit_end_date,provider_id,care_site_id,visit_source_value,admitted_from_source_value,discharged_to_source_value
10,1,262,2025-01-30,2025-01-30T10:00:00,2025-02-03,2,2,,19,19
11,1,9201,2025-03-01,2025-03-01T00:00:00,2025-03-02,2,2,APC:11:2:1,19,19
12,1,9203,2025-01-30,2025-01-30T08:30:00,2025-01-30,,2,EC:01:1:1064891000000107,,306706006
13,1,581477,2025-02-10,2025-02-10T00:00:00,2025-02-10,1,1,,,
14,2,9202,2025-02-11,2025-02-11T00:00:00,2025-02-11,2,2,OP:3:4,,
15,2,9202,2025-02-12,2025-02-12T00:00:00,2025-02-12,1,1,,,
""",
    "VISIT_DETAIL.csv": """
visit_detail_id,person_id,visit_detail_concept_id,visit_detail_start_date,visit_detail_end_date,provider_id,care_site_id,visit_detail_source_value,visit_occurrence_id
100,1,9201,2025-01-30,2025-02-01,2,2,1,10
101,1,9201,2025-02-01,2025-02-03,2,2,2,10
""",
    "CONCEPT.csv": """
concept_id,concept_name,domain_id,vocabulary_id,concept_code,standard_concept
201826,Type 2 diabetes mellitus,Condition,SNOMED,44054006,S
312327,Acute myocardial infarction,Condition,SNOMED,57054005,S
45533017,Acute myocardial infarction,Condition,ICD10,I21.9,
45576441,Chronic ischaemic heart disease,Condition,ICD10,I25.9,
3004410,Hemoglobin A1c,Measurement,LOINC,4548-4,S
2000000001,Ramipril,Drug,dm+d,39726311000001101,
19019979,Ibuprofen,Drug,RxNorm,198405,S
4230911,Echocardiography,Procedure,SNOMED,40701008,S
44517175,Hernia repair,Procedure,OPCS4,T20.2,
45000001,Old diabetes,Condition,Read,C10..00,
""",
    "CONDITION_OCCURRENCE.csv": """
condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_status_concept_id,visit_occurrence_id,visit_detail_id,condition_source_value,condition_source_concept_id,condition_status_source_value
1,1,312327,2025-01-30,32902,10,100,I219,45533017,
2,1,0,2025-01-30,32908,10,100,I25.9,45576441,
3,1,201826,2025-01-31,0,10,100,local-7,0,
4,1,312327,2025-01-30,0,12,,57054005,312327,
5,1,201826,2019-05-01,0,13,,44054006,201826,first
6,2,201826,2020-01-01,0,15,,C10..00,45000001,
7,2,0,2020-01-02,0,,,73211009,0,
8,2,0,2020-01-03,0,,,local-9,0,
9,1,0,2025-03-01,32902,11,,I25.9,45576441,
""",
    "MEASUREMENT.csv": """
measurement_id,person_id,measurement_concept_id,measurement_date,operator_concept_id,value_as_number,visit_occurrence_id,measurement_source_value,measurement_source_concept_id,unit_source_value
1,1,3004410,2025-02-10,0,48.5,13,4548-4,3004410,mmol/mol
2,1,0,2025-02-10,4171756,5,13,1022431000000105,0,mmol/mol
""",
    "DRUG_EXPOSURE.csv": """
drug_exposure_id,person_id,drug_concept_id,drug_exposure_start_date,refills,quantity,days_supply,visit_occurrence_id,drug_source_value,drug_source_concept_id
1,1,0,2025-02-10,1,28,28,13,39726311000001101,2000000001
2,1,19019979,2025-02-10,0,20,5,13,198405,19019979
3,1,0,2025-01-31,0,1,1,10,39726311000001101,2000000001
""",
    "PROCEDURE_OCCURRENCE.csv": """
procedure_occurrence_id,person_id,procedure_concept_id,procedure_date,visit_occurrence_id,visit_detail_id,procedure_source_value,procedure_source_concept_id
1,1,0,2025-02-02,10,101,T20.2,44517175
2,1,4230911,2025-02-10,13,,40701008,4230911
""",
    "DEATH.csv": """
person_id,death_date,cause_concept_id,cause_source_value
2,2026-01-05,312327,57054005
1,2026-02-05,0,I219
""",
}


@pytest.fixture
def read(tmp_path: Path):
    """Read one canonical table of the drawn model."""
    write_files(tmp_path / "cdm", FILES)
    return lambda table: read_raw(tmp_path, table, CONFIG)[1]


def test_person_has_its_pseudonym_partial_birth_date_and_latest_period(read):
    rows = read("person")
    assert rows["person_id"].to_list() == ["AAA", "BBB", "3"]  # without a source value the number is the key
    assert rows["birth_date"].to_list() == [date(1950, 4, 9), date(1960, 1, 1), date(1970, 12, 1)]
    assert rows["sex"].to_list() == ["1", "2", "0"]
    assert rows["ethnic_category"].to_list() == ["A", None, "Z"]  # `white` is no ONS category
    assert rows["lsoa_code"].to_list() == ["E01000001", None, None]
    assert rows["practice_code"].to_list() == ["A81001", None, "A81001"]
    assert rows["registered_from"].to_list() == [date(2015, 1, 1), date(2001, 1, 1), None]


def test_registration_is_every_observation_period(read):
    rows = read("registration")
    assert rows.select("person_id", "practice_code").rows() == [
        ("AAA", "A81001"), ("AAA", "A81001"), ("BBB", "not known"),
    ]  # fmt: skip
    assert rows["registered_to"].to_list()[0] == date(2010, 12, 31)


def test_snomed_conditions_of_inpatients_are_entries_and_those_of_emergencies_are_not(read):
    rows = read("gp_event").filter(pl.col("_source_file").str.contains("CONDITION"))
    found = rows.select("person_id", "code", "code_system", "event_date", "recorded_date", "_dropped").rows()
    assert found == [
        # an inpatient visit is known when it ends; the local code has a standard concept
        ("AAA", "44054006", "snomed", date(2025, 1, 31), date(2025, 2, 3), None),
        ("AAA", "44054006", "snomed", date(2019, 5, 1), date(2025, 2, 10), None),
        ("BBB", "C10..00", "read2", date(2020, 1, 1), date(2025, 2, 12), None),
        ("BBB", "73211009", "snomed", date(2020, 1, 2), None, None),
        ("BBB", None, None, date(2020, 1, 3), None, "terminology that is not read"),
    ]
    assert rows["practice_code"].to_list() == ["RVV", "A81001", "A81001", None, None]


def test_measurements_keep_value_unit_and_comparator_where_the_terminology_is_read(read):
    rows = read("gp_event").filter(pl.col("_source_file").str.contains("MEASUREMENT"))
    assert rows["_dropped"].to_list() == ["terminology that is not read", None]  # LOINC
    assert rows.select("code", "value", "value_unit", "value_comparator").row(1) == (
        "1022431000000105", 5.0, "mmol/mol", "<",
    )  # fmt: skip


def test_procedures_in_snomed_are_entries(read):
    rows = read("gp_event").filter(pl.col("_source_file").str.contains("PROCEDURE"))
    assert rows.select("code", "event_date").rows() == [("40701008", date(2025, 2, 10))]


def test_prescriptions_are_those_outside_hospital(read):
    rows = read("gp_prescription")
    assert rows["code_system"].to_list() == ["dmd", None]
    assert rows["name"].to_list() == ["Ramipril", "Ibuprofen"]
    assert rows["is_repeat"].to_list() == [True, False]
    assert rows["_dropped"].to_list() == [None, "terminology that is not read"]  # RxNorm


def test_episodes_are_visit_details_or_the_visit_itself(read):
    rows = read("hospital_episode")
    assert rows["spell_id"].to_list() == ["10", "10", "11"]
    assert rows["episode_order"].to_list() == [1, 2, 1]
    assert rows["admission_date"].to_list() == [date(2025, 1, 30), date(2025, 1, 30), date(2025, 3, 1)]
    assert rows["episode_end"].to_list() == [date(2025, 2, 1), date(2025, 2, 3), date(2025, 3, 2)]
    assert rows["admission_method"].to_list() == ["21", "21", "11"]
    assert rows["patient_class"].to_list() == [None, None, "2"]
    assert rows["diagnoses"].to_list() == [["I219", "I25.9"], None, ["I25.9"]]  # no SNOMED CT among them
    assert rows["procedures"].to_list() == [None, ["T20.2"], None]
    assert rows["specialty"].to_list() == ["330"] * 3


def test_emergency_outpatient_and_gp_contacts_part_ways(read):
    emergency = read("emergency")
    assert emergency.select("arrival_at", "department_type", "acuity", "disposal").rows() == [
        (datetime(2025, 1, 30, 8, 30), "01", "1064891000000107", "306706006"),
    ]  # fmt: skip
    assert emergency["diagnoses"].to_list() == [["57054005"]]
    outpatient = read("outpatient")
    assert outpatient.select("person_id", "specialty", "attendance_status", "first_or_followup", "mode").rows() == [
        ("BBB", "330", "3", "4", "remote"),
    ]  # fmt: skip
    contacts = read("gp_consultation")
    assert contacts.select("person_id", "consultation_date", "clinician_role").rows() == [
        ("AAA", date(2025, 2, 10), "gp"), ("BBB", date(2025, 2, 12), "gp"),
    ]  # fmt: skip


def test_death_has_an_icd10_cause_or_none(read):
    rows = read("death")
    assert rows.select("person_id", "death_date", "underlying_cause").rows() == [
        ("BBB", date(2026, 1, 5), None), ("AAA", date(2026, 2, 5), "I219"),
    ]  # fmt: skip
