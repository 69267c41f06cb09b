"""What a register holds about one person: read by key, shown on a screen, and kept nowhere."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from mltc.errors import ConfigError
from mltc.handbook.counts import FEED_NAMES, find_gaps, read_index_date
from mltc.warehouse import Parameter, Warehouse

NOT_HERE = (
    "This mltc_id is not in this register. The person may have died, left, moved to another ICB, or opted out since "
    "the list was made; or the id is of another ICB, or was made with another secret."
)
PERSON = """
    select observation.person_id, observation.age_years, observation.practice_code
    from register.person_pseudonym as pseudonym
    inner join register.observation as observation on observation.person_id = pseudonym.person_id
    where pseudonym.mltc_id = $mltc_id and observation.index_date = $index_date
"""
STATES = """
    select *
    from register.mltc
    where person_id = $person_id
    order by definition
"""
HELD = """
    select held.*, condition.name, condition.body_system, condition.rule_words
    from register.person_condition as held
    inner join codelist.condition as condition on condition.key = held.condition
    inner join codelist.membership as membership on membership.condition = held.condition
    where held.person_id = $person_id and membership.definition = $definition
    order by held.first_known_date, membership.position
"""
# Every clause of the conditions of a definition, whether it holds for the person, and from which day on a record
# lies in its window; the window is counted back from the failure of a feed as the register does.
CLAUSES = """
    with evidence as (
        select clause, list(distinct evidence order by evidence) as names
        from codelist.clause_evidence
        where kind <> 'resolved'
        group by clause
    ),

    failed as (
        select gp_event_until, gp_prescription_until from register.failed_feed
        where person_id = $person_id and index_date = $index_date
    ),

    until as (
        select
            coalesce(max(gp_event_until), $index_date) as gp_event,
            coalesce(max(gp_prescription_until), $index_date) as gp_prescription
        from failed
    ),

    status as (
        select clause, is_held_over from register.clause_status
        where person_id = $person_id and index_date = $index_date
    )

    select
        rule.condition,
        condition.name,
        condition.rule_words,
        condition.minimum_age_years,
        rule.alternative,
        rule.is_without,
        clause.*,
        evidence.names,
        cast(
            case when clause.kind = 'drug' then until.gp_prescription else until.gp_event end
            - to_months(coalesce(clause.months, clause.new_within_months)) as date
        ) as window_after,
        status.clause is not null as holds,
        coalesce(status.is_held_over, false) as is_held_over
    from codelist.membership as membership
    inner join codelist.condition as condition on condition.key = membership.condition
    inner join codelist.rule as rule on rule.condition = membership.condition
    inner join codelist.clause as clause on clause.clause = rule.clause
    inner join evidence on evidence.clause = clause.clause
    cross join until
    left join status on status.clause = clause.clause
    where membership.definition = $definition
    order by membership.position, rule.alternative, rule.is_without, rule.clause
"""
EVIDENCE = """
    select kind, evidence, source, evidence_code, count(*) as evidence_count, event_date, known_date
    from register.evidence
    where person_id = $person_id
    group by kind, evidence, source, evidence_code, event_date, known_date
    order by all
"""
MEASUREMENT = """
    select measure, value, event_date, known_date
    from register.measurement
    where person_id = $person_id
    order by event_date desc, value desc
"""
FAILED = """
    select gp_event_until, gp_prescription_until from register.failed_feed
    where person_id = $person_id and index_date = $index_date
"""
SCORES = ("hfrs",)  # scores of people that a rule may look at


@dataclass(frozen=True)
class PersonFacts:
    """One person on the index date, under one definition.

    states: rows of register.mltc, one per definition. held: conditions that hold. clauses: one row per condition of
    the definition, alternative and clause. evidence, measurement: the records behind them, whenever they are dated.
    failed: months from which the practice's feeds have failed, by feed. scores: by name, None where not known.
    gaps: what the run was not given.
    """

    index_date: date
    definition: str
    age_years: int
    practice_code: str
    states: list[dict[str, Any]]
    held: list[dict[str, Any]]
    clauses: list[dict[str, Any]]
    evidence: pl.DataFrame
    measurement: pl.DataFrame
    failed: dict[str, date]
    scores: dict[str, float | None]
    gaps: list[str]


def read_person(warehouse: Warehouse, mltc_id: str, definition: str) -> PersonFacts:
    """Everything about the person with that id. Raises ConfigError where the register has no such id."""
    index_date = read_index_date(warehouse)
    found = warehouse.read(PERSON, {"mltc_id": mltc_id, "index_date": index_date})
    if found.is_empty():
        raise ConfigError(NOT_HERE)
    person = found.row(0, named=True)
    key: dict[str, Parameter] = {"person_id": person["person_id"]}
    dated: dict[str, Parameter] = {**key, "index_date": index_date}
    under: dict[str, Parameter] = {**key, "definition": definition}
    return PersonFacts(
        index_date=index_date,
        definition=definition,
        age_years=person["age_years"],
        practice_code=person["practice_code"],
        states=warehouse.read(STATES, key).to_dicts(),
        held=warehouse.read(HELD, under).to_dicts(),
        clauses=warehouse.read(CLAUSES, {**dated, **under}).to_dicts(),
        evidence=warehouse.read(EVIDENCE, key),
        measurement=warehouse.read(MEASUREMENT, key),
        failed=_read_failed(warehouse, dated),
        scores={name: _read_score(warehouse, name, dated) for name in SCORES},
        gaps=[FEED_NAMES[feed] for feed in find_gaps(warehouse)],
    )


def _read_failed(warehouse: Warehouse, dated: dict[str, Parameter]) -> dict[str, date]:
    rows = warehouse.read(FAILED, dated).to_dicts()
    names = {"gp_event_until": "GP entries", "gp_prescription_until": "prescriptions"}
    return {names[column]: day for row in rows for column, day in row.items() if day is not None}


def _read_score(warehouse: Warehouse, name: str, dated: dict[str, Parameter]) -> float | None:
    if not warehouse.columns(f"scores.{name}"):
        return None
    query = f"select {name} from scores.{name} where person_id = $person_id and index_date = $index_date"
    rows = warehouse.read(query, dated)
    return None if rows.is_empty() else rows.item()
