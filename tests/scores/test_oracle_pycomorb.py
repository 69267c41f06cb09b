"""Random diagnoses scored here and by pycomorb: every score of every person is the same, but for one named rule.

pycomorb sets the AHRQ weight of complicated hypertension to nothing. The AHRQ index has one hypertension group, of -1,
complicated or not (Moore 2017, Med Care 55:698; so does the R package comorbidity 0.5.3): a person whose only
hypertension is complicated, or who has both, scores one less here.
"""

import warnings
from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl
import pytest
from conftest import INDEX_DATE
from pycomorb import (
    CharlsonComorbidityIndex,
    CustomComorbidityIndex,
    ElixhauserComorbidityIndex,
    HospitalFrailtyRiskScore,
)
from pycomorb.CustomComorbidityIndex import weighted_definitions
from pycomorb.ElixhauserComorbidityIndex import CANONICAL_RULES

from mltc.codelists.lists import read_tables
from mltc.paths import CODELISTS
from mltc.warehouse import load_models, open_warehouse

LISTS = ("charlson_code", "charlson_weight", "comorbidity_category", "elixhauser_code", "elixhauser_weight")
SCORES = {name: frame for name, frame in read_tables(CODELISTS).items() if name in (*LISTS, "hfrs_weight", "hfrs_band")}
SEED = 20261001


def draw_diagnoses(persons: int) -> pl.DataFrame:
    """0 to 24 codes for each person: three in four start as a listed code does, the rest are any code."""
    generator = np.random.default_rng(SEED)
    listed = pl.concat([SCORES[name]["code"] for name in ("charlson_code", "elixhauser_code", "hfrs_weight")])
    listed = listed.unique().sort()
    count = generator.integers(0, 25, persons)
    rows = int(count.sum())
    tails = pl.Series(["", "", *"0123456789", "00", "19", "99"])
    letters = pl.Series(list("ABCDEFGHIJKLMNOPQRSTUVXYZ"))
    noise = pl.DataFrame(
        {"letter": letters.gather(generator.integers(0, 25, rows)), "number": generator.integers(0, 1000, rows)}
    ).select(pl.format("{}{}", "letter", pl.col("number").cast(pl.String).str.zfill(3)).alias("noise"))
    prefixes = listed.gather(generator.integers(0, len(listed), rows))
    drawn = pl.DataFrame(
        {
            "person": np.repeat(np.arange(persons), count),
            "prefix": prefixes,
            "tail": tails.gather(generator.integers(0, len(tails), rows)),
            "noise": noise["noise"],
            "is_noise": generator.random(rows) < 0.25,
        }
    )
    whole = (pl.col("prefix") + pl.col("tail")).str.slice(0, 5)
    return drawn.select(
        pl.col("person").cast(pl.String).alias("person_id"),
        pl.when("is_noise").then(pl.col("noise")).otherwise(whole).alias("code"),
    )


def score_here(diagnoses: pl.DataFrame, persons: int, path) -> pl.DataFrame:
    people = pl.DataFrame({"person_id": [str(person) for person in range(persons)]}).with_columns(
        index_date=pl.lit(INDEX_DATE),
        age_years=(pl.int_range(pl.len()) % 100),
    )
    day = date(2026, 1, 1)
    tables = {
        **{f"codelist.{name}": frame for name, frame in SCORES.items()},
        "meta.index_date": pl.DataFrame({"role": ["current"], "index_date": [INDEX_DATE]}),
        "meta.feed": pl.DataFrame({"has_hospital_episode": [True]}),
        "register.spine": people,
        "staging.hospital_diagnosis": diagnoses.with_columns(admission_date=pl.lit(day), known_date=pl.lit(day)),
    }
    models = load_models()
    with open_warehouse(path) as warehouse:
        for name, frame in tables.items():
            warehouse.write(name, frame)
        for table in (
            "comorbidity_code",
            "person_comorbidity",
            "comorbidity_pattern",
            "charlson",
            "elixhauser",
            "hfrs",
        ):
            model = models[f"scores.{table}"]
            warehouse.build(model.name, model.sql, dict.fromkeys(model.binds, 60))
        return warehouse.read(
            "select * exclude (index_date) from scores.charlson "
            "join scores.elixhauser using (index_date, person_id) join scores.hfrs using (index_date, person_id)"
        )


