"""The risk of every outcome: read, fit, hold against the champion, score, show."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from flows.steps.champion import read_champion
from flows.steps.model_store import find_champion, read_held_out, start_registry
from flows.steps.notes import replace_notes
from flows.steps.risk_change import explain_changes
from flows.steps.risk_checklists import write_checklists
from flows.steps.risk_deploy import deploy, read_guard
from flows.steps.risk_fit import Fitted, add_refits, fit_outcome
from flows.steps.risk_last import carry_last_scores
from flows.steps.risk_notes import describe_risk, describe_unfitted
from flows.steps.risk_read import Parts, read_parts
from flows.steps.risk_reason import explain_people
from flows.steps.risk_score import build_table, score_people
from flows.steps.risk_seen import read_seen
from flows.steps.risk_write import read_months, write_tables
from mltc.checksums import hash_folder
from mltc.codelists import Codelists
from mltc.kept import Folder, keep_or_make, read_settings, read_sql
from mltc.progress import tell
from mltc.quality.coverage.abstention import (
    describe_prevalence_gap,
    describe_provider_gap,
    describe_risk_gap,
    list_abstentions,
    read_abstentions,
)
from mltc.risk_catalogue import Outcome, load_outcomes
from mltc.warehouse import Warehouse, read_value
from mltc.workspace import Workspace


def score_risk(workspace: Workspace, codelists: Codelists) -> dict[str, int]:
    """Write schema `risk` and the registry of models; where data are too few, nobody is scored, and a note says so.

    People of practices that failed coverage are neither scored nor used: `risk.abstention` has them, with the reason.
    Kept, models and scores, where nothing has changed that they depend on.
    """
    registry = start_registry(workspace)
    given = {
        "settings": read_settings(workspace.config),
        "codelists": codelists.version,
        "registry": hash_folder(registry),
        "sql": read_sql("risk"),
    }
    with workspace.open_build() as warehouse:
        carry_last_scores(warehouse, workspace.warehouse, workspace.config.run.index_date)
    folder = Folder(registry, workspace.models)
    return keep_or_make(workspace, "risk", given, lambda: _score(workspace, codelists, registry), folder=folder)


def _score(workspace: Workspace, codelists: Codelists, registry: Path) -> dict[str, int]:
    outcomes = load_outcomes()
    months = read_months(workspace)
    with workspace.open_build() as warehouse:
        failed = read_abstentions(warehouse)
        warehouse.write("risk.abstention", list_abstentions(warehouse, failed))
        parts, why = _read(warehouse, workspace, registry, outcomes, failed)
        fitted, unfitted = _fit_all(workspace, codelists, registry, outcomes, parts)
        if why and _someone_is_covered(warehouse):
            unfitted = dict.fromkeys((each.key for each in outcomes), why)
        versions = deploy(workspace, codelists, registry, fitted, parts, read_guard(warehouse))
        write_tables(warehouse, outcomes, fitted, versions, parts, months, workspace.config)
        write_checklists(warehouse, registry, versions)
        in_force = [(each.outcome, each.winner.candidate) for each in fitted if each.winner]
        rows, untold = _tell_people(warehouse, workspace, codelists, registry, in_force, failed)
        notes = [*describe_unfitted(outcomes, unfitted), *describe_risk(fitted), *untold]
        replace_notes(warehouse, "risk", [*notes, *describe_risk_gap(failed)])
        replace_notes(warehouse, "prevalence of practices", describe_prevalence_gap(failed))
        replace_notes(warehouse, "feed of providers", describe_provider_gap(warehouse))
        return rows


def _read(
    warehouse: Warehouse, workspace: Workspace, registry: Path, outcomes: Sequence[Outcome], failed: pl.DataFrame
) -> tuple[Parts | None, str | None]:
    """The parts, or why there are none."""
    from models.errors import TooLittleData

    tell("reading features")
    held_out, seen = _find_held_out(registry, outcomes, workspace.config.run.name), read_seen(workspace)
    try:
        return read_parts(warehouse, workspace.config, failed, held_out, seen), None
    except TooLittleData as error:
        warehouse.write("risk.seen_person", seen)
        return None, str(error)


def _find_held_out(registry: Path, outcomes: Sequence[Outcome], month: str) -> tuple[str, ...]:
    """Practices that no champion has seen: those of the main outcome's or, without it, of the first that has one."""
    for outcome in sorted(outcomes, key=lambda each: not each.main):
        if held_out := read_held_out(registry, outcome.key, find_champion(registry, outcome.key, month)):
            return held_out
    return ()


def _fit_all(
    workspace: Workspace, codelists: Codelists, registry: Path, outcomes: Sequence[Outcome], parts: Parts | None
) -> tuple[list[Fitted], dict[str, str]]:
    """What was found for each outcome, and why nothing could be for the others."""
    from models.errors import TooLittleData

    fitted: list[Fitted] = []
    unfitted: dict[str, str] = {}
    if parts is None:
        return fitted, unfitted
    from models.threads import map_fits

    config = workspace.config
    available = tuple(each.key for each in parts.features)
    people = parts

    def fit(outcome: Outcome) -> Fitted | str:
        champion: Any = read_champion(registry, outcome.key, config.run.name, available, codelists.version)
        try:
            return add_refits(fit_outcome(config, people, outcome, champion), people, config.risk.interval_refits)
        except TooLittleData as error:
            return str(error)

    tell("fitting risk models")
    for outcome, found in zip(outcomes, map_fits(fit, outcomes, config.engine.threads), strict=True):
        if isinstance(found, str):
            unfitted[outcome.key] = found
        else:
            fitted.append(found)
    return fitted, unfitted


def _tell_people(
    warehouse: Warehouse,
    workspace: Workspace,
    codelists: Codelists,
    registry: Path,
    in_force: Sequence[tuple[Outcome, Any]],
    failed: pl.DataFrame,
) -> tuple[dict[str, int], list[str]]:
    """Everybody's risk, its reasons, what moved it, and what could be done: rows by table, and what cannot be told."""
    config = workspace.config
    rows = {
        "person_risk": score_people(warehouse, config, in_force, failed),
        "person_reason": explain_people(warehouse, config, in_force),
        "person_impactability": build_table(warehouse, config, "risk.person_impactability"),
        "codelist_content": build_table(warehouse, config, "risk.codelist_content"),
    }
    return rows, explain_changes(warehouse, config, codelists, registry, in_force)


def _someone_is_covered(warehouse: Warehouse) -> bool:
    """Whether anybody in the register has a practice whose feed did not fail; else the notes on feeds say why."""
    return bool(
        read_value(
            warehouse,
            "select count(*) from register.person where person_id not in (select person_id from risk.abstention)",
        )
    )
