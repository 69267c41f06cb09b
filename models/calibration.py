"""When the model says 20 %, do 20 in 100 have the outcome?"""

from typing import NamedTuple

import numpy as np
import polars as pl

from models.discrimination import Interval
from models.family import Family, compute_mean
from models.logistic_fit import LogisticFit, fit_log_linear, fit_logistic
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


def compute_calibration(predictions: Predictions, family: Family = "binomial") -> Calibration:
    """Intercept (slope fixed at 1), slope, observed/expected, ICI, E50 and E90.

    Of counts (family "poisson", `check_counts`) the logarithm of the expected count stands for the log-odds, and ICI,
    E50 and E90 are in the unit of the count.

    Intercept: logistic regression of the outcome on a constant with the log-odds as offset; slope: on the
    log-odds with a free constant (Cox, Biometrika 1958;45:562; Van Calster et al., BMC Med 2019;17:230).
    ICI, E50, E90: Austin and Steyerberg, Stat Med 2019;38:4051, with `smooth_calibration`.
    """
    expected = float(predictions.risk.sum())
    observed_expected = predictions.event_count / expected if expected > 0 else float("nan")
    if not np.ptp(predictions.outcome):
        return Calibration(_NAN, _NAN, observed_expected, float("nan"), float("nan"), float("nan"))
    fit = fit_logistic if family == "binomial" else fit_log_linear
    linear = compute_linear(predictions.risk, family)
    ones = np.ones((predictions.person_count, 1))
    intercept = _read(fit(ones, predictions.outcome, offset=linear), 0)
    slope = _NAN
    if np.ptp(linear) > 0:
        slope = _read(fit(np.column_stack([ones, linear]), predictions.outcome), 1)
    distance = np.abs(smooth_calibration(predictions, family) - predictions.risk)
    e50, e90 = np.quantile(distance, [0.5, 0.9])
    return Calibration(intercept, slope, observed_expected, float(distance.mean()), float(e50), float(e90))


def compute_linear(predicted: FloatArray, family: Family) -> FloatArray:
    """(persons,): log-odds of a risk, logarithm of an expected count."""
    linear: FloatArray = compute_log_odds(predicted) if family == "binomial" else np.log(predicted)
    return linear


def smooth_calibration(predictions: Predictions, family: Family = "binomial") -> FloatArray:
    """(persons,): smooth observed risk (or mean count) at each predicted one.

    Logistic (or log-linear) regression on a restricted cubic spline of the log-odds with knots at fixed quantiles
    (Harrell 2015), unpenalised: the parametric one of the two curves in Austin and Steyerberg 2019. Where the risks
    have too few distinct quantiles for a spline, a straight line in the log-odds.
    """
    design = build_smooth_design(predictions, family)
    fit = fit_logistic if family == "binomial" else fit_log_linear
    return compute_mean(family, design @ fit(design, predictions.outcome).coefficients)


def build_smooth_design(predictions: Predictions, family: Family) -> FloatArray:
    """(persons, columns): a constant and the spline of the linear predictor."""
    linear = compute_linear(predictions.risk, family)
    centred = linear - linear.mean()
    return np.column_stack([np.ones(len(centred)), spread_spline(centred, place_knots(centred))])


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


def build_calibration_curve(
    predictions: Predictions, family: Family = "binomial", point_count: int = 41
) -> pl.DataFrame:
    """The smooth curve: position (from 1), predicted, observed, lower, upper (95 %), at quantiles of the predicted.

    Predicted risks between the 0.5th and 99.5th percentile: beyond them the curve rests on almost nobody. The band is
    that of the fitted linear predictor (delta method).
    """
    design = build_smooth_design(predictions, family)
    fit = fit_logistic if family == "binomial" else fit_log_linear
    fitted = fit(design, predictions.outcome)
    places = np.quantile(predictions.risk, np.linspace(0.005, 0.995, point_count), method="lower")
    nearest = np.searchsorted(np.sort(predictions.risk), places)
    rows = design[np.argsort(predictions.risk, kind="stable")[nearest]]
    linear = rows @ fitted.coefficients
    margin = _Z95 * np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", rows, fitted.covariance, rows), 0))
    return (
        pl.DataFrame(
            {
                "predicted": places,
                "observed": compute_mean(family, linear),
                "lower": compute_mean(family, linear - margin),
                "upper": compute_mean(family, linear + margin),
            }
        )
        .unique("predicted", keep="first", maintain_order=True)
        .with_row_index("position", offset=1)
    )


def _read(fit: LogisticFit, position: int) -> Interval:
    if not fit.is_converged:
        return _NAN
    estimate, error = float(fit.coefficients[position]), float(fit.standard_errors[position])
    return Interval(estimate, estimate - _Z95 * error, estimate + _Z95 * error)
