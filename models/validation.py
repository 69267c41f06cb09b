"""How good a risk model is, for everyone and for each group."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from models.calibration import build_calibration_table, compute_calibration, smooth_calibration
from models.capacity import build_capacity_table, build_net_benefit_table
from models.discrimination import (
    compute_auprc,
    compute_bootstrap_interval,
    compute_brier,
    compute_c_statistic,
    compute_scaled_brier,
    discrimination_alarm,
)
from models.outcome import Predictions, check_predictions

__all__ = [
    "PERFORMANCE_SCHEMA",
    "build_calibration_table",
    "build_capacity_table",
    "build_net_benefit_table",
    "build_subgroup_table",
    "check_predictions",
    "compute_auprc",
    "compute_bootstrap_interval",
    "compute_brier",
    "compute_c_statistic",
    "compute_calibration",
    "compute_performance",
    "compute_scaled_brier",
    "discrimination_alarm",
    "smooth_calibration",
]

_MEASURES = (
    "c_statistic", "c_statistic_lower", "c_statistic_upper", "auprc", "calibration_slope",
    "calibration_slope_lower", "calibration_slope_upper", "calibration_intercept",
    "calibration_intercept_lower", "calibration_intercept_upper", "observed_expected", "brier",
    "scaled_brier", "ici", "e50", "e90",
)  # fmt: skip
PERFORMANCE_SCHEMA: dict[str, Any] = {
    "persons": pl.Int64,
    "events": pl.Int64,
    **dict.fromkeys(_MEASURES, pl.Float64),
}
_MIN_GROUP_EVENTS = 10  # fewer events (or non-events) in a group: counts only, no measure


def compute_performance(
    outcome: npt.ArrayLike, predicted_risk: npt.ArrayLike, min_events: int = 2
) -> dict[str, int | float | None]:
    """The columns of `PERFORMANCE_SCHEMA`; measures are None with fewer than `min_events` events or
    non-events, and where a measure has no finite value.
    """
    predictions = check_predictions(outcome, predicted_risk)
    persons, events = predictions.person_count, predictions.event_count
    row: dict[str, int | float | None] = {"persons": persons, "events": events, **dict.fromkeys(_MEASURES)}
    if min(events, persons - events) >= max(min_events, 1):
        row |= {name: _finite(value) for name, value in _measure(predictions).items()}
    return row


def build_subgroup_table(
    outcome: npt.ArrayLike,
    predicted_risk: npt.ArrayLike,
    groups: pl.DataFrame,
    min_events: int = _MIN_GROUP_EVENTS,
) -> pl.DataFrame:
    """One row for all and one per group: group_type, group_value, then `PERFORMANCE_SCHEMA`.

    `groups`: one row per person in the same order, one column per group type (age_band, sex, ...); a missing
    value is the group "unknown". Rows are sorted by column order, then by group value.
    """
    predictions = check_predictions(outcome, predicted_risk)
    if groups.height != predictions.person_count:
        raise ValueError(f"Expected one row of groups per person: {predictions.person_count}; found {groups.height}.")
    rows = [{"group_type": "all", "group_value": "all", **_perform(predictions, None, min_events)}]
    for column in groups.columns:
        values = groups[column].cast(pl.String).fill_null("unknown").to_numpy()
        for value in sorted(set(values.tolist())):
            rows.append(
                {
                    "group_type": column,
                    "group_value": value,
                    **_perform(predictions, values == value, min_events),
                }
            )
    return pl.DataFrame(rows, schema={"group_type": pl.String, "group_value": pl.String, **PERFORMANCE_SCHEMA})


def _perform(
    predictions: Predictions, members: npt.NDArray[np.bool_] | None, min_events: int
) -> dict[str, int | float | None]:
    if members is None:
        return compute_performance(*predictions, min_events=min_events)
    return compute_performance(predictions.outcome[members], predictions.risk[members], min_events)


def _measure(predictions: Predictions) -> dict[str, float]:
    c_statistic = compute_c_statistic(predictions)
    calibration = compute_calibration(predictions)
    return {
        "c_statistic": c_statistic.estimate,
        "c_statistic_lower": c_statistic.lower,
        "c_statistic_upper": c_statistic.upper,
        "auprc": compute_auprc(predictions),
        "calibration_slope": calibration.slope.estimate,
        "calibration_slope_lower": calibration.slope.lower,
        "calibration_slope_upper": calibration.slope.upper,
        "calibration_intercept": calibration.intercept.estimate,
        "calibration_intercept_lower": calibration.intercept.lower,
        "calibration_intercept_upper": calibration.intercept.upper,
        "observed_expected": calibration.observed_expected,
        "brier": compute_brier(predictions),
        "scaled_brier": compute_scaled_brier(predictions),
        "ici": calibration.ici,
        "e50": calibration.e50,
        "e90": calibration.e90,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
