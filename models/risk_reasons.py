"""Why a person's risk is what it is: the strongest reasons up and down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.patterns import FloatArray
from models.risk_features import build_matrix

if TYPE_CHECKING:
    from models.risk import Candidate

_LEAST_CONTRIBUTION = 0.01  # log-odds: moves a risk of 20 % by 0.16 points; less is not a reason

REASON_SCHEMA = {
    "person_id": pl.String,
    "direction": pl.String,
    "rank": pl.Int64,
    "feature": pl.String,
    "value": pl.Float64,
    "contribution": pl.Float64,
}


def explain_risks(
    candidate: Candidate, features: pl.DataFrame, person_ids: pl.Series, reason_count: int = 3
) -> pl.DataFrame:
    """The strongest reasons per person: person_id, direction (up, down), rank (1 = strongest), feature,
    value (null = missing, which may itself be the reason), contribution (log-odds).

    Contributions add up. Linear candidates: the difference from the average of the people trained on.
    Boosted trees: Shapley values against one reference person with the median of every feature
    (`BoostedCore.compute_contributions`). They explain the model, not the person's body: a reason is what the
    figure rests on and not a cause. Contributions under 0.01 are left out, so that a person may have fewer
    reasons or none. Rows in the order of persons, up before down.
    """
    matrix = build_matrix(features, candidate.feature_names)
    contributions = candidate.model.compute_contributions(matrix)
    parts = [
        _take_strongest(contributions * sign, matrix, direction, sign, min(reason_count, matrix.shape[1]))
        for direction, sign in (("up", 1.0), ("down", -1.0))
    ]
    names = pl.Series(candidate.feature_names, dtype=pl.String)
    reasons = pl.concat(parts).sort("row", "sign", "rank", descending=[False, True, False])
    return reasons.select(
        person_id=person_ids.cast(pl.String).gather(reasons["row"]),
        direction="direction",
        rank="rank",
        feature=names.gather(reasons["feature"]),
        value=pl.col("value").fill_nan(None),
        contribution="contribution",
    ).cast(REASON_SCHEMA)  # type: ignore[arg-type] # polars types a cast by column names too narrowly


def _take_strongest(
    signed: FloatArray, matrix: FloatArray, direction: str, sign: float, reason_count: int
) -> pl.DataFrame:
    """One row per person and rank, as positions; equal contributions in feature order."""
    strongest = np.argsort(-signed, axis=1, kind="stable")[:, :reason_count]
    row = np.repeat(np.arange(len(signed)), reason_count)
    feature = strongest.ravel()
    strength = signed[row, feature]
    return pl.DataFrame(
        {
            "row": row,
            "sign": np.full(len(row), sign),
            "direction": [direction] * len(row),
            "rank": np.tile(np.arange(1, reason_count + 1), len(signed)),
            "feature": feature,
            "value": matrix[row, feature],
            "contribution": strength * sign,
        }
    ).filter(pl.Series(strength >= _LEAST_CONTRIBUTION))
