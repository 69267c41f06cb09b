"""A list downloaded from OpenCodelists (www.opencodelists.org).

The download has `code` and `term`, and often the list's own columns. Column names by code system are those of the
OpenSAFELY documentation ("Creating a codelist"): SNOMEDCode, ICD10Code, DMDCode, BNFCode, CTV3Code, Read2Code; older
lists have dmd_id and dmd_name, CTV3ID, snomedcode, icd10_code, or id and name.
"""

import re
from collections.abc import Iterable

from mltc.codelist_import.codes import looks_like
from mltc.codelist_import.pcd import find_date
from mltc.codelist_import.published import PublishedCode, PublishedList, ReadRequest
from mltc.codelist_import.source_table import SourceTable, read_source_table
from mltc.errors import CodelistError

# Names that say the system; `code`, `id` and `concept_id` do not.
SYSTEM_COLUMNS = {
    "snomed": ("SNOMEDCode", "snomedct", "snomed_id", "snomed", "SNOMED CT code"),
    "icd10": ("ICD10Code", "icd10", "icd", "icd_code", "ICD-10 code"),
    "dmd": ("dmd_id", "DMDCode", "dmd"),
    "bnf": ("BNFCode", "bnf"),
}
FOREIGN_COLUMNS = {"CTV3": ("CTV3ID", "CTV3Code", "CTV3"), "Read version 2": ("Read2Code", "read_code", "Read2")}
PLAIN_COLUMNS = ("code", "id", "concept_id")
TERM_COLUMNS = ("term", "name", "description", "dmd_name", "nm", "CTV3PreferredTermDesc", "code_description")


def read_opencodelists(request: ReadRequest) -> PublishedList:
    """The codes of one list. Raises CodelistError where the code system cannot be told or cannot be held."""
    table = read_source_table(request.file)
    cluster = table.find_column("Cluster_ID", "Cluster ID", "PCD_Refset_ID")
    if cluster:
        raise CodelistError(
            f"{table.file.name} has a column {cluster}: it is a PCD reference set file, in which every list stands. "
            "Read it with --as pcd and --cluster."
        )
    code_system, column = find_codes(table, request.code_system)
    term = table.find_column(*TERM_COLUMNS)
    version = re.search(r"-([0-9a-f]{8})$", request.file.stem)
    return PublishedList(
        code_system=code_system,
        codes=tuple(PublishedCode(f"row {n}", row[column], row[term] if term else "") for n, row in table.rows),
        identity="OpenCodelists",
        version=find_date(request.file.stem) or (version.group(1) if version else None),
        notes=tell_unused(table, {column, term}),
    )


def find_codes(table: SourceTable, asked: str | None) -> tuple[str, str]:
    """Code system and column. A column named for a system is believed; a plain `code` is judged by its values."""
    named = {system: table.find_column(*names) for system, names in SYSTEM_COLUMNS.items()}
    held = {system: column for system, column in named.items() if column}
    if asked is None and len(held) == 1:
        ((system, column),) = held.items()
        return system, table.find_column("code") or column
    if asked is not None and asked in held:
        return asked, held[asked]
    if asked is None and held:
        raise CodelistError(
            f"{table.file.name} has columns of several code systems ({', '.join(sorted(held))}): say --system."
        )
    plain = table.find_column(*PLAIN_COLUMNS)
    if plain is None:
        refuse_foreign(table)
        plain = table.require_column("the code", "code", *(name for names in SYSTEM_COLUMNS.values() for name in names))
    return asked or judge_system(table, [row[plain] for _, row in table.rows]), plain


def refuse_foreign(table: SourceTable) -> None:
    """Raise CodelistError for a list of a system that no extract is read in."""
    for system, names in FOREIGN_COLUMNS.items():
        if table.find_column(*names):
            raise CodelistError(f"{table.file.name} is a list of {system} codes; a list holds SNOMED CT or ICD-10.")


def judge_system(table: SourceTable, codes: Iterable[str]) -> str:
    """The system whose form most codes have; what does not have it is refused later, with its row."""
    counts = {system: sum(looks_like(system, code) for code in codes) for system in ("snomed", "icd10")}
    best = max(counts, key=lambda system: counts[system])
    if not counts[best]:
        raise CodelistError(f"{table.file.name}: no value has the form of a SNOMED CT or ICD-10 code. Say --system.")
    return best


def tell_unused(table: SourceTable, used: set[str | None]) -> tuple[str, ...]:
    """Columns that are not taken over: a category may part the list, and then only some rows are the condition."""
    others = [column for column in table.columns if column not in used and column]
    return (f"Not used: column {', '.join(others)}. Every row counts.",) if others else ()
