"""What could be commissioned for people with MLTC, as data: codelists/innovations.toml."""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mltc.facts import (
    CLAUSE_SCHEMA,
    KEY_PATTERN,
    Rule,
    describe_strange,
    find_rule_faults,
    list_clauses,
    name_facts,
    read_entries,
    refuse,
    word_rule,
)
from mltc.paths import CODELISTS

FILE = "innovations.toml"
ASSUMPTION = "assumption"
Strength = Literal["strong", "moderate", "limited", "none found"]
CATALOGUE_SCHEMA = {
    **dict.fromkeys(("innovation", "innovation_name", "what", "needs", "rule"), pl.String),
    "people_per_wte": pl.Int64,
    **dict.fromkeys(
        ("capacity_source", "capacity_note", "strength", "evidence", "citation", "does_not"),
        pl.String,
    ),
    "sort_key": pl.Int64,
}


class Innovation(BaseModel):
    """One `[[innovation]]`.

    rule: whom it is meant for, over facts. hours_per_person: staff hours that one person takes in a year;
    contact_hours_per_wte: hours of one whole-time equivalent in a year for such work; both or neither. strength: how
    sure the evidence is, whichever way it points.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=KEY_PATTERN)
    name: str = Field(min_length=1)
    what: str = Field(min_length=1)
    needs: tuple[str, ...] = Field(min_length=1)
    rule: Rule = Field(min_length=1)
    hours_per_person: float | None = Field(default=None, gt=0)
    contact_hours_per_wte: float | None = Field(default=None, gt=0)
    capacity_source: str = Field(min_length=1)
    capacity_note: str = Field(min_length=1)
    strength: Strength
    evidence: str = Field(min_length=1)
    citation: str
    does_not: str = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> "Innovation":
        if (self.hours_per_person is None) != (self.contact_hours_per_wte is None):
            raise ValueError("hours_per_person and contact_hours_per_wte go together")
        if (self.strength == "none found") != (not self.citation):
            raise ValueError("a citation stands with every strength but none found")
        if len(self.rule) == 1 and len(self.rule[0].all) == 1 and not self.rule[0].without:
            raise ValueError("one fact alone is no rule of a service: the fact is counted already")
        return self

    @property
    def people_per_wte(self) -> int | None:
        """People that one whole-time equivalent can take in a year; None where it has no staff of its own."""
        if self.hours_per_person is None or self.contact_hours_per_wte is None:
            return None
        return int(self.contact_hours_per_wte / self.hours_per_person)


def load_innovations(folder: Path = CODELISTS) -> tuple[Innovation, ...]:
    """Innovations in the order of the file.

    Raises CodelistError that names every problem at once, also a fact or need that nobody knows, with the nearest name.
    """
    innovations, problems = read_entries(folder / FILE, "innovation", Innovation)
    problems += _find_faults(innovations, folder)
    refuse(FILE, problems)
    return innovations


def _find_faults(innovations: Sequence[Innovation], folder: Path) -> Iterator[str]:
    names = name_facts(folder)
    for innovation in innovations:
        faults = [*find_rule_faults(innovation.rule, names), *_find_need_faults(innovation, names)]
        yield from (f"{FILE} {innovation.key} {fault}" for fault in faults)


def _find_need_faults(innovation: Innovation, names: dict[str, str]) -> Iterator[str]:
    known = {name.removeprefix("need:") for name in names if name.startswith("need:")}
    for need in innovation.needs:
        if need not in known:
            yield f"needs: {describe_strange(need, known)}"


def build_innovations(folder: Path = CODELISTS) -> dict[str, pl.DataFrame]:
    """Tables `innovation` (one row an innovation, its rule and needs in words) and `innovation_clause`."""
    innovations = load_innovations(folder)
    names, needs = name_facts(folder), _name_needs(folder)
    rows = [
        {
            "innovation": each.key,
            "innovation_name": each.name,
            "needs": ", ".join(needs[need] for need in each.needs),
            "rule": word_rule(each.rule, names),
            "people_per_wte": each.people_per_wte,
            "sort_key": number,
            **each.model_dump(include=set(CATALOGUE_SCHEMA) & set(Innovation.model_fields) - {"needs", "rule"}),
        }
        for number, each in enumerate(innovations, start=1)
    ]
    clauses = [row for each in innovations for row in list_clauses({"innovation": each.key}, each.rule)]
    return {
        "innovation": pl.DataFrame(rows, schema=CATALOGUE_SCHEMA),
        "innovation_clause": pl.DataFrame(clauses, schema={"innovation": pl.String, **CLAUSE_SCHEMA}),
    }


def _name_needs(folder: Path) -> dict[str, str]:
    content = tomllib.loads((folder / "needs.toml").read_text(encoding="utf-8"))
    return {str(need["key"]): str(need["name"]) for need in content["need"]}
