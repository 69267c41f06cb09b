"""`mltc audit`: who did what with the data of persons. `flows.cli` mounts it."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from flows.told import told_in_words

app = typer.Typer(
    name="audit",
    help="Show who did what with the data of persons; check that nobody has changed the log.",
    invoke_without_command=True,
    epilog="Example: mltc audit --out out/demo --since 2026-10-01 --csv audit.csv",
)
DEFAULT_OUT = Path("out") / "run"
OutOption = Annotated[Path, typer.Option("--out", help="Folder of the runs.")]


@app.callback(invoke_without_command=True)
def audit(
    context: typer.Context,
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="From this day on (UTC).")
    ] = None,
    last: Annotated[int, typer.Option("--last", min=1, help="So many events, the latest.")] = 50,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write all of them there, every field.")] = None,
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Show the audit log of a folder: when, who, what, why, and what came of it. For use inside the secure setting."""
    if context.invoked_subcommand is not None:
        if (since, last, csv, out) != (None, 50, None, DEFAULT_OUT):
            raise typer.BadParameter(f"Options stand after {context.invoked_subcommand}, not before it.")
        return
    from flows.steps.audit_show import show_audit

    with told_in_words():
        show_audit(out, since.date() if since else None, last, csv)


@app.command("check", epilog="Example: mltc audit check --out out/demo")
def check(out: OutOption = DEFAULT_OUT) -> None:
    """Follow the chain of hashes from the first line to the last, and name the first that was changed."""
    from flows.steps.audit_show import check_log

    with told_in_words():
        check_log(out)
