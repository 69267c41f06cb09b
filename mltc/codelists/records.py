"""What one row of each codelist file may hold."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

CodeSystem = Literal["icd10", "snomed"]
Kind = Literal["physical", "mental", "neurodevelopmental"]
Rule = Literal["ever", "within_months"]

KEY_PATTERN = r"^[a-z][a-z0-9_]*$"
CODE_SYSTEMS: tuple[CodeSystem, ...] = ("icd10", "snomed")
# ICD-10 is read as prefixes: E11 stands for E110 to E119 too. SNOMED CT concepts stand for themselves.
PREFIX_SYSTEMS: frozenset[CodeSystem] = frozenset({"icd10"})
CODE_PATTERNS: dict[CodeSystem, str] = {
    "icd10": r"^[A-Z][0-9]{2}[0-9X]{0,2}$",
    "snomed": r"^[1-9][0-9]{5,17}$",
}
VERIFIED_VALUES = ("yes", "partial", "single_source", "no")


class Condition(BaseModel):
    """One `[[condition]]` of conditions.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=KEY_PATTERN)
    name: str = Field(min_length=1)
    body_system: str = Field(min_length=1)
    kind: Kind
    definitions: tuple[str, ...] = Field(min_length=1)
    delphi_class: Literal["always", "usually"] | None = None
    rule: Rule
    lookback_months: int | None = Field(default=None, ge=1)
    minimum_age_years: int | None = Field(default=None, ge=0, le=120)
    source: str = Field(min_length=1)
    verified: bool

    @model_validator(mode="after")
    def check_lookback(self) -> "Condition":
        """A window belongs to the rule `within_months` and to no other."""
        if (self.rule == "within_months") != (self.lookback_months is not None):
            raise ValueError('lookback_months is needed with rule "within_months" and only there')
        return self


class CareProcess(BaseModel):
    """One `[[care_process]]` of care_processes.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=KEY_PATTERN)
    name: str = Field(min_length=1)
    source: str = Field(min_length=1)
    verified: bool
