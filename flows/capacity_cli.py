"""`mltc capacity`: what a team with so many places would find. `flows.cli` mounts it."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from flows import terminal

EPILOG = "Example: mltc capacity --places 300 --by pcn --cost-per-admission 3000 --out out/demo"
Pounds = Annotated[float | None, typer.Option(min=1, help="Pounds; else [costs] of the configuration.")]


def capacity(
    places: Annotated[int, typer.Option("--places", min=1, help="People that the team can take.")],
    by: Annotated[
        Literal["pcn", "practice"] | None,
        typer.Option("--by", help="Also by area: places by risk against an equal share."),
    ] = None,
    outcome: Annotated[str | None, typer.Option("--outcome", help="Key of an outcome; else the main one.")] = None,
    pcn: Annotated[str | None, typer.Option("--pcn", help="People of one network only, by its code or name.")] = None,
    cost_per_admission: Pounds = None,
    cost_per_bed_day: Pounds = None,
    effect: Annotated[
        list[float] | None,
        typer.Option("--effect", min=0.1, max=100, help="Percent averted; repeatable. Else 5, 10 and 20."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder of the last good run.")] = Path("out") / "run",
    config: Annotated[Path | None, typer.Option("--config", help="Configuration, for its [costs].")] = None,
) -> None:
    """Plan for a number of places: who would be found and missed, who is left out, what a programme may cost."""
    from flows.steps.capacity import CapacityRequest, plan_capacity
    from flows.steps.capacity_show import show_plan
    from flows.told import told_in_words

    request = CapacityRequest(
        places=places,
        out=out,
        by=by,
        outcome=outcome,
        pcn=pcn,
        cost_per_admission=cost_per_admission,
        cost_per_bed_day=cost_per_bed_day,
        effects=tuple(effect or ()),
        config=config,
    )
    with told_in_words():
        with terminal.show_progress("Planning"):
            plan = plan_capacity(request)
        show_plan(plan)
