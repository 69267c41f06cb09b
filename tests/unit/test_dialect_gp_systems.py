"""Deliveries as EMIS Web and TPP SystmOne send them, drawn small with their quirks."""

from pathlib import Path

import polars as pl
from deliveries import read_raw, write_files


def read(folder: Path, dialect: str, files: dict[str, str], table: str) -> pl.DataFrame:
    """Raw rows of one table."""
    write_files(folder / "delivery", files)
    return read_raw(folder, table, f'[feed.gp]\ndialect = "{dialect}"\nroot = "delivery"\n')[1]


EMIS = {
    "day1/291_Admin_Patient_20260901_A.csv": """
        PatientGuid,OrganisationGuid,Sex,DateOfBirth,DateOfDeath,DateOfRegistration,NhsNumber,PatientTypeDescription,DummyType,PersonGuid,DateofDeactivation,Deleted,SpineSensitive,IsConfidential,ProcessingId
        {P1},{O1},F,1950-02-01,,2001-05-06,PSEUDO1,Regular,false,{Q1},,false,false,false,1
        {P2},{O1},M,1960-02-01,2026-03-04,2001-05-06,,Regular,false,{Q2},,false,false,false,1
        {P3},{O1},U,1970-02-01,,2001-05-06,PSEUDO3,Temporary,true,{Q3},,false,false,false,1
        {P4},{O2},I,1980-02-01,,2001-05-06,PSEUDO4,Regular,false,{Q4},,false,true,false,1
        {P5},{O2},F,1990-02-01,,,PSEUDO5,Regular,false,{Q5},,false,false,false,1
        """,
    "day2/291_Admin_Patient_20260902_B.csv": """
        PatientGuid,OrganisationGuid,Sex,DateOfBirth,DateOfDeath,DateOfRegistration,NhsNumber,PatientTypeDescription,DummyType,PersonGuid,DateofDeactivation,Deleted,SpineSensitive,IsConfidential,ProcessingId
        {P1},{O1},F,1950-02-01,,2001-05-06,PSEUDO1,Regular,false,{Q1},2026-09-02,false,false,false,2
        """,
    "day1/291_Admin_Organisation_20260901_A.csv": """
        OrganisationGuid,OrganisationName,ODSCode,ProcessingId
        {O1},"The Surgery, Oldtown",Y99001,1
        {O2},Closed share,Y99002,1
        """,
    "day1/291_Agreements_SharingOrganisation_20260901_A.csv": """
        OrganisationGuid,IsActivated,LastModifiedDate,Disabled,Deleted
        {O1},true,2020-01-01 00:00:00,false,false
        {O2},true,2020-01-01 00:00:00,false,false
        {O2},true,2026-01-01 00:00:00,true,false
        """,
    "day1/291_Coding_ClinicalCode_20260901_A.csv": """
        CodeId,Term,ReadTermId,SnomedCTConceptId,ProcessingId
        9223372036854775,Type 2 diabetes,C10F.,44054006,1
        12,Local entry,EMISNQ1,,1
        999,Long concept,,999791000000106123,1
        """,
    "day1/291_Coding_DrugCode_20260901_A.csv": """
        CodeId,Term,DmdProductCodeId,ProcessingId
        70,Metformin 500mg tablets,39113611000001102,1
        """,
    "day1/291_CareRecord_Observation_20260901_A.csv": """
        ObservationGuid,PatientGuid,OrganisationGuid,EffectiveDate,EffectiveDatePrecision,EnteredDate,CodeId,Value,NumericUnit,Episode,Deleted,IsConfidential,ProcessingId
        {G1},{P1},{O1},2010-01-01,Y,2010-07-08,9223372036854775,,,First,false,false,1
        {G2},{P1},{O1},2026-08-01,YMD,2026-08-01,12,7.5,mmol/L,None,false,false,1
        {G3},{P2},{O1},2026-08-01,YMD,2026-08-02,999,,,None,false,true,1
        {G4},{P3},{O1},2026-08-01,YMD,2026-08-02,999,,,None,false,false,1
        {G5},{P4},{O2},2026-08-01,YMD,2026-08-02,999,,,None,false,false,1
        {G6},{P5},{O2},2026-08-01,YMD,2026-08-02,999,,,None,false,false,1
        """,
    "day2/291_CareRecord_Observation_20260902_B.csv": """
        ObservationGuid,PatientGuid,OrganisationGuid,EffectiveDate,EffectiveDatePrecision,EnteredDate,CodeId,Value,NumericUnit,Episode,Deleted,IsConfidential,ProcessingId
        {G2},{P1},{O1},2026-08-01,YMD,2026-08-01,12,7.5,mmol/L,None,true,false,2
        """,
    "day1/291_CareRecord_ObservationReferral_20260901_A.csv": "ObservationGuid,ReferralMode\n{G1},x",
    "day1/291_Prescribing_DrugRecord_20260901_A.csv": """
        DrugRecordGuid,PatientGuid,PrescriptionType,ProcessingId
        {D1},{P1},Repeat,1
        """,
    "day1/291_Prescribing_IssueRecord_20260901_A.csv": """
        IssueRecordGuid,PatientGuid,OrganisationGuid,DrugRecordGuid,EffectiveDate,CodeId,Quantity,CourseDurationInDays,IsConfidential,Deleted,ProcessingId
        {I1},{P1},{O1},{D1},2026-08-01,70,56.000,28,false,false,1
        """,
    "day1/291_Appointment_Slot_20260901_A.csv": """
        SlotGuid,AppointmentDate,PatientGuid,DidNotAttend,OrganisationGuid,SlotStatus,ModeOfContact,Deleted,ProcessingId
        {S1},2026-08-01,{P1},true,{O1},Booked,Telephone,false,1
        {S2},2026-08-01,{P1},false,{O1},Left,Telephone,false,1
        {S3},2026-08-02,{P1},false,{O1},Cancelled,Telephone,false,1
        {S4},2026-08-02,,false,{O1},Slot Available,,false,1
        """,
}


