"""What a page of the handbook holds: a condition, its rule, its lists, and what they find in a population."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

# Kinds of lists in the order in which pages show them, and what each is called there.
LIST_TITLES = {
    "code": "Diagnosis codes",
    "resolved": "Codes that say it is resolved",
    "drug": "Medicines",
    "measure": "Measurements",
}
SYSTEM_NAMES = {"icd10": "ICD-10", "snomed": "SNOMED CT", "bnf": "BNF", "atc": "ATC", "dmd": "dm+d"}


@dataclass(frozen=True)
class CodeCount:
    """What one listed code finds: persons and records up to the index date, and the persons only it finds.

    only_persons: of a code that counts, persons in whom no other counting code of the list is recorded; of one
    that does not count, persons whom it would add to the list.
    """

    persons: int
    events: int
    only_persons: int


@dataclass(frozen=True)
class CodeRow:
    """One code of a list. `count` is None where it was not counted (no warehouse, or the feed was not supplied)."""

    code_system: str
    code: str
    term: str
    is_prefix: bool
    verified: str
    source: str
    count: CodeCount | None = None

    @property
    def counts(self) -> bool:
        """Whether the code is verified, and so counts towards the condition."""
        return self.verified == "yes"

    @property
    def shown(self) -> str:
        """The code as people write it: a prefix with a star, for everything below it."""
        return f"{self.code}*" if self.is_prefix else self.code


@dataclass(frozen=True)
class ListFacts:
    """What the registry states of one file."""

    path: str
    source: str
    version: str
    licence: str
    codes: int
    verified_codes: int
    sha256: str
    reviewed_date: str


@dataclass(frozen=True)
class CodeList:
    """A list that the rule looks at: its codes and the registry rows of the files that hold them."""

    kind: str
    key: str
    rows: Sequence[CodeRow]
    files: Sequence[ListFacts]

    @property
    def title(self) -> str:
        """ "Diagnosis codes: asthma"."""
        from mltc.codelists.rule_words import describe_names

        return f"{LIST_TITLES[self.kind]}: {describe_names([self.key])}"


@dataclass(frozen=True)
class NearCode:
    """A code in the data that is not on the list, and why it is shown.

    persons, events: as for a listed code. With the condition: `share_percent` of the people who have it carry the
    code, `ratio` times as often as others of their age band and sex (None: nobody else carries it, or not looked at).
    other_lists: lists of other conditions that hold it.
    """

    code_system: str
    code: str
    term: str
    why: str
    persons: int
    events: int
    other_lists: Sequence[str] = ()
    share_percent: float | None = None
    ratio: float | None = None


@dataclass(frozen=True)
class RulePart:
    """One clause of the rule and how many persons of the register it holds for."""

    alternative: int
    words: str
    persons: int


@dataclass(frozen=True)
class Found:
    """Persons whom the register holds the condition for on the index date, and by which source."""

    persons: int
    by_source: Mapping[str, int]
    parts: Sequence[RulePart] = ()


@dataclass(frozen=True)
class Entry:
    """One condition. `found` and `near` are None where nothing was counted."""

    key: str
    name: str
    kind: str
    body_system: str
    definitions: Sequence[str]
    rule_words: str
    source: str
    is_verified: bool
    lists: Sequence[CodeList]
    found: Found | None = None
    near: Sequence[NearCode] | None = None

    @property
    def unverified_codes(self) -> int:
        """Codes on its lists that are not verified and do not count."""
        return sum(not row.counts for item in self.lists for row in item.rows)


@dataclass(frozen=True)
class DefinitionFacts:
    """A definition, its source, and what it names that is not counted here."""

    key: str
    title: str
    citation: str
    source: str
    version: str
    missing: Sequence[str]


@dataclass(frozen=True)
class Population:
    """In whom the codes were counted. `gaps` says what was not supplied and so could not be counted."""

    index_date: date
    persons: int
    area: str = ""
    is_synthetic: bool = False
    gaps: Sequence[str] = field(default_factory=tuple)
    changed: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Handbook:
    """All that the pages show. `population` is None where nothing was counted, and `no_counts` says why."""

    entries: Sequence[Entry]
    definitions: Sequence[DefinitionFacts]
    files: Sequence[ListFacts]
    version: str
    population: Population | None
    no_counts: str = ""
