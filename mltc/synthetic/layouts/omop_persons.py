"""Persons of an OMOP CDM, the time in which they are observed, and what the CDM says nothing of."""

from datetime import date

import polars as pl

from mltc.synthetic.layouts.omop_clinical import EHR
from mltc.synthetic.layouts.omop_vocabulary import Vocabulary

GENDERS = {"1": 8507, "2": 8532, "9": 8570, "0": 8551}


def shape_persons(frame: pl.DataFrame, vocabulary: Vocabulary) -> pl.DataFrame:
    """Rows of `person`: the area as location, the practice as care site, the ethnic category as race source."""
    born, sex = pl.col("birth_date"), pl.col("sex")
    return frame.select(
        "person_id",
        sex.replace_strict(GENDERS, default=0, return_dtype=pl.Int64).alias("gender_concept_id"),
        born.dt.year().alias("year_of_birth"),
        born.dt.month().alias("month_of_birth"),
        born.dt.day().alias("day_of_birth"),
        pl.lit(0).alias("race_concept_id"),
        pl.lit(0).alias("ethnicity_concept_id"),
        vocabulary.areas.number(frame["lsoa_code"]).alias("location_id"),
        vocabulary.sites.number(frame["practice_code"]).alias("care_site_id"),
        pl.col("pseudonym").alias("person_source_value"),
        sex.alias("gender_source_value"),
        pl.col("ethnic_category").alias("race_source_value"),
        pl.lit(None, pl.String).alias("ethnicity_source_value"),
    )


def shape_periods(persons: pl.DataFrame, index_date: date) -> pl.DataFrame:
    """Rows of `observation_period`: the registration, which ends with the data for those who still are registered."""
    until = pl.min_horizontal(pl.col("registered_to").fill_null(index_date), pl.lit(index_date))
    return persons.select(
        "person_id",
        pl.col("registered_from").alias("observation_period_start_date"),
        until.alias("observation_period_end_date"),
        pl.lit(EHR).alias("period_type_concept_id"),
    )


def shape_addresses(persons: pl.DataFrame) -> pl.DataFrame:
    """Canonical `address`: deprivation and care home."""
    no_day = pl.lit(None, pl.Date)
    return persons.select(
        pl.col("pseudonym").alias("person_id"),
        no_day.alias("address_from"),
        no_day.alias("address_to"),
        "lsoa_code",
        "imd_decile",
        "is_care_home",
    )
