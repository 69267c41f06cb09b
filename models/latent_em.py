"""Expectation and maximisation of latent classes whose conditions may become more common with age and differ by sex.

Within class k and cell g (age band and sex) conditions are independent and
    log(-log(1 - P(condition c))) = coefficients[k, c] + design[g] @ coefficients[K:, c]
(complementary log-log): the cumulative hazard of onset is that of age and sex times a ratio of the class. Without
covariates this is ordinary latent class analysis and its maximisation has a closed form.
Acceleration: squared extrapolation, Varadhan and Roland, Scand J Stat 2008;35:335 (scheme S3).
"""

from typing import NamedTuple

import numpy as np

from models.latent_rows import Rows
from models.patterns import FloatArray

_FLOOR = 1e-15  # probabilities stay this far from 0 and 1, so that a log never meets zero
_LOWEST, _HIGHEST = float(np.log(_FLOOR)), float(np.log(-np.log(_FLOOR)))
# Prior precision of coefficients around their mean over classes, where there are covariates: 95 % of the ratios of
# hazards between a class and the average lie between a quarter and four.
_RIDGE = 2.0
_HALVINGS = 12


class Parameters(NamedTuple):
    """`log_shares` (classes,); `coefficients` (classes + covariate terms, conditions)."""

    log_shares: FloatArray
    coefficients: FloatArray


class Expected(NamedTuple):
    """What the maximisation needs: expected persons by cell and class, and of them those with each condition."""

    persons: FloatArray
    """(cells, classes)"""
    with_condition: FloatArray
    """(cells, classes, conditions)"""


class Emission(NamedTuple):
    """Of every cell, class and condition."""

    hazard: FloatArray
    present: FloatArray
    """log P(condition)"""
    absent: FloatArray
    """log(1 - P(condition))"""


def compute_emission(coefficients: FloatArray, design: FloatArray) -> Emission:
    """(cells, classes, conditions) each."""
    class_count = len(coefficients) - design.shape[1]
    shift = design @ coefficients[class_count:]
    linear = np.clip(shift[:, np.newaxis, :] + coefficients[np.newaxis, :class_count], _LOWEST, _HIGHEST)
    hazard = np.exp(linear)
    return Emission(hazard, np.log(-np.expm1(-hazard)), -hazard)


def compute_log_joint(rows: Rows, parameters: Parameters) -> FloatArray:
    """(rows, classes): log of the class share times the probability of the pattern in class and cell."""
    emission = compute_emission(parameters.coefficients, rows.design)
    joint = np.empty((len(rows.patterns), len(parameters.log_shares)))
    for cell, place in enumerate(rows.cells):
        odds = emission.present[cell] - emission.absent[cell]
        constant = parameters.log_shares + emission.absent[cell].sum(axis=1)
        joint[place] = rows.patterns[place] @ odds.T + constant
    return joint


