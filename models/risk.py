"""Risk of an outcome in the next 12 months: the candidates, and which one is used.

Every run fits all four candidates and shows all of them; the simplest that is as good as the best is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from models.errors import TooLittleData
from models.patterns import FloatArray
from models.risk_features import RiskFeatures, build_matrix
from models.risk_model import RiskModel
from models.risk_reasons import explain_risks
from models.risk_recalibration import Recalibration, decide_recalibration
from models.validation import PERFORMANCE_SCHEMA, compute_performance

__all__ = [
    "Candidate",
    "Choice",
    "Recalibration",
    "RiskFeatures",
    "add_intervals",
    "check_events",
    "evaluate_candidates",
    "explain_risks",
    "fit_candidates",
    "recalibrate",
    "select_candidate",
]

MIN_TRAINING_EVENTS = 100  # and as many people without the outcome
MIN_VALIDATION_EVENTS = 50
C_STATISTIC_TOLERANCE = 0.005  # a simpler model may be this much worse at ranking
ICI_TOLERANCE = 0.005  # and its mean calibration error this much larger, on the risk scale


@dataclass(frozen=True)
class Candidate:
    """A fitted model and the features that it reads, simplest candidates first by `complexity`."""

    key: str
    name: str
    complexity: int
    feature_names: tuple[str, ...]
    model: RiskModel
    training_person_count: int
    training_event_count: int

    def predict_risk(self, features: pl.DataFrame) -> FloatArray:
        """(persons,) risk in [0, 1], in row order; null features are missing."""
        risk: FloatArray = self.model.predict_proba(build_matrix(features, self.feature_names))[:, 1]
        return risk

    def predict_interval(self, features: pl.DataFrame, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """(persons,) lower and upper; what it means: `RiskModel.predict_interval`. Needs `add_intervals`."""
        return self.model.predict_interval(build_matrix(features, self.feature_names), level)


class Choice(NamedTuple):
    """The chosen candidate and the reason in words."""

    candidate: Candidate
    decision: str


def fit_candidates(
    features: pl.DataFrame,
    outcome: npt.ArrayLike | pl.Series,
    names: RiskFeatures,
    *,
    min_events: int = MIN_TRAINING_EVENTS,
    random_state: int = 0,
) -> list[Candidate]:
    """Age and sex; with condition count; elastic net on all features; boosted trees on all features.

    `features`: one row per person, null = missing. `outcome`: 0/1 in the same order. Raises `TooLittleData`
    with fewer than `min_events` people with, or without, the outcome.
    """
    observed = check_events(outcome, min_events, "training")
    return [
        Candidate(
            key=plan.key,
            name=plan.name,
            complexity=position,
            feature_names=plan.names,
            model=_shape_model(plan, names, random_state).fit(build_matrix(features, plan.names), observed),
            training_person_count=len(observed),
            training_event_count=int(observed.sum()),
        )
        for position, plan in enumerate(_plan_candidates(names), start=1)
    ]


def evaluate_candidates(
    candidates: Sequence[Candidate],
    features: pl.DataFrame,
    outcome: npt.ArrayLike | pl.Series,
    min_events: int = MIN_VALIDATION_EVENTS,
) -> pl.DataFrame:
    """One row per candidate on people it has not seen: model, model_name, complexity, `PERFORMANCE_SCHEMA`.

    Raises `TooLittleData` with fewer than `min_events` people with, or without, the outcome.
    """
    observed = check_events(outcome, min_events, "validation")
    rows = [
        {
            "model": each.key,
            "model_name": each.name,
            "complexity": each.complexity,
            **compute_performance(observed, each.predict_risk(features)),
        }
        for each in candidates
    ]
    return pl.DataFrame(rows, schema={**_CANDIDATE_SCHEMA, **PERFORMANCE_SCHEMA})


def select_candidate(
    candidates: Sequence[Candidate],
    performance: pl.DataFrame,
    c_statistic_tolerance: float = C_STATISTIC_TOLERANCE,
    ici_tolerance: float = ICI_TOLERANCE,
) -> Choice:
    """The simplest within `c_statistic_tolerance` of the best c-statistic and not worse calibrated than it.

    "Not worse calibrated": an ICI at most `ici_tolerance` above that of the candidate with the best c-statistic.
    `performance` is what `evaluate_candidates` returned.
    """
    best = performance.sort(["c_statistic", "complexity"], descending=[True, False]).row(0, named=True)
    eligible = performance.filter(
        (pl.col("c_statistic") >= best["c_statistic"] - c_statistic_tolerance)
        & (pl.col("ici") <= best["ici"] + ici_tolerance)
    )
    chosen = eligible.sort("complexity").row(0, named=True)
    figures = f"c-statistic {chosen['c_statistic']:.3f}, ICI {chosen['ici']:.4f}"
    if chosen["model"] == best["model"]:
        decision = (
            f"{chosen['model_name']} ({figures}) has the best c-statistic, and no simpler candidate is within "
            f"{c_statistic_tolerance} of it and as well calibrated."
        )
    else:
        decision = (
            f"{chosen['model_name']} ({figures}) is the simplest candidate within {c_statistic_tolerance} of the "
            f"best c-statistic ({best['model_name']}: {best['c_statistic']:.3f}, ICI {best['ici']:.4f}) and is "
            f"not worse calibrated (ICI at most {ici_tolerance} above)."
        )
    return Choice(next(each for each in candidates if each.key == chosen["model"]), decision)


def add_intervals(
    candidate: Candidate,
    features: pl.DataFrame,
    outcome: npt.ArrayLike | pl.Series,
    refit_count: int = 20,
) -> Candidate:
    """The candidate with refits on resampled training people, for `predict_interval`. Training data only."""
    observed = check_events(outcome, 1, "training")
    candidate.model.fit_refits(build_matrix(features, candidate.feature_names), observed, refit_count)
    return candidate


def recalibrate(
    candidate: Candidate,
    features: pl.DataFrame,
    outcome: npt.ArrayLike | pl.Series,
    min_events: int = MIN_TRAINING_EVENTS,
) -> tuple[Candidate, Recalibration]:
    """The candidate, recalibrated if it has drifted on a later complete year, and the decision.

    The people given here cannot serve to validate the recalibrated model: its calibration fits them.
    Raises `TooLittleData` with fewer than `min_events` people with, or without, the outcome.
    """
    observed = check_events(outcome, min_events, "recalibration")
    decision = decide_recalibration(observed, candidate.predict_risk(features))
    if not decision.is_applied:
        return candidate, decision
    model = candidate.model.with_recalibration(decision.intercept, decision.slope)
    return replace(candidate, model=model), decision


def check_events(outcome: npt.ArrayLike | pl.Series, min_events: int, purpose: str) -> FloatArray:
    """The outcome as floats of 0/1. Raises ValueError for missing or other values, `TooLittleData` for too few."""
    if isinstance(outcome, pl.Series):
        outcome = outcome.cast(pl.Float64).to_numpy()
    observed = np.asarray(outcome, dtype=np.float64)
    if not np.isin(observed, (0.0, 1.0)).all():
        raise ValueError(f"Expected outcomes of 0 or 1 for {purpose}; found missing or other values.")
    events = int(observed.sum())
    others = len(observed) - events
    if min(events, others) < min_events:
        raise TooLittleData(
            f"A risk model needs at least {min_events} people with the outcome and {min_events} without it for "
            f"{purpose}; found {events:,} with and {others:,} without."
        )
    return observed


_CANDIDATE_SCHEMA = {"model": pl.String, "model_name": pl.String, "complexity": pl.Int64}


class _Plan(NamedTuple):
    key: str
    name: str
    kind: str
    names: tuple[str, ...]


def _plan_candidates(names: RiskFeatures) -> list[_Plan]:
    basic = (names.age, names.sex)
    counted = (*basic, names.condition_count)
    everything = tuple(dict.fromkeys((*counted, *names.names)))
    return [
        _Plan("age_sex", "Age and sex", "logistic", basic),
        _Plan("condition_count", "Age, sex and condition count", "logistic", counted),
        _Plan("elastic_net", "Logistic regression on all features", "elastic_net", everything),
        _Plan("boosting", "Boosted trees on all features", "boosting", everything),
    ]


def _shape_model(plan: _Plan, names: RiskFeatures, random_state: int) -> RiskModel:
    def find(wanted: Sequence[str]) -> tuple[int, ...]:
        return tuple(position for position, name in enumerate(plan.names) if name in wanted)

    return RiskModel(
        plan.kind,
        spline_columns=find((names.age, names.condition_count)),
        log_columns=find(names.log_names),
        increasing_columns=find(names.increasing),
        decreasing_columns=find(names.decreasing),
        random_state=random_state,
    )
