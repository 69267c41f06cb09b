"""Three states of permission per person: allowed, opted out, unknown. Unknown is excluded by default.

Type 1 opt-outs cover data that GPs hold; the national data opt-out covers every feed (NHS England, national
data opt-out operational policy: check it at the point of disclosure by the latest status; it outlives the
person, so a death ends nothing here).
"""

from datetime import date

from mltc.config import Config
from mltc.contract import Table
from mltc.warehouse import Warehouse, read_value

# Words of the contract, the one that protects first.
_TYPE1 = ("dissent", "none", "withdrawn")
_NATIONAL = ("opted_out", "not")


def build_permissions(warehouse: Warehouse, config: Config, known_on: date) -> None:
    """Write `meta.person_permission`: one row per person of `raw.person` or `raw.opt_out`.

    `gp` is the state for GP feeds, `other` for all others. `is_person`: the person is in `raw.person`. Each
    opt-out counts for itself, by its latest statement up to `known_on`, the day of the run; of one day the
    stricter; a statement without a date is the present state. A statement dated later counts only where it
    opts out, and "unknown" never ends an earlier opt-out. Nobody is opted out nationally where the
    configuration cites an exemption.
    """
    if "opt_out" not in config.supplied:
        warehouse.build(
            "meta.person_permission",
            "select distinct person_id, 'allowed' as gp, 'allowed' as other, true as is_person from raw.person "
            "where person_id is not null and _dropped is null",
        )
        return
    national = "'allowed'" if config.lawful.national_opt_out_exempt else _state("national", _NATIONAL)
    warehouse.build(
        "meta.person_permission",
        f"""
        with type1 as ({_latest("type1", _TYPE1)}),
        national as ({_latest("national", _NATIONAL)}),
        listed as (
            select person_id, bool_or(is_person) as is_person
            from (
                select person_id, true as is_person from raw.person where _dropped is null
                union all
                select person_id, false from raw.opt_out where _dropped is null
            )
            where person_id is not null
            group by person_id
        ),
        stated as (
            select
                listed.person_id, listed.is_person,
                {_state("type1", _TYPE1)} as type1,
                {national} as national
            from listed
            left join type1 on type1.person_id = listed.person_id
            left join national on national.person_id = listed.person_id
        )
        select
            person_id,
            case
                when 'opted_out' in (type1, national) then 'opted_out'
                when type1 = 'allowed' and national = 'allowed' then 'allowed'
                else 'unknown'
            end as gp,
            national as other,
            is_person
        from stated
        """,
        {"known_on": known_on},
    )


def _latest(column: str, words: tuple[str, ...]) -> str:
    """Select of person, latest statement, and latest statement that is one of `words`. Null says nothing."""
    protects = f"{column} = '{words[0]}'"
    strictness = f"case when {protects} then 2 when {column} in {words} then 0 else 1 end"
    day = "coalesce(as_of, date '9999-12-30')"
    order = f"row(case when as_of > $known_on then date '9999-12-31' else {day} end, {strictness})"
    known = f"filter (where {column} in {words})"
    return (
        f"select person_id, max_by({column}, {order}) as latest, max_by({column}, {order}) {known} as latest_known "
        f"from raw.opt_out as raw_row where {column} is not null and _dropped is null "
        f"and (as_of is null or as_of <= $known_on or {protects}) group by person_id"
    )


def _state(name: str, words: tuple[str, ...]) -> str:
    allowing = ", ".join(f"'{word}'" for word in words[1:])
    return (
        f"case when {name}.latest in ({allowing}) then 'allowed' "
        f"when {name}.latest_known = '{words[0]}' then 'opted_out' else 'unknown' end"
    )


def count_later_opt_outs(warehouse: Warehouse, known_on: date) -> int:
    """Statements of `raw.opt_out` that are dated after a day: while none comes to count, a new day changes nothing."""
    query = "select count(*) from raw.opt_out where as_of > $known_on"
    return int(read_value(warehouse, query, {"known_on": known_on}))


def build_ledger(warehouse: Warehouse, tables: list[Table]) -> None:
    """`meta.opt_out_ledger`: persons of `raw.person` by kind of feed and state, for the kinds that were supplied."""
    kinds = sorted({table.feed for table in tables if table.has_person and table.feed != "reference"})
    selects = [
        f"select '{kind}' as feed, {state_column(kind)} as state, count(*) as persons "
        "from meta.person_permission where is_person group by all"
        for kind in kinds
    ]
    warehouse.build("meta.opt_out_ledger", f"{' union all '.join(selects)} order by all")


def state_column(feed: str) -> str:
    """Column of `meta.person_permission` that holds for a kind of feed."""
    return "gp" if feed == "gp" else "other"
