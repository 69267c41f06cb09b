"""Descendants and mapped codes of OMOP concepts, from an ATHENA download (tab-separated, no quotation marks)."""

from dataclasses import replace
from pathlib import Path

import polars as pl

from mltc.codelist_import.omop_file import ConceptItem
from mltc.errors import CodelistError


def add_related(folder: Path, items: list[ConceptItem], *, descendants: bool, mapped: bool) -> list[ConceptItem]:
    """The items with what they ask for, each as OHDSI circe resolves it.

    Descendants are valid concepts of CONCEPT_ANCESTOR.csv; mapped codes are those that CONCEPT_RELATIONSHIP.csv
    maps ("Maps to") to an item or to one of its descendants.
    """
    related = list(items)
    for is_excluded in (False, True):
        asking = [item for item in items if item.is_excluded == is_excluded]
        below = find_below(folder, [i.concept_id for i in asking if i.wants_descendants]) if descendants else []
        mapping = [i.concept_id for i in asking if i.wants_mapped]
        if mapping and mapped:
            wanted = [i.concept_id for i in asking if i.wants_mapped and i.wants_descendants]
            mapping += find_below(folder, wanted) if descendants else []
        sources = find_mapped(folder, mapping) if mapped else []
        related += read_concepts(folder, below, asking, "descendant", valid_only=True)
        related += read_concepts(folder, sources, asking, "mapped code", valid_only=False)
    return related


def find_below(folder: Path, concepts: list[str]) -> list[str]:
    """Concept ids under any of `concepts`."""
    if not concepts:
        return []
    frame = scan(folder, "CONCEPT_ANCESTOR.csv", ("ancestor_concept_id", "descendant_concept_id"))
    found = frame.filter(pl.col("ancestor_concept_id").is_in(concepts)).collect(engine="streaming")
    return found["descendant_concept_id"].unique().sort().to_list()


def find_mapped(folder: Path, concepts: list[str]) -> list[str]:
    """Concept ids of source codes that map to any of `concepts`."""
    if not concepts:
        return []
    names = ("concept_id_1", "concept_id_2", "relationship_id", "invalid_reason")
    frame = scan(folder, "CONCEPT_RELATIONSHIP.csv", names)
    found = frame.filter(
        pl.col("concept_id_2").is_in(concepts), pl.col("relationship_id") == "Maps to", _is_valid()
    ).collect(engine="streaming")
    return found["concept_id_1"].unique().sort().to_list()


def read_concepts(
    folder: Path, concepts: list[str], like: list[ConceptItem], what: str, *, valid_only: bool
) -> list[ConceptItem]:
    """Items for concept ids, those that are listed already left out; `like` says on which side they stand."""
    new = sorted(set(concepts) - {item.concept_id for item in like})
    if not new:
        return []
    names = ("concept_id", "concept_code", "concept_name", "vocabulary_id", "invalid_reason")
    frame = scan(folder, "CONCEPT.csv", names).filter(pl.col("concept_id").is_in(new))
    found = (frame.filter(_is_valid()) if valid_only else frame).sort("concept_id").collect(engine="streaming")
    return [
        replace(
            like[0],
            place=f"{what} {row['concept_id']}",
            concept_id=row["concept_id"],
            code=row["concept_code"],
            name=row["concept_name"] or "",
            vocabulary=row["vocabulary_id"],
        )
        for row in found.iter_rows(named=True)
    ]


def scan(folder: Path, name: str, columns: tuple[str, ...]) -> pl.LazyFrame:
    """A table of the vocabulary as text. Raises CodelistError where the file or a column is missing."""
    path = folder / name
    if not path.is_file():
        raise CodelistError(f"{folder} has no {name}: --vocabulary names the folder of an ATHENA download.")
    frame = pl.scan_csv(path, separator="\t", quote_char=None, infer_schema=False)
    missing = [column for column in columns if column not in frame.collect_schema().names()]
    if missing:
        raise CodelistError(
            f"{path} lacks {', '.join(missing)}; expected the tab-separated file of an ATHENA download."
        )
    return frame.select(columns)


def _is_valid() -> pl.Expr:
    return pl.col("invalid_reason").is_null() | (pl.col("invalid_reason") == "")
