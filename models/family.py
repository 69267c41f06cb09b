"""The two kinds of outcome that a model of the mean can have: yes or no, and a count."""

from typing import Literal

import numpy as np
from scipy.special import expit

from models.patterns import FloatArray

Family = Literal["binomial", "poisson"]
_HIGHEST_LINEAR = 30.0  # exp of more is no count of days; keeps a long Newton step finite


def compute_mean(family: Family, linear: FloatArray) -> FloatArray:
    """(persons,): risk in (0, 1) of log-odds, or expected count above 0 of its logarithm."""
    mean: FloatArray = expit(linear) if family == "binomial" else np.exp(np.minimum(linear, _HIGHEST_LINEAR))
    return mean


def compute_variance(family: Family, mean: FloatArray) -> FloatArray:
    """(persons,): variance that the family gives a mean; the curvature of its log-likelihood."""
    return mean * (1 - mean) if family == "binomial" else mean


def compute_loss(family: Family, linear: FloatArray, outcome: FloatArray) -> FloatArray:
    """(persons,): minus log-likelihood, without what does not depend on the model."""
    partition = np.logaddexp(0, linear) if family == "binomial" else compute_mean(family, linear)
    loss: FloatArray = partition - outcome * linear
    return loss


def compute_start(family: Family, outcome: FloatArray) -> float:
    """Linear predictor of the mean outcome: where an intercept starts."""
    if family == "binomial":
        return 0.0
    return float(np.log(max(float(outcome.mean()), 1e-6)))
