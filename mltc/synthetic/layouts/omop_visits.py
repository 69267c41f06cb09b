"""Visits of an OMOP CDM: spells with their episodes, appointments, attendances and GP contacts."""

import polars as pl

from mltc.synthetic.layouts.omop_clinical import EHR

INPATIENT, EMERGENCY_INPATIENT, OUTPATIENT, EMERGENCY, OFFICE = 9201, 262, 9202, 9203, 581477
BY_EMERGENCY_DEPARTMENT = ("21", "2A")
SPELL = (
    "person_id", "spell_id", "admission_date", "discharge_date", "admission_method", "admission_source",
    "discharge_destination", "discharge_method", "patient_class", "provider_code",
)  # fmt: skip
SOURCE = "visit_source_value"


def find_spells(episodes: pl.DataFrame) -> pl.DataFrame:
    """One row per spell; an episode that was spoilt says something else of its spell and so has one to itself."""
    return episodes.filter(pl.col("spell_id").is_not_null()).unique(list(SPELL), keep="first", maintain_order=True)


def describe_spells(spells: pl.DataFrame) -> pl.DataFrame:
    """Spells as visits. Admission method, patient class and discharge method have no column of their own."""
    by_department = pl.col("admission_method").is_in(list(BY_EMERGENCY_DEPARTMENT))
    return spells.select(
        "person_id",
        pl.when(by_department).then(EMERGENCY_INPATIENT).otherwise(INPATIENT).alias("visit_concept_id"),
        pl.col("admission_date").alias("start"),
        pl.col("discharge_date").alias("end"),
        join_codes("APC", "admission_method", "patient_class", "discharge_method"),
        pl.col("admission_source").alias("admitted_from_source_value"),
        pl.col("discharge_destination").alias("discharged_to_source_value"),
        pl.lit(None, pl.String).alias("specialty"),
        pl.col("provider_code").alias("site"),
    )


def describe_appointments(frame: pl.DataFrame) -> pl.DataFrame:
    """Appointments as visits, those that did not take place too: attendance and kind are in the source value."""
    return frame.select(
        "person_id",
        pl.lit(OUTPATIENT).alias("visit_concept_id"),
        pl.col("appointment_date").alias("start"),
        pl.col("appointment_date").alias("end"),
        join_codes("OP", "attendance_status", "first_or_followup"),
        pl.lit(None, pl.String).alias("admitted_from_source_value"),
        pl.lit(None, pl.String).alias("discharged_to_source_value"),
        "specialty",
        pl.col("provider_code").alias("site"),
    )


def describe_attendances(frame: pl.DataFrame) -> pl.DataFrame:
    """Attendances as visits: department, category and acuity are in the source value."""
    return frame.select(
        "person_id",
        pl.lit(EMERGENCY).alias("visit_concept_id"),
        pl.col("arrival_at").alias("start"),
        pl.col("arrival_at").alias("end"),
        join_codes("EC", "department_type", "attendance_category", "acuity"),
        pl.lit(None, pl.String).alias("admitted_from_source_value"),
        pl.col("disposal").alias("discharged_to_source_value"),
        pl.lit(None, pl.String).alias("specialty"),
        pl.col("provider_code").alias("site"),
    )


def describe_contacts(contacts: pl.DataFrame) -> pl.DataFrame:
    """The visits at which GP entries were recorded, one per person, day and practice."""
    return contacts.select(
        "person_id",
        pl.lit(OFFICE).alias("visit_concept_id"),
        pl.col("recorded_date").alias("start"),
        pl.col("recorded_date").alias("end"),
        pl.lit(None, pl.String).alias(SOURCE),
        pl.lit(None, pl.String).alias("admitted_from_source_value"),
        pl.lit(None, pl.String).alias("discharged_to_source_value"),
        pl.lit(None, pl.String).alias("specialty"),
        pl.col("practice_code").alias("site"),
    )


def join_codes(kind: str, *columns: str) -> pl.Expr:
    """`kind` and codes, colons between, as visit_source_value."""
    return pl.concat_str(
        [pl.lit(kind), *(pl.col(name).fill_null("") for name in columns)], separator=":"
    ).alias(SOURCE)  # fmt: skip


def shape_visits(
    described: pl.DataFrame, start: pl.Series, end: pl.Series, doctor: pl.Series, site: pl.Series
) -> pl.DataFrame:
    """Rows of `visit_occurrence`; the dates are as the file format has them, the moment is always text."""
    began = described["start"]
    moment = began if began.dtype == pl.String else began.cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S")
    return described.select(
        "person_id",
        "visit_concept_id",
        start.alias("visit_start_date"),
        moment.alias("visit_start_datetime"),
        end.alias("visit_end_date"),
        pl.lit(EHR).alias("visit_type_concept_id"),
        doctor.alias("provider_id"),
        site.alias("care_site_id"),
        SOURCE,
        "admitted_from_source_value",
        "discharged_to_source_value",
    )


def shape_details(
    episodes: pl.DataFrame, start: pl.Series, end: pl.Series, doctor: pl.Series, site: pl.Series
) -> pl.DataFrame:
    """Rows of `visit_detail`: episodes, their order as source value."""
    return episodes.select(
        "person_id",
        pl.lit(INPATIENT).alias("visit_detail_concept_id"),
        start.alias("visit_detail_start_date"),
        end.alias("visit_detail_end_date"),
        pl.lit(EHR).alias("visit_detail_type_concept_id"),
        doctor.alias("provider_id"),
        site.alias("care_site_id"),
        pl.col("episode_order").cast(pl.String).alias("visit_detail_source_value"),
        "visit_occurrence_id",
    )
