"""The candidates of every run, from age and sex to boosted trees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from models.count_model import CountModel
from models.errors import TooLittleData
from models.family import Family
from models.patterns import FloatArray
from models.risk_features import RiskFeatures, build_matrix
from models.risk_model import RiskModel

MIN_TRAINING_EVENTS = 100  # and as many people without the outcome


@dataclass(frozen=True)
class Candidate:
    """A fitted model and the features that it reads, simplest candidates first by `complexity`."""

    key: str
    name: str
    complexity: int
    feature_names: tuple[str, ...]
    model: RiskModel | CountModel
    training_person_count: int
    training_event_count: int

    @property
    def family(self) -> Family:
        """binomial for a risk, poisson for an expected count."""
        return "poisson" if isinstance(self.model, CountModel) else "binomial"

    def predict_risk(self, features: pl.DataFrame) -> FloatArray:
        """(persons,) risk in [0, 1], or expected count above 0, in row order; null features are missing."""
        matrix = build_matrix(features, self.feature_names)
        if isinstance(self.model, CountModel):
            return self.model.predict(matrix)
        risk: FloatArray = self.model.predict_proba(matrix)[:, 1]
        return risk

    def predict_interval(self, features: pl.DataFrame, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """(persons,) lower and upper; what it means: `RiskEstimator.predict_interval`. Needs `add_intervals`."""
        return self.model.predict_interval(build_matrix(features, self.feature_names), level)

    def predict_with_interval(self, features: pl.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(persons,) risk or expected count with its 95 % limits, in one pass. Needs `add_intervals`."""
        return self.model.predict_with_interval(build_matrix(features, self.feature_names))


def fit_candidates(
    features: pl.DataFrame,
    outcome: npt.ArrayLike | pl.Series,
    names: RiskFeatures,
    *,
    family: Family = "binomial",
    min_events: int = MIN_TRAINING_EVENTS,
    random_state: int = 0,
) -> list[Candidate]:
    """Age and sex; with the Cambridge score; elastic net on all features; boosted trees on all features.

    Where the feature frame has no score, the second has the condition count instead. `features`: one row per person,
    null = missing. `outcome`: 0/1, or counts with family "poisson", in the same order. Raises `TooLittleData` with
    fewer than `min_events` people with, or without, the outcome.
    """
    check = check_events if family == "binomial" else check_counts_of
    observed = check(outcome, min_events, "training")
    return [
        Candidate(
            key=plan.key,
            name=plan.name,
            complexity=position,
            feature_names=plan.names,
            model=_shape_model(plan, names, family, random_state).fit(build_matrix(features, plan.names), observed),
            training_person_count=len(observed),
            training_event_count=int(observed.sum()),
        )
        for position, plan in enumerate(_plan_candidates(names, family), start=1)
    ]


def check_events(outcome: npt.ArrayLike | pl.Series, min_events: int, purpose: str) -> FloatArray:
    """The outcome as floats of 0/1. Raises ValueError for missing or other values, `TooLittleData` for too few."""
    observed = _to_floats(outcome)
    if not np.isin(observed, (0.0, 1.0)).all():
        raise ValueError(f"Expected outcomes of 0 or 1 for {purpose}; found missing or other values.")
    return _refuse_few(observed, min_events, purpose)


def check_counts_of(outcome: npt.ArrayLike | pl.Series, min_events: int, purpose: str) -> FloatArray:
    """The outcome as counts from 0 on; raises as `check_events` does, people with any count being those with it."""
    observed = _to_floats(outcome)
    if not (observed >= 0).all():
        raise ValueError(f"Expected counts from 0 on for {purpose}; found missing or other values.")
    return _refuse_few(observed, min_events, purpose)


def _to_floats(outcome: npt.ArrayLike | pl.Series) -> FloatArray:
    if isinstance(outcome, pl.Series):
        outcome = outcome.cast(pl.Float64).to_numpy()
    return np.asarray(outcome, dtype=np.float64)


def _refuse_few(observed: FloatArray, min_events: int, purpose: str) -> FloatArray:
    events = int((observed > 0).sum())
    others = len(observed) - events
    if min(events, others) < min_events:
        raise TooLittleData(
            f"A risk model needs at least {min_events} people with the outcome and {min_events} without it for "
            f"{purpose}; found {events:,} with and {others:,} without."
        )
    return observed


class _Plan(NamedTuple):
    key: str
    name: str
    kind: str
    names: tuple[str, ...]


def _plan_candidates(names: RiskFeatures, family: Family) -> list[_Plan]:
    linear = "Logistic regression" if family == "binomial" else "Log-linear regression"
    basic = (names.age, names.sex)
    everything = tuple(dict.fromkeys((*basic, names.condition_count, *names.names)))
    if names.score:
        second = _Plan("cambridge", "Age, sex and Cambridge score", "plain", (*basic, names.score))
    else:
        second = _Plan("condition_count", "Age, sex and condition count", "plain", (*basic, names.condition_count))
    return [
        _Plan("age_sex", "Age and sex", "plain", basic),
        second,
        _Plan("elastic_net", f"{linear} on all features", "elastic_net", everything),
        _Plan("boosting", "Boosted trees on all features", "boosting", everything),
    ]


def _shape_model(plan: _Plan, names: RiskFeatures, family: Family, random_state: int) -> RiskModel | CountModel:
    def find(wanted: Sequence[str]) -> tuple[int, ...]:
        return tuple(position for position, name in enumerate(plan.names) if name in wanted)

    kind = CountModel if family == "poisson" else RiskModel
    plain = "poisson" if family == "poisson" else "logistic"
    return kind(
        plain if plan.kind == "plain" else plan.kind,
        spline_columns=find(names.splines),
        log_columns=find(names.log_names),
        increasing_columns=find(names.increasing),
        decreasing_columns=find(names.decreasing),
        random_state=random_state,
    )
