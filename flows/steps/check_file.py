"""One file alone at the gate, against one table of the contract, without a configuration."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from flows.steps.check import CheckOutcome, read_account, throwaway_workspace
from flows.steps.guess_table import guess_table
from mltc.codelists import load_codelists
from mltc.config.schema import Config, FeedSettings, IcbSettings, LawfulSettings, RunSettings, SourceSettings
from mltc.contract import load_contract
from mltc.dialect import load_dialect
from mltc.errors import ConfigError
from mltc.intake import prepare_rows
from mltc.quality import check_rules, exclude_rows, keep_failed, load_rules, read_gate_results
from mltc.quality.gate import EngineAddress
from mltc.quality.report import share_results
from mltc.quality.results import GATE_SCHEMA, join_results
from mltc.quality.rules import select_rules
from mltc.reference import write_reference
from mltc.sources import load_extract
from mltc.workspace import Workspace

FEED = "check"


def check_file(
    path: Path, table: str | None = None, dialect: str | None = None, index_date: date | None = None
) -> CheckOutcome:
    """Check a file against a canonical table, guessed from the column names where it is not given.

    Rules that need other tables are skipped and named; opt-outs are not judged. `index_date` is today where it
    is not given. Raises ConfigError for a table or layout that does not exist or cannot be guessed, and
    ExtractError for a file that cannot be read.
    """
    if not path.is_file():
        raise ConfigError(f"There is no file {path}.")
    notes = []
    if table is None:
        guess = guess_table(path, dialect)
        table, dialect = guess.table, guess.dialect
        notes.append(f"{path.name} was taken for {guess.told}. Give --table if that is wrong.")
    if table not in load_contract():
        raise ConfigError(f"{table} is not a canonical table (known: {', '.join(load_contract())}).")
    day = index_date or datetime.now(tz=UTC).date()
    notes.append(f"Dates were judged as on {day}. Opt-outs were not judged.")
    with throwaway_workspace(_single_config(path.resolve(), table, dialect, day)) as workspace:
        return _check(workspace, table, notes)


def _check(workspace: Workspace, table: str, notes: list[str]) -> CheckOutcome:
    config, contract = workspace.config, load_contract()
    day = config.run.index_date
    with workspace.open_build() as warehouse:
        write_reference(warehouse, load_codelists())
        for name in contract:
            load_extract(warehouse, config, name, workspace.landing)
        prepare_rows(warehouse, config, [table])
        address = EngineAddress(warehouse.path, warehouse.settings)
    rules, skipped = select_rules({table: load_rules(contract[table], config.gate.maximum_unreadable_share)})
    notes += [f"Not judged: {rule}, which needs {' and '.join(missing)}." for _, rule, missing in skipped]
    results = check_rules(address, rules, day)
    with workspace.open_build() as warehouse:
        exclude_rows(warehouse, config, keep_failed(rules, results), day)
        shares = pl.DataFrame(share_results(warehouse, config, [table]), schema=GATE_SCHEMA, orient="row")
        warehouse.write("meta.gate_result", join_results([results, shares]))
        account = read_account(warehouse, [table]).drop("opted_out")
        return CheckOutcome(read_gate_results(warehouse), account, tuple(notes))


def _single_config(path: Path, table: str, dialect: str | None, day: date) -> Config:
    """A configuration of one file. Not validated as a whole: a run would need persons and opt-outs."""
    shared: dict[str, Any] = {
        "icb": IcbSettings(name="One file", code="QZZ", synthetic=True),
        "run": RunSettings(index_date=day),
        "lawful": LawfulSettings(include_unknown_because="one file is checked and nothing is kept"),
    }
    if dialect is None:
        return Config.model_construct(**shared, source={table: SourceSettings(path=path.as_posix())})
    parts = load_dialect(dialect, Path.cwd()).table.get(table, ())
    if not parts:
        made = ", ".join(load_dialect(dialect, Path.cwd()).table)
        raise ConfigError(f"The layout {dialect} makes no {table} (it makes {made}).")
    feed = FeedSettings(dialect=dialect, root=path.parent.as_posix(), tables=(table,), paths={parts[0].file: path.name})
    return Config.model_construct(**shared, feed={FEED: feed}, base=Path.cwd())
