"""The gate alone: extracts into a folder that is thrown away."""

import tempfile
from pathlib import Path

import polars as pl

from mltc import intake
from mltc.codelists import load_codelists
from mltc.config import load_config
from mltc.contract import load_contract
from mltc.workspace import Workspace


def check_extracts(config_path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Results of every rule, and the files with their rows. Nothing is kept.

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
            account = warehouse.read("select table_name, file, rows_in from meta.extract_file order by all")
    return results, account
