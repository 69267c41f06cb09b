"""One person in words: what holds and on what evidence, and what nearly holds and why not."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any

import polars as pl

from mltc.handbook.failing import explain_clause, has_evidence
from mltc.handbook.page import source_words
from mltc.handbook.person import PersonFacts
from mltc.report.wording import count_text, date_text

BANNER = (
    "FOR USE INSIDE THE SECURE SETTING ONLY. What follows is one person's record: do not copy, print or send it. "
    "It is written to no file and no log."
)
CODES_SHOWN = 5  # of one list and source


def describe_person(person: PersonFacts) -> Iterator[str]:
    """Lines from the banner to the conditions of which nothing is on record."""
    yield BANNER
    yield f"\nOn {date_text(person.index_date)}: age {person.age_years}, practice {person.practice_code}."
    yield from _describe_state(person)
    if person.gaps:
        yield f"! The run was not given {' nor '.join(person.gaps)}: nothing recorded there is known."
    for feed, month in person.failed.items():
        yield (
            f"! The practice's feed of {feed} failed from {date_text(month)} on: windows of rules are counted back "
            "from that day, and what was entered since is not known."
        )
    yield from _describe_held(person)
    yield from _describe_missed(person)


def _describe_state(person: PersonFacts) -> Iterator[str]:
    for state in sorted(person.states, key=lambda row: row["definition"] != person.definition):
        if state["definition"] == person.definition:
            yield f"\nUnder {state['definition']} (version {state['definition_version']}): {_state_words(state)}."
            yield f"  {_onset_words(state)}"
        else:
            yield f"  Under {state['definition']}: {_state_words(state)}."


def _state_words(state: dict[str, Any]) -> str:
    conditions = count_text(state["condition_count"])
    kinds = [
        "MLTC" if state["is_mltc"] else "not MLTC",
        "complex" if state["is_complex_mltc"] else "not complex",
    ]
    if state["has_physical_mental"]:
        kinds.append("physical and mental")
    systems = state["body_system_count"]
    return (
        f"{', '.join(kinds)}; {conditions} condition{'' if state['condition_count'] == 1 else 's'} of {systems} body "
        f"system{'' if systems == 1 else 's'}"
    )


def _onset_words(state: dict[str, Any]) -> str:
    if state["mltc_onset_date"] is None:
        return "A second condition makes MLTC."
    words = f"MLTC since {date_text(state['mltc_onset_date'])}, the day on which the second condition was known."
    if state["complex_onset_date"] is not None:
        words += f" Complex since {date_text(state['complex_onset_date'])}."
    return words


def _describe_held(person: PersonFacts) -> Iterator[str]:
    yield f"\nConditions that hold: {len(person.held) or 'none'}"
    for row in person.held:
        yield f"\n{row['name']} ({row['condition']}, {row['body_system']})"
        yield f"  Rule: {row['rule_words']}."
        yield (
            f"  From {source_words(row['source'])}: {count_text(row['evidence_count'])} "
            f"record{'' if row['evidence_count'] == 1 else 's'}"
            f"{' with code ' + row['evidence_code'] + ' among them' if row['evidence_code'] else ''}; "
            f"first {date_text(row['onset_date'])}, last {date_text(row['last_date'])}; the rule was met by what was "
            f"known on {date_text(row['first_known_date'])}."
        )
        if row["is_held_over"]:
            yield "  ! Held over: the data no longer show it, because the practice's feed failed."
        clauses = [clause for clause in person.clauses if clause["condition"] == row["condition"]]
        yield from (f"  {line}" for line in _list_evidence(clauses, person))


def _list_evidence(clauses: list[dict[str, Any]], person: PersonFacts) -> Iterator[str]:
    """Each list and source that the rule looks at, with days, counts and codes."""
    wanted = {(clause["kind"], name) for clause in clauses for name in clause["names"]}
    wanted |= {("resolved", name) for clause in clauses if clause["is_unresolved"] for name in clause["names"]}
    keys = ["kind", "evidence", "source"]
    known = person.evidence.filter(
        pl.col("event_date") <= person.index_date, pl.col("known_date") <= person.index_date
    ).sort("event_date")
    for (kind, name, source), rows in known.group_by(keys, maintain_order=True):
        if (kind, name) in wanted:
            codes = rows["evidence_code"].unique(maintain_order=True).to_list()
            more = f" and {len(codes) - CODES_SHOWN} more" if len(codes) > CODES_SHOWN else ""
            first_known: date = rows.select(pl.col("known_date").min()).item()
            yield (
                f"- {source_words(str(source))}, list {name}{' (resolved)' if kind == 'resolved' else ''}: "
                f"{count_text(int(rows['evidence_count'].sum()))} from {date_text(rows['event_date'][0])} to "
                f"{date_text(rows['event_date'][-1])}, first known {date_text(first_known)}; "
                f"code {', '.join(codes[:CODES_SHOWN])}{more}"
            )
    for clause in clauses:
        if clause["kind"] in ("measure", "score"):
            yield f"- {clause['words']}: {explain_clause(clause, person)}"


def _describe_missed(person: PersonFacts) -> Iterator[str]:
    held = {row["condition"] for row in person.held}
    near: list[list[dict[str, Any]]] = []
    nothing: list[list[dict[str, Any]]] = []
    for key, rows in groupby(person.clauses, key=lambda clause: clause["condition"]):
        clauses = list(rows)
        if key in held:
            continue
        bears = any(has_evidence(clause, person) for clause in clauses if not clause["is_without"])
        (near if bears else nothing).append(clauses)
    yield f"\nConditions that nearly hold: {len(near) or 'none'}"
    for clauses in near:
        yield from _describe_near(clauses, person)
    yield f"\nNothing on record towards the other {len(nothing)} conditions of {person.definition}."


def _describe_near(clauses: list[dict[str, Any]], person: PersonFacts) -> Iterator[str]:
    first = clauses[0]
    yield f"\n{first['name']} ({first['condition']}) does not hold"
    yield f"  Rule: {first['rule_words']}."
    minimum = first["minimum_age_years"]
    if minimum is not None and person.age_years < minimum:
        yield f"  - age {person.age_years}: counted from age {minimum}"
    for clause in clauses:
        words = f"{'must not hold: ' if clause['is_without'] else ''}{clause['words']}"
        fails = clause["holds"] == clause["is_without"]
        mark = "fails" if fails else "ok"
        number = f"alternative {clause['alternative']}, " if clauses[-1]["alternative"] > 1 else ""
        yield f"  - {number}{mark}: {words}: {explain_clause(clause, person)}"
