"""Plain maximum-likelihood logistic and Poisson regression with an offset, for calibration: no penalty."""

from typing import NamedTuple

import numpy as np

from models.family import Family, compute_mean, compute_start, compute_variance
from models.patterns import FloatArray

_MAX_STEPS = 50
_LONGEST_STEP = 5.0  # of a linear predictor
_DRAW_STEPS = 15
_ROUGH_TOLERANCE = 1e-3  # of a bootstrap draw: Newton's next step would be some 1e-6
_TOLERANCE = 1e-10  # largest step of a coefficient that counts as settled


class LogisticFit(NamedTuple):
    """Coefficients (columns,) with standard errors (columns,) and covariance (columns, columns)."""

    coefficients: FloatArray
    standard_errors: FloatArray
    is_converged: bool
    covariance: FloatArray


def fit_logistic(design: FloatArray, outcome: FloatArray, offset: FloatArray | None = None) -> LogisticFit:
    """Newton's method for design (persons, columns; add a column of ones) and outcome (persons,) of 0/1.

    With separated outcomes no maximum exists: `is_converged` is False and the figures mean nothing.
    Source: McCullagh and Nelder, Generalized Linear Models, 1989, ch. 4.
    """
    return _fit("binomial", design, outcome, offset)


def fit_log_linear(design: FloatArray, outcome: FloatArray, offset: FloatArray | None = None) -> LogisticFit:
    """The same for counts from 0 on, by Poisson quasi-likelihood; errors hold whatever the counts' variance is.

    Sources: Gourieroux, Monfort and Trognon, Econometrica 1984;52:681; White, Econometrica 1980;48:817.
    """
    return _fit("poisson", design, outcome, offset)


def fit_grouped(
    family: Family, design: FloatArray, outcome: FloatArray, weight: FloatArray, start: FloatArray | None = None
) -> FloatArray:
    """(columns,) coefficients for groups of people: outcome is a group's mean, weight its number of people."""
    coefficients = np.zeros(design.shape[1]) if start is None else start.copy()
    for _ in range(_DRAW_STEPS):
        fitted = compute_mean(family, design @ coefficients)
        curvature = weight * compute_variance(family, fitted)
        information = (design * curvature[:, np.newaxis]).T @ design
        # a trace of ridge keeps a draw with too few events to bend the curve solvable
        information[np.diag_indices_from(information)] += 1e-9 * max(float(np.trace(information)), 1e-12)
        step = np.linalg.solve(information, design.T @ (weight * (outcome - fitted)))
        coefficients = coefficients + step * _shorten(design @ step)
        if float(np.abs(step).max()) < _ROUGH_TOLERANCE * (1 + float(np.abs(coefficients).max())):
            break
    return coefficients


def fit_grouped_many(
    family: Family, design: FloatArray, outcome: FloatArray, weight: FloatArray, start: FloatArray
) -> FloatArray:
    """(draws, columns): `fit_grouped` of many draws at once, outcome and weight (draws, groups), each from `start`."""
    found = np.tile(start, (len(outcome), 1))
    products = (design[:, :, np.newaxis] * design[:, np.newaxis, :]).reshape(len(design), -1)
    moving = np.arange(len(outcome))
    column = np.arange(design.shape[1])
    for _ in range(_DRAW_STEPS):
        fitted = compute_mean(family, found[moving] @ design.T)
        curvature = weight[moving] * compute_variance(family, fitted)
        information = (curvature @ products).reshape(len(moving), len(column), len(column))
        trace = np.trace(information, axis1=1, axis2=2)
        information[:, column, column] += 1e-9 * np.maximum(trace, 1e-12)[:, np.newaxis]
        gradient = (weight[moving] * (outcome[moving] - fitted)) @ design
        step = np.linalg.solve(information, gradient[:, :, np.newaxis])[:, :, 0]
        longest = np.maximum(np.abs(step @ design.T).max(axis=1), 1e-12)
        found[moving] += step * np.minimum(1.0, _LONGEST_STEP / longest)[:, np.newaxis]
        settled = np.abs(step).max(axis=1) < _ROUGH_TOLERANCE * (1 + np.abs(found[moving]).max(axis=1))
        moving = moving[~settled]
        if not len(moving):
            break
    return found


def _fit(
    family: Family,
    design: FloatArray,
    outcome: FloatArray,
    offset: FloatArray | None,
) -> LogisticFit:
    base = np.zeros(len(outcome)) if offset is None else offset
    coefficients = np.zeros(design.shape[1])
    if family == "poisson" and offset is None:
        coefficients[0] = compute_start(family, outcome)
    information = np.eye(design.shape[1])
    is_converged = False
    for _ in range(_MAX_STEPS):
        fitted = compute_mean(family, base + design @ coefficients)
        curvature = compute_variance(family, fitted)
        information = (design * curvature[:, np.newaxis]).T @ design
        step = np.linalg.lstsq(information, design.T @ (outcome - fitted), rcond=None)[0]
        coefficients = coefficients + step * _shorten(design @ step)
        if float(np.abs(step).max()) < _TOLERANCE * (1 + float(np.abs(coefficients).max())):
            is_converged = True
            break
    covariance = np.linalg.pinv(information)
    if family == "poisson":
        # days in hospital vary far more than a Poisson count: the spread that was seen, not the assumed one
        scores = design * (outcome - compute_mean(family, base + design @ coefficients))[:, np.newaxis]
        covariance = covariance @ (scores.T @ scores) @ covariance
    errors: FloatArray = np.sqrt(np.maximum(np.diag(covariance), 0.0)).astype(np.float64)
    return LogisticFit(coefficients, errors, is_converged, np.asarray(covariance, dtype=np.float64))


def _shorten(change: FloatArray) -> float:
    """Share of a step to go: a long one overshoots into a flat tail of the likelihood and never comes back.

    Long by what it does to people: the coefficients of a spline between close knots are large by themselves.
    """
    return min(1.0, _LONGEST_STEP / max(float(np.abs(change).max()), 1e-12))
