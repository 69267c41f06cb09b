"""What one row of each codelist file may hold."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

CodeSystem = Literal["icd10", "snomed"]
Kind = Literal["physical", "mental", "neurodevelopmental"]
EvidenceKind = Literal["code", "drug", "measure", "score"]
# Headings of the Delphi consensus, and two for conditions that are not in it. Complex MLTC counts them.
BodySystem = Literal[
    "cancer",
    "cardiovascular",
    "congenital",
    "digestive",
    "ear",
    "endocrine",
    "eye",
    "general",
    "haematological",
    "infection",
    "mental and behavioural",
    "musculoskeletal",
    "neurological",
    "respiratory",
    "skin",
    "urogenital",
]

KEY_PATTERN = r"^[a-z][a-z0-9_]{0,79}$"
DEFINITION_PATTERN = r"^[a-z][a-z0-9-]*$"
CODE_SYSTEMS: tuple[CodeSystem, ...] = ("icd10", "snomed")
DRUG_SYSTEMS = ("bnf", "atc", "dmd", "snomed")
# Read as prefixes: ICD-10 E11 stands for E110 too, BNF 0302 for all of section 3.2. Concepts stand for themselves.
PREFIX_SYSTEMS = frozenset({"icd10", "bnf", "atc"})
CODE_PATTERNS = {
    "icd10": r"^[A-Z][0-9]{2}[0-9X]{0,2}$",
    "snomed": r"^[1-9][0-9]{5,17}$",
    "dmd": r"^[1-9][0-9]{5,17}$",
    "bnf": r"^[0-9]{2}([0-9A-Z]{2}){0,6}[0-9A-Z]?$",
    "atc": r"^[A-Z]([0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?)?$",
}
VERIFIED_VALUES = ("yes", "partial", "single_source", "no")


def _listed(given: object) -> object:
    return (given,) if isinstance(given, str) else given


Names = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]
Months = Annotated[int, Field(strict=True, ge=1, le=1_200)]
Count = Annotated[int, Field(strict=True, ge=1, le=1_000)]


class Clause(BaseModel):
    """One thing that a rule asks of a record.

    Exactly one of `codes`, `drugs`, `measure` and `score` says of which evidence; several names are their union.
    months: within so many months up to the index date. new_within_months: the first record ever lies within them.
    since: on or after that day. unresolved: the last diagnosis is no earlier than the last resolved code.
    at_least: so many records. below (<), from (>=), above (>), up_to (<=): of a value. times values, the first and
    last at least days_apart days apart; latest: all of the latest so many values. without: it must not hold.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    codes: Names | None = None
    drugs: Names | None = None
    measure: Names | None = None
    score: Names | None = None
    months: Months | None = None
    new_within_months: Months | None = None
    since: date | None = None
    unresolved: bool = False
    at_least: Count = 1
    below: float | None = None
    from_: float | None = Field(default=None, alias="from")
    above: float | None = None
    up_to: float | None = None
    times: Count = 1
    days_apart: int = Field(default=0, strict=True, ge=0, le=36_500)
    latest: Count | None = None
    without: bool = False

    @property
    def kind(self) -> EvidenceKind:
        """Which evidence it looks at."""
        given: dict[EvidenceKind, Names | None] = {
            "code": self.codes,
            "drug": self.drugs,
            "measure": self.measure,
            "score": self.score,
        }
        return next(kind for kind, names in given.items() if names)

    @property
    def evidence(self) -> tuple[str, ...]:
        """Names of the lists, groups, measures or scores."""
        return self.codes or self.drugs or self.measure or self.score or ()

    @property
    def thresholds(self) -> dict[str, float | None]:
        """Bounds of a value by their column."""
        return {"below": self.below, "from_value": self.from_, "above": self.above, "up_to": self.up_to}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if sum(names is not None for names in (self.codes, self.drugs, self.measure, self.score)) != 1:
            raise ValueError("a clause has exactly one of codes, drugs, measure and score")
        for given, kinds in self._limited():
            if self.kind not in kinds:
                raise ValueError(f"{given} does not go with {self.kind} evidence (only with {' and '.join(kinds)})")
        if self.kind in ("measure", "score") and all(bound is None for bound in self.thresholds.values()):
            raise ValueError("a value needs a threshold: below, from, above or up_to")
        if self.months and self.new_within_months:
            raise ValueError("give months or new_within_months, not both")
        if self._is_empty():
            raise ValueError("no value lies between these thresholds")
        if self.at_least > 1 and (self.unresolved or self.new_within_months):
            raise ValueError("at_least goes with months and since, not with unresolved or new_within_months")
        if self.latest and self.times > 1:
            raise ValueError("give latest or times, not both")
        if self.days_apart and self.times < 2:
            raise ValueError("days_apart needs times = 2 or more")
        return self

    def _is_empty(self) -> bool:
        """Whether the thresholds leave no value between them."""
        lows = [bound for bound in (self.from_, self.above) if bound is not None]
        highs = [bound for bound in (self.below, self.up_to) if bound is not None]
        if not lows or not highs or max(lows) < min(highs):
            return False
        return max(lows) > min(highs) or self.above == max(lows) or self.below == min(highs)

    def _limited(self) -> list[tuple[str, tuple[str, ...]]]:
        """Options that are given, with the kinds of evidence that they go with."""
        bounded = any(bound is not None for bound in self.thresholds.values())
        given: list[tuple[bool, str, tuple[str, ...]]] = [
            (self.months is not None, "months", ("code", "drug", "measure")),
            (self.since is not None, "since", ("code", "drug")),
            (self.at_least != 1, "at_least", ("code", "drug")),
            (self.unresolved, "unresolved", ("code",)),
            (self.new_within_months is not None, "new_within_months", ("code",)),
            (bounded, "a threshold", ("measure", "score")),
            (self.times != 1, "times", ("measure",)),
            (self.latest is not None, "latest", ("measure",)),
        ]
        return [(name, kinds) for is_given, name, kinds in given if is_given]


