"""The publishers whose files are understood."""

from collections.abc import Callable, Mapping

from mltc.codelist_import.hdruk import read_hdruk
from mltc.codelist_import.omop import read_omop
from mltc.codelist_import.opencodelists import read_opencodelists
from mltc.codelist_import.pcd import read_pcd
from mltc.codelist_import.published import PublishedList, ReadRequest
from mltc.errors import CodelistError

READERS: Mapping[str, Callable[[ReadRequest], PublishedList]] = {
    "pcd": read_pcd,
    "opencodelists": read_opencodelists,
    "hdruk": read_hdruk,
    "omop": read_omop,
}
# What `source` of a code calls each.
KINDS = {
    "pcd": "NHS England PCD refset",
    "opencodelists": "OpenCodelists",
    "hdruk": "HDR UK Phenotype Library",
    "omop": "OMOP concept set",
}


def read_published(kind: str, request: ReadRequest) -> PublishedList:
    """The list in a file of that kind. Raises CodelistError that names file and row."""
    if kind not in READERS:
        raise CodelistError(f"There is no reader {kind!r}; --as takes {', '.join(READERS)}.")
    published = READERS[kind](request)
    if not published.codes:
        raise CodelistError(f"{request.file.name} holds no codes.")
    return published
