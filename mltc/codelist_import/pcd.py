"""NHS England's primary care domain (PCD) reference sets, by cluster id.

Column names, as seen in public code that reads the files:
- `<date>_PCD_Refset_Content_V2.txt` of the PCD reference set portal (tab): Cluster_ID, Cluster_Description,
  SNOMED_code, SNOMED_code_description, PCD_Refset_ID, Service_and_Ruleset; `..._by_Output_V2.txt` has Output_ID
  besides, and a code stands once for each output;
- `GPData_Cluster_refset_1000230_<date>.csv` and `GDPPR_Cluster_refset_...` of the TRUD release (Windows-1252):
  Cluster_ID, Cluster_Desc, Active_in_Refset, RefsetId, ConceptId, ConceptId_Description, Type_of_Inclusion and
  others. Active_in_Refset 0: once a member by mistake. An inactive concept may still be a member, and counts.
"""

import re

from mltc.codelist_import.choosing import choose_part
from mltc.codelist_import.published import PublishedCode, PublishedList, ReadRequest
from mltc.codelist_import.source_table import SourceTable, read_source_table
from mltc.errors import CodelistError

ACTIVE = {"1": True, "true": True, "yes": True, "y": True, "0": False, "false": False, "no": False, "n": False}


def read_pcd(request: ReadRequest) -> PublishedList:
    """The active members of one cluster. Raises CodelistError for an unknown cluster or one without members."""
    table = read_source_table(request.file)
    cluster_column = table.require_column("the cluster id", "Cluster_ID")
    code = table.require_column("the SNOMED CT code", "SNOMED_code", "ConceptId")
    term = table.require_column("its term", "SNOMED_code_description", "ConceptId_Description")
    cluster = choose_part(request.file, "cluster", (row[cluster_column] for _, row in table.rows), request.part)
    rows = [(number, row) for number, row in table.rows if row[cluster_column] == cluster]
    active = [(number, row) for number, row in rows if is_active(table, number, row)]
    if not active:
        raise CodelistError(f"{request.file.name}: all {len(rows)} members of {cluster} are retired from it.")
    retired = len(rows) - len(active)
    return PublishedList(
        code_system="snomed",
        codes=tuple(PublishedCode(f"row {number}", row[code], row[term]) for number, row in active),
        identity=cluster + name_refset(table, active),
        version=find_date(request.file.stem),
        notes=(f"{retired} rows are retired from {cluster} (Active_in_Refset) and left out.",) if retired else (),
    )


def is_active(table: SourceTable, number: int, row: dict[str, str]) -> bool:
    """Whether a member counts; a file without such a column holds current members only."""
    column = table.find_column("Active_in_Refset", "IsActive")
    if column is None:
        return True
    if row[column].lower() not in ACTIVE:
        raise CodelistError(f"{table.file.name}, row {number}: {column} is {row[column]!r}, allowed are 1 and 0.")
    return ACTIVE[row[column].lower()]


def name_refset(table: SourceTable, rows: list[tuple[int, dict[str, str]]]) -> str:
    """The refset id, where the file has one and says the same of every member."""
    column = table.find_column("PCD_Refset_ID", "RefsetId")
    found = {row[column] for _, row in rows if row[column]} if column else set()
    return f" (refset {found.pop()})" if len(found) == 1 else ""


def find_date(name: str) -> str | None:
    """The release date in a file name: eight digits that begin with 20."""
    found = re.search(r"(?<!\d)20\d{6}(?!\d)", name)
    return found.group() if found else None
