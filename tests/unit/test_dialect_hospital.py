"""HES, SUS+, ECDS and civil registrations: small files in the real layout, with what real files get wrong."""

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from deliveries import read_raw, write_files

CONFIG = """
[source.person]
path = "person.csv"
[source.gp_event]
path = "gp_event.csv"
[feed.drawn]
dialect = "{dialect}"
root = "feed"
"""


def read_drawn(folder: Path, dialect: str, table: str, files: dict[str, str]) -> pl.DataFrame:
    """Rows of a canonical table as the layout gives them, in file order; `_dropped` says why one is not for us."""
    write_files(folder / "feed", files)
    return read_raw(folder, table, CONFIG.format(dialect=dialect))[1]


APC = """
TOKEN_PERSON_ID,EPIKEY,FYEAR,PROVSPNOPS,PROCODE5,EPIORDER,EPISTAT,ADMIDATE,DISDATE,EPISTART,EPIEND,ADMIMETH,ADMISORC,DISDEST,DISMETH,CLASSPAT,TRETSPEF,ETHNOS,DIAG_01,DIAG_02,DIAG_03,OPERTN_01,OPERTN_02
P1,1,2425,S1,RVV00,1,3,2025-01-30,2025-02-03,2025-01-30,2025-02-03,21,19,19,1,1,300,A,I10X,,E119,K40,
P1,2,2425,S1,RVV00,1,3,2025-01-30,2025-02-03,2025-01-30,2025-02-03,21,19,19,1,1,300,A,I10X,,E119,K40,
P2,3,2425,S1,RXX00,98,3,2025-03-01,1801-01-01,1800-01-01,2025-03-04,2A,19,98,8,1,&,X,J449,,,,
P3,4,2425,S9,RXX00,1,1,2025-03-01,,2025-03-01,,21,19,98,8,1,300,Z,J449,,,,
"""


def test_hes_apc_reads_null_dates_gaps_and_unfinished_episodes(tmp_path):
    rows = read_drawn(tmp_path, "hes_apc", "hospital_episode", {"FYEAR=2425/HES_APC_2425.csv": APC})
    assert rows["person_id"].to_list() == ["P1", "P1", "P2", "P3"]
    # Two providers may give out the same spell number.
    assert rows["spell_id"].to_list() == ["RVV00-S1", "RVV00-S1", "RXX00-S1", "RXX00-S9"]
    assert rows["episode_order"].to_list() == [1, 1, None, 1]  # 98: not applicable
    assert rows["discharge_date"].to_list() == [date(2025, 2, 3), date(2025, 2, 3), None, None]
    assert rows["episode_start"].to_list()[2] is None
    assert rows["diagnoses"].to_list()[0] == ["I10X", "E119"]  # the gap closes
    assert rows["procedures"].to_list() == [["K40"], ["K40"], [], []]
    assert rows["specialty"].to_list() == ["300", "300", None, "300"]
    assert rows["_dropped"].to_list() == [None, None, None, "unfinished episode"]
    assert rows["_unread_columns"].null_count() == 4


def test_hes_apc_takes_the_pseudonym_of_older_deliveries_and_financial_year_files(tmp_path):
    older = APC.replace("TOKEN_PERSON_ID", "ENCRYPTED_HESID").replace("EPISTAT,", "EPITYPE,")
    rows = read_drawn(tmp_path, "hes_apc", "hospital_episode", {"HES_APC_2324.csv": older, "HES_APC_2425.csv": APC})
    assert rows["person_id"].to_list() == ["P1", "P1", "P2", "P3"] * 2
    assert rows["_source_file"].unique().sort().to_list() == ["drawn/HES_APC_2324.csv", "drawn/HES_APC_2425.csv"]
    assert rows["_dropped"].to_list() == [None] * 7 + ["unfinished episode"]  # the older one has no EPISTAT


def test_hes_apc_states_ethnicity(tmp_path):
    rows = read_drawn(tmp_path, "hes_apc", "ethnicity", {"HES_APC_2425.csv": APC})
    assert rows["ethnic_category"].to_list() == ["A", "A", "99", "Z"]
    assert rows["stated_date"].to_list()[0] == date(2025, 1, 30)


