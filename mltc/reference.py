"""Definitions and reference data as tables of schema `codelist`, which the SQL joins to."""

import tomllib
from pathlib import Path

import polars as pl

from mltc.codelists import Codelists, load_qof_published
from mltc.errors import CodelistError
from mltc.paths import CODELISTS
from mltc.warehouse import Warehouse

_TEXT_COLUMNS = {
    "code",
    "successor_code",
    "lsoa_code",
    "practice_code",
    "pcn_code",
    "sub_icb",
    "icb",
    "source",
    "age_band",
    "risk_band",
    "admission_group",
    "ethnic_group",
}
_DATE_COLUMNS = {"effective_date", "effective_from", "effective_to"}
REFERENCE_FOLDERS = ("reference", "geography")


def write_reference(warehouse: Warehouse, codelists: Codelists, folder: Path = CODELISTS) -> None:
    """(Re)create every table of schema `codelist`. Raises CodelistError for a definition without conditions."""
    warehouse.write("codelist.code", codelists.codes.filter(kind="code").drop("kind").with_columns(_is_verified()))
    warehouse.write("codelist.evidence_code", _evidence_codes(codelists))
    warehouse.write("codelist.condition", codelists.conditions)
    warehouse.write("codelist.definition", codelists.definitions)
    warehouse.write("codelist.membership", codelists.memberships)
    warehouse.write("codelist.clause", codelists.rules.clauses)
    warehouse.write("codelist.clause_evidence", codelists.rules.evidence)
    warehouse.write("codelist.rule", codelists.rules.rules)
    for name, frame in codelists.tables.items():
        warehouse.write(f"codelist.{name}", frame)
    warehouse.write("codelist.care_process", codelists.care_processes)
    warehouse.write("codelist.qof_published", load_qof_published(folder))
    warehouse.write("codelist.indicator", read_indicators(folder / "needs.toml"))
    for path in sorted(path for name in REFERENCE_FOLDERS for path in (folder / name).glob("*.csv")):
        warehouse.write(f"codelist.{path.stem}", _read_reference(path))


def _is_verified() -> pl.Expr:
    return (pl.col("verified") == "yes").alias("is_verified")


def _evidence_codes(codelists: Codelists) -> pl.DataFrame:
    """Verified codes of the lists that a rule or a score looks at: what the one pass over events matches."""
    named = codelists.rules.evidence.select("kind", "evidence")
    scored = [
        pl.DataFrame({"kind": kind, "evidence": frame[column].drop_nulls().unique()}, named.schema)
        for frame in codelists.tables.values()
        for column, kind in (("list", "code"), ("measure", "measure"))
        if column in frame.columns
    ]
    used = pl.concat([named, *scored]).unique()
    codes = codelists.verified_codes.rename({"key": "evidence"})
    return codes.join(used, on=["kind", "evidence"], how="semi").select(
        "kind", "evidence", "code_system", "code", "is_prefix"
    )


def check_definition(codelists: Codelists, definition: str) -> None:
    """Raise CodelistError unless the definition is known and counts at least two conditions."""
    known = codelists.definitions["definition"].to_list()
    if definition not in known:
        raise CodelistError(f"There is no definition {definition} (known: {', '.join(known)}). See [run] definition.")


def read_indicators(path: Path) -> pl.DataFrame:
    """Catalogue of needs, one row per indicator.

    need, need_name, indicator, indicator_name, indicator_rule, applies_to, and is_need: whether its presence
    is a need rather than support given.
    """
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = [
        (
            need["key"],
            need["name"],
            indicator["key"],
            indicator["name"],
            indicator["rule"],
            indicator.get("applies_to", "people with MLTC"),
            indicator.get("is_need", True),
        )
        for need in content["need"]
        for indicator in need.get("indicator", [])
    ]
    names = ["need", "need_name", "indicator", "indicator_name", "indicator_rule", "applies_to"]
    schema = dict.fromkeys(names, pl.String) | {"is_need": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def read_unmeasured_needs(path: Path = CODELISTS / "needs.toml") -> dict[str, str]:
    """Needs that no indicator measures, with the reason."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return {need["name"]: need["not_measured"] for need in content["need"] if "not_measured" in need}


def read_risk_bands(path: Path = CODELISTS / "reference" / "risk_band.csv") -> list[tuple[str, float]]:
    """Risk bands from the highest: name, and the share of people up to whose rank it reaches."""
    frame = _read_reference(path).sort("sort_key")
    return list(zip(frame["risk_band"], frame["upper_share"], strict=True))


def _read_reference(path: Path) -> pl.DataFrame:
    header = pl.read_csv(path, n_rows=0).columns
    texts: dict[str, type[pl.DataType]] = {name: pl.String for name in header if name in _TEXT_COLUMNS}
    dates: dict[str, type[pl.DataType]] = {name: pl.Date for name in header if name in _DATE_COLUMNS}
    return pl.read_csv(path, schema_overrides=texts | dates)
