"""Columns of the tables of schema `risk`: long, one number a row, each with its lower and upper limit."""

from collections.abc import Sequence
from typing import Any

import polars as pl

PREDICTED_SCHEMA = {
    "person_id": pl.String,
    "outcome": pl.String,
    **dict.fromkeys(
        (
            "predicted_risk",
            "predicted_risk_lower",
            "predicted_risk_upper",
            "predicted_count",
            "predicted_count_lower",
            "predicted_count_upper",
        ),
        pl.Float64,
    ),
}
REASON_SCHEMA = {
    "person_id": pl.String,
    "outcome": pl.String,
    "direction": pl.String,
    "rank": pl.Int64,
    "feature": pl.String,
    "value": pl.Float64,
}
_MEASURED = {
    "persons": pl.Int64,
    "events": pl.Int64,
    "measure": pl.String,
    "estimate": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "outcome": {
        "outcome": pl.String,
        "outcome_name": pl.String,
        "kind": pl.String,
        "is_main": pl.Boolean,
        "sort_key": pl.Int64,
        "model_version": pl.String,
        "decision": pl.String,
    },
    "performance": {
        "outcome": pl.String,
        "model": pl.String,
        "model_name": pl.String,
        "sort_key": pl.Int64,
        "is_chosen": pl.String,
        **_MEASURED,
    },
    "subgroup": {
        "outcome": pl.String,
        "model": pl.String,
        "model_name": pl.String,
        "group_type": pl.String,
        "group_value": pl.String,
        "sort_key": pl.Int64,
        "expected": pl.Float64,
        "warning": pl.String,
        **_MEASURED,
    },
    "selection": {
        "outcome": pl.String,
        "step": pl.String,
        "sort_key": pl.Int64,
        "is_passed": pl.Boolean,
        "decision": pl.String,
    },
    "calibration": {
        "outcome": pl.String,
        "kind": pl.String,
        "position": pl.Int64,
        "persons": pl.Int64,
        "events": pl.Int64,
        "predicted": pl.Float64,
        "observed": pl.Float64,
        "lower": pl.Float64,
        "upper": pl.Float64,
    },
    "capacity": {
        "outcome": pl.String,
        "capacity_percent": pl.Float64,
        "threshold": pl.Float64,
        **{name: kind for name, kind in _MEASURED.items() if name != "events"},
    },
    "stability": {
        "outcome": pl.String,
        "feature": pl.String,
        "stability_index": pl.Float64,
        "lower": pl.Float64,
        "upper": pl.Float64,
        "reading": pl.String,
        "persons_then": pl.Int64,
        "persons_now": pl.Int64,
    },
    "monthly": {
        "outcome": pl.String,
        "model_version": pl.String,
        "scored_date": pl.Date,
        "known_date": pl.Date,
        "decile": pl.Int64,
        "persons": pl.Int64,
        "observed": pl.Float64,
        "expected": pl.Float64,
        "ratio": pl.Float64,
        "lower": pl.Float64,
        "upper": pl.Float64,
    },
    "alarm": {"outcome": pl.String, "alarm": pl.String},
    "validation_person": {
        "outcome": pl.String,
        "person_id": pl.String,
        "predicted": pl.Float64,
        "observed": pl.Float64,
        "unplanned_admissions": pl.Int64,
    },
    "checklist": {
        "outcome": pl.String,
        "checklist": pl.String,
        "source": pl.String,
        "sort_key": pl.Int64,
        "number": pl.String,
        "section": pl.String,
        "item": pl.String,
        "answer": pl.String,
        "answered_by": pl.String,
    },
    "unit_cost": {"unit": pl.String, "gbp": pl.Float64, "gbp_per_year": pl.Float64, "source": pl.String},
}


def shape(name: str, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The parts of a table, one below the other, with its columns in its order."""
    schema = SCHEMAS[name]
    parts = [frame.select(pl.col(column).cast(kind) for column, kind in schema.items()) for frame in frames]
    return pl.concat([pl.DataFrame(schema=schema), *parts])


def lengthen(frame: pl.DataFrame, keys: Sequence[str], measures: Sequence[str]) -> pl.DataFrame:
    """One row per row and measure that has a value: keys, measure, estimate, lower, upper; order kept."""
    numbered = frame.with_row_index("_row")
    parts = [
        numbered.select(
            "_row",
            *keys,
            _measure=pl.lit(position),
            measure=pl.lit(name),
            estimate=name,
            lower=f"{name}_lower",
            upper=f"{name}_upper",
        )
        for position, name in enumerate(measures)
    ]
    long = pl.concat(parts).sort("_row", "_measure").drop("_row", "_measure")
    return long.filter(pl.col("estimate").is_not_null() | (pl.col("measure") == measures[0]))