def test_hes_op_recodes_attendance_and_mode(tmp_path):
    text = """
ENCRYPTED_HESID,ATTENDKEY,APPTDATE,ATTENDED,FIRSTATT,TRETSPEF,PROCODET,ETHNOS
P1,1,2025-01-30,5,1,330,RVV,A
P1,2,2025-02-01,6,4,330,RVV,
P2,3,1800-01-01,3,5,&,RVV,
P2,4,2025-02-30,9,X,330,RVV,
"""
    rows = read_drawn(tmp_path, "hes_op", "outpatient", {"HES_OP_2425.csv": text})
    assert rows["appointment_date"].to_list() == [date(2025, 1, 30), date(2025, 2, 1), None, None]
    assert rows["attendance_status"].to_list() == ["5", "6", "3", None]
    assert rows["first_or_followup"].to_list() == ["1", "4", "5", None]
    assert rows["mode"].to_list() == ["face_to_face", "remote", None, None]
    assert rows["provider_code"].to_list() == ["RVV"] * 4
    assert rows["_unread_columns"].to_list() == [None, None, None, "appointment_date"]  # no 30 February


def test_sus_plus_apc_leaves_out_the_invalid_patient(tmp_path):
    text = """
APCE_Ident,Der_Pseudo_NHS_Number,Der_Spell_ID,Hospital_Spell_No,Der_Episode_Number,Admission_Date,Discharge_Date,Episode_Start_Date,Episode_End_Date,Admission_Method,Source_of_Admission,Discharge_Destination,Discharge_Method,Patient_Classification,Treatment_Function_Code,Der_Provider_Code,Ethnic_Group,Der_Primary_Diagnosis_Code,Der_Secondary_Diagnosis_Code_1,Der_Secondary_Diagnosis_Code_2,Der_Primary_Procedure_Code
1,1234567890,SP1,H1,1,2025-01-30,2025-02-03,2025-01-30,2025-02-01,21,19,19,1,1,300,RVV,A1,I10X,E119,,
2,1234567890,SP1,H1,2,2025-01-30,2025-02-03,2025-02-01,2025-02-03,21,19,19,1,1,300,RVV,99,I500,,N183,K40
3,9000219621,SP2,H2,1,20250301,20250302,20250301,20250302,11,19,19,1,2,100,RVV,,K409,,,
4,1234567891,,H3,1,2025-03-01,,2025-03-01,,21,19,98,8,1,300,RVV,Z ,J449,,,
"""
    files = {"2425/tbl_Data_SEM_APCE.csv": text}
    rows = read_drawn(tmp_path, "sus_plus_apc", "hospital_episode", files)
    assert rows["spell_id"].to_list() == ["SP1", "SP1", "SP2", "H3"]
    assert rows["episode_order"].to_list() == [1, 2, 1, 1]
    assert rows["admission_date"].to_list()[2] == date(2025, 3, 1)
    assert rows["diagnoses"].to_list() == [["I10X", "E119"], ["I500", "N183"], ["K409"], ["J449"]]
    assert rows["procedures"].to_list()[1] == ["K40"]
    assert rows["_dropped"].to_list() == [None, None, "invalid patient", None]
    stated = read_drawn(tmp_path, "sus_plus_apc", "ethnicity", files)
    assert stated["ethnic_category"].to_list() == ["A", "99", "Z"]  # the second character is local


def test_sus_plus_op_reads_datetimes(tmp_path):
    text = """
OPA_Ident,Der_Pseudo_NHS_Number,Appointment_Date,Attendance_Status,First_Attendance,Treatment_Function_Code,Der_Provider_Code,Ethnic_Category
1,1234567890,2025-01-30 00:00:00,5,1,330,RVV,A
2,1234567890,2025-02-01,3,3,330,RVV,
"""
    rows = read_drawn(tmp_path, "sus_plus_op", "outpatient", {"tbl_Data_SEM_OPA.csv": text})
    assert rows["appointment_date"].to_list() == [date(2025, 1, 30), date(2025, 2, 1)]
    assert rows["attendance_status"].to_list() == ["5", "3"]
    assert rows["mode"].to_list() == ["face_to_face", "remote"]


