"""`mltc evaluate`: did an innovation do anything for those who had it? `flows.cli` mounts it."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from flows import terminal

EPILOG = "Example: mltc evaluate --innovation complex_care_team --cohort cohort.csv --out out/demo"


def evaluate(
    innovation: Annotated[
        str, typer.Option("--innovation", help="Key of the innovation (codelists/innovations.toml).")
    ],
    cohort: Annotated[
        Path | None, typer.Option("--cohort", help="CSV of mltc_id and start_date: who had it, from when on.")
    ] = None,
    from_decisions: Annotated[
        bool, typer.Option("--from-decisions", help="Whoever accepted it on a list that came back, from that day on.")
    ] = False,
    start: Annotated[
        datetime | None,
        typer.Option(
            "--start",
            formats=["%Y-%m-%d"],
            help="One start for all: for a file without start_date, or not before any decision.",
        ),
    ] = None,
    ratio: Annotated[int, typer.Option("--ratio", min=1, max=10, help="Comparisons for each person, at most.")] = 3,
    out: Annotated[Path, typer.Option("--out", help="Folder of the last good run.")] = Path("out") / "run",
) -> None:
    """Compare 12 months before and after a start, with matched people who did not have it. Into OUT/evaluation."""
    from flows.privacy import without_contents
    from flows.steps.evaluate import EvaluationRequest, evaluate_innovation
    from flows.steps.evaluate_show import show_evaluation
    from flows.told import told_in_words
    from mltc.errors import ConfigError

    with told_in_words(), without_contents():
        if (cohort is None) == (not from_decisions):
            raise ConfigError("Give either --cohort FILE or --from-decisions.")
        request = EvaluationRequest(innovation, out, cohort, start.date() if start else None, ratio)
        with terminal.show_progress("Evaluating"):
            found = evaluate_innovation(request)
        show_evaluation(found)
