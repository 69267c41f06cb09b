"""Checklists of a model: beside its card in the registry, and as `risk.checklist` for the release."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from flows.steps.model_store import CARD_FILE, MANIFEST_FILE
from flows.steps.risk_tables import SCHEMAS, shape
from mltc.checklists import load_checklists
from mltc.warehouse import Warehouse


def fill_checklists(card: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """checklist_<key>.json by file name, filled from a card and a manifest as they are stored."""
    from models.checklists import collect_facts, fill_checklist

    facts = collect_facts(card, manifest)
    return {f"checklist_{each.key}.json": fill_checklist(each, facts) for each in load_checklists()}


def write_checklists(warehouse: Warehouse, registry: Path, versions: Mapping[str, str | None]) -> None:
    """`risk.checklist`: one row per outcome, checklist and item, of every model in force."""
    frames = [
        _list_items(outcome, checklist)
        for outcome, version in versions.items()
        if version
        for checklist in _fill_stored(registry / outcome / version).values()
    ]
    warehouse.write("risk.checklist", shape("checklist", frames))


def _fill_stored(place: Path) -> dict[str, dict[str, Any]]:
    """Of a stored model; of one that an earlier version of mltc stored, as far as its card tells."""
    card, manifest = (json.loads((place / name).read_text(encoding="utf-8")) for name in (CARD_FILE, MANIFEST_FILE))
    return fill_checklists(card, manifest)


def _list_items(outcome: str, checklist: Mapping[str, Any]) -> pl.DataFrame:
    rows = [
        {"outcome": outcome, "checklist": checklist["title"], "source": checklist["source"], "sort_key": place, **item}
        for place, item in enumerate(checklist["items"], start=1)
    ]
    return pl.DataFrame(rows, schema=SCHEMAS["checklist"])
