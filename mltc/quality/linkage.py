"""Feeds with pseudonyms of their own: their keys become `person_id` by the table `person_link`."""

import polars as pl

from mltc.contract import Table
from mltc.warehouse import Warehouse

ACCOUNT_SCHEMA = {
    "table_name": pl.String,
    "feed": pl.String,
    "provider_code": pl.String,
    "practice_code": pl.String,
    "rows_in": pl.Int64,
    "rows_linked": pl.Int64,
}
UNLINKED = "unlinked"


def link_persons(warehouse: Warehouse, tables: list[Table]) -> None:
    """Translate the keys of every feed that `raw.person_link` names; count what linked in `meta.link_account`.

    A key with no link, or with links to two persons, becomes `<feed>:<key>`: its rows stay together, are
    nobody else's by accident, and the gate sets them aside as of an unknown person unless their own feed sent
    the person too. `meta.link_account` has one row per table, feed, provider and practice.
    """
    warehouse.write("meta.link_account", pl.DataFrame(schema=ACCOUNT_SCHEMA))
    feeds = warehouse.read("select distinct feed from raw.person_link where feed is not null order by feed")["feed"]
    if feeds.is_empty():
        return
    _build_links(warehouse)
    for table in tables:
        if table.has_person and table.table != "person_link":
            _link_table(warehouse, table)


def _build_links(warehouse: Warehouse) -> None:
    warehouse.build(
        "meta.sure_link",
        "select feed, source_key, min(person_id) as person_id from raw.person_link "
        "where feed is not null and source_key is not null and person_id is not null and _dropped is null "
        "group by feed, source_key having count(distinct person_id) = 1",
    )


def _link_table(warehouse: Warehouse, table: Table) -> None:
    """Rewrites the whole table, which is faster than changing most of a column in place."""
    name = f"raw.{table.table}"
    own_keys = "exists (select 1 from raw.person_link as named where named.feed = raw_row._feed)"
    if not warehouse.read(f"select 1 as one from {name} as raw_row where {own_keys} limit 1").height:
        return
    provider = "provider_code" if "provider_code" in table.columns else "cast(null as varchar)"
    practice = "practice_code" if "practice_code" in table.columns else "cast(null as varchar)"
    warehouse.execute(
        f"""
        insert into meta.link_account
        select
            '{table.table}', raw_row._feed, {provider}, {practice},
            count(*), count(link.person_id)
        from {name} as raw_row
        left join meta.sure_link as link on link.feed = raw_row._feed and link.source_key = raw_row.person_id
        where {own_keys}
        group by all
        """
    )
    warehouse.build(
        name,
        f"""
        with own_feed as (select distinct feed from raw.person_link where feed is not null)
        select raw_row.* replace (
            case
                when own_feed.feed is null or raw_row.person_id is null then raw_row.person_id
                else coalesce(link.person_id, raw_row._feed || ':' || raw_row.person_id)
            end as person_id
        )
        from {name} as raw_row
        left join own_feed on own_feed.feed = raw_row._feed
        left join meta.sure_link as link on link.feed = raw_row._feed and link.source_key = raw_row.person_id
        order by raw_row._row_id
        """,
    )
