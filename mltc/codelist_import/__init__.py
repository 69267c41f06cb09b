"""Code lists as others publish them, read into the form of `codelists/`."""

from mltc.codelist_import.importing import ImportOutcome, ImportRequest, import_codelist
from mltc.codelist_import.published import PublishedCode, PublishedList
from mltc.codelist_import.readers import KINDS, read_published

__all__ = [
    "KINDS",
    "ImportOutcome",
    "ImportRequest",
    "PublishedCode",
    "PublishedList",
    "import_codelist",
    "read_published",
]
