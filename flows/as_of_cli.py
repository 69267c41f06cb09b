"""`mltc register`: the register of a past day, rebuilt. `flows.cli` mounts it."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from flows import terminal

EPILOG = "Example: mltc register --as-of 2026-07-01 --out out/demo --config config/demo.toml"


def register(
    as_of: Annotated[datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Index date of the register.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the last good run.")] = Path("out") / "run",
    config: Annotated[
        Path | None, typer.Option("--config", help="Configuration of that run: its thresholds and engine settings.")
    ] = None,
) -> None:
    """Rebuild the register of a past day as it was known then, and hold it against what was published."""
    from flows.steps.as_of import rebuild, show_rebuilt
    from flows.told import told_in_words

    with told_in_words():
        with terminal.show_progress("Rebuilding the register"):
            rebuilt = rebuild(as_of.date(), out, config)
        show_rebuilt(rebuilt)