def test_emis_patients_without_dummies_sensitive_people_and_closed_agreements(tmp_path):
    rows = read(tmp_path, "emis_bulk", EMIS, "person")
    assert rows.select("person_id", "sex", "practice_code", "_dropped", "_replay_order").rows() == [
        ("PSEUDO1", "2", "Y99001", None, "1"),
        ("{Q2}", "1", "Y99001", None, "1"),  # no pseudonym: PersonGuid stands in
        ("PSEUDO3", "0", "Y99001", "dummy patient", "1"),
        ("PSEUDO4", "9", "Y99002", "sensitive on the Spine", "1"),
        ("PSEUDO5", "2", "Y99002", "no active sharing agreement", "1"),  # the latest agreement is disabled
        ("PSEUDO1", "2", "Y99001", None, "2"),
    ]
    assert rows["_replay_key"][0] == rows["_replay_key"][5]


def test_emis_observations_carry_whole_codes_and_follow_their_patient(tmp_path):
    rows = read(tmp_path, "emis_bulk", EMIS, "gp_event")
    assert rows.select("person_id", "code", "code_system", "value", "_dropped").rows() == [
        ("PSEUDO1", "44054006", "snomed", None, None),
        ("PSEUDO1", "EMISNQ1", "read2", 7.5, None),
        ("{Q2}", "999791000000106123", "snomed", None, "confidential"),
        ("PSEUDO3", "999791000000106123", "snomed", None, "dummy patient"),
        ("PSEUDO4", "999791000000106123", "snomed", None, "sensitive on the Spine"),
        ("PSEUDO5", "999791000000106123", "snomed", None, "no active sharing agreement"),
        ("PSEUDO1", "EMISNQ1", "read2", 7.5, "deleted by the supplier"),
    ]
    assert str(rows["event_date"][0]) == "2010-01-01"
    assert str(rows["recorded_date"][0]) == "2010-07-08"


def test_emis_registrations_issues_and_missed_appointments(tmp_path):
    registrations = read(tmp_path, "emis_bulk", EMIS, "registration")
    assert registrations["_source_row"].to_list() == [1, 2, 3, 4, 1]  # one patient was never registered
    issues = read(tmp_path, "emis_bulk", EMIS, "gp_prescription")
    assert issues.select("code", "name", "quantity", "days", "is_repeat").rows() == [
        ("39113611000001102", "Metformin 500mg tablets", 56.0, 28, True)
    ]
    contacts = read(tmp_path, "emis_bulk", EMIS, "gp_consultation")
    assert contacts.select("_source_row", "status").rows() == [(1, "dna"), (3, "cancelled")]


