"""Loads and checks conditions, their rules and codes, and the definitions that count them."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from mltc.codelists.files import read_records
from mltc.codelists.lists import find_list_files, read_all_lists, read_tables
from mltc.codelists.medicines import MedicineFrames, check_medicines, frame_medicines, read_medicines
from mltc.codelists.records import CareProcess, Condition, Definition
from mltc.codelists.registry import check_registry, hash_files
from mltc.codelists.rule_words import describe_rule
from mltc.codelists.rules import RuleTables, build_definitions, build_rules
from mltc.codelists.sound import check_definitions, check_keys, check_verified
from mltc.errors import CodelistError
from mltc.paths import CODELISTS

CONDITION_SCHEMA = {
    "key": pl.String,
    "name": pl.String,
    "body_system": pl.String,
    "kind": pl.String,
    "delphi_class": pl.String,
    "minimum_age_years": pl.Int64,
    "source": pl.String,
    "verified": pl.Boolean,
    "position": pl.Int64,
    "rule_words": pl.String,
}
CARE_PROCESS_SCHEMA = {
    "key": pl.String,
    "name": pl.String,
    "kind": pl.String,
    "source": pl.String,
    "verified": pl.Boolean,
}
TOML_FILES = ("conditions.toml", "definitions.toml", "care_processes.toml")
MEDICINE_FILES = ("medicine_pairs.toml", "medicine_groups.toml")


@dataclass(frozen=True)
class Codelists:
    """Conditions under their rules, care processes, definitions, lists of codes and scores.

    conditions: one row per condition in registry order; `minimum_age_years` null where any age counts;
        `rule_words` says the rule in a sentence.
    care_processes: one row per care process; `kind` says whether it is done, a fact about a person or a group of
        inclusion health.
    medicines: rules of prescribing safety and groups of medicines as tables.
    codes: one row per list, code system and code, the unverified ones included. `kind` says what a code of the
        list means (code, resolved, drug, measure), `is_prefix` that longer codes count too; `term` is null for
        ICD-10, whose text is copyright of the WHO.
    definitions: one row per definition, with a version of its own.
    memberships: one row per definition and verified condition; `position` from 0 is its bit in the signature.
    rules: the rules of the verified conditions as tables.
    tables: weights of scores, and what the use of care is counted by, by name.
    parsed: the conditions as they were read.
    version: twelve hex digits of a hash over the content of every file that counts.
    """

    conditions: pl.DataFrame
    care_processes: pl.DataFrame
    medicines: MedicineFrames
    codes: pl.DataFrame
    definitions: pl.DataFrame
    memberships: pl.DataFrame
    rules: RuleTables
    tables: dict[str, pl.DataFrame]
    parsed: tuple[Condition, ...]
    version: str

    @property
    def verified_codes(self) -> pl.DataFrame:
        """The codes that count, of every kind."""
        return self.codes.filter(pl.col("verified") == "yes")


def load_codelists(folder: Path = CODELISTS) -> Codelists:
    """Reads and checks everything under `folder`.

    Raises CodelistError that names every problem with its file and row, all at once.
    """
    problems: list[str] = []
    conditions = read_records(folder / "conditions.toml", "condition", Condition, problems)
    definitions = read_records(folder / "definitions.toml", "definition", Definition, problems)
    processes = read_records(folder / "care_processes.toml", "care_process", CareProcess, problems)
    medicine_rules, medicine_groups = read_medicines(folder, problems)
    are_read = not problems
    codes = read_all_lists(folder, problems)
    if are_read:
        # Where an entry is missing its lists would be told as unused, and its definition as too short.
        check_keys(folder, conditions, processes, (*medicine_rules, *medicine_groups), problems)
        check_verified(conditions, processes, codes, problems)
        check_definitions(conditions, definitions, problems)
        check_medicines(medicine_rules, medicine_groups, {c.key for c in conditions}, codes, problems)
    check_registry(folder, problems)
    if problems:
        raise CodelistError(f"{len(problems)} problem(s) in {folder.name}/:\n  " + "\n  ".join(problems))
    verified = codes.filter(pl.col("verified") == "yes")
    return Codelists(
        conditions=build_conditions(conditions),
        care_processes=pl.DataFrame([p.model_dump() for p in processes], CARE_PROCESS_SCHEMA, orient="row"),
        medicines=frame_medicines(medicine_rules, medicine_groups),
        codes=codes,
        definitions=build_definitions(definitions, conditions, verified),
        memberships=build_memberships(conditions),
        rules=build_rules(condition for condition in conditions if condition.verified),
        tables=read_tables(folder),
        parsed=tuple(conditions),
        version=hash_content(folder),
    )


def build_conditions(conditions: list[Condition]) -> pl.DataFrame:
    """Conditions in registry order."""
    rows = [
        {**condition.model_dump(exclude={"rule"}), "position": i, "rule_words": describe_rule(condition)}
        for i, condition in enumerate(conditions)
    ]
    return pl.DataFrame([{name: row[name] for name in CONDITION_SCHEMA} for row in rows], CONDITION_SCHEMA)


def build_memberships(conditions: list[Condition]) -> pl.DataFrame:
    """One row per definition and verified condition, definitions by name, conditions in registry order."""
    pairs = [(name, c.key) for c in conditions if c.verified for name in c.definitions]
    frame = pl.DataFrame(pairs, {"definition": pl.String, "condition": pl.String}, orient="row")
    place = pl.int_range(pl.len(), dtype=pl.Int64).over("definition")
    return frame.sort("definition", maintain_order=True).with_columns(position=place)


def hash_content(folder: Path) -> str:
    """Twelve hex digits over the rules, every list and every score."""
    given = (folder / name for name in MEDICINE_FILES if (folder / name).exists())
    return hash_files([*(folder / name for name in TOML_FILES), *given, *find_list_files(folder)])[:12]