class Condition(BaseModel):
    """One `[[condition]]` of conditions.toml: a condition under one rule.

    rule: any of the outer lists; in one of them every clause.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=KEY_PATTERN)
    name: str = Field(min_length=1)
    body_system: BodySystem
    kind: Kind
    definitions: tuple[Annotated[str, Field(pattern=DEFINITION_PATTERN)], ...] = Field(min_length=1)
    delphi_class: Literal["always", "usually"] | None = None
    rule: tuple[tuple[Clause, ...], ...] = Field(min_length=1)
    minimum_age_years: int | None = Field(default=None, ge=0, le=120)
    source: str = Field(min_length=1)
    verified: bool

    @model_validator(mode="after")
    def _check_alternatives(self) -> Self:
        for number, alternative in enumerate(self.rule, start=1):
            asked = {clause for clause in alternative if not clause.without}
            if not asked:
                raise ValueError(f"alternative {number} of the rule needs a clause that must hold")
            if any(clause.model_copy(update={"without": False}) in asked for clause in alternative if clause.without):
                raise ValueError(f"alternative {number} of the rule asks that a clause hold and not hold")
        return self

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Every clause of every alternative."""
        return tuple(clause for alternative in self.rule for clause in alternative)


class Definition(BaseModel):
    """One `[[definition]]` of definitions.toml. `missing`: what it names and we do not count, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=DEFINITION_PATTERN)
    title: str = Field(min_length=1)
    citation: str = Field(min_length=1)
    source: str = Field(min_length=1)
    missing: tuple[str, ...] = ()


class CareProcess(BaseModel):
    """One `[[care_process]]` of care_processes.toml.

    kind: a process is done, a fact is a circumstance of life or a need for an adjustment, inclusion is belonging to a
    group of inclusion health. verified: the codes are agreed well enough that finding none means something.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=KEY_PATTERN)
    name: str = Field(min_length=1)
    kind: Literal["process", "fact", "inclusion"] = "process"
    source: str = Field(min_length=1)
    verified: bool


class MedicineRule(BaseModel):
    """One `[[medicine_rule]]` of medicine_pairs.toml: prescribing that asks for a second look.

    groups: lists of medicines, of which a person has at least one each, all of them within so many months.
    without: lists of medicines that would protect, within the same months. conditions: keys of conditions, any of them.
    tests: lists of measures, any of which should have been taken within test_months. verified: the source is
    published and read, and every list that the rule looks at has verified codes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=KEY_PATTERN)
    name: str = Field(min_length=1)
    groups: tuple[Names, ...] = Field(min_length=1)
    without: Names = ()
    conditions: Names = ()
    tests: Names = ()
    test_months: Months | None = None
    minimum_age_years: int | None = Field(default=None, ge=0, le=120)
    months: Months = 3
    source: str = Field(min_length=1)
    verified: bool

    @model_validator(mode="after")
    def _check_tests(self) -> Self:
        if bool(self.tests) != (self.test_months is not None):
            raise ValueError("tests and test_months go together")
        if len(self.groups) == 1 and not (self.without or self.conditions or self.tests):
            raise ValueError("one group alone says nothing; give a second group, without, conditions or tests")
        return self

    @property
    def drugs(self) -> tuple[str, ...]:
        """Every list of medicines that it looks at."""
        return (*(name for group in self.groups for name in group), *self.without)


class MedicineGroup(BaseModel):
    """One `[[medicine_group]]` of medicine_groups.toml: medicines whose possession over time is looked at.

    tests: lists of measures that show what the medicines do.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=KEY_PATTERN)
    name: str = Field(min_length=1)
    drugs: Names
    tests: Names = ()
    source: str = Field(min_length=1)
    verified: bool
