"""The synthetic ICB as SUS+ tables of a commissioner's data warehouse, with a GDPPR journal beside them."""

import polars as pl

from mltc.synthetic.layouts.deaths import register_deaths
from mltc.synthetic.layouts.files import FileLayout, day_text, read_days, spread_list
from mltc.synthetic.layouts.gp_journal import add_journal
from mltc.synthetic.layouts.local import NATIONAL, add_local

DIAGNOSES = ["Der_Primary_Diagnosis_Code", *(f"Der_Secondary_Diagnosis_Code_{number}" for number in range(1, 24))]
PROCEDURES = ["Der_Primary_Procedure_Code", *(f"Der_Procedure_Code_{number}" for number in range(2, 25))]
ATTENDANCE_DIAGNOSES = [f"EC_Diagnosis_{number:02}" for number in range(1, 25)]


class SusLayout(FileLayout):
    """APCE episodes and OPA appointments in a folder per financial year, EC with its diagnosis table.

    The pseudonym is text where NHS England gives a bigint, so that it is the same in every feed and layout.
    Persons, registrations, opt-outs, consultations, practices and whatever else lie in `local/` as canonical
    files. APCE and OPA hold no cost.
    """

    def write(self, chunk_tables: dict[str, pl.DataFrame]) -> None:
        """Adds the rows of a chunk to every file."""
        add_local(self.files, chunk_tables, NATIONAL)
        if "person" not in chunk_tables:
            return
        persons = describe_persons(chunk_tables["person"])
        episodes, appointments = chunk_tables["hospital_episode"], chunk_tables["outpatient"]
        self.add_by_year("APCE", shape_episodes(episodes, persons), episodes["admission_date"])
        self.add_by_year("OPA", shape_appointments(appointments, persons), appointments["appointment_date"])
        self.files.add("sus/ec/tbl_Data_SUS_EC", shape_attendances(chunk_tables["emergency"], persons))
        self.files.add("sus/ec/tbl_Data_SUS_EC_Diagnosis", shape_diagnoses(chunk_tables["emergency"]))
        add_journal(self.files, chunk_tables)
        self.files.add("deaths/civil_registration_deaths", register_deaths(chunk_tables))

    def add_by_year(self, name: str, rows: pl.DataFrame, days: pl.Series) -> None:
        """Adds rows to the folder of their financial year."""
        year = self.years_of(days)
        self.files.add_by_period(f"sus/{{}}/tbl_Data_SEM_{name}", rows, year)


def describe_persons(persons: pl.DataFrame) -> pl.DataFrame:
    """What SUS repeats of each person."""
    return persons.unique("person_id", keep="first", maintain_order=True).select(
        "person_id",
        pl.col("sex").alias("Sex"),
        pl.col("ethnic_category").alias("Ethnic_Group"),
        pl.col("lsoa_code").alias("Der_Postcode_LSOA_2011_Code"),
        pl.col("practice_code").alias("GP_Practice_Code"),
    )


def shape_episodes(frame: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Rows of tbl_Data_SEM_APCE."""
    joined = frame.join(persons, on="person_id", how="left", maintain_order="left")
    rows = joined.select(
        pl.col("row_number").alias("APCE_Ident"),
        pl.col("person_id").alias("Der_Pseudo_NHS_Number"),
        pl.col("spell_id").alias("Hospital_Spell_No"),
        pl.col("spell_id").alias("Der_Spell_ID"),
        pl.col("episode_order").alias("Der_Episode_Number"),
        pl.col("admission_date").alias("Admission_Date"),
        pl.col("discharge_date").alias("Discharge_Date"),
        pl.col("episode_start").alias("Episode_Start_Date"),
        pl.col("episode_end").alias("Episode_End_Date"),
        read_days(frame["admission_date"]).dt.strftime("%Y%m").alias("Der_Activity_Month"),
        pl.col("admission_method").alias("Admission_Method"),
        pl.col("admission_source").alias("Source_of_Admission"),
        pl.col("discharge_destination").alias("Discharge_Destination"),
        pl.col("discharge_method").alias("Discharge_Method"),
        pl.col("patient_class").alias("Patient_Classification"),
        pl.col("specialty").alias("Treatment_Function_Code"),
        pl.col("provider_code").alias("Der_Provider_Code"),
        pl.col("Sex"), pl.col("Ethnic_Group"), pl.col("Der_Postcode_LSOA_2011_Code"), pl.col("GP_Practice_Code"),
        pl.col("diagnoses").list.len().alias("Der_Diagnosis_Count"),
        pl.col("diagnoses").list.join(",").alias("Der_Diagnosis_All"),
        "diagnoses", "procedures",
    )  # fmt: skip
    return spread_list(spread_list(rows, "diagnoses", DIAGNOSES), "procedures", PROCEDURES)


def shape_appointments(frame: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Rows of tbl_Data_SEM_OPA; whether it was in person is part of First_Attendance."""
    joined = frame.join(persons, on="person_id", how="left", maintain_order="left")
    return joined.select(
        pl.col("row_number").alias("OPA_Ident"),
        pl.col("person_id").alias("Der_Pseudo_NHS_Number"),
        pl.col("appointment_date").alias("Appointment_Date"),
        pl.col("attendance_status").alias("Attendance_Status"),
        pl.col("first_or_followup").alias("First_Attendance"),
        pl.col("specialty").alias("Treatment_Function_Code"),
        pl.col("provider_code").alias("Der_Provider_Code"),
        pl.col("Sex"),
        pl.col("Ethnic_Group").alias("Ethnic_Category"),
        "GP_Practice_Code",
    )


def shape_attendances(frame: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Rows of tbl_Data_SUS_EC."""
    arrived = frame["arrival_at"]
    time = arrived.str.slice(11) if arrived.dtype == pl.String else arrived.dt.strftime("%H:%M:%S")
    joined = frame.join(persons, on="person_id", how="left", maintain_order="left")
    return joined.select(
        pl.col("row_number").alias("EC_Ident"),
        pl.col("person_id").alias("Der_Pseudo_NHS_Number"),
        day_text(arrived).alias("Arrival_Date"),
        time.alias("Arrival_Time"),
        pl.col("department_type").alias("EC_Department_Type"),
        pl.col("attendance_category").alias("EC_AttendanceCategory"),
        pl.col("acuity").alias("EC_Acuity_SNOMED_CT"),
        pl.col("disposal").alias("Discharge_Destination_SNOMED_CT"),
        pl.col("provider_code").alias("Der_Provider_Code"),
        pl.lit(0).alias("Der_Dupe_Flag"),
        pl.lit("1").alias("Finished_Indicator"),
        pl.col("cost_gbp").alias("FinalPrice"),
        pl.col("Sex"),
        pl.col("Ethnic_Group").alias("Ethnic_Category"),
        "GP_Practice_Code",
    )


def shape_diagnoses(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of tbl_Data_SUS_EC_Diagnosis: one per attendance, with its diagnoses side by side."""
    rows = frame.select(pl.col("row_number").alias("EC_Ident"), "diagnoses")
    return spread_list(rows, "diagnoses", ATTENDANCE_DIAGNOSES)
