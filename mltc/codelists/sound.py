"""Do rules, lists and definitions fit together? What does not is refused before anything is counted."""

from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from mltc.codelists.files import label, read_table
from mltc.codelists.lists import KINDS, TABLES, find_list_files
from mltc.codelists.medicines import name_lists
from mltc.codelists.records import CareProcess, Clause, Condition, Definition, MedicineGroup, MedicineRule

MAXIMUM_CONDITIONS = 126  # bits of a condition signature that the engine's widest integer holds
CONDITION_SCORES = {"hfrs"}  # scores of people that a rule may look at, each built by sql/scores/<name>.sql


def check_keys(
    folder: Path,
    conditions: list[Condition],
    processes: list[CareProcess],
    medicines: Iterable[MedicineRule | MedicineGroup],
    problems: list[str],
) -> None:
    """Every list belongs to a rule, a care process, a group of medicines or a score, and every name to a list."""
    process_keys = {process.key for process in processes}
    condition_keys = {condition.key for condition in conditions}
    problems.extend(
        f"care_processes.toml: key {key!r} is a condition too" for key in sorted(condition_keys & process_keys)
    )
    files: dict[tuple[str, str], Path] = {}
    for path in find_list_files(folder):
        if path.parent.name not in TABLES:
            files.setdefault((KINDS[path.parent.name], path.stem), path)
    used = set(_named(conditions)) | set(_named_by_tables(folder)) | {("code", key) for key in process_keys}
    used |= name_lists(medicines)
    used |= {("resolved", name) for kind, name in used if kind == "code"}
    problems.extend(
        f"{label(path)}: no rule, care process or score names the list {name!r}"
        for (kind, name), path in files.items()
        if (kind, name) not in used
    )
    known = files.keys() | {("score", name) for name in CONDITION_SCORES}
    problems.extend(_find_unknown(conditions, known))


def _named(conditions: Iterable[Condition]) -> Iterator[tuple[str, str]]:
    for condition in conditions:
        for clause in condition.clauses:
            yield from ((clause.kind, name) for name in clause.evidence)


def _named_by_tables(folder: Path) -> Iterator[tuple[str, str]]:
    """Lists and measures that a score looks at: columns `list` and `measure` of its tables."""
    for path in (path for name in TABLES for path in (folder / name).glob("*.csv")):
        for row in read_table(path, None, []):
            for column, kind in (("list", "code"), ("measure", "measure")):
                if row.get(column):
                    yield kind, row[column]


def _find_unknown(conditions: list[Condition], known: Iterable[tuple[str, str]]) -> Iterator[str]:
    names = set(known)
    for condition in conditions:
        for clause in condition.clauses:
            for name in clause.evidence:
                if (clause.kind, name) not in names:
                    there = sorted(other for kind, other in names if kind == clause.kind)
                    near = get_close_matches(name, there, n=3) or there
                    yield f"conditions.toml, {condition.key}: {_missing(clause, name)} (there are: {', '.join(near)})"
                if clause.unresolved and ("resolved", name) not in names:
                    yield f"conditions.toml, {condition.key}: unresolved, but resolved/{name}.csv does not exist"


def _missing(clause: Clause, name: str) -> str:
    where = {
        "code": f"neither icd10/{name}.csv nor snomed/{name}.csv exists",
        "drug": f"drugs/{name}.csv does not exist",
        "measure": f"measures/{name}.csv does not exist",
        "score": f"there is no score {name!r} of people",
    }
    return where[clause.kind]


def check_verified(
    conditions: list[Condition], processes: list[CareProcess], codes: pl.DataFrame, problems: list[str]
) -> None:
    """What says that it is verified has a verified code in every list that it needs."""
    verified = codes.filter(pl.col("verified") == "yes")
    found = set(verified.select("kind", "key").unique().iter_rows())
    for condition in conditions:
        wanted = set(_named([condition])) if condition.verified else set()
        problems.extend(
            f"conditions.toml: {condition.key!r} is verified but its {kind} list {name!r} has no verified code"
            for kind, name in sorted(wanted - found)
            if kind != "score"
        )
    named = Counter(condition.name.casefold() for condition in conditions)
    problems.extend(
        f"conditions.toml, {condition.key}: {condition.name!r} is the name of another condition too"
        for condition in conditions
        if named[condition.name.casefold()] > 1
    )
    both = verified.filter(kind="resolved").join(verified.filter(kind="code"), on=["key", "code"], how="semi")
    problems.extend(
        f"resolved/{key}.csv: {code} is on the list of the diagnosis too; it cannot say both"
        for key, code in both.select("key", "code").sort(pl.all()).iter_rows()
    )
    snomed = set(verified.filter(pl.col("code_system") == "snomed")["key"])
    problems.extend(
        f"care_processes.toml: {process.key!r} is verified but snomed/{process.key}.csv has no verified code"
        for process in processes
        if process.verified and process.key not in snomed
    )


def check_definitions(conditions: list[Condition], definitions: list[Definition], problems: list[str]) -> None:
    """Conditions name definitions that there are, each counts two or more, and no more than a signature holds."""
    known = {definition.key for definition in definitions}
    for condition in conditions:
        problems.extend(
            f"conditions.toml, {condition.key}: {name!r} is not in definitions.toml (there are: {sorted(known)})"
            for name in condition.definitions
            if name not in known
        )
    for definition in definitions:
        count = sum(condition.verified and definition.key in condition.definitions for condition in conditions)
        if not 2 <= count <= MAXIMUM_CONDITIONS:
            problems.append(
                f"definitions.toml, {definition.key}: counts {count} verified conditions, "
                f"allowed are 2 to {MAXIMUM_CONDITIONS}"
            )
