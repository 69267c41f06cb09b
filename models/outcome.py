"""Predicted risks beside what happened: the one check that every validation figure starts with."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.patterns import FloatArray

_LOGIT_CLIP = 1e-9  # a predicted risk of exactly 0 or 1 has no log-odds


class Predictions(NamedTuple):
    """Outcomes (persons,) of 0.0/1.0 and predicted risks (persons,) in [0, 1], in the same order."""

    outcome: FloatArray
    risk: FloatArray

    @property
    def person_count(self) -> int:
        """Persons."""
        return len(self.outcome)

    @property
    def event_count(self) -> int:
        """Persons with the outcome."""
        return int(self.outcome.sum())

    @property
    def has_both_outcomes(self) -> bool:
        """False if nobody or everybody had the outcome: then no figure of discrimination exists."""
        return 0 < self.event_count < self.person_count


def check_predictions(outcome: npt.ArrayLike, predicted_risk: npt.ArrayLike) -> Predictions:
    """Both as float arrays; raises ValueError for other shapes, other outcomes or risks out of [0, 1]."""
    observed = np.asarray(outcome, dtype=np.float64)
    risk = np.asarray(predicted_risk, dtype=np.float64)
    if observed.ndim != 1 or observed.shape != risk.shape or not observed.size:
        raise ValueError(f"Expected as many outcomes as predicted risks; found shapes {observed.shape}, {risk.shape}.")
    if not np.isin(observed, (0.0, 1.0)).all():
        raise ValueError("Expected outcomes of 0 or 1 only; found other values (or missing ones).")
    if not ((risk >= 0) & (risk <= 1)).all():
        raise ValueError("Expected predicted risks within [0, 1]; found others (or missing ones).")
    return Predictions(observed, risk)


def check_counts(outcome: npt.ArrayLike, expected: npt.ArrayLike) -> Predictions:
    """Counts (persons,) from 0 on beside expected counts above 0; raises ValueError for others.

    `event_count` is then the sum of the counts, and nothing that reads the outcome as 0 or 1 may be asked.
    """
    observed = np.asarray(outcome, dtype=np.float64)
    mean = np.asarray(expected, dtype=np.float64)
    if observed.ndim != 1 or observed.shape != mean.shape or not observed.size:
        raise ValueError(f"Expected as many counts as predictions; found shapes {observed.shape}, {mean.shape}.")
    if not (observed >= 0).all() or not (mean > 0).all() or not np.isfinite(mean).all():
        raise ValueError("Expected counts from 0 on and predictions above 0; found others (or missing ones).")
    return Predictions(observed, mean)


def compute_log_odds(risk: FloatArray) -> FloatArray:
    """log(risk / (1 - risk)), finite for every risk in [0, 1]."""
    inside = np.clip(risk, _LOGIT_CLIP, 1 - _LOGIT_CLIP)
    log_odds: FloatArray = np.log(inside) - np.log1p(-inside)
    return log_odds
