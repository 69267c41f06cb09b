"""`mltc lists`: practice lists for clinicians, and what comes back. `flows.cli` mounts it."""

from pathlib import Path
from typing import Annotated

import typer

from flows import terminal

app = typer.Typer(
    name="lists",
    help="Write a list for each practice; read filled-in lists back; sum up what was decided.",
    invoke_without_command=True,
    epilog="Example: mltc lists --out out/demo --top 50, or: mltc lists --out out/demo --innovation complex_care_team",
)
DEFAULT_OUT = Path("out") / "run"
OutOption = Annotated[Path, typer.Option("--out", help="Folder of the last good run.")]


@app.callback(invoke_without_command=True)
def lists(
    context: typer.Context,
    practice: Annotated[str | None, typer.Option("--practice", help="Code of one practice; else all.")] = None,
    top: Annotated[int | None, typer.Option("--top", min=1, help="The first so many people of each practice.")] = None,
    band: Annotated[str | None, typer.Option("--band", help='One band of risk, such as "1-5%".')] = None,
    innovation: Annotated[str | None, typer.Option("--innovation", help="Eligible for it, by its key.")] = None,
    is_complex: Annotated[bool, typer.Option("--complex", help="With complex MLTC only.")] = False,
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Write a list for each practice into OUT/lists/RUN. For direct care by the practice, never a release."""
    if context.invoked_subcommand is not None:
        if (practice, top, band, innovation, is_complex, out) != (None, None, None, None, False, DEFAULT_OUT):
            raise typer.BadParameter(f"Options stand after {context.invoked_subcommand}, not before it.")
        return
    from flows.privacy import without_contents
    from flows.steps.lists import make_lists, show_lists
    from flows.told import told_in_words
    from mltc.lists.people import Selection

    with told_in_words(), without_contents():
        with terminal.show_progress("Writing lists"):
            written = make_lists(out, Selection(practice, top, band, innovation, is_complex))
        show_lists(written)


@app.command("read", epilog="Example: mltc lists read P00001.csv --out out/demo")
def read(
    files: Annotated[list[Path], typer.Argument(help="Lists that came back filled in, as CSV.")],
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Read filled-in lists back: all of them or, where a cell is wrong, none. Reading one twice changes nothing."""
    from flows.privacy import without_contents
    from flows.steps.lists import read_lists
    from flows.told import told_in_words

    with told_in_words(), without_contents():
        for line in read_lists(files, out):
            terminal.out.print(line, soft_wrap=True, highlight=False)


@app.command("summary", epilog="Example: mltc lists summary --out out/demo")
def summary(
    run: Annotated[str | None, typer.Option("--run", help="Lists of one run, such as 2026-10; else of all.")] = None,
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Sum up what was decided: reviewed, accepted, declined and why, by place, innovation and group of people."""
    from flows.privacy import without_contents
    from flows.steps.lists import show_summary
    from flows.told import told_in_words

    with told_in_words(), without_contents():
        show_summary(out, run)
