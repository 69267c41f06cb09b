"""After the contest: store what won, with its manifest, card and checklists."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from flows.steps.model_store import CARD_FILE, MANIFEST_FILE, REFERENCE_FILE, enter_champion, write_version
from flows.steps.risk_checklists import fill_checklists
from flows.steps.risk_fit import Fitted
from flows.steps.risk_read import Parts
from mltc.codelists import Codelists
from mltc.config import Config
from mltc.derive import index_dates
from mltc.quality.leakage import describe_leaks
from mltc.warehouse import Warehouse
from mltc.workspace import Workspace

Versions = dict[str, str | None]


def deploy(
    workspace: Workspace,
    codelists: Codelists,
    registry: Path,
    fitted: Sequence[Fitted],
    parts: Parts | None,
    leaks: Sequence[str] = (),
) -> Versions:
    """Enter the model in force for each outcome, storing it where it is new; version by outcome, None: no model.

    `leaks`: what the run found of features that look into the future, in words.
    """
    month = workspace.config.run.name
    versions: Versions = {}
    for each in fitted:
        version = None
        if each.winner is not None and parts is not None:
            version = _store(workspace.config, codelists, registry, each, parts, leaks)
        enter_champion(registry, each.outcome.key, month, version, each.decision)
        versions[each.outcome.key] = version
    return versions


def _store(
    config: Config, codelists: Codelists, registry: Path, fitted: Fitted, parts: Parts, leaks: Sequence[str]
) -> str:
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
        leakage_check=describe_check(fitted, leaks),
        population=f"People registered in {config.icb.name}",
    )
    version = f"{config.run.name}-{winner.candidate.key}"
    reference = fitted.reference if champion is None or winner.role == "challenger" else champion.reference
    records = {MANIFEST_FILE: manifest, CARD_FILE: card, REFERENCE_FILE: reference, **fill_checklists(card, manifest)}
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


def describe_check(fitted: Fitted, leaks: Sequence[str]) -> str:
    """What was looked for and found of leakage: what `read_guard` said, and too good a c-statistic."""
    from models.discrimination import discrimination_alarm

    told = list(leaks)
    if fitted.outcome.main:
        told.append(fitted.alarm or discrimination_alarm(fitted.winner.row["c_statistic"]).message)
    return " ".join(told)


def read_guard(warehouse: Warehouse) -> list[str]:
    """What the run found of features that look into the future."""
    if not warehouse.columns("meta.feature_leak"):
        return ["Whether features look into the future was not checked."]
    nothing = "Features were built again from what was known on the training date: none differs."
    return describe_leaks(warehouse) or [nothing]
