"""The synthetic ICB as national data sets disseminate it: HES, ECDS, GDPPR and civil registrations."""

import polars as pl

from mltc.synthetic.layouts.deaths import register_deaths
from mltc.synthetic.layouts.files import (
    FileLayout,
    day_text,
    read_days,
    spread_list,
)
from mltc.synthetic.layouts.gp_journal import add_journal
from mltc.synthetic.layouts.local import NATIONAL, add_local

DIAGNOSES = [f"DIAG_{number:02}" for number in range(1, 21)]
OPERATIONS = [f"OPERTN_{number:02}" for number in range(1, 25)]
NO_DATE = "1801-01-01"


class HesLayout(FileLayout):
    """HES APC a file per financial year, HES OP a folder per financial year, ECDS, a GDPPR journal, deaths.

    HES and GDPPR have no registrations and no opt-outs: persons (as PDS has them), registrations, opt-outs,
    consultations, practices and whatever else lie in `local/` as canonical files. HES holds no cost. Every
    episode is written as finished (EPISTAT 3), the last one of a spell that goes on too, because the canonical
    table counts it.
    """

    def write(self, chunk_tables: dict[str, pl.DataFrame]) -> None:
        """Adds the rows of a chunk to every file."""
        add_local(self.files, chunk_tables, NATIONAL)
        if "person" not in chunk_tables:
            return
        self.write_admissions(chunk_tables)
        self.write_outpatients(chunk_tables)
        attendances, diagnoses = shape_attendances(chunk_tables["emergency"])
        self.files.add("ecds/emergency_care", attendances)
        self.files.add("ecds/clinical_diagnoses_snomed", diagnoses)
        add_journal(self.files, chunk_tables)
        self.files.add("deaths/civil_registration_deaths", register_deaths(chunk_tables))

    def write_admissions(self, chunk_tables: dict[str, pl.DataFrame]) -> None:
        """Episodes by the financial year in which they ended."""
        frame = chunk_tables["hospital_episode"]
        ended = frame["episode_end"].fill_null(pl.date(self.last_year, 9, 30))
        year = self.years_of(ended)
        self.files.add_by_period("hes/apc/HES_APC_{}", shape_episodes(frame, chunk_tables["person"], year), year)

    def write_outpatients(self, chunk_tables: dict[str, pl.DataFrame]) -> None:
        """Appointments by financial year."""
        frame = chunk_tables["outpatient"]
        year = self.years_of(frame["appointment_date"])
        self.files.add_by_period("hes/op/{}/HES_OP", shape_appointments(frame, chunk_tables["person"], year), year)


def describe_persons(persons: pl.DataFrame) -> pl.DataFrame:
    """MYDOB (month and year of birth, without its leading zero, as it often comes), SEX and ETHNOS."""
    born = pl.col("birth_date")
    return persons.unique("person_id", keep="first", maintain_order=True).select(
        "person_id",
        pl.format("{}{}", born.dt.month(), born.dt.year()).alias("MYDOB"),
        pl.col("sex").alias("SEX"),
        pl.col("ethnic_category").alias("ETHNOS"),
        pl.col("lsoa_code").alias("LSOA11"),
        pl.col("practice_code").alias("GPPRAC"),
    )


def hes_day(days: pl.Series) -> pl.Series:
    """Days as text, 1801-01-01 for none."""
    return day_text(days).fill_null(NO_DATE)


def hes_code() -> pl.Expr:
    """ICD-10 without dots, three-character codes filled up with X; what is no such code stays as it is."""
    code = pl.element().str.replace_all(".", "", literal=True)
    return pl.when(code.str.contains(r"^[A-Z]\d\d$")).then(code + "X").otherwise(code)


