"""Commands that show definitions and the evidence of one person. `flows.cli` mounts them."""

from pathlib import Path
from typing import Annotated

import typer

from flows import terminal
from mltc.errors import ConfigError

DEFAULT_OUT = Path("out") / "run"
OutOption = Annotated[Path, typer.Option("--out", help="Folder of the run whose last good warehouse is read.")]
DefinitionOption = Annotated[str | None, typer.Option("--definition", help="One definition, such as delphi-2022.")]
DEFINE_EPILOG = "Example: mltc define asthma --out out/demo, or: mltc define --all --out out/demo --html handbook"
EXPLAIN_EPILOG = "Example: mltc explain 'MLTC_ID' --out out/demo. Quote the id: it may end in * or $."


def define(
    condition: Annotated[str | None, typer.Argument(help="Key or name of a condition.")] = None,
    is_all: Annotated[bool, typer.Option("--all", help="Every condition; needs --html.")] = False,
    out: OutOption = DEFAULT_OUT,
    config: Annotated[Path | None, typer.Option("--config", help="For the name of the area (TOML).")] = None,
    definition: DefinitionOption = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write pages there instead of printing.")] = None,
    no_counts: Annotated[bool, typer.Option("--no-counts", help="Definitions alone: nothing of the data.")] = False,
) -> None:
    """Show a definition for a clinician to check: rule in words, codes, sources, people found, near-miss codes."""
    from flows.steps.define import DefineRequest
    from flows.steps.define import define as define_conditions
    from flows.told import told_in_words

    with told_in_words():
        if (condition is None) == (not is_all):
            raise ConfigError("Give one CONDITION, or --all for every one.")
        define_conditions(DefineRequest(condition, out, config, definition, html, has_counts=not no_counts))


def explain(
    mltc_id: Annotated[str, typer.Argument(help="The mltc_id of a list; - asks for it, off the shell's history.")],
    out: OutOption = DEFAULT_OUT,
    definition: DefinitionOption = None,
) -> None:
    """Show why one person is on the register or is not. Inside the secure setting only; nothing is written."""
    from flows.privacy import without_contents
    from flows.steps.explain import explain as explain_person
    from flows.told import told_in_words

    typed = typer.prompt("mltc_id") if mltc_id == "-" else mltc_id
    with told_in_words(), without_contents():
        for part in explain_person(typed, out, definition):
            terminal.out.print(part, soft_wrap=True, highlight=False)
