"""The gate alone: extracts into a folder that is thrown away."""

import tempfile
from collections.abc import Iterator, Sequence
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
        if not is_stopped:
            intake.stage_extracts(workspace)
        with workspace.open_build() as warehouse:
            account = read_account(warehouse, intake.read_supplied(warehouse))
            return CheckOutcome(read_gate_results(warehouse), account, tuple(_name_practices(warehouse)))


def _name_practices(warehouse: Warehouse) -> list[str]:
    """A sentence per practice that fails coverage now: a run gives its people no risk."""
    if not warehouse.columns("meta.practice_abstention"):
        return []
    found = warehouse.read(
        "select practice_code, string_agg(distinct table_name, ', ' order by table_name) as feeds, "
        "strftime(min(from_month), '%Y-%m') as first_month "
        "from meta.practice_abstention group by practice_code order by practice_code"
    )
    return [
        f"Practice {practice} sent too few records of {feeds}, first in {month}: a run gives its people no risk."
        for practice, feeds, month in found.iter_rows()
    ]


@contextmanager
def throwaway_workspace(config: Config) -> Iterator[Workspace]:
    """A workspace in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="mltc-check-", ignore_cleanup_errors=True) as folder:
        workspace = Workspace(Path(folder), config)
        workspace.start_build()
        yield workspace


def read_account(warehouse: Warehouse, tables: Sequence[str]) -> pl.DataFrame:
    """One row per table and file: rows that arrived, rows of each fate, and rows that would be used."""
    selects = " union all ".join(
        f"select '{table}' as table_name, raw_row._source_file as file, exclusion.fate "
        f"from raw.{table} as raw_row left join meta.row_exclusion as exclusion "
        f"on exclusion.table_name = '{table}' and exclusion.row_id = raw_row._row_id"
        for table in tables
    )
    fates = ("dropped", "quarantined", "duplicate", "opted_out")
    counts = ", ".join(f"count(*) filter (where fate = '{fate}') as {fate}" for fate in fates)
    return warehouse.read(
        f"select table_name, file, count(*) as rows_in, {counts}, count(*) filter (where fate is null) as used "
        f"from ({selects}) group by table_name, file order by table_name, file"
    )
