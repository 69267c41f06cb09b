"""The gate alone: extracts into a folder that is thrown away."""

import tempfile
from pathlib import Path

import polars as pl

from mltc import intake
from mltc.codelists import load_codelists
from mltc.config import load_config
from mltc.contract import load_contract
from mltc.workspace import Workspace

ACCOUNT = """
    with aside as (
        select
            table_name,
            count(*) filter (where fate = 'quarantined') as quarantined,
            count(*) filter (where fate = 'duplicate') as duplicate,
            count(*) filter (where fate = 'opted_out') as opted_out
        from meta.row_exclusion
        group by table_name
    )

    select
        file.table_name,
        count(*) as files,
        cast(sum(file.rows_in) as bigint) as rows_in,
        coalesce(max(aside.quarantined), 0) as quarantined,
        coalesce(max(aside.duplicate), 0) as duplicate,
        coalesce(max(aside.opted_out), 0) as opted_out
    from meta.extract_file as file
    left join aside on aside.table_name = file.table_name
    group by file.table_name
    order by file.table_name
"""


def check_extracts(config_path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Results of every rule, and per table the rows and where they would go. Nothing is kept.

    Raises ConfigError and ExtractError; stop rules that fail are in the results.
    """
    config = load_config(config_path)
    with tempfile.TemporaryDirectory(prefix="mltc-check-", ignore_cleanup_errors=True) as folder:
        workspace = Workspace(Path(folder), config)
        workspace.start_build()
        files = [file for table in load_contract() for file in intake.read_table(workspace, table)]
        intake.record_extracts(workspace, files, load_codelists())
        results = intake.gate_extracts(workspace)
        with workspace.open_build() as warehouse:
            account = warehouse.read(ACCOUNT)
    return results, account
