"""Set rows aside: dropped, quarantined, duplicate or opted out. Each raw row has one fate, staged or one of these."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from mltc.config import Config
from mltc.contract import Table, load_contract
from mltc.quality.linkage import UNLINKED
from mltc.quality.permission import build_ledger, build_permissions, state_column
from mltc.quality.rules import Rule
from mltc.sources.reader import quote_text
from mltc.warehouse import Warehouse

EXCLUSION_COLUMNS = "table_name varchar, row_id bigint, fate varchar, rule varchar"


def exclude_rows(
    warehouse: Warehouse,
    config: Config,
    rules: Mapping[str, Sequence[Rule]],
    index_date: date,
    known_on: date | None = None,
) -> None:
    """Fill `meta.row_exclusion` and write `quarantine.<table>` for the tables in `rules`.

    What an earlier run quarantined of other tables is removed. Order of precedence: dropped (`_dropped` of the raw
    row), quarantined, duplicate, opted out. Rules that no row fails may be left out of `rules`: each costs a look at
    the whole table. `known_on` is the day up to which opt-outs are known, the index date where it is not given.
    """
    contract = load_contract()
    warehouse.execute("create schema if not exists meta")
    warehouse.execute(f"create or replace table meta.row_exclusion ({EXCLUSION_COLUMNS})")
    for table in contract.keys() - rules.keys():  # a feed that the last run had and this one has not
        warehouse.execute(f"drop table if exists quarantine.{table}")
    for table, of_table in rules.items():
        _mark_dropped(warehouse, table)
        _quarantine(warehouse, table, of_table, index_date)
        _mark_duplicates(warehouse, contract[table])
    build_permissions(warehouse, config, known_on or index_date)
    build_ledger(warehouse, [contract[table] for table in rules])
    for table in rules:
        if contract[table].has_person and table != "opt_out":
            _mark_opted_out(warehouse, contract[table], config)


def keep_failed(rules: Mapping[str, Sequence[Rule]], results: pl.DataFrame) -> dict[str, list[Rule]]:
    """The rules that a row has failed by the `results` of the gate, for every table of `rules`."""
    passed = {
        (table, rule)
        for table, rule, rows_failed in results.select("table_name", "rule", "rows_failed").iter_rows()
        if rows_failed == 0
    }
    return {table: [rule for rule in given if (table, rule.rule) not in passed] for table, given in rules.items()}


def _mark_dropped(warehouse: Warehouse, table: str) -> None:
    warehouse.execute(
        "insert into meta.row_exclusion "
        f"select {quote_text(table)}, _row_id, 'dropped', _dropped from raw.{table} where _dropped is not null"
    )


def _quarantine(warehouse: Warehouse, table: str, rules: Sequence[Rule], index_date: date) -> None:
    selects = [
        f"select {quote_text(rule.rule)} as rule, _row_id from ({rule.query(f'raw.{table}', table, index_date)})"
        for rule in rules
        if rule.level == "quarantine"
    ]
    failed = " union all ".join(selects) or "select '' as rule, 0 as _row_id where false"
    warehouse.build(
        f"quarantine.{table}",
        f"""
        with failed as (select _row_id, string_agg(rule, ', ' order by rule) as rules from ({failed}) group by _row_id)
        select raw_row.*, {_rule_text(table)} as _rule
        from raw.{table} as raw_row
        inner join failed on failed._row_id = raw_row._row_id
        where raw_row._dropped is null
        order by raw_row._row_id
        """,
    )
    warehouse.execute(
        "insert into meta.row_exclusion "
        f"select {quote_text(table)}, _row_id, 'quarantined', _rule from quarantine.{table}"
    )


def _rule_text(table: str) -> str:
    """Names of the rules; an unknown person whose key did not link is said to be unlinked."""
    if not load_contract()[table].has_person:
        return "failed.rules"
    unlinked = "starts_with(raw_row.person_id, raw_row._feed || ':')"
    return (
        f"case when {unlinked} then replace(failed.rules, 'person_known', 'person_known ({UNLINKED})') "
        "else failed.rules end"
    )


def _not_excluded(table: str) -> str:
    return (
        "not exists (select 1 from meta.row_exclusion as exclusion "
        f"where exclusion.table_name = {quote_text(table)} and exclusion.row_id = raw_row._row_id)"
    )


def _mark_duplicates(warehouse: Warehouse, table: Table) -> None:
    """The first row of each key stays. A hash of what a row must have finds the candidates; full equality decides."""
    needed = table.key or [name for name, column in table.columns.items() if column.required]
    hashed = ", ".join(f"raw_row.{name}" for name in needed)
    columns = ", ".join(f"raw_row.{name}" for name in (table.key or table.columns))
    rule = f"same {', '.join(table.key)} as an earlier row" if table.key else "same as an earlier row in every column"
    warehouse.execute(
        f"""
        insert into meta.row_exclusion
        with shared as (
            select hash({hashed}) as row_hash from raw.{table.table} as raw_row
            where raw_row._dropped is null group by row_hash having count(*) > 1
        ),
        candidate as (
            select raw_row.* from raw.{table.table} as raw_row
            where hash({hashed}) in (select row_hash from shared) and {_not_excluded(table.table)}
        ),
        ranked as (
            select
                raw_row._row_id,
                row_number() over (partition by {columns} order by raw_row._row_id) as copy_number
            from candidate as raw_row
        )
        select {quote_text(table.table)}, _row_id, 'duplicate', {quote_text(rule)} from ranked where copy_number > 1
        """
    )


def _mark_opted_out(warehouse: Warehouse, table: Table, config: Config) -> None:
    """Rows of persons who are not allowed; where the configuration includes unknown, of those who opted out."""
    state = f"coalesce(permission.{state_column(table.feed)}, 'unknown')"
    stays = "('allowed', 'unknown')" if config.lawful.include_unknown_because else "('allowed')"
    warehouse.execute(
        f"""
        insert into meta.row_exclusion
        select {quote_text(table.table)}, raw_row._row_id, 'opted_out', {state}
        from raw.{table.table} as raw_row
        left join meta.person_permission as permission on permission.person_id = raw_row.person_id
        where {state} not in {stays} and {_not_excluded(table.table)}
        """
    )
