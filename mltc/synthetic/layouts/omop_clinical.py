"""Conditions, measurements, observations, procedures and medicines as rows of an OMOP CDM.

Every function takes a frame with person numbers, `concept` (number of the code) and `on` (the day, as the file
format has it), and gives the columns of its table without the row's own number.
"""

import polars as pl

EHR, PRESCRIPTION, DEATH_CERTIFICATE = 32817, 32838, 32815  # type concepts
PRIMARY, SECONDARY = 32902, 32908  # condition_status_concept_id
OPERATORS = {"<": 4171756, "<=": 4171754, "=": 4172703, ">": 4172704, ">=": 4171755}
CONDITION_KINDS = ("first", "review", "new")  # episodicity of what is a condition; other entries are observations
NO_DETAIL = pl.lit(None, pl.Int64).alias("visit_detail_id")


def split_entries(entries: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """GP entries by domain: conditions begin or are reviewed, measurements have a value, the rest are observations."""
    measured = pl.col("value").is_not_null()
    condition = ~measured & pl.col("episodicity").is_in(list(CONDITION_KINDS)).fill_null(False)
    return entries.filter(condition), entries.filter(measured), entries.filter(~measured & ~condition)


def dot_codes(codes: pl.Series) -> pl.Series:
    """ICD-10 codes as the vocabulary has them: upper case, a dot after three characters, no filler."""
    plain = codes.str.to_uppercase().str.replace_all("[^0-9A-Z]", "").str.strip_suffix("X")
    dotted = pl.when(pl.col("code").str.len_chars() > 3).then(
        pl.col("code").str.slice(0, 3) + "." + pl.col("code").str.slice(3)
    )
    return pl.DataFrame({"code": plain}).select(dotted.otherwise(pl.col("code")).alias("code"))["code"]


def shape_diagnoses(listed: pl.DataFrame, *, is_standard: bool) -> pl.DataFrame:
    """Diagnoses of visits, the first of each primary; ICD-10 codes are no standard concepts."""
    standard = pl.col("concept") if is_standard else pl.lit(0, pl.Int64)
    status = pl.when(pl.col("position") == 1).then(PRIMARY).otherwise(SECONDARY)
    return listed.select(
        "person_id",
        standard.alias("condition_concept_id"),
        pl.col("on").alias("condition_start_date"),
        pl.lit(EHR).alias("condition_type_concept_id"),
        status.alias("condition_status_concept_id"),
        "visit_occurrence_id",
        "visit_detail_id",
        pl.col("code").alias("condition_source_value"),
        pl.col("concept").alias("condition_source_concept_id"),
        pl.lit(None, pl.String).alias("condition_status_source_value"),
    )


def shape_conditions(entries: pl.DataFrame) -> pl.DataFrame:
    """Conditions of the GP record; whether they begin or are reviewed is the status."""
    return entries.select(
        "person_id",
        pl.col("concept").alias("condition_concept_id"),
        pl.col("on").alias("condition_start_date"),
        pl.lit(EHR).alias("condition_type_concept_id"),
        pl.lit(0).alias("condition_status_concept_id"),
        "visit_occurrence_id",
        NO_DETAIL,
        pl.col("code").alias("condition_source_value"),
        pl.col("concept").alias("condition_source_concept_id"),
        pl.col("episodicity").alias("condition_status_source_value"),
    )


def shape_measurements(entries: pl.DataFrame) -> pl.DataFrame:
    """Entries with a value."""
    operator = pl.col("value_comparator").replace_strict(OPERATORS, default=0, return_dtype=pl.Int64)
    return entries.select(
        "person_id",
        pl.col("concept").alias("measurement_concept_id"),
        pl.col("on").alias("measurement_date"),
        pl.lit(EHR).alias("measurement_type_concept_id"),
        operator.alias("operator_concept_id"),
        pl.col("value").alias("value_as_number"),
        "visit_occurrence_id",
        pl.col("code").alias("measurement_source_value"),
        pl.col("concept").alias("measurement_source_concept_id"),
        pl.col("value_unit").alias("unit_source_value"),
    )


def shape_observations(entries: pl.DataFrame) -> pl.DataFrame:
    """Entries without a value that are no conditions."""
    return entries.select(
        "person_id",
        pl.col("concept").alias("observation_concept_id"),
        pl.col("on").alias("observation_date"),
        pl.lit(EHR).alias("observation_type_concept_id"),
        pl.lit(None, pl.Float64).alias("value_as_number"),
        "visit_occurrence_id",
        pl.col("code").alias("observation_source_value"),
        pl.col("concept").alias("observation_source_concept_id"),
        pl.col("value_unit").alias("unit_source_value"),
        pl.col("episodicity").alias("qualifier_source_value"),
    )


def shape_procedures(listed: pl.DataFrame) -> pl.DataFrame:
    """Procedures of episodes."""
    return listed.select(
        "person_id",
        pl.lit(0).alias("procedure_concept_id"),
        pl.col("on").alias("procedure_date"),
        pl.lit(EHR).alias("procedure_type_concept_id"),
        "visit_occurrence_id",
        "visit_detail_id",
        pl.col("code").alias("procedure_source_value"),
        pl.col("concept").alias("procedure_source_concept_id"),
    )


def shape_medicines(issues: pl.DataFrame) -> pl.DataFrame:
    """Issues; refills are 1 for a repeat prescription and 0 for an acute one."""
    return issues.select(
        "person_id",
        pl.lit(0).alias("drug_concept_id"),
        pl.col("on").alias("drug_exposure_start_date"),
        pl.lit(PRESCRIPTION).alias("drug_type_concept_id"),
        pl.col("is_repeat").cast(pl.Int64).alias("refills"),
        "quantity",
        pl.col("days").alias("days_supply"),
        pl.lit(None, pl.Int64).alias("visit_occurrence_id"),
        pl.col("code").alias("drug_source_value"),
        pl.col("concept").alias("drug_source_concept_id"),
    )


def shape_deaths(deaths: pl.DataFrame) -> pl.DataFrame:
    """Deaths with their underlying cause."""
    return deaths.select(
        "person_id",
        pl.col("death_date"),
        pl.lit(DEATH_CERTIFICATE).alias("death_type_concept_id"),
        pl.lit(0).alias("cause_concept_id"),
        pl.col("underlying_cause").alias("cause_source_value"),
    )