SUS_EC = """
EC_Ident,Der_Pseudo_NHS_Number,Arrival_Date,Arrival_Time,EC_Department_Type,EC_AttendanceCategory,EC_Acuity_SNOMED_CT,Discharge_Destination_SNOMED_CT,Der_Provider_Code,Der_Dupe_Flag,Finished_Indicator,Ethnic_Category
10,1234567890,2025-01-30 00:00:00,23:59:00,01,1,1064891000000107,306706006,RVV,0,1,A
11,1234567890,2025-01-31,,03,1,,306689006,RVV,0,1,
12,1234567890,2025-01-31,08:00:00,03,1,,306689006,RVV,1,1,
13,1234567890,2025-02-01,08:00:00,03,1,,306689006,RVV,0,,
"""
SUS_EC_DIAGNOSIS = """
EC_Ident,EC_Diagnosis_01,EC_Diagnosis_02,EC_Diagnosis_03
11,195967001,,233604007
10,22298006,,
"""


def test_sus_plus_ec_joins_diagnoses_and_sets_duplicates_aside(tmp_path):
    files = {"tbl_Data_SUS_EC.csv": SUS_EC, "tbl_Data_SUS_EC_Diagnosis.csv": SUS_EC_DIAGNOSIS}
    rows = read_drawn(tmp_path, "sus_plus_ec", "emergency", files)
    assert rows["arrival_at"].to_list()[:2] == [datetime(2025, 1, 30, 23, 59), datetime(2025, 1, 31)]
    assert rows["diagnoses"].to_list()[:2] == [["22298006"], ["195967001", "233604007"]]
    assert rows["acuity"].to_list()[0] == "1064891000000107"  # 16 digits stay as they are
    assert rows["_dropped"].to_list() == [None, None, "duplicate marked by SUS", "unfinished attendance"]
    assert rows["cost_gbp"].null_count() == 4  # the delivery has no FinalPrice


def test_ecds_folds_long_diagnoses_in_their_order(tmp_path):
    attendances = """
PRIMARYKEY_ID,patient.nhs_number.value Pseudo,attendance.arrival.date,attendance.arrival.time,attendance.location.department_type,attendance.arrival.attendance_category,clinical.acuity.code,attendance.discharge.destination.code,commissioning.service_agreement.provider,system.record.finished_indicator,patient.ethnic_category
7,P1,2025-01-30,10:11:12,01,1,1064891000000107,306706006,RVV,1,A
8,P2,,10:11:12,01,1,,,RVV,1,
"""
    diagnoses = """
PRIMARYKEY_ID,code,sequence_number,is_primary
7,233604007,10,false
7,22298006,2,false
7,195967001,1,true
"""
    files = {"emergency_care.csv": attendances, "clinical.diagnoses.snomed.csv": diagnoses}
    rows = read_drawn(tmp_path, "ecds", "emergency", files)
    assert rows["arrival_at"].to_list() == [datetime(2025, 1, 30, 10, 11, 12), None]
    assert rows["diagnoses"].to_list() == [["195967001", "22298006", "233604007"], None]
    assert rows["_unread_columns"].null_count() == 2  # a time without a day is no date, and nothing unreadable


@pytest.mark.parametrize("pseudonym", ["DEC_CONF_NHS_NUMBER_CLEAN_DEID", "Pseudo NHS Number"])
def test_civil_registration_leaves_out_what_was_cancelled(tmp_path, pseudonym):
    text = f"""
{pseudonym},REG_DATE_OF_DEATH,REG_DATE,Cancelled_Flag,S_UNDERLYING_COD_ICD10,S_COD_CODE_1,S_COD_CODE_2,S_COD_CODE_3
P1,20250130,20250204,N,I251,I219,,I251
P2,20250201,20250204,Y,C349,C349,,
P3,2025-02-03,20250204,,J440,J440,,
"""
    rows = read_drawn(tmp_path, "civil_registration", "death", {"civil_registration_deaths.csv": text})
    assert rows["death_date"].to_list() == [date(2025, 1, 30), date(2025, 2, 1), date(2025, 2, 3)]
    assert rows["underlying_cause"].to_list() == ["I251", "C349", "J440"]
    assert rows["causes"].to_list()[0] == ["I219", "I251"]
    assert rows["_dropped"].to_list() == [None, "cancelled registration", None]