def normalise(joint: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Posterior (rows, classes) and log-likelihood (rows,) from the log joint, which is overwritten."""
    highest = joint.max(axis=1)
    joint -= highest[:, np.newaxis]
    np.exp(joint, out=joint)
    total = joint.sum(axis=1)
    joint /= total[:, np.newaxis]
    return joint, highest + np.log(total)


def expect(rows: Rows, parameters: Parameters) -> tuple[Expected, float]:
    """Expected counts, and the log-likelihood less the penalty of the prior."""
    posterior, likelihood = normalise(compute_log_joint(rows, parameters))
    posterior *= rows.weights[:, np.newaxis]
    persons = np.stack([posterior[place].sum(axis=0) for place in rows.cells])
    having = np.stack([posterior[place].T @ rows.patterns[place] for place in rows.cells])
    penalty = float(_penalise(parameters.coefficients, rows).sum())
    return Expected(persons, having), float(likelihood @ rows.weights) - penalty


def maximise(
    rows: Rows, expected: Expected, coefficients: FloatArray, steps: int = 1, *, is_shared: bool = False
) -> Parameters:
    """Parameters that fit the expected counts better than `coefficients` (best without covariates).

    `is_shared`: classes keep the ratios to each other that `coefficients` have, for every condition; what is fitted is
    how common conditions are by covariates, and the shares.
    """
    persons = expected.persons.sum(axis=0)
    log_shares = np.log(np.maximum(persons / persons.sum(), _FLOOR))
    if not rows.design.shape[1] and not is_shared:
        found = expected.with_condition[0] / np.maximum(persons, _FLOOR)[:, np.newaxis]
        hazard = -np.log1p(-np.clip(found, _FLOOR, 1 - _FLOOR))
        return Parameters(log_shares, np.log(np.maximum(hazard, _FLOOR)))
    for _ in range(steps):
        coefficients = _step(rows, expected, coefficients, is_shared)
    return Parameters(log_shares, coefficients)


def _penalise(coefficients: FloatArray, rows: Rows) -> FloatArray:
    """(conditions,)"""
    if not rows.design.shape[1]:
        return np.zeros(coefficients.shape[1])
    away = _away(coefficients, rows)
    penalty: FloatArray = _RIDGE / 2 * (away**2).sum(axis=0)
    return penalty


def _away(coefficients: FloatArray, rows: Rows) -> FloatArray:
    """Distance from where the prior would have them: classes at their mean, covariate terms at zero."""
    away = coefficients.copy()
    class_count = len(coefficients) - rows.design.shape[1]
    away[:class_count] -= away[:class_count].mean(axis=0)
    return away


def _fitness(rows: Rows, expected: Expected, coefficients: FloatArray) -> FloatArray:
    """(conditions,): expected complete log-likelihood less the penalty."""
    emission = compute_emission(coefficients, rows.design)
    without = expected.persons[:, :, np.newaxis] - expected.with_condition
    value: FloatArray = (expected.with_condition * emission.present + without * emission.absent).sum(axis=(0, 1))
    return value - _penalise(coefficients, rows)


def _step(rows: Rows, expected: Expected, coefficients: FloatArray, is_shared: bool) -> FloatArray:
    """One scoring step for every condition at once, shortened for those that it would make worse."""
    step = _score_step(rows, expected, coefficients, is_shared)
    before = _fitness(rows, expected, coefficients)
    length = np.ones(coefficients.shape[1])
    for _ in range(_HALVINGS):
        after = _fitness(rows, expected, coefficients + length * step)
        worse = ~(after >= before - 1e-9 * np.abs(before))
        if not worse.any():
            return coefficients + length * step
        length[worse] /= 3
    length[worse] = 0
    return coefficients + length * step


def _score_step(rows: Rows, expected: Expected, coefficients: FloatArray, is_shared: bool) -> FloatArray:
    """Fisher scoring for a binomial regression with complementary log-log link, a factor class and the design.

    Where classes keep their ratios, the factor is a single intercept.
    """
    design, terms = rows.design, rows.design.shape[1]
    class_count = len(coefficients) - terms
    emission = compute_emission(coefficients, design)
    probability = np.exp(emission.present)
    persons = expected.persons[:, :, np.newaxis]
    slope = emission.hazard / probability
    residual = (expected.with_condition - persons * probability) * slope
    information = persons * emission.hazard * slope * np.exp(emission.absent)
    gradient = np.concatenate([residual.sum(axis=0), design.T @ residual.sum(axis=1)])
    gradient -= _RIDGE * _away(coefficients, rows)
    size = class_count + terms
    curvature = np.zeros((coefficients.shape[1], size, size))
    diagonal = np.arange(class_count)
    curvature[:, diagonal, diagonal] = information.sum(axis=0).T
    crossed = np.einsum("gt,gkc->ckt", design, information, optimize=True)
    curvature[:, :class_count, class_count:] = crossed
    curvature[:, class_count:, :class_count] = crossed.transpose(0, 2, 1)
    products = (design[:, :, np.newaxis] * design[:, np.newaxis, :]).reshape(len(design), -1)
    curvature[:, class_count:, class_count:] = (information.sum(axis=1).T @ products).reshape(-1, terms, terms)
    curvature += _RIDGE * np.eye(size)
    basis = _same_for_all(class_count, terms) if is_shared else np.eye(size)
    # B'HB and B'g, with the basis applied from either side of every condition's matrix
    reduced = np.einsum("sa,cst,tb->cab", basis, curvature, basis, optimize=True) if is_shared else curvature
    solved = np.linalg.solve(reduced, (basis.T @ gradient).T[:, :, np.newaxis])[:, :, 0]
    step: FloatArray = basis @ solved.T
    return step


def _same_for_all(class_count: int, terms: int) -> FloatArray:
    """(classes + terms, 1 + terms): a step by which all classes move alike."""
    basis = np.zeros((class_count + terms, 1 + terms))
    basis[:class_count, 0] = 1
    basis[class_count:, 1:] = np.eye(terms)
    return basis


class Climb(NamedTuple):
    """Where a climb ended."""

    parameters: Parameters
    objective: float
    is_converged: bool


def climb(rows: Rows, start: Parameters, max_iterations: int, tolerance: float, *, is_shared: bool = False) -> Climb:
    """EM with squared extrapolation from `start`.

    `max_iterations` expectations at most; ends when one EM step gains less than `tolerance` per person. `is_shared`:
    see `maximise`; extrapolation of solutions with the same ratios has these ratios too.
    """
    here, (expected, objective) = start, expect(rows, start)
    spent = 1
    while spent < max_iterations:
        first = maximise(rows, expected, here.coefficients, is_shared=is_shared)
        expected, gained = expect(rows, first)
        spent += 1
        if gained - objective < tolerance * rows.person_count:
            return Climb(first, gained, True)
        second = maximise(rows, expected, first.coefficients, is_shared=is_shared)
        leap = _extrapolate(here, first, second)
        expected, objective = expect(rows, leap)
        spent += 1
        here = leap
        if not objective >= gained:
            here, (expected, objective) = second, expect(rows, second)
            spent += 1
    return Climb(here, objective, False)


def _extrapolate(start: Parameters, first: Parameters, second: Parameters) -> Parameters:
    flat = [np.concatenate([each.log_shares, each.coefficients.ravel()]) for each in (start, first, second)]
    velocity = flat[1] - flat[0]
    bend = flat[2] - flat[1] - velocity
    length = float(np.sqrt((velocity @ velocity) / max(float(bend @ bend), np.finfo(np.float64).tiny)))
    length = min(max(length, 1.0), 64.0)
    moved = flat[0] + 2 * length * velocity + length**2 * bend
    class_count = len(start.log_shares)
    log_shares = moved[:class_count]
    log_shares = np.maximum(
        log_shares - np.log(np.exp(log_shares - log_shares.max()).sum()) - log_shares.max(), _LOWEST
    )
    coefficients = moved[class_count:].reshape(start.coefficients.shape)
    if len(coefficients) == class_count:
        coefficients = np.clip(coefficients, _LOWEST, _HIGHEST)
    return Parameters(log_shares, coefficients)
