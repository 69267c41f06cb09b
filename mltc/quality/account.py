"""Rows in = staged + dropped + quarantined + duplicate + opted out, counted from the tables themselves."""

from collections.abc import Sequence

from mltc.errors import GateFailure
from mltc.warehouse import Warehouse

FATES = ("staged", "dropped", "quarantined", "duplicate", "opted_out")
# Rows are looked up in blocks of this many: nearly every block is of one file, and a block is 8 kilobytes of ids.
_BLOCK_ROWS = 1024


def build_row_account(warehouse: Warehouse, tables: Sequence[str]) -> None:
    """Write `meta.row_account`, one row per table, feed and file.

    Rows in are counted by the reader (`meta.extract_file`), staged rows in `staging`, quarantined rows in
    `quarantine`, the others in `meta.row_exclusion`: four places that must agree.
    """
    selects = [_select_of(table) for table in tables]
    warehouse.build("meta.row_account", " union all ".join(selects) + " order by table_name, feed, file")


def _select_of(table: str) -> str:
    """Files of rows are found by block of row ids; only blocks that span two files are looked up row by row."""
    counts = ", ".join(f"count(*) filter (where fate = '{fate}') as rows_{fate}" for fate in FATES)
    shown = ", ".join(f"coalesce(counted.rows_{fate}, 0) as rows_{fate}" for fate in FATES)
    return f"""
    select file.table_name, file.feed, file.file, file.rows_in, {shown}
    from meta.extract_file as file
    left join (
        with block as (
            select distinct _row_id // {_BLOCK_ROWS} as block, _feed as feed, _source_file as file from raw.{table}
        ),
        pure as (
            select block, min(feed) as feed, min(file) as file from block group by block having count(*) = 1
        ),
        edge as (
            select _row_id as row_id, _feed as feed, _source_file as file from raw.{table}
            where _row_id // {_BLOCK_ROWS} not in (select block from pure)
        ),
        fated as (
            select row_id, 'staged' as fate from staging.{table}
            union all
            select _row_id, 'quarantined' from quarantine.{table}
            union all
            select row_id, fate from meta.row_exclusion where table_name = '{table}' and fate <> 'quarantined'
        ),
        placed as (
            select
                coalesce(pure.feed, edge.feed) as feed, coalesce(pure.file, edge.file) as file, fated.fate
            from fated
            left join pure on pure.block = fated.row_id // {_BLOCK_ROWS}
            left join edge on edge.row_id = fated.row_id
        )
        select feed, file, {counts} from placed group by feed, file
    ) as counted on counted.feed is not distinct from file.feed and counted.file = file.file
    where file.table_name = '{table}'
    """


def check_row_account(warehouse: Warehouse) -> None:
    """Raise GateFailure unless every row of every file is accounted for."""
    found = " + ".join(f"rows_{fate}" for fate in FATES)
    wrong = warehouse.read(
        f"select file, rows_in, {found} as rows_found "
        "from meta.row_account where rows_in <> rows_found order by table_name, feed, file"
    )
    if wrong.height:
        file, rows_in, rows_found = wrong.row(0)
        raise GateFailure(
            f"Rows do not reconcile: {file} has {rows_in} rows and {rows_found} are accounted for "
            f"({wrong.height} file(s) differ). Nothing was published. This is a fault of the pipeline: report it."
        )
