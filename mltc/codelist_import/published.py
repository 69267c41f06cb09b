"""A code list as its publisher wrote it, before anything of it is believed."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PublishedCode:
    """One member, with where it stands ("row 7") so that a fault can be found again."""

    place: str
    code: str
    term: str


@dataclass(frozen=True)
class PublishedList:
    """The members of one list.

    code_system: icd10, snomed, dmd, bnf or atc.
    identity: what the publisher calls it: cluster and refset, phenotype and version, concept set.
    version: as far as the file or its name says; None where it does not.
    notes: what was left aside, and why.
    """

    code_system: str
    codes: tuple[PublishedCode, ...]
    identity: str
    version: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadRequest:
    """What to read. `part`: cluster, phenotype, concept or concept set, where a file holds several.

    vocabulary: folder with CONCEPT.csv and CONCEPT_ANCESTOR.csv (ATHENA download), for OMOP concept sets.
    """

    file: Path
    part: str | None = None
    code_system: str | None = None
    vocabulary: Path | None = None
    without_descendants: bool = False
    without_mapped: bool = False