def with_everyone(diagnoses: pl.DataFrame, persons: int) -> pl.DataFrame:
    """The diagnoses with a row without a code for each person who has none, and ages."""
    people = pl.DataFrame({"person_id": [str(person) for person in range(persons)]})
    return people.join(diagnoses, on="person_id", how="left").with_columns(age=pl.col("person_id").cast(pl.Int64) % 100)


def charlson_there(given: pl.DataFrame, name: str, **options: str) -> pl.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = CharlsonComorbidityIndex(given, id_col="person_id", **options)
    return found.select(
        "person_id",
        pl.col("Charlson Comorbidity Index").alias(name),
        pl.col("Charlson Age-Comorbidity Score").alias(f"{name}_age_adjusted"),
    )


def ahrq_there(given: pl.DataFrame) -> pl.DataFrame:
    """The AHRQ weights of Moore 2017 over Quan's groups; pycomorb offers them ready-made for ICD-9 alone."""
    definitions, rules = weighted_definitions("ELIXHAUSER", "ELIXHAUSER_QUAN.csv", "quan", CANONICAL_RULES)
    return CustomComorbidityIndex(
        given,
        id_col="person_id",
        definition_data=definitions,
        weight_col_name="ahrq_icd9_weights",
        score_col_name="elixhauser_ahrq",
        mutual_exclusion_rules=rules,
        return_categories=True,
    ).with_columns(
        elixhauser_count=pl.sum_horizontal(pl.col(name) for name in definitions["category"].unique().to_list())
    )


def oracles(given: pl.DataFrame) -> Iterator[pl.DataFrame]:
    yield charlson_there(given, "charlson_1987", weights="charlson")
    yield charlson_there(given, "charlson_quan_2011", weights="quan").drop("charlson_quan_2011_age_adjusted")
    yield charlson_there(given, "charlson_shmi", implementation="uk_shmi", weights="uk_shmi").drop(
        "charlson_shmi_age_adjusted"
    )
    yield ElixhauserComorbidityIndex(given, id_col="person_id").rename(
        {"Elixhauser Comorbidity Index": "elixhauser_van_walraven"}
    )
    yield HospitalFrailtyRiskScore(given, id_col="person_id").rename({"HFRS Score": "hfrs"})
    yield ahrq_there(given).select(
        "person_id", "elixhauser_ahrq", "elixhauser_count", pl.col("Hypertension complicated").alias("complicated")
    )


@pytest.mark.parametrize("persons", [5_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_every_person_scores_as_in_pycomorb(tmp_path, persons):
    diagnoses = draw_diagnoses(persons)
    here = score_here(diagnoses, persons, tmp_path / "oracle.duckdb").sort("person_id")
    assert here.height == persons

    there = pl.DataFrame({"person_id": here["person_id"]})
    for found in oracles(with_everyone(diagnoses, persons)):
        there = there.join(found, on="person_id", how="left", validate="1:1")
    there = there.with_columns(elixhauser_ahrq=pl.col("elixhauser_ahrq") - pl.col("complicated"))

    compared = set(there.columns) - {"person_id", "complicated"}
    assert compared == set(here.columns) - {"person_id", "hfrs_band", "hfrs_is_75_or_over"}
    for name in sorted(compared):
        unlike = (
            here.select("person_id", pl.col(name).cast(pl.Float64))
            .join(there.select("person_id", pl.col(name).cast(pl.Float64).alias("there")), on="person_id")
            .filter(pl.col(name).ne_missing(pl.col("there")))
        )
        assert unlike.is_empty(), f"{name}: {unlike.height} of {persons} differ"
        # The comparison says something: the scores vary, and some are nought.
        assert here[name].n_unique() > 10, name
    assert 0 < there["complicated"].sum() < persons
    assert here["hfrs_band"].value_counts().height == 3
