"""Plain maximum-likelihood logistic regression with an offset, for calibration: no penalty, no surprises."""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from models.patterns import FloatArray

_MAX_STEPS = 50
_TOLERANCE = 1e-10  # largest step of a coefficient that counts as settled


class LogisticFit(NamedTuple):
    """Coefficients (columns,) with standard errors (columns,)."""

    coefficients: FloatArray
    standard_errors: FloatArray
    is_converged: bool


def fit_logistic(design: FloatArray, outcome: FloatArray, offset: FloatArray | None = None) -> LogisticFit:
    """Newton's method for design (persons, columns; add a column of ones) and outcome (persons,) of 0/1.

    With separated outcomes no maximum exists: `is_converged` is False and the figures mean nothing.
    Source: McCullagh and Nelder, Generalized Linear Models, 1989, ch. 4.
    """
    base = np.zeros(len(outcome)) if offset is None else offset
    coefficients = np.zeros(design.shape[1])
    information = np.eye(design.shape[1])
    is_converged = False
    for _ in range(_MAX_STEPS):
        fitted = expit(base + design @ coefficients)
        information = (design * (fitted * (1 - fitted))[:, np.newaxis]).T @ design
        step = np.linalg.lstsq(information, design.T @ (outcome - fitted), rcond=None)[0]
        # a long step overshoots into a flat tail of the likelihood and never comes back
        coefficients = coefficients + step * min(1.0, 5 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < _TOLERANCE:
            is_converged = True
            break
    variances = np.diag(np.linalg.pinv(information))
    return LogisticFit(coefficients, np.sqrt(np.maximum(variances, 0.0)), is_converged)
