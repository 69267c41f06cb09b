"""Extracts to staging: read, gate, set aside, stage, reconcile."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from mltc.checksums import hash_folder
from mltc.codelists import Codelists
from mltc.config import Config
from mltc.contract import load_contract
from mltc.errors import GateFailure
from mltc.kept import Folder, keep_or_make, read_settings, read_sql, read_step
from mltc.lawful import check_permitted, check_stated
from mltc.paths import CODELISTS
from mltc.progress import tell
from mltc.quality import (
    build_row_account,
    check_row_account,
    check_rules,
    describe_failures,
    drop_sensitive,
    drop_superseded,
    exclude_rows,
    keep_failed,
    link_persons,
    load_rules,
    read_gate_results,
)
from mltc.quality.coverage.check import check_coverage
from mltc.quality.drift.check import check_drift
from mltc.quality.gate import EngineAddress
from mltc.quality.permission import count_later_opt_outs
from mltc.quality.report import share_results
from mltc.quality.results import GATE_SCHEMA, join_results
from mltc.quality.rules import select_rules
from mltc.quality.supplied import read_supplied, write_supplied
from mltc.quality.unclaimed import check_unclaimed
from mltc.reference import check_definition, write_reference
from mltc.sources import ExtractFile, Located, load_located, locate_extract
from mltc.sources.record import columns_frame, feeds_frame, files_frame
from mltc.warehouse import Warehouse, build_models
from mltc.workspace import Workspace

# Stands for the fingerprint of a raw table that nothing has changed since it was read.
AS_READ = "as read"
# The date that places the rows of a feed in time, by table.
FEED_DATES = {table.table: table.main_date for table in load_contract().values() if table.main_date}


def read_table(workspace: Workspace, table: str, read_block: Callable[[str], str] | None = None) -> list[ExtractFile]:
    """Load one canonical table into `raw`; the files that it came from. `read_block` gives a secret by its name.

    Where the files and how they are read are those of the last run, its rows are kept.
    """
    check_stated(workspace.config)
    located = locate_extract(workspace.config, table, workspace.landing, read_block)
    described = {"table": table, "parts": located.describe()}
    found = keep_or_make(workspace, f"read {table}", described, lambda: _load(workspace, located), reads=())
    return [ExtractFile(**{**each, "columns": tuple(map(tuple, each["columns"]))}) for each in found]


def _load(workspace: Workspace, located: Located) -> list[dict[str, Any]]:
    tell(f"reading {located.table}")
    name = f"raw.{located.table}"
    with workspace.open_build() as warehouse:
        files = load_located(warehouse, workspace.config, located, workspace.landing)
        warehouse.made.note(name, AS_READ)
    return [asdict(file) for file in files]


def record_extracts(workspace: Workspace, files: list[ExtractFile], codelists: Codelists) -> None:
    """Write what was read, which feeds there are, and the definitions that the run uses."""
    check_definition(codelists, workspace.config.run.definition)
    with workspace.open_build() as warehouse:
        write_reference(warehouse, codelists)
        warehouse.write("meta.extract_file", files_frame(files))
        warehouse.write("meta.source_column", columns_frame(files))
        warehouse.write("meta.source_table", feeds_frame(workspace.config, files))
        write_supplied(warehouse, {file.table for file in files})
        check_permitted(warehouse, workspace.config)


def gate_extracts(
    workspace: Workspace, docs: Path | None = None, read_block: Callable[[str], str] | None = None
) -> pl.DataFrame:
    """Check every rule on every supplied table; `meta.gate_result`, the rows set aside, and the results.

    With `docs`, the Data Docs are built in that folder. `refuse_failures` then raises where a stop rule failed. Kept
    where no file, rule, setting or day of opt-outs has changed.
    """
    folder = Folder(docs, workspace.docs) if docs else None
    given = {**describe_intake(workspace), "docs": docs is not None}
    keep_or_make(workspace, "gate", given, lambda: _gate(workspace, docs, read_block), reads=(), folder=folder)
    with workspace.open_build() as warehouse:
        return read_gate_results(warehouse)


def describe_intake(workspace: Workspace) -> dict[str, Any]:
    """What gate and staging depend on, in plain values: every file, the settings, and the opt-outs of the day."""
    config = workspace.config
    with workspace.open_build() as warehouse:
        read = {table: read_step(warehouse, f"read {table}") for table in load_contract()}
        later = count_later_opt_outs(warehouse, read_opt_out_day(config.run.index_date))
    return {
        "read": {table: record and record["given"] for table, record in read.items()},
        "settings": read_settings(config),
        "opt_outs_to_come": later,
        "lists": hash_folder(CODELISTS),
        "sql": read_sql("staging", "register", "coverage"),
    }


def _reload_altered(workspace: Workspace, read_block: Callable[[str], str] | None) -> None:
    """Read again what an earlier gate has marked or linked: it must find rows as they arrived."""
    for table in load_contract():
        with workspace.open_build() as warehouse:
            is_altered = warehouse.columns(f"raw.{table}") and warehouse.made.find(f"raw.{table}") != AS_READ
        if is_altered:
            _load(workspace, locate_extract(workspace.config, table, workspace.landing, read_block))


def _gate(workspace: Workspace, docs: Path | None, read_block: Callable[[str], str] | None) -> None:
    config, index_date = workspace.config, workspace.config.run.index_date
    config, index_date = workspace.config, workspace.config.run.index_date
    _reload_altered(workspace, read_block)
    with workspace.open_build() as warehouse:
        tables = read_supplied(warehouse)
        prepare_rows(warehouse, config, tables)
        address = EngineAddress(warehouse.path, warehouse.settings, warehouse.encryption)
    written = {table: load_rules(load_contract()[table], config.gate.maximum_unreadable_share) for table in tables}
    rules, _ = select_rules(written)
    tell("checking expectations")
    results = check_rules(address, rules, index_date, docs)
    with workspace.open_build() as warehouse:
        tell("setting rows aside")
        exclude_rows(warehouse, config, keep_failed(rules, results), index_date, read_opt_out_day(index_date))
        shares = pl.DataFrame(share_results(warehouse, config, tables), schema=GATE_SCHEMA, orient="row")
        warehouse.write("meta.gate_result", join_results([results, shares]))


def prepare_rows(warehouse: Warehouse, config: Config, tables: list[str]) -> None:
    """Say of each row whose it is and whether it is for us, before any rule judges it."""
    tell("linking persons, replaying deltas, dropping sensitive codes")
    contract = load_contract()
    link_persons(warehouse, [contract[table] for table in tables])
    for table in tables:
        drop_superseded(warehouse, table)
    drop_sensitive(warehouse, config)


def read_opt_out_day(index_date: date) -> date:
    """The day up to which opt-outs are known: today, or the index date where that is still to come."""
    return max(datetime.now(tz=UTC).date(), index_date)


def refuse_failures(results: pl.DataFrame) -> None:
    """Raise GateFailure when a stop rule failed."""
    failures = describe_failures(results)
    if failures:
        raise GateFailure(f"The gate stopped the run; nothing was derived. {failures}")


def stage_extracts(workspace: Workspace) -> dict[str, int]:
    """Build `staging`, reconcile every row, and look at feeds as a whole. Raises GateFailure where rows are missing.

    Kept with the gate: of one index date, the last run that feeds are compared with is always the same.
    """

    def make() -> dict[str, int]:
        built = stage_rows(workspace)
        check_feeds(workspace)
        return built

    return keep_or_make(workspace, "staging", describe_intake(workspace), make, reads=())


def stage_rows(workspace: Workspace) -> dict[str, int]:
    """Build `staging` and reconcile every row of every file. Raises GateFailure where rows are missing."""
    with workspace.open_build() as warehouse:
        built = build_models(warehouse, ["staging"], {}, progress=tell)
        build_row_account(warehouse, read_supplied(warehouse))
        check_row_account(warehouse)
        _write_latest_months(warehouse)
    return built


def check_feeds(workspace: Workspace) -> None:
    """Look at feeds as a whole: coverage, rows of no table, drift since the last run."""
    tell("checking coverage and drift")
    with workspace.open_build() as warehouse:
        check_coverage(warehouse, workspace.config)
        check_unclaimed(warehouse)
        _compare_with_last(workspace, warehouse, read_supplied(warehouse))


def _compare_with_last(workspace: Workspace, warehouse: Warehouse, tables: list[str]) -> None:
    last = workspace.open_last()
    with last or nullcontext():
        check_drift(warehouse, last, workspace.config, tables)


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
