"""Concepts, places and persons of an OMOP CDM: what its rows refer to by number."""

import polars as pl

from mltc.synthetic.layouts.files import LayoutFiles
from mltc.synthetic.layouts.registry import Registry

FIRST_LOCAL_CONCEPT = 2_000_000_001  # OMOP leaves ids above two billion to each site
VOCABULARIES = {"snomed": "SNOMED", "icd10": "ICD10", "bnf": "BNF", "opcs4": "OPCS4", "dmd": "dm+d"}
UNKNOWN_PERSON = 10**10  # person numbers have ten digits at most; above are those of nobody
SEPARATOR = "\t"


class Vocabulary:
    """Numbers every code, care site, specialty and area that the rows name."""

    def __init__(self) -> None:
        self.concepts = Registry(FIRST_LOCAL_CONCEPT)
        self.sites = Registry(1)
        self.specialties = Registry(1)
        self.areas = Registry(1)
        self.names = pl.DataFrame(schema={"concept_code": pl.String, "concept_name": pl.String})

    def number_codes(self, system: pl.Series, code: pl.Series) -> pl.Series:
        """Concept of each code, 0 (no matching concept) where there is no code."""
        keys = pl.select(pl.concat_str([system.replace(VOCABULARIES), code], separator=SEPARATOR)).to_series()
        return self.concepts.number(keys).fill_null(0)

    def learn_names(self, code: pl.Series, name: pl.Series) -> None:
        """Names of codes, the first of each."""
        new = pl.DataFrame({"concept_code": code, "concept_name": name}).drop_nulls()
        self.names = pl.concat([self.names, new]).unique("concept_code", keep="first", maintain_order=True)

    def write(self, files: LayoutFiles, folder: str) -> None:
        """Adds concept, care_site, provider and location."""
        files.add(f"{folder}/concept", self.list_concepts())
        files.add(f"{folder}/care_site", self.sites.known.select(
            pl.col("id").alias("care_site_id"), pl.col("key").alias("care_site_name"),
            pl.lit(0).alias("place_of_service_concept_id"), pl.col("key").alias("care_site_source_value"),
        ))  # fmt: skip
        files.add(f"{folder}/provider", self.specialties.known.select(
            pl.col("id").alias("provider_id"), pl.lit(0).alias("specialty_concept_id"),
            pl.col("key").alias("specialty_source_value"),
        ))  # fmt: skip
        files.add(f"{folder}/location", self.areas.known.select(
            pl.col("id").alias("location_id"), pl.col("key").alias("location_source_value"),
        ))  # fmt: skip

    def list_concepts(self) -> pl.DataFrame:
        """Rows of `concept`: the codes that the rows use, SNOMED CT as standard concepts."""
        parts = pl.col("key").str.splitn(SEPARATOR, 2)
        listed = self.concepts.known.select(
            pl.col("id").alias("concept_id"),
            parts.struct.field("field_0").alias("vocabulary_id"),
            parts.struct.field("field_1").alias("concept_code"),
        ).join(self.names, on="concept_code", how="left", maintain_order="left")
        standard = pl.when(pl.col("vocabulary_id") == "SNOMED").then(pl.lit("S"))
        return listed.select(
            "concept_id", pl.coalesce("concept_name", "concept_code").alias("concept_name"), "vocabulary_id",
            standard.otherwise(None).alias("standard_concept"), "concept_code",
            pl.lit("1970-01-01").alias("valid_start_date"), pl.lit("2099-12-31").alias("valid_end_date"),
        )  # fmt: skip


def number_persons(pseudonyms: pl.Series) -> pl.Series:
    """Number of each person: the digits of the pseudonym, beyond all others for one that no person has."""
    digits = pl.col("id").str.slice(3).cast(pl.Int64)
    unknown = pl.col("id").str.starts_with("UNK").cast(pl.Int64)
    return pl.DataFrame({"id": pseudonyms}).select((digits + unknown * UNKNOWN_PERSON).alias("person_id"))["person_id"]
