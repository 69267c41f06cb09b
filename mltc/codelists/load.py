"""Loads and checks the condition list, its codes and its definitions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mltc.codelists.files import find_redundant_prefixes, label, read_codes, read_records
from mltc.codelists.records import CODE_SYSTEMS, PREFIX_SYSTEMS, CareProcess, Condition
from mltc.codelists.registry import check_registry, find_codelist_files, hash_files
from mltc.errors import CodelistError
from mltc.paths import CODELISTS

CODE_SCHEMA = {
    "key": pl.String,
    "code_system": pl.String,
    "code": pl.String,
    "term": pl.String,
    "is_prefix": pl.Boolean,
    "verified": pl.String,
    "source": pl.String,
}
CONDITION_SCHEMA = {
    "key": pl.String,
    "name": pl.String,
    "body_system": pl.String,
    "kind": pl.String,
    "delphi_class": pl.String,
    "rule": pl.String,
    "lookback_months": pl.Int64,
    "minimum_age_years": pl.Int64,
    "source": pl.String,
    "verified": pl.Boolean,
    "position": pl.Int64,
}
CARE_PROCESS_SCHEMA = {"key": pl.String, "name": pl.String, "source": pl.String, "verified": pl.Boolean}


@dataclass(frozen=True)
class Codelists:
    """Conditions and care processes with their codes.

    conditions: one row per condition in registry order; `position` from 0 is its bit in the condition
        signature; `lookback_months` is null where the rule is `ever`, `minimum_age_years` where any age counts.
    care_processes: one row per care process.
    codes: one row per key, code system and code, the unverified ones included; `is_prefix` says that longer
        codes count too; `term` is null for ICD-10, whose text is copyright of the WHO.
    memberships: one row per definition and condition that it counts.
    version: twelve hex digits of a hash over the content of every file that counts.
    """

    conditions: pl.DataFrame
    care_processes: pl.DataFrame
    codes: pl.DataFrame
    memberships: pl.DataFrame
    version: str

    @property
    def verified_codes(self) -> pl.DataFrame:
        """The codes that count: `verified` is yes and so says the condition or care process."""
        keys = pl.concat([self.conditions, self.care_processes], how="diagonal").filter("verified")["key"]
        return self.codes.filter(pl.col("verified") == "yes", pl.col("key").is_in(keys.implode()))


def load_codelists(folder: Path = CODELISTS) -> Codelists:
    """Reads and checks everything under `folder`.

    Raises CodelistError that names every problem with its file and row, all at once.
    """
    problems: list[str] = []
    conditions = read_records(folder / "conditions.toml", "condition", Condition, problems)
    processes = read_records(folder / "care_processes.toml", "care_process", CareProcess, problems)
    codes = read_all_codes(folder, problems)
    check_keys(folder, conditions, processes, problems)
    check_verified(conditions, processes, codes, problems)
    check_registry(folder, problems)
    if problems:
        raise CodelistError(f"{len(problems)} problem(s) in {folder.name}/:\n  " + "\n  ".join(problems))
    return Codelists(
        conditions=build_conditions(conditions),
        care_processes=pl.DataFrame([p.model_dump() for p in processes], CARE_PROCESS_SCHEMA, orient="row"),
        codes=pl.DataFrame(codes, CODE_SCHEMA, orient="row"),
        memberships=build_memberships(conditions),
        version=hash_content(folder),
    )


def read_all_codes(folder: Path, problems: list[str]) -> list[dict[str, Any]]:
    """Code rows of every list, with the key and code system that folder and file name give them."""
    rows: list[dict[str, Any]] = []
    for code_system in CODE_SYSTEMS:
        for path in sorted((folder / code_system).glob("*.csv")):
            found = read_codes(path, code_system, problems)
            is_prefix = code_system in PREFIX_SYSTEMS
            if is_prefix:
                problems.extend(find_redundant_prefixes(path, found))
            for row in found:
                facts = {"key": path.stem, "code_system": code_system, "is_prefix": is_prefix}
                rows.append({**row, **facts, "term": row["term"] or None})
    return rows


def check_keys(folder: Path, conditions: list[Condition], processes: list[CareProcess], problems: list[str]) -> None:
    """A code list belongs to a condition or a care process, and no key to both."""
    condition_keys = {condition.key for condition in conditions}
    process_keys = {process.key for process in processes}
    problems.extend(
        f"care_processes.toml: key {key!r} is a condition too" for key in sorted(condition_keys & process_keys)
    )
    problems.extend(
        f"{label(path)}: no condition or care process has the key {path.stem!r}"
        for path in find_codelist_files(folder)
        if path.stem not in condition_keys | process_keys
    )


def check_verified(
    conditions: list[Condition],
    processes: list[CareProcess],
    codes: list[dict[str, Any]],
    problems: list[str],
) -> None:
    """What says that it is verified has a verified code; a condition has one in both code systems."""
    found = {(row["key"], row["code_system"]) for row in codes if row["verified"] == "yes"}
    wanted = [("conditions.toml", condition, CODE_SYSTEMS) for condition in conditions if condition.verified]
    problems.extend(
        f"{name}: {item.key!r} is verified but {system}/{item.key}.csv has no verified code"
        for name, item, systems in wanted
        for system in systems
        if (item.key, system) not in found
    )
    problems.extend(
        f"care_processes.toml: {process.key!r} is verified but snomed/{process.key}.csv has no verified code"
        for process in processes
        if process.verified and (process.key, "snomed") not in found
    )


def build_conditions(conditions: list[Condition]) -> pl.DataFrame:
    """Conditions in registry order."""
    rows = [{**condition.model_dump(), "position": i} for i, condition in enumerate(conditions)]
    return pl.DataFrame([{name: row[name] for name in CONDITION_SCHEMA} for row in rows], CONDITION_SCHEMA)


def build_memberships(conditions: list[Condition]) -> pl.DataFrame:
    """One row per definition and verified condition, definitions by name, conditions in registry order."""
    pairs = [(name, c.key) for c in conditions if c.verified for name in c.definitions]
    schema = {"definition": pl.String, "condition": pl.String}
    return pl.DataFrame(pairs, schema, orient="row").sort("definition", maintain_order=True)


def hash_content(folder: Path) -> str:
    """Twelve hex digits over the rules and every code list."""
    rules = [folder / "conditions.toml", folder / "care_processes.toml"]
    return hash_files([*rules, *find_codelist_files(folder)])[:12]
