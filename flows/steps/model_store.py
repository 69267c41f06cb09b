"""The fitted model with its manifest and card, in the work folder."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from mltc.codelists import Codelists
from mltc.derive import index_dates
from mltc.workspace import Workspace

OUTCOME = "unplanned_admission"


@dataclass(frozen=True)
class Fitted:
    """The chosen candidate with what the run shows of it."""

    candidate: Any
    performance: pl.DataFrame
    subgroups: pl.DataFrame
    calibration: pl.DataFrame
    decisions: dict[str, str]
    alarm: str | None
    training_counts: tuple[int, int]


def store_model(workspace: Workspace, codelists: Codelists, fitted: Fitted) -> None:
    """Write the model (skops), its training manifest and its card as JSON."""
    from models.card import build_card
    from models.registry import dump_model, training_manifest

    config, candidate = workspace.config, fitted.candidate
    dates = index_dates(config)
    content = dump_model(candidate.model)
    manifest = training_manifest(
        model_key=candidate.key,
        model_name=candidate.name,
        outcome=OUTCOME,
        feature_names=candidate.feature_names,
        codelist_version=codelists.version,
        training_date=dates["training"],
        validation_date=dates["validation"],
        horizon_months=config.risk.horizon_months,
        person_count=fitted.training_counts[0],
        event_count=fitted.training_counts[1],
        seed=config.run.seed,
        model_bytes=content,
        decisions=fitted.decisions,
    )
    card = build_card(
        manifest,
        fitted.performance,
        fitted.subgroups,
        decision=fitted.decisions["selection"],
        alarm=fitted.alarm,
        population=f"People registered in {config.icb.name}",
    )
    folder = workspace.build_models
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{OUTCOME}.skops").write_bytes(content)
    for name, record in (("manifest", manifest), ("card", card)):
        text = json.dumps(record, indent=2, sort_keys=True, default=_plain)
        (folder / f"{OUTCOME}.{name}.json").write_text(text + "\n", encoding="utf-8")


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no place in a manifest")
