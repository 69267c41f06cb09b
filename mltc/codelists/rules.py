"""Rules as tables: every clause once, whichever conditions and definitions use it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from mltc.codelists.records import Clause, Condition, Definition
from mltc.codelists.rule_words import describe_clause

CLAUSE_SCHEMA: dict[str, type[pl.DataType]] = {
    "clause": pl.Int64,
    "kind": pl.String,
    "months": pl.Int32,
    "new_within_months": pl.Int32,
    "since": pl.Date,
    "is_unresolved": pl.Boolean,
    "at_least": pl.Int64,
    "below": pl.Float64,
    "from_value": pl.Float64,
    "above": pl.Float64,
    "up_to": pl.Float64,
    "times": pl.Int64,
    "days_apart": pl.Int64,
    "latest": pl.Int64,
    "words": pl.String,
}
EVIDENCE_SCHEMA = {"clause": pl.Int64, "kind": pl.String, "evidence": pl.String}
RULE_SCHEMA = {"condition": pl.String, "alternative": pl.Int64, "clause": pl.Int64, "is_without": pl.Boolean}


@dataclass(frozen=True)
class RuleTables:
    """Rules of all verified conditions.

    clauses: one row per clause, numbered from 0 in order of first use. evidence: one row per clause and list,
    group, measure or score that it looks at; a clause `unresolved` also names the resolved lists.
    rules: one row per condition, alternative and clause; `is_without` where the clause must not hold.
    """

    clauses: pl.DataFrame
    evidence: pl.DataFrame
    rules: pl.DataFrame


def build_rules(conditions: Iterable[Condition]) -> RuleTables:
    """Tables of the rules of these conditions."""
    numbers: dict[Clause, int] = {}
    rules = []
    for condition in conditions:
        for alternative, clauses in enumerate(condition.rule, start=1):
            for clause in clauses:
                number = numbers.setdefault(_positive(clause), len(numbers))
                rules.append((condition.key, alternative, number, clause.without))
    evidence = [
        (number, kind, name)
        for clause, number in numbers.items()
        for kind in ((clause.kind, "resolved") if clause.unresolved else (clause.kind,))
        for name in clause.evidence
    ]
    return RuleTables(
        clauses=pl.DataFrame([_clause_row(clause, n) for clause, n in numbers.items()], CLAUSE_SCHEMA, orient="row"),
        evidence=pl.DataFrame(evidence, EVIDENCE_SCHEMA, orient="row"),
        rules=pl.DataFrame(rules, RULE_SCHEMA, orient="row"),
    )


def _positive(clause: Clause) -> Clause:
    return clause.model_copy(update={"without": False})


def _clause_row(clause: Clause, number: int) -> dict[str, object]:
    same = ("months", "new_within_months", "since", "at_least", "times", "days_apart", "latest")
    return {
        "clause": number,
        "kind": clause.kind,
        **{name: getattr(clause, name) for name in same},
        "is_unresolved": clause.unresolved,
        **clause.thresholds,
        "words": describe_clause(clause),
    }


def build_definitions(definitions: list[Definition], conditions: list[Condition], codes: pl.DataFrame) -> pl.DataFrame:
    """One row per definition, by key; `version` changes with its own rules and codes, and with nothing else."""
    rows = [
        (item.key, item.title, item.citation, item.source, hash_definition(item.key, conditions, codes))
        for item in sorted(definitions, key=lambda item: item.key)
    ]
    return pl.DataFrame(rows, ["definition", "title", "citation", "source", "version"], orient="row")


def hash_definition(key: str, conditions: list[Condition], codes: pl.DataFrame) -> str:
    """Twelve hex digits over the rules of a definition and the verified codes that they look at."""
    counted = [condition for condition in conditions if condition.verified and key in condition.definitions]
    rules = [condition.model_dump(mode="json", include={"key", "rule", "minimum_age_years"}) for condition in counted]
    clauses = [clause for condition in counted for clause in condition.clauses]
    named: set[tuple[str, str]] = {(clause.kind, name) for clause in clauses for name in clause.evidence}
    named |= {("resolved", name) for kind, name in named if kind == "code"}
    wanted = pl.DataFrame(sorted(named), {"kind": pl.String, "key": pl.String}, orient="row")
    used = codes.join(wanted, on=["kind", "key"], how="semi")
    rows = used.select("kind", "key", "code_system", "code").sort(pl.all()).rows()
    return hashlib.sha256(json.dumps([rules, rows]).encode("utf-8")).hexdigest()[:12]