TPP = {
    "SRPatient.csv": """
        RowIdentifier,IDOrganisationVisibleTo,NHSNumber,DateBirth,DateDeath,Gender,TestPatient
        11,Y99001,PSEUDO1,01 Feb 1950 00:00:00,,F,FALSE
        12,Y99001,PSEUDO2,01 Mar 1960 00:00:00,04 Mar 2026 00:00:00,M,FALSE
        13,Y99001,PSEUDO3,01 Mar 1970 00:00:00,,U,TRUE
        """,
    "SRPatientRegistration.csv": """
        RowIdentifier,IDOrganisationVisibleTo,DateRegistration,DateDeRegistration,RegistrationStatus,IDPatient,IDOrganisation,IDOrganisationRegisteredAt
        1,Y99001,06 May 2001 00:00:00,,"GMS, Applied",11,Y99001,Y99001
        2,Y99001,06 May 2001 00:00:00,,Temporary resident,12,Y99001,Y99001
        """,
    "SRCode.csv": """
        RowIdentifier,IDOrganisationVisibleTo,DateEventRecorded,DateEvent,CTV3Code,SNOMEDCode,NumericComparator,IsNumeric,NumericValue,NumericUnit,EpisodeType,IDPatient,IDOrganisation
        1,Y99001,08 Jul 2010 09:10:11,01 Jan 2010 00:00:00,X40J5,44054006,,FALSE,0,,First,11,Y99001
        2,Y99001,08 Jul 2026 09:10:11,08 Jul 2026 00:00:00,XaIup,1000731000000107,<,TRUE,15,mL/min,,11,Y99001
        3,Y99001,08 Jul 2026 09:10:11,08 Jul 2026 00:00:00,Y0001,-1,,FALSE,0,,,12,Y99001
        4,Y99001,08 Jul 2026 09:10:11,08 Jul 2026 00:00:00,X40J5,44054006,,FALSE,0,,,13,Y99001
        """,
    "SRPrimaryCareMedication.csv": """
        RowIdentifier,IDOrganisationVisibleTo,DateEvent,IDMultiLexDMD,NameOfMedication,DateMedicationStart,DateMedicationEnd,MedicationQuantity,IsRepeatMedication,IsHospitalMedication,IsDentalMedication,IDPatient
        1,Y99001,01 Aug 2026 10:00:00,39113611000001102,Metformin,01 Aug 2026 00:00:00,29 Aug 2026 00:00:00,56 tablets,TRUE,FALSE,FALSE,11
        2,Y99001,01 Aug 2026 10:00:00,39113611000001102,Metformin,,,,FALSE,TRUE,FALSE,11
        """,
}


def test_tpp_codes_comparators_and_local_codes(tmp_path):
    rows = read(tmp_path, "tpp_systmone", TPP, "gp_event")
    assert rows.select("person_id", "code", "code_system", "value", "value_comparator", "_dropped").rows() == [
        ("PSEUDO1", "44054006", "snomed", None, None, None),
        ("PSEUDO1", "1000731000000107", "snomed", 15.0, "<", None),
        ("PSEUDO2", "Y0001", "ctv3", None, None, None),  # a SNOMED code of -1 is none
        ("PSEUDO3", "44054006", "snomed", None, None, "dummy patient"),
    ]
    assert [str(day) for day in rows["recorded_date"]] == ["2010-07-08", "2026-07-08", "2026-07-08", "2026-07-08"]


def test_tpp_persons_registrations_and_medicines(tmp_path):
    persons = read(tmp_path, "tpp_systmone", TPP, "person")
    assert persons.select("person_id", "sex", "_dropped").rows() == [
        ("PSEUDO1", "2", None),
        ("PSEUDO2", "1", None),
        ("PSEUDO3", "0", "dummy patient"),
    ]
    assert [str(day) for day in persons["birth_date"]] == ["1950-02-01", "1960-03-01", "1970-03-01"]
    registrations = read(tmp_path, "tpp_systmone", TPP, "registration")
    assert registrations["_dropped"].to_list() == [None, "not a regular patient"]
    medicines = read(tmp_path, "tpp_systmone", TPP, "gp_prescription")
    assert medicines.select("quantity", "days", "is_repeat", "_dropped").rows() == [
        (56.0, 28, True, None),
        (None, None, False, "hospital or dental medicine"),
    ]


OPENSAFELY = {
    "patients.csv": "patient_id,date_of_birth,sex,date_of_death\n1,1943-10-01,female,\n2,1942-02-01,unknown,2015-03-01\n",
    "practice_registrations.csv": "patient_id,start_date,end_date,practice_pseudo_id\n1,2004-08-06,2025-12-31,7\n",
    "clinical_events.csv": "patient_id,date,snomedct_code,numeric_value,ctv3_code\n"
    "1,2020-01-01,44054006,,X40J5\n1,2020-01-01,,5.5,XE0\n",
    "addresses.csv": "patient_id,start_date,end_date,imd_decile,care_home_is_potential_match\n"
    "1,2000-01-01,,unknown,T\n1,1990-01-01,1999-12-31,3,F\n",
}


def test_opensafely_tables(tmp_path):
    events = read(tmp_path, "opensafely_tpp", OPENSAFELY, "gp_event")
    assert events.select("code", "code_system", "value").rows() == [("44054006", "snomed", None), ("XE0", "ctv3", 5.5)]
    persons = read(tmp_path, "opensafely_tpp", OPENSAFELY, "person")
    assert persons["sex"].to_list() == ["2", "0"]
    addresses = read(tmp_path, "opensafely_tpp", OPENSAFELY, "address")
    assert addresses.select("imd_decile", "is_care_home", "_unread_columns").rows() == [
        (None, True, None),
        (3, False, None),
    ]
    assert read(tmp_path, "opensafely_tpp", OPENSAFELY, "death").height == 0  # optional, and not there
