"""Ways to divide everyone in the register into segments, as data: codelists/segments.toml."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mltc.facts import (
    CLAUSE_SCHEMA,
    KEY_PATTERN,
    Rule,
    find_rule_faults,
    list_clauses,
    name_facts,
    read_entries,
    refuse,
    word_rule,
)
from mltc.paths import CODELISTS

FILE = "segments.toml"
REST = "everyone else"
SEGMENT_SCHEMA = {
    **dict.fromkeys(
        ("scheme", "scheme_name", "scheme_limits", "segment", "segment_name", "rule", "limits", "source"), pl.String
    ),
    "sort_key": pl.Int64,
    "is_rest": pl.Boolean,
}


class Segment(BaseModel):
    """One `[[scheme.segment]]`: a rule over facts, or why nobody is ever in it; the last of a scheme has neither."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*[+-]?$")
    name: str = Field(min_length=1)
    rule: Rule = ()
    never: str = ""
    limits: str = Field(min_length=1)


class Scheme(BaseModel):
    """One `[[scheme]]`: segments from the first whose rule holds to the last, which takes the rest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=KEY_PATTERN)
    name: str = Field(min_length=1)
    about: str = Field(min_length=1)
    source: str = Field(min_length=1)
    limits: str = Field(min_length=1)
    segment: tuple[Segment, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _check(self) -> "Scheme":
        *others, last = self.segment
        if last.rule or last.never:
            raise ValueError(f"the last segment takes the rest and has no rule, but {last.key} has one")
        wrong = [segment.key for segment in others if bool(segment.rule) == bool(segment.never)]
        if wrong:
            raise ValueError(f"a segment before the last has either rule or never, unlike {', '.join(wrong)}")
        keys = [segment.key for segment in self.segment]
        if len(set(keys)) < len(keys):
            raise ValueError("a key stands there twice")
        return self


def load_schemes(folder: Path = CODELISTS) -> tuple[Scheme, ...]:
    """Schemes in the order of the file. Raises CodelistError that names every problem at once."""
    schemes, problems = read_entries(folder / FILE, "scheme", Scheme)
    names = name_facts(folder)
    problems += [fault for scheme in schemes for fault in _find_faults(scheme, names)]
    refuse(FILE, problems)
    return schemes


def _find_faults(scheme: Scheme, names: dict[str, str]) -> Iterator[str]:
    for segment in scheme.segment:
        yield from (f"{FILE} {scheme.key} {segment.key} {fault}" for fault in find_rule_faults(segment.rule, names))


def build_segments(folder: Path = CODELISTS) -> dict[str, pl.DataFrame]:
    """Tables `segment` (one row a scheme and segment, its rule in words) and `segment_clause`."""
    schemes, names = load_schemes(folder), name_facts(folder)
    rows = [
        {
            "scheme": scheme.key,
            "scheme_name": scheme.name,
            "scheme_limits": scheme.limits,
            "segment": segment.key,
            "segment_name": segment.name,
            "rule": word_rule(segment.rule, names) or segment.never or REST,
            "limits": segment.limits,
            "source": scheme.source,
            "sort_key": number,
            "is_rest": segment is scheme.segment[-1],
        }
        for scheme in schemes
        for number, segment in enumerate(scheme.segment, start=1)
    ]
    clauses = [
        row
        for scheme in schemes
        for segment in scheme.segment
        for row in list_clauses({"scheme": scheme.key, "segment": segment.key}, segment.rule)
    ]
    return {
        "segment": pl.DataFrame(rows, schema=SEGMENT_SCHEMA),
        "segment_clause": pl.DataFrame(clauses, schema={"scheme": pl.String, "segment": pl.String, **CLAUSE_SCHEMA}),
    }
