"""Entries of the handbook from the codelist files: everything that needs no data."""

from pathlib import Path

from mltc.codelists import Codelists
from mltc.codelists.files import read_records, read_table
from mltc.codelists.records import Condition, Definition
from mltc.codelists.registry import REGISTRY_COLUMNS
from mltc.codelists.rule_words import describe_rule
from mltc.handbook.entry import CodeList, CodeRow, DefinitionFacts, Entry, ListFacts
from mltc.paths import CODELISTS

KINDS_OF_FOLDERS = {"icd10": "code", "snomed": "code", "resolved": "resolved", "drugs": "drug", "measures": "measure"}


def build_entry(condition: Condition, codelists: Codelists, files: list[ListFacts]) -> Entry:
    """What the files say of one condition."""
    return Entry(
        key=condition.key,
        name=condition.name,
        kind=condition.kind,
        body_system=condition.body_system,
        definitions=condition.definitions,
        rule_words=describe_rule(condition),
        source=condition.source,
        is_verified=condition.verified,
        lists=[build_list(kind, key, codelists, files) for kind, key in find_lists(condition)],
    )


def find_lists(condition: Condition) -> list[tuple[str, str]]:
    """Kind and key of every list that the rule looks at, in the order of its clauses; scores have none."""
    found: dict[tuple[str, str], None] = {}
    for clause in condition.clauses:
        for name in clause.evidence if clause.kind != "score" else ():
            found.setdefault((clause.kind, name))
            if clause.unresolved:
                found.setdefault(("resolved", name))
    return list(found)


def build_list(kind: str, key: str, codelists: Codelists, files: list[ListFacts]) -> CodeList:
    """One list with its codes, those that count first, and the registry rows of its files."""
    frame = codelists.codes.filter((codelists.codes["kind"] == kind) & (codelists.codes["key"] == key))
    rows = [
        CodeRow(row["code_system"], row["code"], row["term"] or "", row["is_prefix"], row["verified"], row["source"])
        for row in frame.iter_rows(named=True)
    ]
    rows.sort(key=lambda row: (not row.counts, row.code_system, row.code))
    return CodeList(kind, key, rows, [facts for facts in files if is_file_of(facts.path, kind, key)])


def is_file_of(path: str, kind: str, key: str) -> bool:
    """Whether the file at a path of the registry holds the list."""
    folder, _, name = path.partition("/")
    return KINDS_OF_FOLDERS.get(folder) == kind and name == f"{key}.csv"


def read_files(folder: Path = CODELISTS) -> list[ListFacts]:
    """Rows of the registry, in its order; `load_codelists` has checked them."""
    rows = read_table(folder / "registry.csv", REGISTRY_COLUMNS, [])
    return [
        ListFacts(
            path=row["path"],
            source=row["source"],
            version=row["version"],
            licence=row["licence"],
            codes=int(row["codes"]),
            verified_codes=int(row["verified_codes"]),
            sha256=row["sha256"],
            reviewed_date=row["reviewed_date"],
        )
        for row in rows
    ]


def read_definitions(codelists: Codelists, folder: Path = CODELISTS) -> list[DefinitionFacts]:
    """Definitions in file order with their versions."""
    versions = dict(codelists.definitions.select("definition", "version").iter_rows())
    return [
        DefinitionFacts(item.key, item.title, item.citation, item.source, versions[item.key], item.missing)
        for item in read_records(folder / "definitions.toml", "definition", Definition, [])
    ]
