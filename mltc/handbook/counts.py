"""How many persons and records each listed code brings in the population of a warehouse."""

from datetime import date

import polars as pl

from mltc.handbook.entry import CodeCount, Found, RulePart
from mltc.warehouse import Parameter, Warehouse, read_value, require_tables

# Feeds that a kind of list is looked up in, and what a reader calls them.
FEED_NAMES = {
    "gp_event": "entries in the GP record",
    "gp_prescription": "prescriptions",
    "hospital_episode": "hospital episodes",
}
# Persons of the register, their records up to the index date, and the listed codes that each record matches.
# Only distinct codes are held against prefixes, so that the events themselves meet equal codes alone.
CODE_COUNTS = """
    with listed as (
        select
            unnest($kinds) as kind,
            unnest($lists) as list,
            unnest($systems) as code_system,
            unnest($codes) as code,
            unnest($verified) as verified
    ),

    recorded as (
        select 'event' as feed, person_id, code_system, code, event_date, value is not null as has_value
        from staging.gp_event
        union all
        select 'event' as feed, person_id, 'icd10' as code_system, code, admission_date as event_date, false
        from staging.hospital_diagnosis
        union all
        select 'prescription' as feed, person_id, code_system, code, issue_date as event_date, false
        from staging.gp_prescription
    ),

    seen as (
        select distinct feed, code_system, code from recorded
    ),

    length as (
        select distinct code_system, length(code) as letters from listed
        where code_system in ('icd10', 'bnf', 'atc')
    ),

    matched as (
        select seen.feed, seen.code_system, seen.code as seen_code, listed.kind, listed.list, listed.code
        from seen
        inner join listed on listed.code_system = seen.code_system and listed.code = seen.code
        where listed.code_system not in ('icd10', 'bnf', 'atc')
        union all
        select seen.feed, seen.code_system, seen.code as seen_code, listed.kind, listed.list, listed.code
        from seen
        inner join length on length.code_system = seen.code_system
        inner join listed
            on listed.code_system = seen.code_system and listed.code = substr(seen.code, 1, length.letters)
        where length(listed.code) = length.letters
    ),

    hit as (
        select matched.kind, matched.list, matched.code_system, matched.code, recorded.person_id, count(*) as events
        from matched
        inner join recorded
            on
                recorded.feed = matched.feed
                and recorded.code_system = matched.code_system
                and recorded.code = matched.seen_code
        inner join register.person as person on person.person_id = recorded.person_id
        where
            recorded.event_date <= $index_date
            and (matched.kind = 'drug') = (matched.feed = 'prescription')
            and (matched.kind <> 'measure' or recorded.has_value)
        group by matched.kind, matched.list, matched.code_system, matched.code, recorded.person_id
    ),

    marked as (
        select
            hit.*,
            listed.verified,
            sum(case when listed.verified = 'yes' then 1 else 0 end) over (
                partition by hit.kind, hit.list, hit.person_id
            ) as counting_codes
        from hit
        inner join listed
            on
                listed.kind = hit.kind
                and listed.list = hit.list
                and listed.code_system = hit.code_system
                and listed.code = hit.code
    )

    select
        kind,
        list,
        code_system,
        code,
        count(*) as persons,
        cast(sum(events) as bigint) as events,
        count(*) filter (where counting_codes = case when verified = 'yes' then 1 else 0 end) as only_persons
    from marked
    group by kind, list, code_system, code
"""
BY_SOURCE = """
    select condition, source, count(*) as persons
    from register.person_condition
    group by condition, source
    order by condition, persons desc, source
"""
BY_PART = """
    with held as (
        select clause, count(*) as persons
        from register.clause_status
        where index_date = $index_date
        group by clause
    )

    select
        rule.condition,
        rule.alternative,
        case when rule.is_without then 'must not hold: ' else '' end || clause.words as words,
        coalesce(held.persons, 0) as persons
    from codelist.rule as rule
    inner join codelist.clause as clause on clause.clause = rule.clause
    left join held on held.clause = rule.clause
    order by rule.condition, rule.alternative, rule.is_without, rule.clause
"""


def check_warehouse(warehouse: Warehouse) -> None:
    """Raise ConfigError unless it is the warehouse of a run of this version."""
    require_tables(
        warehouse,
        ("meta.index_date", "codelist.definition", "register.evidence", "register.clause_status", "register.mltc"),
    )


def read_index_date(warehouse: Warehouse) -> date:
    """The day that the register of the warehouse describes."""
    found: date = read_value(warehouse, "select index_date from meta.index_date where role = 'current'")
    return found


def find_gaps(warehouse: Warehouse) -> list[str]:
    """Feeds that were not supplied, so that what lies in them could not be counted."""
    flags = warehouse.read("select * from meta.feed").row(0, named=True)
    return [feed for feed in FEED_NAMES if not flags.get(f"has_{feed}", False)]


def count_codes(
    warehouse: Warehouse, codes: pl.DataFrame, index_date: date, gaps: list[str]
) -> dict[tuple[str, str, str, str], CodeCount]:
    """Counts by kind, list, code system and code; a code that no person of the register has counts zero.

    A code whose feed was not supplied is left out: it was not counted, which is not zero.
    """
    counts = warehouse.read(CODE_COUNTS, {**bind_codes(codes), "index_date": index_date})
    found = {row[:4]: CodeCount(*row[4:]) for row in counts.iter_rows()}
    keys = codes.select("kind", "key", "code_system", "code").iter_rows()
    return {key: found.get(key, CodeCount(0, 0, 0)) for key in keys if feed_of(key[0], key[2]) not in gaps}


def feed_of(kind: str, code_system: str) -> str:
    """The feed in which a code of a list is mostly found."""
    if kind == "drug":
        return "gp_prescription"
    return "hospital_episode" if code_system == "icd10" else "gp_event"


def bind_codes(codes: pl.DataFrame) -> dict[str, Parameter]:
    """Listed codes as five lists of one length, which a query unnests side by side."""
    names = {"kinds": "kind", "lists": "key", "systems": "code_system", "codes": "code", "verified": "verified"}
    return {parameter: codes[column].to_list() for parameter, column in names.items()}


def read_found(warehouse: Warehouse, index_date: date) -> dict[str, Found]:
    """Persons by condition and source, and by part of the rule; conditions that the run knew, and no others."""
    known = warehouse.read("select key from codelist.condition where verified")["key"].to_list()
    sources: dict[str, dict[str, int]] = {key: {} for key in known}
    for condition, source, persons in warehouse.read(BY_SOURCE).iter_rows():
        sources.setdefault(condition, {})[source] = persons
    parts: dict[str, list[RulePart]] = {}
    for condition, *part in warehouse.read(BY_PART, {"index_date": index_date}).iter_rows():
        parts.setdefault(condition, []).append(RulePart(*part))
    return {key: Found(sum(by.values()), by, parts.get(key, [])) for key, by in sources.items()}
