"""Risk of an outcome within the horizon: which candidate is used, with intervals and recalibration.

Every run fits all candidates (`models.risk_candidates`) and shows all of them; the simplest that is as good as the best
is used.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from models.bootstrap import REPLICATES
from models.family import Family
from models.risk_candidates import (
    MIN_TRAINING_EVENTS,
    Candidate,
    check_counts_of,
    check_events,
    fit_candidates,
)
from models.risk_features import RiskFeatures, build_matrix
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
    "check_outcome",
    "evaluate_candidates",
    "explain_risks",
    "fit_candidates",
    "recalibrate",
    "select_candidate",
]

MIN_VALIDATION_EVENTS = 50
C_STATISTIC_TOLERANCE = 0.005  # a simpler model may be this much worse at ranking
ICI_TOLERANCE = 0.005  # and its mean calibration error this much larger, on the risk scale


class Choice(NamedTuple):
    """The chosen candidate and the reason in words."""

    candidate: Candidate
    decision: str


def check_outcome(
    outcome: npt.ArrayLike | pl.Series, min_events: int, purpose: str, family: Family
) -> npt.NDArray[np.float64]:
    """`check_events` or `check_counts_of`, by family."""
    check = check_events if family == "binomial" else check_counts_of
    return check(outcome, min_events, purpose)


def evaluate_candidates(
    candidates: Sequence[Candidate],
    features: pl.DataFrame,
    outcome: npt.ArrayLike | pl.Series,
    min_events: int = MIN_VALIDATION_EVENTS,
    replicate_count: int = REPLICATES,
) -> pl.DataFrame:
    """One row per candidate on people it has not seen: model, model_name, complexity, `PERFORMANCE_SCHEMA`.

    Raises `TooLittleData` with fewer than `min_events` people with, or without, the outcome.
    """
    family = candidates[0].family
    observed = check_outcome(outcome, min_events, "validation", family)
    rows = [
        {
            "model": each.key,
            "model_name": each.name,
            "complexity": each.complexity,
            **compute_performance(
                observed, each.predict_risk(features), family=family, replicate_count=replicate_count
            ),
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
            f"not worse calibrated (ICI at most {ici_tolerance:.3g} above)."
        )
    return Choice(next(each for each in candidates if each.key == chosen["model"]), decision)


def add_intervals(
    candidate: Candidate,
    features: pl.DataFrame,
    outcome: npt.ArrayLike | pl.Series,
    refit_count: int = 20,
) -> Candidate:
    """The candidate with refits on resampled training people, for `predict_interval`. Training data only."""
    observed = check_outcome(outcome, 1, "training", candidate.family)
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
    observed = check_outcome(outcome, min_events, "recalibration", candidate.family)
    decision = decide_recalibration(observed, candidate.predict_risk(features), candidate.family)
    if not decision.is_applied:
        return candidate, decision
    model = candidate.model.with_recalibration(decision.intercept, decision.slope)
    return replace(candidate, model=model), decision


_CANDIDATE_SCHEMA = {"model": pl.String, "model_name": pl.String, "complexity": pl.Int64}
