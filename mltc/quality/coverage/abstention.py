"""Who sent too few records, what is said of it, and whose risk is not estimated: no score is better than a low one."""

from datetime import date
from typing import Any

import polars as pl

from mltc.warehouse import Warehouse

ABSTENTION_SCHEMA = {
    "person_id": pl.String,
    "practice_code": pl.String,
    "reason": pl.String,
    "from_month": pl.Date,
}
REASON = "coverage"


def tell_gap(who: str, tables: str, first_month: date) -> str:
    """A sentence without its full stop: organisations and months may be named, numbers of people are not."""
    return f"{who} sent too few records of {tables} in the last 12 months, first in {first_month:%Y-%m}"


def name_gaps(warehouse: Warehouse) -> list[str]:
    """A sentence per practice that fails coverage, where coverage was judged."""
    if not warehouse.columns("meta.practice_abstention"):
        return []
    found = warehouse.read(
        "select practice_code, string_agg(table_name, ', ' order by table_name) as tables, "
        "min(from_month) as first_month from meta.practice_abstention group by practice_code order by practice_code"
    )
    return [
        f"{tell_gap(f'Practice {practice}', tables, month)}: a run gives its people no risk."
        for practice, tables, month in found.iter_rows()
    ]


def read_abstentions(warehouse: Warehouse) -> pl.DataFrame:
    """Practices that failed coverage, in order: practice_code, practice_name, pcn_name, tables, from_month."""
    schema = dict.fromkeys(("practice_code", "practice_name", "pcn_name", "tables"), pl.String)
    if not warehouse.columns("meta.practice_abstention"):
        return pl.DataFrame(schema=schema | {"from_month": pl.Date})
    return warehouse.read(
        "select failed.practice_code, practice.practice_name, practice.pcn_name, "
        "string_agg(failed.table_name, ', ' order by failed.table_name) as tables, "
        "min(failed.from_month) as from_month "
        "from meta.practice_abstention as failed "
        "inner join register.practice as practice on practice.practice_code = failed.practice_code "
        "where failed.practice_code in (select person.practice_code from register.person as person) "
        "group by failed.practice_code, practice.practice_name, practice.pcn_name order by failed.practice_code"
    )


def drop_uncovered(features: pl.DataFrame, failed: pl.DataFrame) -> pl.DataFrame:
    """Features without those that a failed month could have made too low: their index date lies after it."""
    dated = features.join(failed.select("practice_code", "from_month"), on="practice_code", how="left")
    is_covered = pl.col("from_month").is_null() | (pl.col("index_date") <= pl.col("from_month"))
    return dated.filter(is_covered).drop("from_month").sort("index_date", "person_id")


def list_abstentions(warehouse: Warehouse, failed: pl.DataFrame) -> pl.DataFrame:
    """One row per person of those practices on the index date (schema ABSTENTION_SCHEMA)."""
    people = warehouse.read(
        "select person_id, practice_code from register.person "
        "where list_contains($practices, practice_code) order by person_id",
        {"practices": failed["practice_code"].to_list()},
    )
    joined = people.join(failed.select("practice_code", "from_month"), on="practice_code").sort("person_id")
    told = joined.with_columns(reason=pl.lit(REASON))
    return told.select(pl.col(name).cast(kind) for name, kind in ABSTENTION_SCHEMA.items())


def describe_risk_gap(failed: pl.DataFrame) -> list[str]:
    """Notes for risk: how many practices are left out, and why of each. Never how many people."""
    if failed.is_empty():
        return []
    number = failed.height
    practices = "1 practice" if number == 1 else f"{number} practices"
    whole = (
        f"The people of {practices} got no risk and stand in no risk band, because records of their practice stopped "
        "or are too few: they are not known to be at low risk."
    )
    return [whole, *(_tell_practice(row) for row in failed.iter_rows(named=True))]


def describe_prevalence_gap(failed: pl.DataFrame) -> list[str]:
    """Notes for prevalence: in which PCN it may read too low, and since when."""
    return [
        f"Recorded prevalence in {row['pcn_name']} may be too low: {_tell_practice(row)}"
        for row in failed.iter_rows(named=True)
    ]


def describe_provider_gap(warehouse: Warehouse) -> list[str]:
    """Notes for the feeds: which providers sent too few records, and since when."""
    if not warehouse.columns("meta.provider_gap"):
        return []
    gaps = warehouse.read(
        "select provider_code, table_name, from_month from meta.provider_gap order by provider_code, table_name"
    )
    return [
        f"{tell_gap(f'Provider {provider}', table, month)}, or has closed or merged: a fall there is not known to be "
        "a fall in need."
        for provider, table, month in gaps.iter_rows()
    ]


def _tell_practice(row: dict[str, Any]) -> str:
    who = f"{row['practice_name']} ({row['practice_code']})"
    return f"{tell_gap(who, row['tables'], row['from_month'])}."
