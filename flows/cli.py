"""The `mltc` command. Heavy libraries are imported by the command that needs them, never here."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from flows import (
    as_of_cli,
    audit_cli,
    capacity_cli,
    codelists_cli,
    define_cli,
    evaluate_cli,
    lists_cli,
    operation_cli,
    terminal,
)
from flows.leakage import refuse_silence
from flows.told import told_in_words
from mltc.errors import EXIT_CODES, MltcError
from mltc.paths import CONFIG

EPILOG = "Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + "."

app = typer.Typer(
    name="mltc",
    help="Population health for people living with multiple long-term conditions: register, clusters, risk, needs, "
    "and a release that is safe to share.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ConfigOption = Annotated[Path, typer.Option("--config", help="Configuration file (TOML).")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder for warehouse, releases and run.json.")]
RebuildOption = Annotated[bool, typer.Option("--rebuild", help="Make everything anew, also what has not changed.")]
RotateOption = Annotated[bool, typer.Option("--rotate-secret", help="Accept a new secret: every mltc_id changes.")]
DEFAULT_OUT = Path("out") / "run"
DEMO_OUT = Path("out") / "demo"


@app.command(epilog="Example: mltc demo --persons 5000 --out out/demo")
def demo(
    persons: Annotated[int, typer.Option(min=500, max=5_000_000, help="Synthetic persons.")] = 20_000,
    out: OutOption = DEMO_OUT,
) -> None:
    """Make a synthetic population, run everything on it, and say where the report is."""
    from mltc.synthetic import SyntheticSettings, write_synthetic_icb
    from mltc.workspace import hold_lock

    with told_in_words(), hold_lock(out):
        with terminal.show_progress("Making a synthetic population"):
            write_synthetic_icb(SyntheticSettings(persons=persons), out / "extracts")
        _refresh(CONFIG / "demo.toml", out, extract_root=out / "extracts")


@app.command(epilog="Example: mltc synthesise --persons 20000 --months 60 --seed 1 --out out/synthetic")
def synthesise(
    out: Annotated[Path, typer.Option("--out", help="Folder for the extracts.")],
    persons: Annotated[int, typer.Option(min=500, max=5_000_000, help="Persons.")] = 20_000,
    months: Annotated[int, typer.Option(min=36, max=240, help="Months of records.")] = 60,
    seed: Annotated[int, typer.Option(help="Same seed, same people.")] = 20261001,
    index_date: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Day after the last record.")] = datetime(
        2026, 10, 1
    ),
    file_format: Annotated[Literal["parquet", "csv"], typer.Option("--format", help="Kind of file.")] = "parquet",
    defects: Annotated[float, typer.Option(min=0, max=0.1, help="Share of rows with a planted defect.")] = 0.002,
    layout: Annotated[
        Literal["hes", "sus", "omop", "canonical"], typer.Option("--layout", help="Whose files the people come in.")
    ] = "canonical",
) -> None:
    """Write a linked synthetic population, the truth about it, and a configuration that runs on it."""
    from flows.steps.synthetic_config import write_synthetic_config
    from mltc.synthetic import SyntheticSettings, write_synthetic_icb

    settings = SyntheticSettings(persons, months, seed, index_date.date(), file_format, defects, layout)
    with told_in_words():
        with terminal.show_progress("Making a synthetic population"):
            rows = write_synthetic_icb(settings, out)
        path = write_synthetic_config(settings, out)
    for table, count in rows.items():
        terminal.out.print(f"{table:20} {count:>12,} rows")
    terminal.out.print(f"Run it with: mltc run --config {path} --out {out / 'run'}", soft_wrap=True, highlight=False)


@app.command(epilog="Example: mltc run --config config/demo.toml --out out/demo")
def run(
    config: ConfigOption,
    out: OutOption = DEFAULT_OUT,
    rotate_secret: RotateOption = False,
    rebuild: RebuildOption = False,
) -> None:
    """Run everything: extracts, gate, register, clusters, risk, needs, release. What has not changed is kept."""
    with told_in_words():
        _refresh(config, out, rotate_secret=rotate_secret, rebuild=rebuild)


@app.command(epilog="Example: mltc check gp_event.csv --table gp_event, or: mltc check --config config/demo.toml")
def check(
    file: Annotated[Path | None, typer.Argument(help="One file to check alone, without a configuration.")] = None,
    config: Annotated[Path | None, typer.Option("--config", help="Check everything that this file names.")] = None,
    table: Annotated[str | None, typer.Option("--table", help="Canonical table of FILE; else guessed.")] = None,
    dialect: Annotated[str | None, typer.Option("--dialect", help="Layout of FILE, e.g. hes_apc.")] = None,
    index_date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day to judge FILE by; else today.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the results as JSON, for machines.")] = False,
) -> None:
    """Check extracts, or one file, at the gate: what failed, where, why and what to do. Changes nothing."""
    from mltc.errors import ConfigError

    with told_in_words():
        if (file is None) == (config is None):
            raise ConfigError("Give either FILE, to check it alone, or --config, to check everything it names.")
        with terminal.show_progress("Checking extracts"):
            if config is not None:
                from flows.steps.check import check_extracts

                outcome = check_extracts(config)
            elif file is not None:
                from flows.steps.check_file import check_file

                outcome = check_file(file, table, dialect, index_date.date() if index_date else None)
        terminal.show_check(outcome, as_json=as_json)
        outcome.refuse()


@app.command("map", epilog="Example: mltc map extract.csv --table gp_event --out my_layout.toml")
def map_columns(
    files: Annotated[list[Path], typer.Argument(help="CSV or Parquet files whose layout nobody described.")],
    table: Annotated[
        list[str] | None, typer.Option("--table", help="Canonical table (repeatable); else guessed.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the proposal there as TOML.")] = None,
    as_layout: Annotated[bool, typer.Option("--layout", help="As a layout for a feed, not as a source.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Show the proposal as JSON, for machines.")] = False,
) -> None:
    """Propose how the columns of an unknown file map, and say how sure that is. Shows no person's values."""
    from flows.steps.map_file import map_files

    with told_in_words():
        map_files(files, table or [], out, as_layout=as_layout, as_json=as_json)


