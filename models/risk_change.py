"""What moved a person's risk since the last run: new events, ageing, code lists, and another model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.special import expit

from models.patterns import FloatArray
from models.risk_features import build_matrix

if TYPE_CHECKING:
    import numpy.typing as npt

    from models.risk_candidates import Candidate

    Mask = npt.NDArray[np.bool_]

CHANGE_SCHEMA = dict.fromkeys(
    ("last_risk", "risk", "from_events", "from_ageing", "from_model", "from_codelist"), pl.Float64
)
_SAME = 1e-9  # log-odds: a path so short is taken to be level
_ROUNDING = 1e-12  # log-odds: the same sum in another order


@dataclass(frozen=True)
class Movers:
    """Names of features that something else than a new event can move.

    age: the calendar alone moves them. since: time since a record, which grows by the calendar and falls by an event.
    codelist: the code list or rule behind them is another than in the last run: all their change counts as that.
    """

    age: frozenset[str] = frozenset()
    since: frozenset[str] = frozenset()
    codelist: frozenset[str] = frozenset()


def explain_change(
    old: Candidate, new: Candidate, last: pl.DataFrame, now: pl.DataFrame, movers: Movers
) -> pl.DataFrame:
    """`CHANGE_SCHEMA`: risks in [0, 1] of the last run and of this, and four parts that add up to their difference.

    `last` and `now`: features of the same people in the same order. On the log-odds scale the features are switched
    from then to now under the old model, code lists first, then age, then events, and in reverse order, and the two
    differences of each averaged: with no more than two features interacting, as in our models, that is its Shapley
    value. Then the new model takes the place of the old one on the features of now. Each part is carried to the risk
    scale by the same factor, (risk - last risk) / (log-odds - last log-odds), the logarithmic mean that leaves no rest
    (of people whose log-odds came back to where they were: the slope there). Age: what the calendar alone moves.
    Events: all else that was recorded, or has left its window, since.
    Sources: Strumbelj and Kononenko, Knowl Inf Syst 2014;41:647; Ang, Energy Policy 2005;33:867 (logarithmic mean).
    """
    then, today = (build_matrix(each, old.feature_names) for each in (last, now))
    masks = _sort_changes(old.feature_names, then, today, movers)
    start = _read_linear(old, then)
    parts, end = _switch(old, then, today, masks, start)
    finish = end if new is old else _read_linear(new, build_matrix(now, new.feature_names))
    steps = np.column_stack([parts[2], parts[1], finish - end, parts[0]])  # events, ageing, model, codelist
    steps[np.abs(steps) < _ROUNDING] = 0.0
    risk_then, risk_now = expit(start), expit(finish)
    scaled = _carry_to_risk(steps, risk_then, risk_now)
    return pl.DataFrame(np.column_stack([risk_then, risk_now, scaled]), schema=CHANGE_SCHEMA)


def _read_linear(candidate: Candidate, matrix: FloatArray) -> FloatArray:
    model: Any = candidate.model
    linear: FloatArray = model.compute_linear(matrix)
    return linear


def _sort_changes(names: Sequence[str], then: FloatArray, today: FloatArray, movers: Movers) -> list[Mask]:
    """(persons, features) each: what changed by code list, by age, by events; every change is in one of them."""
    changed = (then != today) & ~(np.isnan(then) & np.isnan(today))
    columns = [np.array([name in group for name in names]) for group in (movers.codelist, movers.age, movers.since)]
    codelist = changed & columns[0]
    with np.errstate(invalid="ignore"):
        grown = today > then  # of a missing value it is false
    ageing = changed & ~codelist & (columns[1] | (columns[2] & grown))
    return [codelist, ageing, changed & ~codelist & ~ageing]


def _switch(
    model: Candidate, then: FloatArray, today: FloatArray, masks: Sequence[Mask], start: FloatArray
) -> tuple[list[FloatArray], FloatArray]:
    """Difference of each mask in log-odds, averaged over the two orders, and the log-odds with all of them."""
    parts = [np.zeros(len(then)) for _ in masks]
    end = start
    for order in (range(len(masks)), range(len(masks) - 1, -1, -1)):
        mixed, linear = then.copy(), start.copy()
        for each in order:
            moved = np.flatnonzero(masks[each].any(axis=1))
            if not len(moved):
                continue
            mixed[moved] = np.where(masks[each][moved], today[moved], mixed[moved])
            after = _read_linear(model, mixed[moved])
            parts[each][moved] += (after - linear[moved]) / 2
            linear[moved] = after
        end = linear
    return parts, end


def _carry_to_risk(steps: FloatArray, risk_then: FloatArray, risk_now: FloatArray) -> FloatArray:
    """(persons, parts) on the risk scale; what rounding leaves over goes to the largest part."""
    length = steps.sum(axis=1)
    is_level = np.abs(length) < _SAME
    factor = np.where(is_level, risk_then * (1 - risk_then), (risk_now - risk_then) / np.where(is_level, 1.0, length))
    scaled: FloatArray = steps * factor[:, np.newaxis]
    row, largest = np.arange(len(scaled)), np.abs(scaled).argmax(axis=1)
    scaled[row, largest] += (risk_now - risk_then) - scaled.sum(axis=1)
    return scaled
