"""The CSV export of a phenotype of the HDR UK Phenotype Library (phenotypes.healthdatagateway.org).

Columns as its server writes them (Concept Library, Swansea University): code, description, coding_system,
concept_id, concept_version_id, concept_name, phenotype_id, phenotype_version_id, phenotype_name, and
code_attributes or the attributes by name.
"""

from collections import Counter

from mltc.codelist_import.choosing import choose_part, choose_system
from mltc.codelist_import.published import PublishedCode, PublishedList, ReadRequest
from mltc.codelist_import.source_table import SourceTable, read_source_table

# The library's own names; the first is written with two blanks, which are folded into one here.
SYSTEMS = {"SNOMED CT codes": "snomed", "ICD10 codes": "icd10", "BNF codes": "bnf", "DMD codes": "dmd"}


def read_hdruk(request: ReadRequest) -> PublishedList:
    """The codes of one phenotype, or of one concept of it (--cluster), in one code system."""
    table = read_source_table(request.file)
    code, term = table.require_column("the code", "code"), table.find_column("description", "term")
    system_column = table.require_column("the code system", "coding_system")
    identity, version, rows = choose_rows(table, request.part)
    systems = [" ".join(row[system_column].split()) for _, row in rows]
    chosen = choose_system(request.file, Counter(systems), SYSTEMS, request.code_system)
    taken = [place for place, system in zip(rows, systems, strict=True) if SYSTEMS.get(system) == chosen]
    left = len(rows) - len(taken)
    return PublishedList(
        code_system=chosen,
        codes=tuple(PublishedCode(f"row {n}", row[code], row[term] if term else "") for n, row in taken),
        identity=identity,
        version=version,
        notes=(f"{left} codes of other systems are left out.",) if left else (),
    )


def choose_rows(table: SourceTable, part: str | None) -> tuple[str, str | None, list[tuple[int, dict[str, str]]]]:
    """Identity, version and rows of the phenotype, or of the concept that `part` names."""
    concept = table.find_column("concept_id")
    if part and concept and part.casefold() in {row[concept].casefold() for _, row in table.rows}:
        kind, column = "concept", concept
    else:
        kind, column = "phenotype", table.require_column("the phenotype", "phenotype_id")
    chosen = choose_part(table.file, kind, (row[column] for _, row in table.rows), part)
    rows = [(number, row) for number, row in table.rows if row[column] == chosen]
    version_column = table.find_column(f"{kind}_version_id")
    versions = {row[version_column] for _, row in rows if row[version_column]} if version_column else set()
    return f"{kind} {chosen}", versions.pop() if len(versions) == 1 else None, rows
