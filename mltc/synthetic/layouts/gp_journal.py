"""The GP record as a GDPPR journal: coded entries and medicines in one table."""

import polars as pl

from mltc.synthetic.layouts.files import LayoutFiles, day_text

JOURNAL = "gdppr/gdppr_journal"
SUPPLIERS = ("EMIS", "TPP")


def add_journal(files: LayoutFiles, chunk_tables: dict[str, pl.DataFrame]) -> None:
    """Adds the entries and then the medicines of a chunk to the journal.

    Medicines are told by EPISODE_PRESCRIPTION (R repeat, A acute: letters of this writer) and carry their
    quantity. The journal has no comparator or unit of a value, and no name, terminology or course length of a
    medicine. It holds SNOMED CT alone: a code of another terminology is written with its name before it.
    """
    persons = describe_persons(chunk_tables["person"])
    files.add(JOURNAL, shape_events(chunk_tables["gp_event"], persons))
    files.add(JOURNAL, shape_medicines(chunk_tables["gp_prescription"], persons))


def describe_persons(persons: pl.DataFrame) -> pl.DataFrame:
    """What the journal repeats of each person on every row."""
    born = pl.col("birth_date")
    return persons.unique("person_id", keep="first", maintain_order=True).select(
        "person_id",
        pl.col("sex").alias("SEX"),
        pl.col("ethnic_category").alias("ETHNIC"),
        pl.col("lsoa_code").alias("LSOA"),
        born.dt.year().alias("YEAR_OF_BIRTH"),
        born.dt.strftime("%Y-%m").alias("YEAR_MONTH_OF_BIRTH"),
        pl.col("practice_code").alias("PRACTICE_OF_REGISTRATION"),
    )


def shape_events(frame: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Rows of `gp_event`."""
    snomed = pl.col("code_system") == "snomed"
    return shape_journal(
        frame.select(
            "person_id",
            pl.col("practice_code").alias("PRACTICE"),
            day_text(frame["event_date"]).alias("DATE"),
            pl.col("recorded_date").dt.strftime("%Y-%m-%d").alias("RECORD_DATE"),
            pl.when(snomed).then("code").otherwise(pl.format("{}:{}", "code_system", "code")).alias("CODE"),
            pl.col("episodicity").alias("EPISODE_CONDITION"),
            pl.lit(None, pl.String).alias("EPISODE_PRESCRIPTION"),
            pl.col("value").alias("VALUE1_CONDITION"),
            pl.lit(None, pl.Float64).alias("VALUE1_PRESCRIPTION"),
        ),
        persons,
    )


def shape_medicines(frame: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Rows of `gp_prescription`."""
    return shape_journal(
        frame.select(
            "person_id",
            pl.lit(None, pl.String).alias("PRACTICE"),
            day_text(frame["issue_date"]).alias("DATE"),
            day_text(frame["issue_date"]).alias("RECORD_DATE"),
            pl.col("code").alias("CODE"),
            pl.lit(None, pl.String).alias("EPISODE_CONDITION"),
            pl.when("is_repeat").then(pl.lit("R")).otherwise(pl.lit("A")).alias("EPISODE_PRESCRIPTION"),
            pl.lit(None, pl.Float64).alias("VALUE1_CONDITION"),
            pl.col("quantity").alias("VALUE1_PRESCRIPTION"),
        ),
        persons,
    )


def shape_journal(frame: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """The journal's columns in its order; a medicine is of the practice where the person is registered."""
    practice = pl.coalesce("PRACTICE", "PRACTICE_OF_REGISTRATION")
    joined = frame.join(persons, on="person_id", how="left", maintain_order="left")
    # A practice has one supplier: here by the last digit of its code.
    supplier = pl.when(practice.str.ends_with("1")).then(pl.lit(SUPPLIERS[1])).otherwise(pl.lit(SUPPLIERS[0]))
    return joined.select(
        pl.col("person_id").alias("NHS_NUMBER_DEID"),
        practice.alias("PRACTICE"),
        supplier.alias("GP_SYSTEM_SUPPLIER"),
        "YEAR_OF_BIRTH", "YEAR_MONTH_OF_BIRTH", "SEX", "ETHNIC", "LSOA", "DATE", "RECORD_DATE", "CODE",
        "EPISODE_CONDITION", "EPISODE_PRESCRIPTION", "VALUE1_CONDITION",
        pl.lit(None, pl.Float64).alias("VALUE2_CONDITION"),
        "VALUE1_PRESCRIPTION",
        pl.lit(None, pl.Float64).alias("VALUE2_PRESCRIPTION"),
        pl.lit(None, pl.String).alias("LINKS"),
    )  # fmt: skip