@app.command(epilog="Example: mltc report --config config/demo.toml --out out/demo")
def report(config: ConfigOption, out: OutOption = DEFAULT_OUT) -> None:
    """Write the release again from the last good warehouse, for new wording or another disclosure profile."""
    from flows.steps.rerender import rewrite_release

    with told_in_words():
        with terminal.show_progress("Writing the release"):
            page = rewrite_release(config, out)
        terminal.show_report(page)


@app.command(epilog='Example: mltc schedule --config config/demo.toml --cron "0 7 1 * *" --out out/demo')
def schedule(
    config: ConfigOption,
    cron: Annotated[str, typer.Option("--cron", help="Minute, hour, day of month, month, day of week.")],
    out: OutOption = DEFAULT_OUT,
    timezone: Annotated[str, typer.Option("--timezone", help="Whose clock the schedule goes by.")] = "Europe/London",
) -> None:
    """Serve the run as a Prefect deployment on a schedule, until stopped."""
    from flows.prefect_settings import apply_prefect_settings

    apply_prefect_settings()
    from flows.schedule import serve_refresh

    with told_in_words():
        serve_refresh(config, out, cron, timezone)


@app.command(epilog='Example: mltc sql --out out/demo --query "from register.definition_concordance"')
def sql(
    out: OutOption = DEFAULT_OUT,
    query: Annotated[str | None, typer.Option("--query", help="One query; without it, a prompt.")] = None,
) -> None:
    """Look at the last good warehouse, read-only."""
    from flows.sql_shell import answer_queries

    with told_in_words():
        answer_queries(out / "warehouse.duckdb", query)


app.add_typer(codelists_cli.app)
app.command(epilog=define_cli.DEFINE_EPILOG)(define_cli.define)
app.command(epilog=define_cli.EXPLAIN_EPILOG)(define_cli.explain)
app.command(epilog=as_of_cli.EPILOG)(as_of_cli.register)
app.command(epilog=capacity_cli.EPILOG)(capacity_cli.capacity)
app.add_typer(lists_cli.app)
app.command(epilog=evaluate_cli.EPILOG)(evaluate_cli.evaluate)
app.command(epilog=operation_cli.HISTORY_EPILOG)(operation_cli.history)
app.command(epilog=operation_cli.NOTIFY_EPILOG)(operation_cli.notify)
app.command(epilog=operation_cli.WATCH_EPILOG)(operation_cli.watch)
app.command(epilog=operation_cli.RESTORE_EPILOG)(operation_cli.restore)
app.add_typer(operation_cli.disclose_app)
app.add_typer(audit_cli.app)


def _refresh(
    config: Path, out: Path, *, extract_root: Path | None = None, rotate_secret: bool = False, rebuild: bool = False
) -> None:
    """Check configuration, secret and lock, which takes a moment, then run the flow."""
    from flows.prefect_settings import apply_prefect_settings
    from flows.request import RunRequest
    from mltc.config import read_secret
    from mltc.pseudonym import check_last_secret
    from mltc.workspace import hold_lock

    root = extract_root.resolve() if extract_root else None
    request = RunRequest(
        config_path=config.resolve(), out=out.resolve(), extract_root=root, rotate_secret=rotate_secret, rebuild=rebuild
    )
    secret = read_secret(request.load())
    with hold_lock(request.out):
        workspace = request.workspace()
        workspace.check_encryption()
        workspace.recover()
        terminal.warn(workspace.last_loss())
        check_last_secret(workspace, secret, rotate=rotate_secret)
        apply_prefect_settings()
        with terminal.show_progress("Starting Prefect"):
            from flows.refresh import refresh
        try:
            with terminal.show_progress("Running"):
                refresh(request)
        except MltcError:
            terminal.show_stopped(workspace.stopped)
            raise
    terminal.show_outcome(workspace.run_file, workspace.docs)
    terminal.show_report(workspace.release / "index.html")
    refuse_silence(workspace.run_file)


def main() -> None:
    """Entry point of the console script."""
    import atexit
    import os

    def hush() -> None:
        # DuckDB's bindings report every object that is still alive when the interpreter ends, on standard
        # error and after everything else. It is noise to whoever reads the last line of a run.
        terminal.err.file.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)

    atexit.register(hush)
    app()
