"""TRIPOD+AI and PROBAST+AI filled from a model's card and manifest, never by hand."""

import string
from collections.abc import Mapping, Sequence
from typing import Any

from mltc.checklists import Checklist, ChecklistItem
from models.intended_purpose import FOR_THE_ICB

ANSWERED = {"run": "run", "method": "method of mltc", "icb": "ICB"}
Answer = dict[str, str]


def fill_checklist(checklist: Checklist, facts: Mapping[str, str]) -> dict[str, Any]:
    """Plain values for JSON: key, title, source, checked, left_to_icb (items) and items.

    items: number, section, item, answer and answered_by (`run`, `method of mltc` or `ICB`). Where a fact that an item
    asks for is missing, the item is left to the ICB.
    """
    items = [_answer(each, facts) for each in checklist.item]
    return {
        "key": checklist.key,
        "title": checklist.title,
        "source": checklist.source,
        "checked": checklist.checked,
        "left_to_icb": sum(each["answered_by"] == ANSWERED["icb"] for each in items),
        "items": items,
    }


def collect_facts(card: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, str]:
    """What a run knows of a model, by the names that the checklists use; a fact that is not known is left out.

    People as the card counts them, to the nearest five.
    """
    data, method, ethics = card["data"], card["methodology_and_training"], card["ethical_considerations"]
    intended, evaluation = card["intended_use"], card["evaluation_and_performance"]
    features = data["features"]
    facts: dict[str, Any] = {
        "model_name": card["specification"]["model_name"],
        "model_sha256": card["specification"]["model_sha256"],
        "outcome": str(manifest["outcome"]).replace("_", " "),
        "horizon_months": manifest["horizon_months"],
        "population": data["population"],
        "use": intended["use"],
        "users": intended["users"],
        "output": intended.get("output"),
        "training_date": data["training_index_date"],
        "validation_date": data["validation_index_date"],
        "training_people": _count(data["training_people"]),
        "training_events": _count(data["training_people_with_outcome"]),
        "validation_people": _count(data["validation_people"]),
        "validation_events": _count(data["validation_people_with_outcome"]),
        "feature_count": len(features),
        "events_per_feature": _ratio(data["training_people_with_outcome"], len(features)),
        "practices": len(manifest["held_out_practices"]) or None,
        "maximum_persons": _count(manifest["sample"].get("maximum_persons")),
        "codelist_version": data["codelist_version"],
        "seed": manifest["seed"],
        "missing_values": method["missing_values"],
        "class_balance": method["class_balance"],
        "split": method["split"],
        "selection": method["selection"],
        "recalibration": method["recalibration"],
        "decision": manifest["decisions"].get("model in use"),
        "leakage": evaluation["leakage_check"],
        "candidates": ", ".join(str(each["model_name"]) for each in evaluation["candidates"]),
        "wrong_groups": "; ".join(ethics["groups_with_wrong_risks"]) or "none",
        "untested_groups": ", ".join(ethics["groups_too_small_to_test"]) or "none",
        "caveats": " ".join(card["caveats"]["caveats"]),
        **_measures(evaluation["candidates"], manifest["model_key"]),
    }
    return {name: str(value) for name, value in facts.items() if value not in (None, "", FOR_THE_ICB)}


def _answer(item: ChecklistItem, facts: Mapping[str, str]) -> Answer:
    asked = {name for _, name, _, _ in string.Formatter().parse(item.answer) if name}
    by = item.by if asked <= set(facts) else "icb"
    answer = FOR_THE_ICB if by == "icb" else item.answer.format(**facts)
    words = {"number": item.number, "section": item.section, "item": item.item}
    return {**words, "answer": answer, "answered_by": ANSWERED[by]}


def _measures(candidates: Sequence[Mapping[str, Any]], key: str) -> dict[str, str | None]:
    chosen: Mapping[str, Any] = next((each for each in candidates if each["model"] == key), {})
    decimals = {"c_statistic": 3, "calibration_slope": 2, "calibration_intercept": 2, "observed_expected": 2, "ici": 4}
    return {name: _bounded(chosen, name, digits) for name, digits in decimals.items()}


def _bounded(row: Mapping[str, Any], name: str, digits: int) -> str | None:
    values = [row.get(f"{name}{end}") for end in ("", "_lower", "_upper")]
    if values[0] is None:
        return None
    shown = [f"{value:.{digits}f}" for value in values if value is not None]
    return f"{shown[0]} ({shown[1]} to {shown[2]})" if len(shown) == 3 else shown[0]


def _count(count: int | None) -> str | None:
    return None if count is None else f"{count:,}"


def _ratio(events: int | None, features: int) -> str | None:
    return f"{events / features:.1f}" if events is not None and features else None
