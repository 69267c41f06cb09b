"""The tables of schema `risk` that show a run's models, before anybody is scored."""

from collections.abc import Mapping, Sequence

import polars as pl

from flows.steps import risk_show
from flows.steps.risk_checked import list_costs, show_checked
from flows.steps.risk_fit import Fitted
from flows.steps.risk_read import Parts
from flows.steps.risk_tables import shape
from mltc.config import Config
from mltc.derive import index_dates
from mltc.risk_catalogue import Outcome
from mltc.warehouse import Warehouse
from mltc.workspace import Workspace


def write_tables(
    warehouse: Warehouse,
    outcomes: Sequence[Outcome],
    fitted: Sequence[Fitted],
    versions: Mapping[str, str | None],
    parts: Parts | None,
    months: pl.DataFrame,
    config: Config,
) -> None:
    """`risk.outcome`, `performance`, `subgroup`, `selection`, `calibration`, `capacity`, `stability`, `monthly`,
    `alarm`, `validation_person`, `unit_cost`."""
    scored = [each for each in fitted if each.winner]
    checked = {each.outcome.key: show_checked(warehouse, each, parts) for each in scored} if parts else {}
    dates = index_dates(config)
    tables: dict[str, list[pl.DataFrame]] = {
        "outcome": [list_outcomes(outcomes, fitted, versions)],
        "performance": [risk_show.show_performance(each) for each in fitted],
        "subgroup": [risk_show.show_subgroups(each) for each in scored],
        "selection": [risk_show.show_selection(each) for each in fitted],
        "calibration": [risk_show.show_calibration(each) for each in scored],
        "capacity": [risk_show.show_capacity(each, checked[each.outcome.key]) for each in scored],
        "stability": [risk_show.show_stability(each, parts) for each in scored] if parts else [],
        "monthly": [months],
        "validation_person": list(checked.values()),
        "unit_cost": [list_costs(config)],
        "alarm": [
            pl.DataFrame({"outcome": [each.outcome.key], "alarm": [each.alarm]}) for each in fitted if each.alarm
        ],
    }
    for each in fitted:
        usable = each.champion if each.champion and each.champion.candidate else None
        version = usable.version if usable else versions[each.outcome.key]
        if version:
            tables["monthly"].append(
                risk_show.show_month(each, f"{each.outcome.key}-{version}", dates["validation"], dates["current"])
            )
    for name, frames in tables.items():
        warehouse.write(f"risk.{name}", shape(name, frames))


def list_outcomes(
    outcomes: Sequence[Outcome], fitted: Sequence[Fitted], versions: Mapping[str, str | None]
) -> pl.DataFrame:
    """One row per outcome: which model is in force, and why."""
    decisions = {each.outcome.key: each.decision for each in fitted}
    return pl.DataFrame(
        {
            "outcome": [each.key for each in outcomes],
            "outcome_name": [each.name for each in outcomes],
            "kind": [each.kind for each in outcomes],
            "is_main": [each.main for each in outcomes],
            "sort_key": list(range(1, len(outcomes) + 1)),
            "model_version": [
                f"{each.key}-{versions[each.key]}" if versions.get(each.key) else None for each in outcomes
            ],
            "decision": [decisions.get(each.key, "No model could be fitted: too little data.") for each in outcomes],
        },
        schema_overrides={"model_version": pl.String},
    )


def read_months(workspace: Workspace) -> pl.DataFrame:
    """`risk.monthly` of the last good warehouse, months before this one."""
    empty = shape("monthly", [])
    last = workspace.open_last()
    if last is None:
        return empty
    with last as warehouse:
        if list(warehouse.columns("risk.monthly")) != empty.columns:
            return empty
        found = warehouse.read("select * from risk.monthly order by outcome, known_date, decile nulls first")
    return found.filter(pl.col("known_date") < workspace.config.run.index_date)
