"""The gate alone: extracts into a folder that is thrown away."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.secret_block import read_secret_block
from mltc import intake
from mltc.codelists import load_codelists
from mltc.config import Config, load_config
from mltc.contract import load_contract
from mltc.errors import GateFailure
from mltc.quality import describe_failures, read_gate_results
from mltc.quality.coverage.abstention import name_gaps
from mltc.quality.report import read_status
from mltc.warehouse import Warehouse
from mltc.workspace import Workspace


@dataclass(frozen=True)
class CheckOutcome:
    """Results of every rule, where the rows of every file would go, and what could not be judged."""

    results: pl.DataFrame
    account: pl.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """What a run would end as by this gate."""
        return read_status(self.results)

    def refuse(self) -> None:
        """Raise GateFailure where a stop rule failed."""
        failures = describe_failures(self.results)
        if failures:
            raise GateFailure(f"At least one stop rule failed: `mltc run` would stop here. {failures}")

    def to_dict(self) -> dict[str, object]:
        """Everything, for machines."""
        return {
            "status": self.status,
            "notes": list(self.notes),
            "rules": self.results.to_dicts(),
            "row_account": self.account.to_dicts(),
        }


def check_extracts(config_path: Path) -> CheckOutcome:
    """Read everything that a configuration names and check it at the gate. Nothing is kept.

    Raises ConfigError and ExtractError; stop rules that fail are in the results.
    """
    with throwaway_workspace(load_config(config_path)) as workspace:
        files = [file for table in load_contract() for file in intake.read_table(workspace, table, read_secret_block)]
        intake.record_extracts(workspace, files, load_codelists())
        is_stopped = bool(describe_failures(intake.gate_extracts(workspace)))
        intake.stage_rows(workspace)
        if not is_stopped:
            intake.check_feeds(workspace)
        with workspace.open_build() as warehouse:
            return CheckOutcome(read_gate_results(warehouse), read_account(warehouse), tuple(name_gaps(warehouse)))


@contextmanager
def throwaway_workspace(config: Config) -> Iterator[Workspace]:
    """A workspace in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="mltc-check-", ignore_cleanup_errors=True) as folder:
        workspace = Workspace(Path(folder), config)
        workspace.start_build()
        yield workspace


def read_account(warehouse: Warehouse) -> pl.DataFrame:
    """One row per table and file: rows that arrived, rows of each fate, and rows that would be used."""
    return warehouse.read(
        "select table_name, file, rows_in, rows_dropped as dropped, rows_quarantined as quarantined, "
        "rows_duplicate as duplicate, rows_opted_out as opted_out, rows_staged as used "
        "from meta.row_account order by table_name, file"
    )
