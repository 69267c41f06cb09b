"""An OMOP concept set: the JSON expression of ATLAS, a cohort definition that holds it, or the CSV export.

JSON: `items`, each with `concept` (CONCEPT_ID, CONCEPT_CODE, CONCEPT_NAME, VOCABULARY_ID ...), `isExcluded`,
`includeDescendants` and `includeMapped` (OHDSI circe). CSV, as OHDSI WebAPI and ATLAS write it:
conceptSetExpression.csv has Concept Set ID, Name, Concept ID, Concept Code, Concept Name, Domain, Vocabulary,
Standard Concept, Exclude, Descendants, Mapped; includedConcepts.csv and mappedConcepts.csv are resolved already and
have no such flags.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mltc.codelist_import.choosing import choose_part
from mltc.codelist_import.published import ReadRequest
from mltc.codelist_import.source_table import SourceTable, fold_name, read_source_table
from mltc.errors import CodelistError

FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}


@dataclass(frozen=True)
class ConceptItem:
    """One line of a concept set."""

    place: str
    concept_id: str
    code: str
    name: str
    vocabulary: str
    is_excluded: bool
    wants_descendants: bool
    wants_mapped: bool


def read_items(request: ReadRequest) -> tuple[str, list[ConceptItem]]:
    """Name of the set and its items, from JSON or CSV."""
    if request.file.suffix.lower() == ".json":
        return read_json(request.file, request.part)
    table = read_source_table(request.file)
    return read_csv(table, request.part)


def read_json(file: Path, part: str | None) -> tuple[str, list[ConceptItem]]:
    """Items of an expression, a concept set or one of the sets of a cohort definition."""
    if not file.is_file():
        raise CodelistError(f"There is no file {file}.")
    try:
        content = json.loads(file.read_bytes().decode("utf-8-sig"))
    except ValueError as error:
        raise CodelistError(f"{file.name} is not JSON: {error}") from None
    sets = content.get("ConceptSets", content.get("conceptSets")) if isinstance(content, dict) else None
    if isinstance(sets, list):
        named = {str(entry.get("name")): entry for entry in sets}
        content = named[choose_part(file, "concept set", named, part)]
    expression = content.get("expression", content) if isinstance(content, dict) else None
    items = expression.get("items") if isinstance(expression, dict) else None
    if not isinstance(items, list) or not items:
        raise CodelistError(f"{file.name} has no `items`: it is no concept set expression. Export one from ATLAS.")
    name = str(content.get("name") or file.stem)
    return f"concept set {name}", [read_item(file, number, item) for number, item in enumerate(items, start=1)]


def read_item(file: Path, number: int, item: Any) -> ConceptItem:
    """One item; keys are matched without case and underscores, as versions of the tools differ in both."""
    found = (
        {fold_name(key): value for key, value in (item.get("concept") or {}).items()} if isinstance(item, dict) else {}
    )
    missing = [name for name in ("CONCEPT_ID", "CONCEPT_CODE", "VOCABULARY_ID") if not found.get(fold_name(name))]
    if missing:
        raise CodelistError(f"{file.name}, item {number}: {', '.join(missing)} is missing from `concept`.")
    return ConceptItem(
        f"item {number}",
        str(found["conceptid"]),
        str(found["conceptcode"]),
        str(found.get("conceptname") or ""),
        str(found["vocabularyid"]),
        is_excluded=bool(item.get("isExcluded")),
        wants_descendants=bool(item.get("includeDescendants")),
        wants_mapped=bool(item.get("includeMapped")),
    )


def read_csv(table: SourceTable, part: str | None) -> tuple[str, list[ConceptItem]]:
    """Items of a CSV export; without flags the concepts are resolved already."""
    code = table.require_column("the concept code", "Concept Code", "CONCEPT_CODE", "Code")
    vocabulary = table.require_column("the vocabulary", "Vocabulary", "VOCABULARY_ID")
    identifier = table.find_column("Concept ID", "CONCEPT_ID", "Id")
    name = table.find_column("Concept Name", "CONCEPT_NAME")
    set_column = table.find_column("Concept Set ID")
    rows, identity = list(table.rows), f"concept set {table.file.stem}"
    if set_column:
        chosen = choose_part(table.file, "concept set", (row[set_column] for _, row in rows), part)
        rows, identity = [(n, row) for n, row in rows if row[set_column] == chosen], f"concept set {chosen}"
    flags = [table.find_column(*names) for names in (("Exclude", "isExcluded"), ("Descendants",), ("Mapped",))]
    items = []
    for number, row in rows:
        excluded, descendants, mapped = (read_flag(table, number, row, column) for column in flags)
        items.append(
            ConceptItem(
                f"row {number}",
                row[identifier] if identifier else "",
                row[code],
                row[name] if name else "",
                row[vocabulary],
                excluded,
                descendants,
                mapped,
            )
        )
    return identity, items


def read_flag(table: SourceTable, number: int, row: dict[str, str], column: str | None) -> bool:
    """A yes or no of a CSV export; False where the file has no such column."""
    if column is None:
        return False
    if row[column].lower() not in FLAGS:
        raise CodelistError(
            f"{table.file.name}, row {number}: {column} is {row[column]!r}, allowed are TRUE and FALSE."
        )
    return FLAGS[row[column].lower()]
