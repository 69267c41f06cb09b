"""The model card: what a reader must know before using a risk, filled from the run and never by hand.

Headings follow NHS England's model card template (github.com/nhsengland/model-card): specification, intended
use, data, methodology and training, evaluation and performance, ethical considerations, caveats.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from models.intended_purpose import FOR_THE_ICB, state_purpose

_ROUND_TO = 5  # people are counted to the nearest five in anything that may be published

Card = dict[str, dict[str, Any]]


def build_card(
    manifest: Mapping[str, Any],
    performance: pl.DataFrame,
    subgroups: pl.DataFrame,
    *,
    decision: str,
    recalibration: str | None = None,
    leakage_check: str | None = None,
    population: str | None = None,
) -> Card:
    """Sections with plain values, for JSON or a page.

    `manifest` as `training_manifest` made it; `performance` as `evaluate_candidates` made it, all candidates;
    `subgroups` as `build_subgroup_table` made it for the chosen one. Every count of people is rounded to the
    nearest five; groups too small to measure have none. What no run can know says "for the ICB to complete".
    """
    chosen = performance.filter(pl.col("model") == manifest["model_key"])
    if chosen.height != 1:
        raise ValueError(
            f"Expected one performance row for {manifest['model_key']}; found {chosen.height} among "
            f"{', '.join(performance['model'])}."
        )
    row = chosen.row(0, named=True)
    return {
        "specification": _build_specification(manifest),
        "intended_use": state_purpose(manifest, is_count=row.get("deviance_explained") is not None),
        "data": _build_data(manifest, row, population),
        "methodology_and_training": _build_methodology(manifest, decision, recalibration),
        "evaluation_and_performance": _build_evaluation(performance, subgroups, leakage_check),
        "ethical_considerations": _build_ethics(subgroups),
        "caveats": _build_caveats(manifest),
    }


def round_people(count: int | None) -> int | None:
    """Nearest five, halves up; None stays None."""
    return None if count is None else (count + _ROUND_TO // 2) // _ROUND_TO * _ROUND_TO


def _build_specification(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "model_name": manifest["model_name"],
        "model_type": manifest["model_key"],
        "model_sha256": manifest["model_sha256"],
        "library_versions": manifest["library_versions"],
        "developer": FOR_THE_ICB,
        "contact": FOR_THE_ICB,
        "release_date": FOR_THE_ICB,
        "licence": FOR_THE_ICB,
    }


def _build_data(manifest: Mapping[str, Any], chosen: Mapping[str, Any], population: str | None) -> dict[str, Any]:
    return {
        "population": population or FOR_THE_ICB,
        "training_index_date": manifest["training_date"],
        "validation_index_date": manifest["validation_date"],
        "training_people": round_people(manifest["person_count"]),
        "training_people_with_outcome": round_people(manifest["event_count"]),
        "validation_people": round_people(chosen["persons"]),
        "validation_people_with_outcome": round_people(chosen["events"]),
        "features": manifest["feature_names"],
        "codelist_version": manifest["codelist_version"],
        "legal_basis": FOR_THE_ICB,
        "data_protection_impact_assessment": FOR_THE_ICB,
    }


def _build_methodology(manifest: Mapping[str, Any], decision: str, recalibration: str | None) -> dict[str, Any]:
    return {
        "selection": decision,
        "recalibration": recalibration or "Not recalibrated: no later complete year was given.",
        "missing_values": "Kept as missing: an indicator in linear models, a branch of their own in trees.",
        "class_balance": "Nobody reweighted or resampled.",
        "split": "Trained at the earlier date; validated at the later date in practices held out of training.",
        "seed": manifest["seed"],
        "other_decisions": manifest["decisions"],
    }


def _build_evaluation(performance: pl.DataFrame, subgroups: pl.DataFrame, leakage_check: str | None) -> dict[str, Any]:
    return {
        "candidates": _list_rows(performance),
        "subgroups": _list_rows(subgroups),
        "leakage_check": leakage_check or "Not run.",
        "local_clinical_evaluation": FOR_THE_ICB,
    }


def _build_ethics(subgroups: pl.DataFrame) -> dict[str, Any]:
    """Groups whose observed/expected ratio is over 10 % off and whose intercept's interval excludes chance."""
    misfit = subgroups.filter(
        (pl.col("group_type") != "all")
        & ((pl.col("observed_expected") - 1).abs() > 0.10)
        & ((pl.col("calibration_intercept_lower") > 0) | (pl.col("calibration_intercept_upper") < 0))
    )
    warnings = [
        f"{row['group_type']} {row['group_value']}: risks are too "
        f"{'low' if row['observed_expected'] > 1 else 'high'} (observed/expected {row['observed_expected']:.2f})"
        for row in misfit.iter_rows(named=True)
    ]
    untested = subgroups.filter(pl.col("c_statistic").is_null()).select("group_type", "group_value").rows()
    return {
        "groups_with_wrong_risks": warnings,
        "groups_too_small_to_test": [f"{kind} {value}" for kind, value in untested],
        "equality_impact_assessment": FOR_THE_ICB,
        "public_involvement": FOR_THE_ICB,
    }


def _build_caveats(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "caveats": [
            "Past use of care reflects access as well as illness: unmet need can look like low risk.",
            "A prediction assumes that care goes on as it did between the two index dates.",
            "Intervals say how far a risk would move with another sample, not how sure an outcome is.",
            f"Valid for codelists {manifest['codelist_version']} and these features only.",
        ],
        "local_caveats": FOR_THE_ICB,
    }


def _list_rows(frame: pl.DataFrame) -> Sequence[dict[str, Any]]:
    """Rows as dicts; a group too small to measure is too small to count in public, rounded or not."""
    rows = []
    for row in frame.iter_rows(named=True):
        is_measured = row["c_statistic"] is not None
        counts = {name: round_people(row[name]) if is_measured else None for name in ("persons", "events")}
        rows.append({**row, **counts})
    return rows
