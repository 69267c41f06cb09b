"""Classes of the last accepted run: where a fit starts as well, and what has to be beaten before they change.

Classes that mean something to commissioners should not change for noise. Two solutions of the same people differ in
log-likelihood by a sum over persons, so that the difference has a standard error: the root of the number of persons
times the variance of a person's difference (Vuong, Econometrica 1989;57:307). The solution that stems from the last run
stays unless another is better by more than `NOTABLE` such errors. A difference that is real grows with the number of
persons and its error with the root of it, so a better solution wins as soon as there are people enough to tell.
"""

from dataclasses import dataclass

import numpy as np

from models.latent_em import Parameters, compute_log_joint
from models.latent_rows import Rows
from models.patterns import FloatArray

NOTABLE = 1.96
"""Standard errors: one difference in twenty is larger by chance."""


@dataclass(frozen=True)
class LastClasses:
    """Parameters of the classes of an earlier fit, for the conditions of this one."""

    log_shares: FloatArray
    """(classes,)"""
    coefficients: FloatArray
    """(classes, conditions) log cumulative hazard at the mean of the covariates; NaN where the fit had not the
    condition."""

    @property
    def class_count(self) -> int:
        """Number of classes."""
        return len(self.log_shares)


def start_from_last(last: LastClasses, common: Parameters) -> Parameters:
    """Parameters to climb from; what the last fit did not know is that of `common`, the model of one class."""
    known = np.where(np.isnan(last.coefficients), common.coefficients[:1], last.coefficients)
    return Parameters(last.log_shares, np.concatenate([known, common.coefficients[1:]]))


def compare_solutions(rows: Rows, stays: Parameters, other: Parameters) -> tuple[float, float]:
    """How much higher the log-likelihood of `other` is, and the standard error of that difference."""
    difference = _likelihoods(rows, other) - _likelihoods(rows, stays)
    gain = float(difference @ rows.weights)
    variance = float(rows.weights @ (difference - gain / rows.person_count) ** 2)
    return gain, float(np.sqrt(variance))


def is_clearly_better(rows: Rows, stays: Parameters, other: Parameters) -> bool:
    """Whether `other`, with as many parameters, gains more than `NOTABLE` standard errors."""
    gain, error = compare_solutions(rows, stays, other)
    return gain > NOTABLE * error


def _likelihoods(rows: Rows, parameters: Parameters) -> FloatArray:
    joint = compute_log_joint(rows, parameters)
    highest = joint.max(axis=1)
    found: FloatArray = highest + np.log(np.exp(joint - highest[:, np.newaxis]).sum(axis=1))
    return found
