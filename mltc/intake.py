"""Extracts to staging: read, gate, set aside, stage, reconcile."""

import polars as pl

from mltc.codelists import Codelists
from mltc.config import Config
from mltc.contract import load_contract
from mltc.errors import GateFailure
from mltc.progress import tell
from mltc.quality import (
    build_row_account,
    check_row_account,
    check_rules,
    describe_failures,
    exclude_rows,
    load_rules,
    read_gate_results,
)
from mltc.quality.gate import RESULT_SCHEMA, EngineAddress
from mltc.quality.report import share_results
from mltc.reference import check_definition, write_reference
from mltc.sources import ExtractFile, load_extract
from mltc.sources.extract import files_frame
from mltc.warehouse import Warehouse, build_models
from mltc.workspace import Workspace

# The date by which a feed's freshness is judged.
FEED_DATES = {
    "gp_event": "event_date",
    "gp_prescription": "issue_date",
    "gp_consultation": "consultation_date",
    "hospital_episode": "admission_date",
    "outpatient": "appointment_date",
    "emergency": "arrival_at",
    "death": "death_date",
}


def read_table(workspace: Workspace, table: str) -> list[ExtractFile]:
    """Load one canonical table into `raw`; the files that it came from."""
    tell(f"reading {table}")
    with workspace.open_build() as warehouse:
        return load_extract(warehouse, workspace.config, table)


def record_extracts(workspace: Workspace, files: list[ExtractFile], codelists: Codelists) -> None:
    """Write what was read, which feeds there are, and the definitions that the run uses."""
    check_definition(codelists, workspace.config.run.definition)
    with workspace.open_build() as warehouse:
        write_reference(warehouse, codelists)
        warehouse.write("meta.extract_file", files_frame(files))
        _write_feeds(warehouse, workspace.config)


def gate_extracts(workspace: Workspace) -> pl.DataFrame:
    """Check every rule on every supplied table; `meta.gate_result`, the rows set aside, and the results.

    Raises GateFailure when a stop rule fails, after its results have been written.
    """
    config, index_date = workspace.config, workspace.config.run.index_date
    tables = [table for table in load_contract() if table in config.source]
    rules = {table: load_rules(load_contract()[table], config.gate.maximum_unreadable_share) for table in tables}
    tell("checking expectations")
    with workspace.open_build() as warehouse:
        address = EngineAddress(warehouse.path, warehouse.settings)
    results = check_rules(address, rules, index_date)
    with workspace.open_build() as warehouse:
        tell("setting rows aside")
        exclude_rows(warehouse, config, rules, index_date)
        shares = pl.DataFrame(share_results(warehouse, config, tables), schema=RESULT_SCHEMA, orient="row")
        warehouse.write("meta.gate_result", pl.concat([results, shares]))
        return read_gate_results(warehouse)


def refuse_failures(results: pl.DataFrame) -> None:
    """Raise GateFailure when a stop rule failed."""
    failures = describe_failures(results)
    if failures:
        raise GateFailure(f"The gate stopped the run; nothing was derived. {failures}")


def stage_extracts(workspace: Workspace) -> dict[str, int]:
    """Build `staging` and reconcile every row of every file. Raises GateFailure where rows are missing."""
    tables = [table for table in load_contract() if table in workspace.config.source]
    with workspace.open_build() as warehouse:
        built = build_models(warehouse, ["staging"], {}, progress=tell)
        build_row_account(warehouse, tables)
        check_row_account(warehouse)
        _write_latest_months(warehouse)
    return built


def _write_feeds(warehouse: Warehouse, config: Config) -> None:
    """`meta.feed`: one row of booleans, so that a missing feed makes null and never zero."""
    flags = {f"has_{table}": [table in config.source] for table in load_contract()}
    warehouse.write("meta.feed", pl.DataFrame(flags))


def _write_latest_months(warehouse: Warehouse) -> None:
    rows = []
    for table in load_contract():
        column = FEED_DATES.get(table)
        latest = None
        if column:
            latest = warehouse.read(f"select strftime(max({column}), '%Y-%m') as latest from staging.{table}").item()
        rows.append((table, latest))
    schema = {"table_name": pl.String, "latest_month": pl.String}
    warehouse.write("meta.canonical_table", pl.DataFrame(rows, schema=schema, orient="row"))
