"""Elastic-net logistic and Poisson regression by Newton steps and coordinate descent.

Friedman, Hastie and Tibshirani, J Stat Softw 2010;33(1). Each Newton step needs one pass over the people; the
descent then works on a small matrix of columns. scikit-learn's saga needs hundreds of passes to settle where
columns are correlated, as those of a spline are.
"""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso
from sklearn.model_selection import StratifiedKFold

from models.family import Family, compute_loss, compute_mean, compute_start, compute_variance
from models.patterns import FloatArray

_MAX_NEWTON_STEPS = 30
_ROUGH_STEPS = 2  # to go on from the fit of a penalty to that of the next, where penalties are only compared
_ALL_CURVED = 1_000  # more steps than are ever taken: the curvature is measured anew in each
_BLOCK = 8_192  # people whose weighted columns fit into a processor's cache
_MAX_SWEEPS = 1000
# Largest change of a coefficient (of a column with deviation 1) that counts as settled.
_TOLERANCE = 1e-6
_ROUGH_TOLERANCE = 1e-3  # enough to compare penalties
_MAX_HALVINGS = 12  # of a Newton step that made the fit worse
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
    family: Family = "binomial",
    start: ElasticNetFit | None = None,
    tolerance: float = _TOLERANCE,
    step_count: int = _MAX_NEWTON_STEPS,
) -> ElasticNetFit:
    """Minimise mean log-loss + penalty x (l1_ratio |b| + (1 - l1_ratio) / 2 b^2) for columns of deviation 1.

    columns (persons, columns), outcome (persons,) of 0/1, or counts from 0 on. The intercept is not penalised.
    `l1_ratio` below 1. At most `step_count` Newton steps.
    """
    design = np.column_stack([np.ones(len(columns)), columns])
    return _fit_design(design, outcome, penalty, l1_ratio, family, start, tolerance, step_count)


def weigh_products(design: FloatArray, weight: FloatArray) -> FloatArray:
    """(columns, columns): sum over people of weight x column x column, block by block; no weight is below 0.

    A matrix times itself, which numpy finds with half the work of two different ones.
    """
    total, root = np.zeros((design.shape[1], design.shape[1])), np.sqrt(weight)
    for first in range(0, len(design), _BLOCK):
        rows = design[first : first + _BLOCK] * root[first : first + _BLOCK, np.newaxis]
        total += rows.T @ rows
    return total


def _fit_design(
    design: FloatArray,
    outcome: FloatArray,
    penalty: float,
    l1_ratio: float,
    family: Family,
    start: ElasticNetFit | None,
    tolerance: float,
    step_count: int,
    curved_count: int = _ALL_CURVED,
) -> ElasticNetFit:
    """As `fit_elastic_net`, of columns that begin with one of ones.

    The curvature is measured in the first `curved_count` steps; later ones go on with the last. It is all of the cost.
    """
    lasso = penalty * l1_ratio
    ridge = np.full(design.shape[1], penalty * (1 - l1_ratio))
    ridge[0] = 0.0
    beta = np.zeros(design.shape[1])
    beta[0] = compute_start(family, outcome)
    if start is not None:
        beta[0], beta[1:] = start

    def measure(linear: FloatArray, coefficients: FloatArray) -> float:
        loss = float(compute_loss(family, linear, outcome).mean())
        return loss + float(lasso * np.abs(coefficients[1:]).sum() + ridge @ coefficients**2 / 2)

    linear = design @ beta
    reached = measure(linear, beta)
    for step in range(step_count):
        fitted = compute_mean(family, linear)
        if step < curved_count:
            weight = np.maximum(compute_variance(family, fitted), _LEAST_WEIGHT)
            curvature = weigh_products(design, weight) / len(outcome)
        target = design.T @ (outcome - fitted) / len(outcome) + curvature @ beta
        moved = _descend(curvature, target, lasso, ridge, start=beta, tolerance=tolerance / 10)
        for _ in range(_MAX_HALVINGS):
            linear = design @ moved
            if (loss := measure(linear, moved)) <= reached + 1e-12:
                break
            moved = (moved + beta) / 2
        reached = loss
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
    family: Family = "binomial",
) -> float:
    """The penalty with the lowest log-loss on people left out, folds stratified by having the outcome at all.

    `penalties` from strong to weak; on a tie the stronger one. Each penalty goes on from the fit of the one before, and
    each fold but the first from the first fit of the fold before, which is much the same.
    """
    losses = np.zeros(len(penalties))
    folds = StratifiedKFold(fold_count, shuffle=True, random_state=seed)
    begin: ElasticNetFit | None = None
    for inside, outside in folds.split(columns, outcome > 0):
        design, known = np.column_stack([np.ones(len(inside)), columns[inside]]), outcome[inside]
        left_out, fit = columns[outside], begin
        for position, penalty in enumerate(penalties):
            steps, curved = (_MAX_NEWTON_STEPS, _ALL_CURVED) if position == 0 else (_ROUGH_STEPS, 1)
            fit = _fit_design(design, known, penalty, l1_ratio, family, fit, _ROUGH_TOLERANCE, steps, curved)
            begin = fit if position == 0 else begin
            linear = fit.intercept + left_out @ fit.coefficients
            losses[position] += float(compute_loss(family, linear, outcome[outside]).sum())
    return float(penalties[int(losses.argmin())])


def _descend(
    curvature: FloatArray,
    target: FloatArray,
    lasso: float,
    ridge: FloatArray,
    *,
    start: FloatArray,
    tolerance: float,
) -> FloatArray:
    """Minimise b'Gb/2 - t'b + lasso |b| + ridge b^2 / 2, without lasso for the first coefficient, the intercept.

    The intercept is put in by its own equation. What is left is a lasso on as many rows as columns, the Cholesky factor
    of the matrix, which scikit-learn's coordinate descent solves; its signs then give the minimum exactly.
    """
    penalised = curvature + np.diag(ridge)
    cross, own = penalised[1:, 0], max(float(penalised[0, 0]), _LEAST_WEIGHT)
    matrix = penalised[1:, 1:] - np.outer(cross, cross) / own
    vector = target[1:] - cross * target[0] / own
    factor = cholesky(matrix + 1e-12 * np.eye(len(vector)), lower=True)
    rows = len(vector)
    model = Lasso(alpha=lasso / rows, fit_intercept=False, max_iter=_MAX_SWEEPS, tol=tolerance, warm_start=True)
    model.coef_ = start[1:].copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the Newton step after this one goes on from here
        model.fit(np.asfortranarray(factor.T), solve_triangular(factor, vector, lower=True))
    beta: FloatArray = np.asarray(model.coef_, dtype=np.float64)
    beta = _solve_signs(matrix, vector, lasso, beta)
    return np.concatenate([[(target[0] - cross @ beta) / own], beta])


def _solve_signs(matrix: FloatArray, vector: FloatArray, lasso: float, beta: FloatArray) -> FloatArray:
    """The minimum that has the signs of `beta`; `beta` itself where the equations give other signs."""
    active = np.flatnonzero(beta)
    if not len(active):
        return beta
    signs = np.sign(beta[active])
    found = np.linalg.solve(matrix[np.ix_(active, active)], vector[active] - lasso * signs)
    if (np.sign(found) != signs).any():
        return beta
    solved = np.zeros_like(beta)
    solved[active] = found
    return solved
