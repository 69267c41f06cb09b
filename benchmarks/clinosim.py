"""Precision and recall of the register's conditions against the chronic conditions that clinosim states.

uv run python -m benchmarks.clinosim

Reads ../shared/data/clinosim through config/clinosim.toml as far as the register, and compares persons and
conditions with the column `chronic_conditions` of its patients file, which the register never sees. Many stated
conditions are in no encounter at all, so that nobody could find them: `coded` counts those that are.
"""

import tempfile
from pathlib import Path

import polars as pl

from mltc import intake
from mltc.codelists import load_codelists
from mltc.config import Config, load_config
from mltc.contract import load_contract
from mltc.derive import derive_register
from mltc.paths import CONFIG
from mltc.workspace import Workspace

# Conditions of the register for clinosim's labels (ICD-10-CM). Labels of what the register does not count (E78
# lipids, E66 obesity, F17 tobacco, K21 reflux, N40 prostate, L20, L22, P59, Z38) have none.
CONDITIONS = {
    "I10": "hypertension",
    "E11.9": "diabetes",
    "F10.20": "drug_alcohol_misuse",
    "M17": "osteoarthritis",
    "J45": "asthma",
    "F32": "depression",
    "F33": "depression",
    "F41.1": "anxiety",
    "N18": "chronic_kidney_disease",
    "I25": "coronary_artery_disease",
    "J44": "copd",
    "M81": "osteoporosis",
    "E03": "thyroid_disorders",
    "I48": "arrhythmia",
    "I50": "heart_failure",
    "F00": "dementia",
    "K74": "chronic_liver_disease",
    "G20": "parkinsons_disease",
    **dict.fromkeys(("C16", "C18", "C22", "C25", "C34", "C50", "C61", "C67"), "solid_organ_cancer"),
}


def read_truth(config: Config) -> pl.DataFrame:
    """One row per person and condition that clinosim states."""
    patients = pl.read_csv(config.extract_root / "patients.csv", infer_schema=False)
    stated = patients.select(
        pl.col("patient_id").alias("person_id"),
        pl.col("chronic_conditions").str.split("|").alias("label"),
    )
    mapped = stated.explode("label").with_columns(
        pl.col("label").replace_strict(CONDITIONS, default=None, return_dtype=pl.String).alias("condition")
    )
    return mapped.drop_nulls("condition").select("person_id", "condition").unique()


def read_coded(config: Config) -> pl.DataFrame:
    """One row per person and condition of which an encounter has a code of the same ICD-10 category."""
    diagnoses = pl.read_csv(config.extract_root / "diagnoses.csv", infer_schema=False)
    categories = {label[:3]: condition for label, condition in CONDITIONS.items()}
    category = pl.col("discharge_diagnosis_code").str.slice(0, 3)
    condition = category.replace_strict(categories, default=None, return_dtype=pl.String)
    coded = diagnoses.select(pl.col("patient_id").alias("person_id"), condition.alias("condition"))
    return coded.drop_nulls("condition").unique()


def read_register(config: Config, folder: Path) -> pl.DataFrame:
    """One row per person and condition that the register finds, of the conditions that clinosim can state."""
    workspace, codelists = Workspace(folder, config), load_codelists()
    workspace.start_build()
    files = [file for table in load_contract() for file in intake.read_table(workspace, table)]
    intake.record_extracts(workspace, files, codelists)
    intake.refuse_failures(intake.gate_extracts(workspace))
    intake.stage_extracts(workspace)
    derive_register(workspace, codelists, "clinosim benchmark: nobody is pseudonymised")
    with workspace.open_build() as warehouse:
        found = warehouse.read("select person_id, condition from register.person_condition")
    return found.filter(pl.col("condition").is_in(list(CONDITIONS.values())))


def compare(truth: pl.DataFrame, coded: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Per condition and overall: persons of whom it is stated, coded too, found, stated and found.

    precision = both / found; recall = both / stated; recall_of_coded = of `coded` those found; null without a
    denominator. `both` can exceed `coded` where a code of another category counts as well (I21 for I25).
    """
    keys = ["person_id", "condition"]
    marked = truth.with_columns(pl.lit(1).alias("is_stated")).join(
        found.with_columns(pl.lit(1).alias("is_found")), on=keys, how="full", coalesce=True
    )
    pairs = marked.join(coded.with_columns(pl.lit(1).alias("is_coded")), on=keys, how="left")
    counts = [
        pl.col("is_stated").count().alias("stated"),
        (pl.col("is_stated") * pl.col("is_coded")).count().alias("coded"),
        pl.col("is_found").count().alias("found"),
        (pl.col("is_stated") * pl.col("is_found")).count().alias("both"),
        (pl.col("is_stated") * pl.col("is_coded") * pl.col("is_found")).count().alias("coded_both"),
    ]
    each = pairs.group_by("condition").agg(counts).sort("stated", "condition", descending=[True, False])
    overall = pairs.select(pl.lit("all").alias("condition"), *counts)
    measures = (
        ("precision", "both", "found"),
        ("recall", "both", "stated"),
        ("recall_of_coded", "coded_both", "coded"),
    )
    shares = [(pl.col(hits) / pl.when(pl.col(of) > 0).then(of)).round(3).alias(name) for name, hits, of in measures]
    return pl.concat([overall, each]).with_columns(shares).drop("coded_both")


def main() -> None:
    """Print the table."""
    config = load_config(CONFIG / "clinosim.toml")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        table = compare(read_truth(config), read_coded(config), read_register(config, Path(folder)))
    with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True):
        print(table)


if __name__ == "__main__":
    main()
