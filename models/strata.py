"""Clusters of one stratum: everyone in it is fitted, those with MLTC are described."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.cluster_comparison import compare_partitions
from models.clusters import PatternClusters
from models.errors import TooLittleData
from models.implied import find_implied
from models.latent_last import LastClasses
from models.latent_shared import SharedClasses
from models.patterns import FloatArray, IntArray, Patterns, collapse_patterns

AGE_GROUP_YEARS = 5
_YOUNGEST, _OLDEST = 15, 90  # one group below 20 and one from 90: few people there have few conditions


@dataclass(frozen=True)
class StratumInput:
    """Everyone of a stratum, one entry per person."""

    matrix: npt.NDArray[np.bool_]
    """(persons, conditions): has it."""
    conditions: Sequence[str]
    age_years: FloatArray
    sex: FloatArray
    """1 male, 0 female, 0.5 other or not known."""
    is_mltc: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class StratumClusters:
    """What was found; arrays hold those with MLTC, in the order of the input."""

    model: PatternClusters
    conditions: Sequence[str]
    """Common enough to describe a class with; the fit leaves out those of `implied`."""
    implied: Mapping[str, str]
    matrix: npt.NDArray[np.bool_]
    """(persons with MLTC, conditions)"""
    posterior: FloatArray
    """(persons with MLTC, classes)"""
    labels: IntArray
    """(persons with MLTC,)"""
    probabilities: FloatArray
    """(classes, conditions) expected share of the class with the condition."""
    comparison: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class NamedClasses:
    """Classes with the names of their conditions: what one fit leaves for another."""

    log_shares: FloatArray
    """(classes,)"""
    conditions: Sequence[str]
    coefficients: FloatArray
    """(classes, conditions) log cumulative hazard at the mean of age and sex."""

    def align(self, conditions: Sequence[str]) -> LastClasses:
        """For other conditions in another order; NaN for those that these classes know nothing of."""
        place = {name: column for column, name in enumerate(self.conditions)}
        found = np.full((len(self.log_shares), len(conditions)), np.nan)
        for column, name in enumerate(conditions):
            if name in place:
                found[:, column] = self.coefficients[:, place[name]]
        return LastClasses(self.log_shares, found)


def name_classes(found: "StratumClusters") -> NamedClasses:
    """The classes that were fitted to a stratum."""
    fitted = [name for name in found.conditions if name not in found.implied]
    model = found.model
    return NamedClasses(model.log_shares_, fitted, model.coefficients_[: model.class_count_])


@dataclass(frozen=True)
class Before:
    """What a stratum knows before it is fitted. `last`: its classes of the last accepted run; `last_is_shared`: it
    had taken over those of everyone then; `everyone`: the classes of everyone in this run."""

    last: NamedClasses | None = None
    last_is_shared: bool = False
    everyone: StratumClusters | None = None


def fit_stratum(
    given: StratumInput, model: PatternClusters, minimum_share: float, seed: int, before: Before | None = None
) -> StratumClusters:
    """Fit an unfitted `model` to the conditions that at least `minimum_share` of those with MLTC have.

    Raises `TooLittleData` as the model does, and where no condition is common enough or nobody has MLTC.
    """
    common = _find_common(given, minimum_share)
    conditions = [given.conditions[each] for each in common]
    present = given.matrix[:, common]
    covariates, cell = _group(given.age_years, given.sex)
    # the cell is part of the pattern: people of another age or sex are other rows
    bits = ((cell[:, np.newaxis] >> np.arange(max(1, (len(covariates) - 1).bit_length()))) & 1).astype(bool)
    rows = collapse_patterns(np.hstack([present, bits]))
    reported = np.bincount(rows.inverse, weights=given.is_mltc, minlength=len(rows.weights)).astype(np.float64)
    implied = find_implied(rows.patterns[:, : len(common)] > 0, rows.weights, reported, conditions)
    used = [place for place, name in enumerate(conditions) if name not in implied]
    of_row = np.empty(len(rows.weights), dtype=np.int64)
    of_row[rows.inverse] = cell
    fitted_to = np.hstack([rows.patterns[:, used], covariates[of_row]])
    model.set_params(covariate_count=covariates.shape[1])
    persons_with = rows.weights @ rows.patterns[:, used]
    _tell_before(model, before or Before(), [conditions[place] for place in used], persons_with)
    model.fit(fitted_to, sample_weight=rows.weights, reported_weight=reported)
    by_row = model.predict_proba(fitted_to)
    return _describe(given, model, conditions, implied, present, rows, reported, by_row, seed, used)


def _tell_before(model: PatternClusters, before: Before, fitted: Sequence[str], persons_with: FloatArray) -> None:
    last = None if before.last is None else before.last.align(fitted)
    shared = None
    if before.everyone is not None:
        source = before.everyone.model
        stability = next(row["stability_ari"] for row in source.selection_ if row["is_chosen"])
        inside = float(persons_with.sum()) / max(source.event_count_, 1.0)
        shared = SharedClasses(name_classes(before.everyone).align(fitted), inside, stability)
    model.set_params(last_classes=last, last_is_shared=before.last_is_shared, shared_classes=shared)


def _describe(
    given: StratumInput,
    model: PatternClusters,
    conditions: Sequence[str],
    implied: Mapping[str, str],
    present: npt.NDArray[np.bool_],
    rows: Patterns,
    reported: FloatArray,
    by_row: FloatArray,
    seed: int,
    used: Sequence[int],
) -> StratumClusters:
    members = by_row * reported[:, np.newaxis]
    sizes = np.maximum(members.sum(axis=0), 1e-12)
    described = reported > 0
    posterior = by_row[rows.inverse[given.is_mltc]]
    return StratumClusters(
        model=model,
        conditions=conditions,
        implied=implied,
        matrix=present[given.is_mltc],
        posterior=posterior,
        labels=posterior.argmax(axis=1).astype(np.int64),
        probabilities=(members.T @ rows.patterns[:, : len(conditions)]) / sizes[:, np.newaxis],
        comparison=compare_partitions(
            rows.patterns[described][:, used],
            reported[described],
            by_row[described].argmax(axis=1).astype(np.int64),
            model.class_count_,
            seed,
        ),
    )


def _find_common(given: StratumInput, minimum_share: float) -> list[int]:
    persons = int(given.is_mltc.sum())
    if persons < 2:
        raise TooLittleData("Fewer than two people with MLTC cannot be grouped.")
    shares = given.matrix[given.is_mltc].mean(axis=0)
    common = np.flatnonzero((shares >= minimum_share) & (shares > 0))
    if not len(common):
        raise TooLittleData("No condition is common enough among people with MLTC to describe a cluster.")
    return [int(each) for each in common]


def _group(age_years: FloatArray, sex: FloatArray) -> tuple[FloatArray, IntArray]:
    """(cells, 2) mean age and sex of every cell, and the cell of each person: five years of age in one sex."""
    start = np.clip(age_years // AGE_GROUP_YEARS * AGE_GROUP_YEARS, _YOUNGEST, _OLDEST)
    _, group = np.unique(start, return_inverse=True)
    mean_age = np.bincount(group, weights=age_years) / np.bincount(group)
    sexes, of_sex = np.unique(sex, return_inverse=True)
    held, cell = np.unique(group * len(sexes) + of_sex, return_inverse=True)
    return np.column_stack([mean_age[held // len(sexes)], sexes[held % len(sexes)]]), cell.astype(np.int64)
