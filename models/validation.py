"""How good a risk model is, for everyone and for each group."""

import numpy.typing as npt
import polars as pl

from models.bootstrap import REPLICATES
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
from models.family import Family
from models.measures import PERFORMANCE_SCHEMA, measure_predictions
from models.outcome import Predictions, check_counts, check_predictions

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

_MIN_GROUP_EVENTS = 10  # fewer events (or non-events) in a group: counts only, no measure
LEAST_RATIO, MOST_RATIO = 0.9, 1.1  # observed/expected beyond which a group is said to be predicted wrongly ...
LEAST_EXPECTED = 200.0  # ... where so many events are expected; fewer leave the ratio to chance


def compute_performance(
    outcome: npt.ArrayLike,
    predicted_risk: npt.ArrayLike,
    min_events: int = 2,
    *,
    family: Family = "binomial",
    replicate_count: int = REPLICATES,
) -> dict[str, int | float | None]:
    """The columns of `PERFORMANCE_SCHEMA`; measures are None with fewer than `min_events` events or
    non-events, and where a measure has no finite value.
    """
    predictions = check(outcome, predicted_risk, family)
    return measure_predictions(predictions, family, min_events, replicate_count)


def check(outcome: npt.ArrayLike, predicted: npt.ArrayLike, family: Family) -> Predictions:
    """`check_predictions` of risks, `check_counts` of expected counts."""
    return check_predictions(outcome, predicted) if family == "binomial" else check_counts(outcome, predicted)


def build_subgroup_table(
    outcome: npt.ArrayLike,
    predicted_risk: npt.ArrayLike,
    groups: pl.DataFrame,
    min_events: int = _MIN_GROUP_EVENTS,
    *,
    family: Family = "binomial",
    replicate_count: int = REPLICATES,
) -> pl.DataFrame:
    """One row for all and one per group: group_type, group_value, `PERFORMANCE_SCHEMA`, warning (see `warn`).

    `groups`: one row per person in the same order, one column per group type (age_band, sex, ...); a missing
    value is the group "unknown". Rows are sorted by column order, then by group value.
    """
    predictions = check(outcome, predicted_risk, family)
    if groups.height != predictions.person_count:
        raise ValueError(f"Expected one row of groups per person: {predictions.person_count}; found {groups.height}.")

    def measure(kind: str, value: str, members: Predictions) -> dict[str, int | float | str | None]:
        row = measure_predictions(members, family, min_events, replicate_count)
        return {"group_type": kind, "group_value": value, **row, "warning": warn(row)}

    rows = [measure("all", "all", predictions)]
    for column in groups.columns:
        values = groups[column].cast(pl.String).fill_null("unknown").to_numpy()
        for value in sorted(set(values.tolist())):
            is_member = values == value
            part = Predictions(predictions.outcome[is_member], predictions.risk[is_member])
            rows.append(measure(column, value, part))
    schema = {"group_type": pl.String, "group_value": pl.String, **PERFORMANCE_SCHEMA, "warning": pl.String}
    return pl.DataFrame(rows, schema=schema)


def warn(row: dict[str, int | float | None]) -> str | None:
    """What is wrong with the risks of a group, or None: too low or too high, and by more than chance or by much.

    "by much": observed/expected outside 0.9 to 1.1 where over 200 events are expected. "beyond chance": its 95 %
    interval excludes 1; of twenty groups without fault one is expected to show that.
    """
    ratio, lower, upper = (row[f"observed_expected{end}"] for end in ("", "_lower", "_upper"))
    if ratio is None or lower is None or upper is None:
        return None
    direction = "under-predicted" if ratio > 1 else "over-predicted"
    if not LEAST_RATIO <= ratio <= MOST_RATIO and (row["expected"] or 0) > LEAST_EXPECTED:
        return f"{direction} by much"
    return f"{direction} beyond chance" if lower > 1 or upper < 1 else None
