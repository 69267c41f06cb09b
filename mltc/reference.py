"""Definitions and reference data as tables of schema `codelist`, which the SQL joins to."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from mltc.codelists import Codelists, load_qof_published
from mltc.contract import load_contract
from mltc.errors import CodelistError
from mltc.facts import load_facts
from mltc.innovations import build_innovations
from mltc.paths import CODELISTS
from mltc.segments import build_segments
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
    if "monitoring_test" in codelists.tables:
        warehouse.write("codelist.monitoring_code", _monitoring_codes(codelists))
    warehouse.write("codelist.care_process", codelists.care_processes)
    medicines = codelists.medicines
    warehouse.write("codelist.medicine_rule", medicines.rules)
    warehouse.write("codelist.medicine_rule_part", medicines.rule_parts)
    warehouse.write("codelist.medicine_group", medicines.groups)
    warehouse.write("codelist.medicine_group_part", medicines.group_parts)
    warehouse.write("codelist.medicine_code", _medicine_codes(codelists))
    warehouse.write("codelist.qof_published", load_qof_published(folder))
    warehouse.write("codelist.indicator", read_indicators(folder / "needs.toml"))
    warehouse.write("codelist.indicator_process", read_indicator_processes(folder / "needs.toml"))
    for name, frame in _planning_tables(folder).items():
        warehouse.write(f"codelist.{name}", frame)
    for path in sorted(path for name in REFERENCE_FOLDERS for path in (folder / name).glob("*.csv")):
        warehouse.write(f"codelist.{path.stem}", _read_reference(path))


def _planning_tables(folder: Path) -> dict[str, pl.DataFrame]:
    """Facts, innovations and segments; none for a folder of clinical lists alone, which has no facts.toml."""
    if not (folder / "facts.toml").exists():
        return {}
    facts = [(fact.key, condition) for fact in load_facts(folder) for condition in fact.conditions]
    conditions = pl.DataFrame(facts, schema={"fact": pl.String, "condition": pl.String}, orient="row")
    return {"fact_condition": conditions, **build_innovations(folder), **build_segments(folder)}


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


def _medicine_codes(codelists: Codelists) -> pl.DataFrame:
    """Verified codes of the lists of medicines and measures that a rule or group of medicines looks at."""
    named = set(codelists.medicines.rule_parts["evidence"]) | set(codelists.medicines.group_parts["evidence"])
    codes = codelists.verified_codes.rename({"key": "evidence"})
    return codes.filter(pl.col("kind").is_in(["drug", "measure"]), pl.col("evidence").is_in(named)).select(
        "kind", "evidence", "code_system", "code", "is_prefix"
    )


def _monitoring_codes(codelists: Codelists) -> pl.DataFrame:
    """Codes of the monitoring blood tests, analyte and code: verified codes of the measures that are named, and others.

    Whether a test was done hangs on no unit, so that codes count here which have no place on a list of measures.
    """
    tests = codelists.tables["monitoring_test"].filter(pl.col("verified") == "yes")
    measures = codelists.verified_codes.filter(kind="measure").select("key", "code")
    listed = tests.select("analyte", "measure_list").join(measures, left_on="measure_list", right_on="key")
    stated = tests.filter(pl.col("code").is_not_null())
    return pl.concat([frame.select("analyte", "code") for frame in (listed, stated)]).unique().sort(pl.all())


def check_definition(codelists: Codelists, definition: str) -> None:
    """Raise CodelistError unless the definition is known and counts at least two conditions."""
    known = codelists.definitions["definition"].to_list()
    if definition not in known:
        raise CodelistError(f"There is no definition {definition} (known: {', '.join(known)}). See [run] definition.")


INDICATOR_SCHEMA = dict.fromkeys(
    ("need", "need_name", "indicator", "indicator_name", "indicator_rule", "applies_to", "source", "limits", "feeds"),
    pl.String,
) | {"is_need": pl.Boolean}


def read_indicators(path: Path) -> pl.DataFrame:
    """Catalogue of needs, one row per indicator.

    need, need_name, indicator, indicator_name, indicator_rule, applies_to, source, limits (what it cannot tell), feeds
    (canonical tables that it needs, parted by ", "), and is_need: whether its presence is a need rather than support
    given, a fact or an outcome. Raises CodelistError that names every indicator with a field missing or a feed that the
    contract does not have.
    """
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    entries = [(need, indicator) for need in content["need"] for indicator in need.get("indicator", [])]
    problems = [fault for _, indicator in entries for fault in _find_indicator_faults(indicator)]
    if problems:
        raise CodelistError(f"{len(problems)} problem(s) in {path.name}:\n  " + "\n  ".join(problems))
    rows = [
        {
            "need": need["key"],
            "need_name": need["name"],
            "indicator": indicator["key"],
            "indicator_name": indicator["name"],
            "indicator_rule": indicator["rule"],
            "applies_to": indicator.get("applies_to", "people with MLTC"),
            "source": indicator["source"],
            "limits": indicator["limits"],
            "feeds": ", ".join(indicator["feeds"]),
            "is_need": indicator.get("is_need", True),
        }
        for need, indicator in entries
    ]
    return pl.DataFrame(rows, schema=INDICATOR_SCHEMA)


def read_indicator_processes(path: Path) -> pl.DataFrame:
    """indicator, care_process: the processes without which an indicator is not known of everybody."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    entries = [indicator for need in content["need"] for indicator in need.get("indicator", [])]
    rows = [(each["key"], process) for each in entries for process in each.get("processes", [])]
    return pl.DataFrame(rows, schema={"indicator": pl.String, "care_process": pl.String}, orient="row")


def _find_indicator_faults(indicator: Mapping[str, Any]) -> Iterator[str]:
    key = indicator.get("key", "an indicator without a key")
    wanted = ("key", "name", "rule", "source", "limits", "feeds")
    yield from (f"{key}: {name} is missing or empty" for name in wanted if not indicator.get(name))
    tables = load_contract()
    for feed in indicator.get("feeds", []):
        if feed not in tables:
            yield f"{key}: {feed!r} is no table of the contract (there are: {', '.join(sorted(tables))})"


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
