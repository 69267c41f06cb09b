"""When the model says 20 %, do 20 in 100 have the outcome?"""

from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import expit

from models.discrimination import Interval
from models.logistic_fit import LogisticFit, fit_logistic
from models.outcome import Predictions, compute_log_odds
from models.patterns import FloatArray
from models.spline import place_knots, spread_spline

_NAN = Interval(float("nan"), float("nan"), float("nan"))
_Z95 = 1.959963984540054


class Calibration(NamedTuple):
    """Calibration in one row; nan where it cannot be estimated."""

    intercept: Interval
    """Calibration-in-the-large: 0 ideal, above 0 the risks are too low. Log-odds."""
    slope: Interval
    """1 ideal; below 1 the risks are too extreme (overfitted), above 1 too timid."""
    observed_expected: float
    """Persons with the outcome / sum of the risks: 1 ideal."""
    ici: float
    """Integrated calibration index: mean |smooth observed - predicted|, on the risk scale."""
    e50: float
    """Median of the same."""
    e90: float
    """90th percentile of the same."""


def compute_calibration(predictions: Predictions) -> Calibration:
    """Intercept (slope fixed at 1), slope, observed/expected, ICI, E50 and E90.

    Intercept: logistic regression of the outcome on a constant with the log-odds as offset; slope: on the
    log-odds with a free constant (Cox, Biometrika 1958;45:562; Van Calster et al., BMC Med 2019;17:230).
    ICI, E50, E90: Austin and Steyerberg, Stat Med 2019;38:4051, with `smooth_calibration`.
    """
    expected = float(predictions.risk.sum())
    observed_expected = predictions.event_count / expected if expected > 0 else float("nan")
    if not predictions.has_both_outcomes:
        return Calibration(_NAN, _NAN, observed_expected, float("nan"), float("nan"), float("nan"))
    log_odds = compute_log_odds(predictions.risk)
    ones = np.ones((predictions.person_count, 1))
    intercept = _read(fit_logistic(ones, predictions.outcome, offset=log_odds), 0)
    slope = _NAN
    if np.ptp(log_odds) > 0:
        slope = _read(fit_logistic(np.column_stack([ones, log_odds]), predictions.outcome), 1)
    distance = np.abs(smooth_calibration(predictions) - predictions.risk)
    e50, e90 = np.quantile(distance, [0.5, 0.9])
    return Calibration(intercept, slope, observed_expected, float(distance.mean()), float(e50), float(e90))


def smooth_calibration(predictions: Predictions) -> FloatArray:
    """(persons,): smooth observed risk at each predicted risk.

    Logistic regression on a restricted cubic spline of the log-odds with knots at fixed quantiles (Harrell
    2015), unpenalised: the parametric one of the two curves in Austin and Steyerberg 2019. Where the risks
    have too few distinct quantiles for a spline, a straight line in the log-odds.
    """
    log_odds = compute_log_odds(predictions.risk)
    centred = log_odds - log_odds.mean()
    design = np.column_stack([np.ones(len(centred)), spread_spline(centred, place_knots(centred))])
    smooth: FloatArray = expit(design @ fit_logistic(design, predictions.outcome).coefficients)
    return smooth


def build_calibration_table(predictions: Predictions, group_count: int = 10) -> pl.DataFrame:
    """One row per tenth of predicted risk, lowest first: decile (1-10), persons, events,
    mean_predicted_risk [0, 1], observed_risk [0, 1].

    Equal risks stay together, so that deciles may differ in size and one may be missing.
    """
    edges = np.quantile(predictions.risk, np.arange(1, group_count) / group_count)
    decile = np.searchsorted(edges, predictions.risk, side="left") + 1
    frame = pl.DataFrame({"decile": decile.astype(np.int64), "outcome": predictions.outcome, "risk": predictions.risk})
    return (
        frame.group_by("decile")
        .agg(
            persons=pl.len().cast(pl.Int64),
            events=pl.col("outcome").sum().cast(pl.Int64),
            mean_predicted_risk=pl.col("risk").mean(),
            observed_risk=pl.col("outcome").mean(),
        )
        .sort("decile")
    )


def _read(fit: LogisticFit, position: int) -> Interval:
    if not fit.is_converged:
        return _NAN
    estimate, error = float(fit.coefficients[position]), float(fit.standard_errors[position])
    return Interval(estimate, estimate - _Z95 * error, estimate + _Z95 * error)
