"""A small, sound folder of code lists, in the form of `codelists/`, for tests that change one."""

from pathlib import Path

import polars as pl

from mltc.codelists import write_registry

HEADER = "code,term,source,verified\n"
DEFINITIONS = """
[[definition]]
key = "wide"
title = "Three conditions"
citation = "A paper"
source = "a paper"

[[definition]]
key = "narrow"
title = "Two conditions"
citation = "Another paper"
source = "another paper"
"""
CONDITIONS = """
[[condition]]
key = "asthma"
name = "Asthma"
body_system = "respiratory"
kind = "physical"
definitions = ["wide"]
rule = [[{ codes = "asthma" }]]
source = "a paper"
verified = true

[[condition]]
key = "diabetes"
name = "Diabetes"
body_system = "endocrine"
kind = "physical"
definitions = ["wide", "narrow"]
rule = [[{ codes = "diabetes" }]]
source = "a paper"
verified = true

[[condition]]
key = "depression"
name = "Depression"
body_system = "mental and behavioural"
kind = "mental"
definitions = ["wide", "narrow"]
rule = [[{ codes = "depression", months = 12 }]]
source = "a paper"
verified = true
"""
CARE_PROCESSES = """
[[care_process]]
key = "medication_review"
name = "Medication review"
source = "a guide"
verified = true
"""
NEEDS = """
[[need]]
key = "review"
name = "Review"
not_measured = "a test"
"""
QOF_HEADER = "condition,register,published_percent,denominator,minimum_age_years,comparable,note,source\n"
LISTS = {
    "snomed/asthma.csv": "195967001,Asthma,a list,yes\n31387002,Exercise-induced asthma,a list,yes\n"
    "12428000,Intrinsic asthma without status asthmaticus,left out: a test,no\n",
    "snomed/diabetes.csv": "73211009,Diabetes mellitus,a list,yes\n",
    "snomed/depression.csv": "35489007,Depressive disorder,a list,yes\n",
    "snomed/medication_review.csv": "182836005,Review of medication,a list,yes\n",
    "icd10/asthma.csv": "J45,,a list,yes\n",
}


def write_folder(folder: Path) -> Path:
    """Write it and fill the registry."""
    texts = {
        "definitions.toml": DEFINITIONS,
        "conditions.toml": CONDITIONS,
        "care_processes.toml": CARE_PROCESSES,
        "needs.toml": NEEDS,
        "qof_published.csv": QOF_HEADER,
        **{name: HEADER + rows for name, rows in LISTS.items()},
    }
    for name, text in texts.items():
        write_text(folder / name, text)
    register(folder)
    return folder


def write_text(path: Path, text: str) -> None:
    """Write a file as it would be committed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))


def register(folder: Path) -> None:
    """Count the lists and state what a person would."""
    write_registry(folder)
    path = folder / "registry.csv"
    stated = pl.read_csv(path, infer_schema=False).with_columns(
        source=pl.lit("a list"), version=pl.lit("1"), licence=pl.lit("MIT"), reviewed_date=pl.lit("2026-01-01")
    )
    write_text(path, stated.write_csv())