def shape_episodes(frame: pl.DataFrame, persons: pl.DataFrame, year: pl.Series) -> pl.DataFrame:
    """Rows of HES APC."""
    joined = frame.join(describe_persons(persons), on="person_id", how="left", maintain_order="left")
    rows = joined.select(
        pl.col("person_id").alias("TOKEN_PERSON_ID"),
        pl.col("row_number").alias("EPIKEY"),
        year.cast(pl.Int64).alias("FYEAR"),
        pl.col("spell_id").alias("PROVSPNOPS"),
        pl.col("episode_order").alias("EPIORDER"),
        hes_day(frame["admission_date"]).alias("ADMIDATE"),
        hes_day(frame["discharge_date"]).alias("DISDATE"),
        hes_day(frame["episode_start"]).alias("EPISTART"),
        hes_day(frame["episode_end"]).alias("EPIEND"),
        pl.lit("3").alias("EPISTAT"),
        pl.lit("1").alias("EPITYPE"),
        pl.col("admission_method").alias("ADMIMETH"),
        pl.col("admission_source").alias("ADMISORC"),
        pl.col("discharge_destination").alias("DISDEST"),
        pl.col("discharge_method").alias("DISMETH"),
        pl.col("patient_class").alias("CLASSPAT"),
        pl.col("specialty").alias("TRETSPEF"),
        pl.col("provider_code").alias("PROCODE5"),
        pl.col("provider_code").str.slice(0, 3).alias("PROCODET"),
        "MYDOB", "SEX", "ETHNOS", "LSOA11", "GPPRAC",
        pl.col("diagnoses").list.eval(hes_code()),
        "procedures",
    )  # fmt: skip
    return spread_list(spread_list(rows, "diagnoses", DIAGNOSES), "procedures", OPERATIONS)


def shape_appointments(frame: pl.DataFrame, persons: pl.DataFrame, year: pl.Series) -> pl.DataFrame:
    """Rows of HES OP; whether it was in person is part of FIRSTATT."""
    joined = frame.join(describe_persons(persons), on="person_id", how="left", maintain_order="left")
    return joined.select(
        pl.col("person_id").alias("TOKEN_PERSON_ID"),
        pl.col("row_number").alias("ATTENDKEY"),
        year.cast(pl.Int64).alias("FYEAR"),
        hes_day(frame["appointment_date"]).alias("APPTDATE"),
        pl.col("attendance_status").alias("ATTENDED"),
        pl.col("first_or_followup").alias("FIRSTATT"),
        pl.col("specialty").alias("TRETSPEF"),
        pl.col("provider_code").alias("PROCODE5"),
        pl.col("provider_code").str.slice(0, 3).alias("PROCODET"),
        "MYDOB", "SEX", "ETHNOS", "LSOA11", "GPPRAC",
    )  # fmt: skip


def shape_attendances(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Attendances of ECDS, and a row per diagnosis in its order."""
    arrived = frame["arrival_at"]
    time = arrived.str.slice(11) if arrived.dtype == pl.String else arrived.dt.strftime("%H:%M:%S")
    attendances = frame.select(
        pl.col("row_number").alias("PRIMARYKEY_ID"),
        pl.col("person_id").alias("patient.nhs_number.value Pseudo"),
        day_text(arrived).alias("attendance.arrival.date"),
        time.alias("attendance.arrival.time"),
        read_days(arrived).dt.strftime("%Y%m").alias("attendance.arrival.month"),
        pl.col("department_type").alias("attendance.location.department_type"),
        pl.col("attendance_category").alias("attendance.arrival.attendance_category"),
        pl.col("acuity").alias("clinical.acuity.code"),
        pl.col("disposal").alias("attendance.discharge.destination.code"),
        pl.col("provider_code").alias("commissioning.service_agreement.provider"),
        pl.col("cost_gbp").alias("commissioning.national_pricing.final_price"),
        pl.lit("1").alias("system.record.finished_indicator"),
        pl.lit(None, pl.String).alias("patient.ethnic_category"),
    )
    listed = frame.select(pl.col("row_number").alias("PRIMARYKEY_ID"), pl.col("diagnoses").alias("code"))
    diagnoses = listed.explode("code").drop_nulls("code")
    number = pl.int_range(1, pl.len() + 1).over("PRIMARYKEY_ID")
    return attendances, diagnoses.with_columns(number.alias("sequence_number"), (number == 1).alias("is_primary"))
