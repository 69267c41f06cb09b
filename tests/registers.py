"""A register from drawn records: rules as TOML and records of people in, the conditions that hold out."""

import tomllib
from datetime import date

import polars as pl
from conftest import INDEX_DATE, draw

from mltc.codelists.records import Condition
from mltc.codelists.rules import build_rules
from mltc.warehouse import DuckDBWarehouse, build_models, load_models

MODELS = (
    "listed_code",
    "listed_record",
    "evidence",
    "measurement",
    "failed_feed",
    "clause_code",
    "clause_count",
    "clause_measurement",
    "clause_score",
    "clause_status",
    "condition_status",
    "person_condition",
)
LAST_RUN = """
    person_id | condition | source | evidence_code | evidence_count | onset_date | last_date | first_known_date
"""
COLUMNS = ("person_id", "code", "code_system", "event_date", "recorded_date", "value")


def read_conditions(text: str) -> list[Condition]:
    """Conditions of a TOML text, in which name, body system, kind, definitions and source may be left out."""
    filled = {
        "name": "A name",
        "body_system": "general",
        "kind": "physical",
        "definitions": ["d"],
        "source": "drawn",
        "verified": True,
    }
    return [Condition.model_validate({**filled, **entry}) for entry in tomllib.loads(text)["condition"]]


def write_rules(warehouse: DuckDBWarehouse, conditions: list[Condition], codes: pl.DataFrame) -> None:
    """The tables of schema `codelist` that the register reads."""
    tables = build_rules(conditions)
    rows = [{"position": place, **condition.model_dump(exclude={"rule"})} for place, condition in enumerate(conditions)]
    kept = ("key", "name", "body_system", "kind", "minimum_age_years", "verified", "position")
    frame = pl.DataFrame(
        [{name: row[name] for name in kept} for row in rows], schema_overrides={"minimum_age_years": pl.Int64}
    )
    warehouse.write("codelist.condition", frame)
    warehouse.write("codelist.clause", tables.clauses)
    warehouse.write("codelist.clause_evidence", tables.evidence)
    warehouse.write("codelist.rule", tables.rules)
    warehouse.write("codelist.evidence_code", codes)


def derive(
    warehouse: DuckDBWarehouse,
    rules: str,
    codes: str,
    records: str,
    persons: str = "",
    *,
    abstention: str = "practice_code | table_name | from_month_date",
    last_run: str = LAST_RUN,
    dates: tuple[date, ...] = (INDEX_DATE,),
) -> pl.DataFrame:
    """`register.person_condition` of drawn records.

    rules: TOML of conditions. codes: kind, evidence, code_system, code, is_prefix. records: person_id, code,
    code_system (snomed, icd10 as in hospital, bnf for an issue), event_date, recorded_date, value.
    persons: person_id, age_years, practice_code; default: 50 years old, of practice A.
    """
    write_rules(warehouse, read_conditions(rules), draw(codes))
    drawn = draw(records, value=pl.Float64)
    drawn = drawn.with_columns(pl.lit(None).alias(name) for name in COLUMNS if name not in drawn.columns)
    write_records(warehouse, drawn)
    people = draw(persons, age_years=pl.Int64) if persons else drawn.select("person_id").unique()
    defaults = {"age_years": pl.lit(50), "practice_code": pl.lit("A"), "succeeded_from": pl.lit(None, pl.String)}
    people = people.with_columns(value.alias(name) for name, value in defaults.items() if name not in people.columns)
    described = pl.DataFrame({"index_date": sorted({*dates, INDEX_DATE})})
    warehouse.write("register.observation", described.join(people, how="cross"))
    warehouse.write("meta.index_date", described.with_columns(role=pl.lit("current")))
    warehouse.write("meta.practice_abstention", draw(abstention).rename({"from_month_date": "from_month"}))
    warehouse.write("meta.last_person_condition", draw(last_run, evidence_count=pl.Int64))
    if not warehouse.columns("scores.hfrs"):
        warehouse.write(
            "scores.hfrs", pl.DataFrame(schema={"index_date": pl.Date, "person_id": pl.String, "hfrs": pl.Float64})
        )
    models = {name: model for name, model in load_models().items() if name in {f"register.{table}" for table in MODELS}}
    build_models(warehouse, ["register"], {"index_date": INDEX_DATE}, models=models)
    return warehouse.read("select * from register.person_condition order by person_id, condition")


def write_records(warehouse: DuckDBWarehouse, drawn: pl.DataFrame) -> None:
    """Staging tables of drawn records."""
    gp = drawn.filter(pl.col("code_system") == "snomed")
    warehouse.write("staging.gp_event", gp.select(COLUMNS))
    hospital = drawn.filter(pl.col("code_system") == "icd10")
    known = pl.coalesce("recorded_date", "event_date").alias("known_date")
    warehouse.write(
        "staging.hospital_diagnosis",
        hospital.select("person_id", "code", pl.col("event_date").alias("admission_date"), known),
    )
    issued = drawn.filter(pl.col("code_system") == "bnf")
    warehouse.write(
        "staging.gp_prescription",
        issued.select("person_id", "code", "code_system", pl.col("event_date").alias("issue_date")),
    )
