"""Latent classes of condition patterns: the best fit for one number of classes, and figures that describe it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.latent_em import (
    Climb,
    Expected,
    Parameters,
    climb,
    compute_emission,
    compute_log_joint,
    expect,
    maximise,
    normalise,
)
from models.latent_last import NOTABLE, LastClasses, compare_solutions, is_clearly_better, start_from_last
from models.latent_rows import Rows
from models.patterns import FloatArray, IntArray
from models.threads import map_side_by_side

_START_MIX = 0.4  # how far a start leans from the average profile to one person's pattern
_FARTHEST_LEAN = 2.0  # log hazard ratio by which a start leans at most where there are covariates
_SAME = 1.0  # standard error of a difference in log-likelihood, below which two solutions are one
_SEARCH_TOLERANCE = 1e-6  # gain per person at which the search for a start stops; the winner goes on


@dataclass(frozen=True)
class LatentClasses:
    """A fitted solution, classes from the largest to the smallest among the persons reported."""

    parameters: Parameters
    log_likelihood: float
    is_converged: bool
    term_count: int
    """Covariate terms."""

    @property
    def shares(self) -> FloatArray:
        """(classes,) share of the persons fitted, sums to 1."""
        shares: FloatArray = np.exp(self.parameters.log_shares)
        return shares

    @property
    def class_count(self) -> int:
        """Number of classes."""
        return len(self.parameters.log_shares)

    @property
    def probabilities(self) -> FloatArray:
        """(classes, conditions) probability of each condition at the mean of the covariates."""
        emission = compute_emission(self.parameters.coefficients, np.zeros((1, self.term_count)))
        probabilities: FloatArray = np.exp(emission.present[0])
        return probabilities

    @property
    def parameter_count(self) -> int:
        """Free parameters: classes - 1 shares and one per condition and class or covariate term."""
        return self.class_count - 1 + self.parameters.coefficients.size


@dataclass(frozen=True)
class EmSettings:
    """How hard to look. `tolerance` is the gain per person and EM step that ends a climb.

    `start_count` random starts; fewer as classes grow in number (see `count_starts`), since from the second number of
    classes on there is one more start from each split of a class. The best `finish_count` climb on. Above
    `search_persons` reported persons, starts are looked for in that many, drawn at random, and the best climb on with
    everyone. `thread_count` climbs run side by side; what they find does not depend on it.
    """

    start_count: int = 8
    short_iterations: int = 12
    finish_count: int = 2
    max_iterations: int = 300
    tolerance: float = 1e-7
    search_persons: int = 20_000
    thread_count: int = 1

    def count_starts(self, class_count: int) -> int:
        """Random starts for so many classes: one fewer for every class above four, at least two."""
        return min(self.start_count, max(2, self.start_count + 4 - class_count))


def compute_posterior(rows: Rows, solution: LatentClasses) -> FloatArray:
    """(rows, classes): probability of each class given pattern and cell; rows sum to 1."""
    return normalise(compute_log_joint(rows, solution.parameters))[0]


def compute_relative_entropy(posterior: FloatArray, weights: FloatArray) -> float:
    """1 = every person is in one class for certain, 0 = nobody is. 1 by convention for a single class.

    1 - sum(-p log p) / (persons x log classes). Source: Ramaswamy et al., Marketing Science 1993;12:103.
    """
    class_count = posterior.shape[1]
    if class_count == 1:
        return 1.0
    positive = np.maximum(posterior, np.finfo(np.float64).tiny)
    uncertainty = -(posterior * np.log(positive)).sum(axis=1) @ weights
    return float(1 - uncertainty / (weights.sum() * np.log(class_count)))


def compute_bic(rows: Rows, solution: LatentClasses) -> float:
    """Bayesian information criterion; lower is better.

    Without covariates, every parameter costs the logarithm of the number of persons (Schwarz, Ann Stat 1978;6:461).
    With them, classes are ratios of hazards, and what tells of a ratio is not how many persons there are but how many
    have the condition: a parameter costs the logarithm of the expected number of persons of its class with its
    condition, as events and not persons are counted in survival models (Volinsky and Raftery, Biometrics 2000;56:256).
    """
    deviance = -2 * solution.log_likelihood
    persons = float(np.log(rows.reported_count))
    if not solution.term_count:
        return deviance + solution.parameter_count * persons
    expected, _ = expect(rows, solution.parameters)
    events = expected.with_condition.sum(axis=0)
    ratios = float(np.log(np.maximum(events, 1.0)).sum())
    terms = solution.term_count * float(np.log(np.maximum(events.sum(axis=0), 1.0)).sum())
    return deviance + (solution.class_count - 1) * persons + ratios + terms


def fit_classes(
    rows: Rows,
    class_count: int,
    settings: EmSettings,
    random: np.random.RandomState,
    smaller: LatentClasses | None = None,
    last: LastClasses | None = None,
) -> LatentClasses:
    """Best of several starts: all climb a little, the best few go on to convergence.

    `smaller`: a solution with one class less, each class of which is split for one more start. `last`: classes of an
    earlier fit; where they are as many, the solution that is reached from them stays unless another is clearly better
    (see `models.latent_last`).
    Short runs before long ones: Biernacki, Celeux and Govaert, Comput Stat Data Anal 2003;41:561.
    """
    common = fit_one_class(rows)
    if class_count == 1:
        return order_classes(rows, climb(rows, common, 3, settings.tolerance))
    searched = _thin(rows, settings.search_persons, random)
    starts = [
        *(_draw_start(searched, common, class_count, random) for _ in range(settings.count_starts(class_count))),
        *(_split_starts(searched, smaller, common, random) if smaller else ()),
    ]
    ends = _race(searched, starts, settings)
    if searched is not rows:
        ends = _climb_on(rows, _drop_settled(searched, ends), settings)
    best = max(ends, key=lambda end: end.objective)
    if last is None or last.class_count != class_count:
        return order_classes(rows, best)
    stays = climb(rows, start_from_last(last, common), settings.max_iterations, settings.tolerance)
    return order_classes(rows, best if is_clearly_better(rows, stays.parameters, best.parameters) else stays)


def fit_one_class(rows: Rows) -> Parameters:
    """How common each condition is by covariates, without classes."""
    having = np.stack([rows.weights[place] @ rows.patterns[place] for place in rows.cells])
    persons = np.array([[rows.weights[place].sum()] for place in rows.cells])
    overall = np.clip(having.sum(axis=0) / persons.sum(), 1e-6, 1 - 1e-6)
    start = np.zeros((1 + rows.design.shape[1], rows.patterns.shape[1]))
    start[0] = np.log(-np.log1p(-overall))
    return maximise(rows, Expected(persons, having[:, np.newaxis, :]), start, steps=12)


def _thin(rows: Rows, reported: int, random: np.random.RandomState) -> Rows:
    if rows.reported_count <= reported:
        return rows
    return rows.resample(round(rows.person_count * reported / rows.reported_count), random)


def _race(rows: Rows, starts: Sequence[Parameters], settings: EmSettings) -> list[Climb]:
    """The best few, furthest up first."""
    loose = max(settings.tolerance, _SEARCH_TOLERANCE)
    short = map_side_by_side(
        lambda start: climb(rows, start, settings.short_iterations, loose), starts, settings.thread_count
    )
    short.sort(key=lambda end: -end.objective)
    return _climb_on(rows, short[: settings.finish_count], settings)


def _climb_on(rows: Rows, ends: Sequence[Climb], settings: EmSettings) -> list[Climb]:
    return map_side_by_side(
        lambda end: climb(rows, end.parameters, settings.max_iterations, settings.tolerance),
        ends,
        settings.thread_count,
    )


def _drop_settled(rows: Rows, ends: list[Climb]) -> list[Climb]:
    """Without those that the sample already tells from the best, or that are the best again: a climb with everyone is
    what costs most."""
    best, *others = sorted(ends, key=lambda end: -end.objective)
    kept = [best]
    for end in others:
        gain, error = compare_solutions(rows, end.parameters, best.parameters)
        if error > _SAME and gain <= NOTABLE * error:
            kept.append(end)
    return kept


def _draw_start(rows: Rows, common: Parameters, class_count: int, random: np.random.RandomState) -> Parameters:
    """Equal shares; each class leans from the average profile towards one person drawn at random."""
    chance = rows.reported / rows.reported.sum()
    has_enough = int((chance > 0).sum()) >= class_count
    drawn = random.choice(len(chance), size=class_count, replace=not has_enough, p=chance)
    leaning = _lean(np.repeat(common.coefficients[:1], class_count, axis=0), rows.patterns[drawn], rows)
    coefficients = np.concatenate([leaning, common.coefficients[1:]])
    return Parameters(np.full(class_count, -np.log(class_count)), coefficients)


def _split_starts(
    rows: Rows, smaller: LatentClasses, common: Parameters, random: np.random.RandomState
) -> Iterator[Parameters]:
    """For every class of `smaller`: part of it leans towards one of its members."""
    posterior = compute_posterior(rows, smaller)
    shares, found = smaller.parameters
    for each in range(smaller.class_count):
        chance = posterior[:, each] * rows.reported
        if not chance.sum() > 0:
            continue
        drawn = random.choice(len(chance), p=chance / chance.sum())
        leaning = _lean(found[each : each + 1], rows.patterns[drawn : drawn + 1], rows)
        log_shares = np.append(shares, shares[each] - np.log(2))
        log_shares[each] -= np.log(2)
        coefficients = np.insert(found, smaller.class_count, leaning, axis=0)
        yield Parameters(log_shares, coefficients)


def _lean(coefficients: FloatArray, patterns: FloatArray, rows: Rows) -> FloatArray:
    """Class coefficients moved towards `patterns` on the scale of probabilities."""
    probability = -np.expm1(-np.exp(np.minimum(coefficients, 3.0)))
    towards = np.clip((1 - _START_MIX) * probability + _START_MIX * patterns, 1e-4, 1 - 1e-4)
    moved: FloatArray = np.log(-np.log1p(-towards))
    if rows.design.shape[1]:
        moved = np.minimum(moved, coefficients + _FARTHEST_LEAN)
    return moved


def order_classes(rows: Rows, end: Climb, *, keep_order: bool = False) -> LatentClasses:
    """Largest class first; equal shares by their profile, so that the order is the same in every run."""
    posterior, likelihood = normalise(compute_log_joint(rows, end.parameters))
    sizes = rows.reported @ posterior
    class_count = len(sizes)
    found = end.parameters.coefficients
    keys: list[FloatArray] = [*(-found[:class_count].T[::-1]), -sizes]
    order: IntArray = np.arange(class_count) if keep_order else np.lexsort(keys).astype(np.int64)
    coefficients = np.concatenate([found[:class_count][order], found[class_count:]])
    return LatentClasses(
        Parameters(end.parameters.log_shares[order], coefficients),
        float(likelihood @ rows.weights),
        end.is_converged,
        rows.design.shape[1],
    )
