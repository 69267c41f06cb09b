"""After the contest: store what won, and write the tables that show it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from flows.steps import risk_show
from flows.steps.model_store import CARD_FILE, MANIFEST_FILE, REFERENCE_FILE, enter_champion, write_version
from flows.steps.risk_fit import Fitted
from flows.steps.risk_read import Parts
from flows.steps.risk_tables import shape
from mltc.codelists import Codelists
from mltc.config import Config
from mltc.derive import index_dates
from mltc.risk_catalogue import Outcome
from mltc.warehouse import Warehouse
from mltc.workspace import Workspace

Versions = dict[str, str | None]


def deploy(
    workspace: Workspace, codelists: Codelists, registry: Path, fitted: Sequence[Fitted], parts: Parts | None
) -> Versions:
    """Enter the model in force for each outcome, storing it where it is new; version by outcome, None: no model."""
    month = workspace.config.run.name
    versions: Versions = {}
    for each in fitted:
        version = None
        if each.winner is not None and parts is not None:
            version = _store(workspace.config, codelists, registry, each, parts)
        enter_champion(registry, each.outcome.key, month, version, each.decision)
        versions[each.outcome.key] = version
    return versions


def _store(config: Config, codelists: Codelists, registry: Path, fitted: Fitted, parts: Parts) -> str:
    """Write what won under its version; a champion that stays has been written before."""
    from models.card import build_card
    from models.registry import dump_model

    winner, champion = fitted.winner, fitted.champion
    if winner.role == "champion" and champion is not None:
        return champion.version
    content = dump_model(winner.candidate.model)
    manifest = describe_training(config, codelists, fitted, parts, content)
    performance = fitted.performance
    if winner.role == "recalibrated":
        performance = performance.filter(pl.col("model") == "champion_recalibrated").with_columns(
            model=pl.lit(winner.candidate.key)
        )
    card = build_card(
        manifest,
        performance.filter(~pl.col("model").is_in(["champion", "champion_recalibrated"])),
        winner.subgroups.drop("warning"),
        decision=fitted.decisions["selection"],
        recalibration=fitted.decisions["recalibration"],
        alarm=fitted.alarm,
        population=f"People registered in {config.icb.name}",
    )
    version = f"{config.run.name}-{winner.candidate.key}"
    reference = fitted.reference if champion is None or winner.role == "challenger" else champion.reference
    records = {MANIFEST_FILE: manifest, CARD_FILE: card, REFERENCE_FILE: reference}
    write_version(registry, fitted.outcome.key, version, content, records)
    return version


def describe_training(
    config: Config, codelists: Codelists, fitted: Fitted, parts: Parts, content: bytes
) -> dict[str, Any]:
    """The manifest of a new model; of a recalibrated champion its own, with what was changed."""
    from models.registry import training_manifest

    candidate, dates = fitted.winner.candidate, index_dates(config)
    manifest = training_manifest(
        model_key=candidate.key,
        model_name=candidate.name,
        outcome=fitted.outcome.key,
        feature_names=candidate.feature_names,
        codelist_version=codelists.version,
        training_date=dates["training"],
        validation_date=dates["validation"],
        horizon_months=fitted.outcome.horizon_months or config.risk.horizon_months,
        person_count=candidate.training_person_count,
        event_count=candidate.training_event_count,
        seed=config.run.seed,
        model_bytes=content,
        decisions={**fitted.decisions, "model in use": fitted.decision},
        complexity=candidate.complexity,
        available_features=[each.key for each in parts.features],
        held_out_practices=parts.held_out_practices,
        sample={**parts.counts, "maximum_persons": config.risk.maximum_persons},
    )
    if fitted.winner.role == "recalibrated" and fitted.champion is not None:
        changed = {name: manifest[name] for name in ("model_sha256", "decisions", "validation_date")}
        return {**fitted.champion.manifest, **changed, "recalibrates": fitted.champion.version}
    return manifest


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
    `alarm`."""
    scored = [each for each in fitted if each.winner]
    dates = index_dates(config)
    tables: dict[str, list[pl.DataFrame]] = {
        "outcome": [list_outcomes(outcomes, fitted, versions)],
        "performance": [risk_show.show_performance(each) for each in fitted],
        "subgroup": [risk_show.show_subgroups(each) for each in scored],
        "selection": [risk_show.show_selection(each) for each in fitted],
        "calibration": [risk_show.show_calibration(each) for each in scored],
        "capacity": [risk_show.show_capacity(each) for each in scored],
        "stability": [risk_show.show_stability(each, parts) for each in scored] if parts else [],
        "monthly": [months],
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
