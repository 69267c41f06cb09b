"""An OMOP concept set as a list of codes: its inclusions and exclusions, descendants and mapped codes."""

from collections import Counter

from mltc.codelist_import.choosing import choose_system
from mltc.codelist_import.omop_file import ConceptItem, read_items
from mltc.codelist_import.pcd import find_date
from mltc.codelist_import.published import PublishedCode, PublishedList, ReadRequest
from mltc.codelist_import.vocabulary import add_related
from mltc.errors import CodelistError

# VOCABULARY_ID of the OHDSI standardised vocabularies. ICD10CM is the American modification, not the one used here.
VOCABULARIES = {"SNOMED": "snomed", "ICD10": "icd10", "dm+d": "dmd", "ATC": "atc", "BNF": "bnf"}


def read_omop(request: ReadRequest) -> PublishedList:
    """The included concepts without the excluded, in one code system.

    Descendants and mapped codes are taken from the vocabulary; without it, a set that asks for them is refused
    unless the request gives them up.
    """
    identity, items = read_items(request)
    notes = check_relations(request, items)
    if request.vocabulary is not None:
        items = add_related(
            request.vocabulary,
            items,
            descendants=not request.without_descendants,
            mapped=not request.without_mapped,
        )
    excluded = {item.concept_id or item.code for item in items if item.is_excluded}
    included = [item for item in items if not item.is_excluded and (item.concept_id or item.code) not in excluded]
    if not included:
        raise CodelistError(f"{request.file.name}: no concept of {identity} is left after its exclusions.")
    if excluded:
        notes.append(f"{len(excluded)} excluded concepts are honoured.")
    counts = Counter(item.vocabulary for item in included)
    chosen = choose_system(request.file, counts, VOCABULARIES, request.code_system)
    taken = [item for item in included if VOCABULARIES.get(item.vocabulary) == chosen]
    if len(taken) < len(included):
        notes.append(f"{len(included) - len(taken)} concepts of other vocabularies are left out.")
    codes = tuple(PublishedCode(item.place, item.code, item.name) for item in taken)
    return PublishedList(chosen, codes, identity, find_date(request.file.stem), tuple(notes))


def check_relations(request: ReadRequest, items: list[ConceptItem]) -> list[str]:
    """Notes on what is given up. Raises CodelistError with exact counts where that is not asked for."""
    notes = []
    for name, asking, given_up in (
        ("descendants", [item for item in items if item.wants_descendants], request.without_descendants),
        ("mapped", [item for item in items if item.wants_mapped], request.without_mapped),
    ):
        excluding = sum(item.is_excluded for item in asking)
        told = f"{len(asking)} of {len(items)} items ask for {name}" + (
            f", {excluding} to exclude" if excluding else ""
        )
        if asking and given_up:
            notes.append(f"{told}: given up (--without-{name}), so the list is shorter than the set means.")
        elif asking and request.vocabulary is None:
            raise CodelistError(
                f"{request.file.name}: {told}, which only the vocabulary knows. Give the folder of an ATHENA download "
                "(CONCEPT.csv, CONCEPT_ANCESTOR.csv, CONCEPT_RELATIONSHIP.csv) with --vocabulary, export "
                f"includedConcepts.csv from ATLAS instead, or accept the shorter list with --without-{name}."
            )
    return notes
