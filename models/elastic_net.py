"""Elastic-net logistic regression by Newton steps and coordinate descent.

Friedman, Hastie and Tibshirani, J Stat Softw 2010;33(1). Each Newton step needs one pass over the people; the
descent then works on a small matrix of columns. scikit-learn's saga needs hundreds of passes to settle where
columns are correlated, as those of a spline are.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit
from sklearn.model_selection import StratifiedKFold

from models.patterns import FloatArray

_MAX_NEWTON_STEPS = 30
_MAX_SWEEPS = 1000
# Largest change of a coefficient (of a column with deviation 1) that counts as settled.
_TOLERANCE = 1e-6
_ROUGH_TOLERANCE = 1e-3  # enough to compare penalties
_LEAST_WEIGHT = 1e-5  # a fitted risk of almost 0 or 1 would have no curvature left


class ElasticNetFit(NamedTuple):
    """Intercept and coefficients (columns,)."""

    intercept: float
    coefficients: FloatArray


def fit_elastic_net(
    columns: FloatArray,
    outcome: FloatArray,
    penalty: float,
    l1_ratio: float,
    *,
    start: ElasticNetFit | None = None,
    tolerance: float = _TOLERANCE,
) -> ElasticNetFit:
    """Minimise mean log-loss + penalty x (l1_ratio |b| + (1 - l1_ratio) / 2 b^2) for columns of deviation 1.

    columns (persons, columns), outcome (persons,) of 0/1. The intercept is not penalised. `l1_ratio` below 1.
    """
    design = np.column_stack([np.ones(len(columns)), columns])
    lasso = np.full(design.shape[1], penalty * l1_ratio)
    ridge = np.full(design.shape[1], penalty * (1 - l1_ratio))
    lasso[0] = ridge[0] = 0.0
    beta = np.zeros(design.shape[1])
    if start is not None:
        beta[0], beta[1:] = start
    for _ in range(_MAX_NEWTON_STEPS):
        fitted = expit(design @ beta)
        weight = np.maximum(fitted * (1 - fitted), _LEAST_WEIGHT)
        curvature = (design * weight[:, np.newaxis]).T @ design / len(outcome)
        target = design.T @ (outcome - fitted) / len(outcome) + curvature @ beta
        moved = _descend(curvature, target, lasso, ridge, start=beta, tolerance=tolerance / 10)
        settled = float(np.abs(moved - beta).max()) < tolerance
        beta = moved
        if settled:
            break
    return ElasticNetFit(float(beta[0]), beta[1:])


def choose_penalty(
    columns: FloatArray,
    outcome: FloatArray,
    penalties: Sequence[float],
    l1_ratio: float,
    *,
    fold_count: int,
    seed: int,
) -> float:
    """The penalty with the lowest log-loss on people left out, folds stratified by outcome.

    `penalties` from strong to weak; on a tie the stronger one.
    """
    losses = np.zeros(len(penalties))
    folds = StratifiedKFold(fold_count, shuffle=True, random_state=seed)
    for inside, outside in folds.split(columns, outcome):
        fit = None
        for position, penalty in enumerate(penalties):
            fit = fit_elastic_net(
                columns[inside], outcome[inside], penalty, l1_ratio, start=fit, tolerance=_ROUGH_TOLERANCE
            )
            log_odds = fit.intercept + columns[outside] @ fit.coefficients
            losses[position] += float((np.logaddexp(0, log_odds) - outcome[outside] * log_odds).sum())
    return float(penalties[int(losses.argmin())])


def _descend(
    curvature: FloatArray,
    target: FloatArray,
    lasso: FloatArray,
    ridge: FloatArray,
    *,
    start: FloatArray,
    tolerance: float,
) -> FloatArray:
    """Minimise b'Gb/2 - t'b + lasso |b| + ridge b^2 / 2, one coefficient at a time."""
    beta = start.copy()
    diagonal = curvature.diagonal() + ridge
    gradient = target - curvature @ beta
    for _ in range(_MAX_SWEEPS):
        largest = 0.0
        for each in range(len(beta)):
            if diagonal[each] <= 0:
                continue
            alone = gradient[each] + curvature[each, each] * beta[each]
            value = np.sign(alone) * max(abs(alone) - lasso[each], 0.0) / diagonal[each]
            change = value - beta[each]
            if change != 0:
                gradient -= curvature[each] * change
                beta[each] = value
                largest = max(largest, abs(change))
        if largest < tolerance:
            break
    return beta
