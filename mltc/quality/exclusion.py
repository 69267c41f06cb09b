"""Set rows aside: quarantined, duplicate or opted out. Each raw row has one fate, staged or one of these."""

from collections.abc import Mapping, Sequence
from datetime import date

from mltc.config import Config
from mltc.contract import Table, load_contract
from mltc.quality.rules import Rule
from mltc.sources.reader import quote_text
from mltc.warehouse import Warehouse

EXCLUSION_COLUMNS = "table_name varchar, row_id bigint, fate varchar, rule varchar"


def exclude_rows(warehouse: Warehouse, config: Config, rules: Mapping[str, Sequence[Rule]], index_date: date) -> None:
    """Fill `meta.row_exclusion` and write `quarantine.<table>` for the tables in `rules`.

    Order of precedence: quarantined, then duplicate, then opted out.
    """
    contract = load_contract()
    warehouse.execute(f"create or replace table meta.row_exclusion ({EXCLUSION_COLUMNS})")
    for table, of_table in rules.items():
        _quarantine(warehouse, table, of_table, index_date)
        _mark_duplicates(warehouse, contract[table])
    _build_permissions(warehouse, config)
    for table in rules:
        if contract[table].has_person and table != "opt_out":
            _mark_opted_out(warehouse, contract[table])


def _quarantine(warehouse: Warehouse, table: str, rules: Sequence[Rule], index_date: date) -> None:
    selects = [
        f"select {quote_text(rule.rule)} as rule, _row_id from ({rule.query(f'raw.{table}', table, index_date)})"
        for rule in rules
        if rule.level == "quarantine"
    ]
    warehouse.execute(
        "insert into meta.row_exclusion "
        f"select {quote_text(table)}, _row_id, 'quarantined', string_agg(rule, ', ' order by rule) "
        f"from ({' union all '.join(selects)}) group by _row_id"
    )
    warehouse.build(
        f"quarantine.{table}",
        f"select raw_row.*, exclusion.rule as _rule from raw.{table} as raw_row "
        "inner join meta.row_exclusion as exclusion on exclusion.row_id = raw_row._row_id "
        "where exclusion.table_name = $table and exclusion.fate = 'quarantined' order by raw_row._row_id",
        {"table": table},
    )


def _not_excluded(table: str) -> str:
    return (
        "not exists (select 1 from meta.row_exclusion as exclusion "
        f"where exclusion.table_name = {quote_text(table)} and exclusion.row_id = raw_row._row_id)"
    )


def _mark_duplicates(warehouse: Warehouse, table: Table) -> None:
    """The first row of each key stays. A hash finds the few candidates; full equality decides."""
    columns = ", ".join(f"raw_row.{name}" for name in (table.key or table.columns))
    rule = f"same {', '.join(table.key)} as an earlier row" if table.key else "same as an earlier row in every column"
    warehouse.execute(
        f"""
        insert into meta.row_exclusion
        with hashed as (
            select raw_row._row_id, hash({columns}) as row_hash from raw.{table.table} as raw_row
            where {_not_excluded(table.table)}
        ),
        shared as (select row_hash from hashed group by row_hash having count(*) > 1),
        candidate as (select hashed._row_id from hashed inner join shared on shared.row_hash = hashed.row_hash),
        ranked as (
            select
                raw_row._row_id,
                row_number() over (partition by {columns} order by raw_row._row_id) as copy_number
            from raw.{table.table} as raw_row
            inner join candidate on candidate._row_id = raw_row._row_id
        )
        select {quote_text(table.table)}, _row_id, 'duplicate', {quote_text(rule)} from ranked where copy_number > 1
        """
    )


def _build_permissions(warehouse: Warehouse, config: Config) -> None:
    """`meta.person_permission`: three states per person and kind of feed; unknown unless someone said so.

    Type 1 holds for GP data, the national opt-out for every feed (NHS England, national data opt-out
    operational policy). Of several rows of a person the latest counts, each opt-out for itself; of one day,
    or without a date, the one that opts out.
    """
    if "opt_out" not in config.source:
        select = "select distinct person_id, 'allowed' as gp, 'allowed' as hospital from raw.person"
    else:
        select = f"""
            with stated as (
                select
                    raw_row.person_id,
                    raw_row.type1,
                    raw_row.national,
                    coalesce(raw_row.as_of, date '9999-12-31') as as_of
                from raw.opt_out as raw_row
                where {_not_excluded("opt_out")}
            ),
            ranked as (
                select
                    stated.*,
                    row_number() over (
                        partition by person_id
                        order by as_of desc, case type1 when 'dissent' then 1 when 'unknown' then 2 else 3 end
                    ) as type1_rank,
                    row_number() over (
                        partition by person_id
                        order by as_of desc, case national when 'opted_out' then 1 when 'unknown' then 2 else 3 end
                    ) as national_rank
                from stated
            ),
            latest as (
                select
                    person_id,
                    max(case when type1_rank = 1 then type1 end) as type1,
                    max(case when national_rank = 1 then national end) as national
                from ranked
                group by person_id
            )
            select
                person.person_id,
                case
                    when latest.type1 = 'dissent' or latest.national = 'opted_out' then 'opted_out'
                    when latest.type1 in ('none', 'withdrawn') and latest.national = 'not' then 'allowed'
                    else 'unknown'
                end as gp,
                case latest.national when 'opted_out' then 'opted_out' when 'not' then 'allowed' else 'unknown' end
                    as hospital
            from (select distinct person_id from raw.person) as person
            left join latest on latest.person_id = person.person_id
        """
    warehouse.build("meta.person_permission", select)
    warehouse.build(
        "meta.opt_out_ledger",
        "select 'gp' as feed, gp as state, count(*) as persons from meta.person_permission group by gp "
        "union all select 'hospital', hospital, count(*) from meta.person_permission group by hospital order by all",
    )


def _mark_opted_out(warehouse: Warehouse, table: Table) -> None:
    feed = "gp" if table.feed == "gp" else "hospital"
    warehouse.execute(
        f"""
        insert into meta.row_exclusion
        select {quote_text(table.table)}, raw_row._row_id, 'opted_out', coalesce(permission.{feed}, 'unknown')
        from raw.{table.table} as raw_row
        left join meta.person_permission as permission on permission.person_id = raw_row.person_id
        where coalesce(permission.{feed}, 'unknown') <> 'allowed' and {_not_excluded(table.table)}
        """
    )
