"""Rows in = staged + quarantined + duplicates + opted out, counted from the tables themselves."""

from collections.abc import Sequence

from mltc.errors import GateFailure
from mltc.warehouse import Warehouse

_FATES = ("quarantined", "duplicate", "opted_out")


def build_row_account(warehouse: Warehouse, tables: Sequence[str]) -> None:
    """Write `meta.row_account`, one row per table and file.

    Rows in are counted by the reader (`meta.extract_file`), staged rows in `staging`, quarantined rows in
    `quarantine`, the others in `meta.row_exclusion`: four places that must agree.
    """
    selects = [_select_of(table) for table in tables]
    warehouse.build("meta.row_account", " union all ".join(selects) + " order by table_name, file")


def _select_of(table: str) -> str:
    fates = ", ".join(
        f"count(*) filter (where exclusion.fate = '{fate}') as rows_{fate}" for fate in _FATES if fate != "quarantined"
    )
    return f"""
    select
        file.table_name, file.file, file.rows_in,
        coalesce(staged.rows_staged, 0) as rows_staged,
        coalesce(held.rows_quarantined, 0) as rows_quarantined,
        coalesce(gone.rows_duplicate, 0) as rows_duplicate,
        coalesce(gone.rows_opted_out, 0) as rows_opted_out
    from meta.extract_file as file
    left join (
        select raw_row._source_file, count(*) as rows_staged from staging.{table} as staged
        inner join raw.{table} as raw_row on raw_row._row_id = staged.row_id group by raw_row._source_file
    ) as staged on staged._source_file = file.file
    left join (
        select _source_file, count(*) as rows_quarantined from quarantine.{table} group by _source_file
    ) as held on held._source_file = file.file
    left join (
        select raw_row._source_file, {fates} from meta.row_exclusion as exclusion
        inner join raw.{table} as raw_row on raw_row._row_id = exclusion.row_id
        where exclusion.table_name = '{table}' group by raw_row._source_file
    ) as gone on gone._source_file = file.file
    where file.table_name = '{table}'
    """


def check_row_account(warehouse: Warehouse) -> None:
    """Raise GateFailure unless every row of every file is accounted for."""
    wrong = warehouse.read(
        "select file, rows_in, rows_staged + rows_quarantined + rows_duplicate + rows_opted_out as rows_found "
        "from meta.row_account where rows_in <> rows_found order by file"
    )
    if wrong.height:
        file, rows_in, rows_found = wrong.row(0)
        raise GateFailure(
            f"Rows do not reconcile: {file} has {rows_in} rows and {rows_found} are accounted for "
            f"({wrong.height} file(s) differ). Nothing was published. This is a fault of the pipeline: report it."
        )
