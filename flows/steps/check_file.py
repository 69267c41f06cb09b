"""One file alone at the gate, against one table of the contract, without a configuration."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flows.steps.check import CheckOutcome, read_account, throwaway_workspace
from mltc import intake
from mltc.codelists import load_codelists
from mltc.config.schema import Config, FeedSettings, IcbSettings, LawfulSettings, RunSettings, SourceSettings
from mltc.contract import load_contract
from mltc.dialect import load_dialect
from mltc.errors import ConfigError
from mltc.mapping.guess import guess_table
from mltc.quality import load_rules, read_gate_results
from mltc.quality.rules import select_rules
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
        what = "is a folder: give one file, or --config for all of them" if path.is_dir() else "is not there"
        raise ConfigError(f"There is no file {path}: it {what}.")
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
    """The gate of a run, with one table."""
    rules = load_rules(load_contract()[table], workspace.config.gate.maximum_unreadable_share)
    _, skipped = select_rules({table: rules})
    notes += [f"Not judged: {rule}, which needs {' and '.join(missing)}." for _, rule, missing in skipped]
    files = [file for name in load_contract() for file in intake.read_table(workspace, name)]
    intake.record_extracts(workspace, files, load_codelists())
    intake.gate_extracts(workspace)
    intake.stage_rows(workspace)
    with workspace.open_build() as warehouse:
        account = read_account(warehouse).drop("opted_out")
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
