"""Every measure of one set of predictions, each with its interval, as one row."""

import math
from typing import Any

import numpy as np
import polars as pl

from models.bootstrap import REPLICATES, bootstrap_bounds, deviance_explained
from models.calibration import compute_calibration
from models.discrimination import (
    Interval,
    compute_auprc,
    compute_brier,
    compute_c_statistic,
    compute_scaled_brier,
)
from models.family import Family
from models.outcome import Predictions

MEASURES = (
    "c_statistic", "auprc", "deviance_explained", "calibration_slope", "calibration_intercept", "observed_expected",
    "brier", "scaled_brier", "ici", "e50", "e90",
)  # fmt: skip
COLUMNS = tuple(f"{measure}{bound}" for measure in MEASURES for bound in ("", "_lower", "_upper"))
PERFORMANCE_SCHEMA: dict[str, Any] = {
    "persons": pl.Int64,
    "events": pl.Int64,
    "expected": pl.Float64,
    **dict.fromkeys(COLUMNS, pl.Float64),
}
_Z95 = 1.959963984540054
Row = dict[str, int | float | None]


def measure_predictions(
    predictions: Predictions, family: Family, min_events: int, replicate_count: int = REPLICATES, seed: int = 0
) -> Row:
    """The columns of `PERFORMANCE_SCHEMA`; measures are None with fewer than `min_events` people with, or without,
    the outcome, and where a measure has no finite value. `events`: people with the outcome, or the sum of counts.
    """
    with_outcome = int((predictions.outcome > 0).sum())
    row: Row = {
        "persons": predictions.person_count,
        "events": predictions.event_count,
        "expected": float(predictions.risk.sum()),
        **dict.fromkeys(COLUMNS),
    }
    if min(with_outcome, predictions.person_count - with_outcome) < max(min_events, 1):
        return row
    found = _measure(predictions, family)
    estimates = {name: each.estimate for name, each in found.items()}
    for name, bounds in bootstrap_bounds(
        predictions, estimates, family, replicate_count=replicate_count, seed=seed
    ).items():
        if name != "brier":
            found[name] = Interval(estimates[name], *bounds)
    for name, each in found.items():
        row |= {f"{name}{end}": _finite(value) for end, value in zip(("", "_lower", "_upper"), each, strict=True)}
    return row


def _measure(predictions: Predictions, family: Family) -> dict[str, Interval]:
    calibration = compute_calibration(predictions, family)
    # of counts: does somebody with any stand above somebody with none?
    either = Predictions((predictions.outcome > 0).astype(np.float64), predictions.risk)
    found = {
        "c_statistic": compute_c_statistic(either),
        "calibration_slope": calibration.slope,
        "calibration_intercept": calibration.intercept,
        "observed_expected": compare_totals(predictions, family),
        "ici": _bare(calibration.ici),
        "e50": _bare(calibration.e50),
        "e90": _bare(calibration.e90),
    }
    if family == "poisson":
        return {**found, "deviance_explained": _bare(deviance_explained(predictions))}
    return {
        **found,
        "auprc": _bare(compute_auprc(predictions)),
        "brier": _measure_brier(predictions),
        "scaled_brier": _bare(compute_scaled_brier(predictions)),
    }


def compare_totals(predictions: Predictions, family: Family = "binomial") -> Interval:
    """Observed over expected, with a 95 % interval on the log scale; no interval where nothing was observed.

    Standard error of log(observed / expected): the root of (1 - observed / persons) / observed for people (Debray et
    al., BMJ 2017;356:i6460), the root of the summed squared errors over the observed for counts.
    """
    observed, expected = predictions.event_count, float(predictions.risk.sum())
    if not expected > 0 or not observed:
        return _bare(observed / expected if expected > 0 else float("nan"))
    if family == "binomial":
        error = math.sqrt((1 - observed / predictions.person_count) / observed)
    else:
        error = float(np.sqrt(((predictions.outcome - predictions.risk) ** 2).sum())) / observed
    ratio = observed / expected
    return Interval(ratio, ratio * math.exp(-_Z95 * error), ratio * math.exp(_Z95 * error))


def _measure_brier(predictions: Predictions) -> Interval:
    """A mean of squared errors, with the error of a mean."""
    squares = (predictions.outcome - predictions.risk) ** 2
    error = float(squares.std(ddof=1)) / math.sqrt(len(squares)) if len(squares) > 1 else float("nan")
    brier = compute_brier(predictions)
    return Interval(brier, max(0.0, brier - _Z95 * error), brier + _Z95 * error)


def _bare(value: float) -> Interval:
    return Interval(value, float("nan"), float("nan"))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
