"""Why a person's risk is what it is: the strongest reasons up and down, each of another fact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from models.patterns import FloatArray, IntArray
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
    candidate: Candidate,
    features: pl.DataFrame,
    person_ids: pl.Series,
    reason_count: int = 3,
    facts: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """The strongest reasons per person: person_id, direction (up, down), rank (1 = strongest), feature,
    value (null = missing, which may itself be the reason), contribution (log-odds).

    `facts`: what each feature tells of; features of one fact count together, and the one among them that says most in
    the direction of their sum is shown for all, with the contribution of all. Without it each tells of its own.

    Contributions add up. Linear candidates: the difference from the average of the people trained on.
    Boosted trees: Shapley values against one reference person with the median of every feature
    (`BoostedCore.compute_contributions`). They explain the model, not the person's body: a reason is what the
    figure rests on and not a cause. Contributions under 0.01 are left out, so that a person may have fewer
    reasons or none. Rows in the order of persons, up before down.
    """
    matrix = build_matrix(features, candidate.feature_names)
    contributions = np.asfortranarray(candidate.model.compute_contributions(matrix))
    columns = _group_columns(candidate.feature_names, facts or {})
    parts = [
        _take_strongest(contributions, columns, direction, sign, min(reason_count, len(columns)))
        for direction, sign in (("up", 1.0), ("down", -1.0))
    ]
    names = pl.Series(candidate.feature_names, dtype=pl.String)
    reasons = pl.concat(parts).sort("row", "sign", "rank", descending=[False, True, False])
    return reasons.select(
        person_id=person_ids.cast(pl.String).gather(reasons["row"]),
        direction="direction",
        rank="rank",
        feature=names.gather(reasons["feature"]),
        value=pl.Series(matrix[reasons["row"].to_numpy(), reasons["feature"].to_numpy()]).fill_nan(None),
        contribution="contribution",
    ).cast(REASON_SCHEMA)  # type: ignore[arg-type] # polars types a cast by column names too narrowly


def _group_columns(names: tuple[str, ...], facts: Mapping[str, str]) -> list[IntArray]:
    """Positions of the features of each fact, facts in the order of their first feature."""
    columns: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        columns.setdefault(facts.get(name, name), []).append(position)
    return [np.array(each, dtype=np.int64) for each in columns.values()]


class _Facts(NamedTuple):
    strength: FloatArray  # (persons, facts) in the direction asked for
    feature: npt.NDArray[np.int16]  # (persons, facts): the feature that says most of it


def _sum_facts(contributions: FloatArray, columns: list[IntArray], sign: float) -> _Facts:
    strength = np.empty((len(contributions), len(columns)), order="F")
    feature = np.empty(strength.shape, dtype=np.int16, order="F")
    for fact, members in enumerate(columns):
        if len(members) == 1:
            strength[:, fact], feature[:, fact] = contributions[:, members[0]] * sign, members[0]
            continue
        part = contributions[:, members] * sign
        strength[:, fact] = part.sum(axis=1)
        feature[:, fact] = members[part.argmax(axis=1)]
    return _Facts(np.ascontiguousarray(strength), feature)  # the strongest are looked for along rows


def _take_strongest(
    contributions: FloatArray, columns: list[IntArray], direction: str, sign: float, reason_count: int
) -> pl.DataFrame:
    """One row per person and rank, as positions; equal contributions in feature order."""
    facts = _sum_facts(contributions, columns, sign)
    row = np.arange(len(contributions))
    parts = []
    for rank in range(1, reason_count + 1):
        strongest = facts.strength.argmax(axis=1)
        strength = facts.strength[row, strongest]
        found = np.flatnonzero(strength >= _LEAST_CONTRIBUTION)
        parts.append(
            pl.DataFrame(
                {
                    "row": row[found],
                    "sign": np.full(len(found), sign),
                    "direction": pl.Series([direction], dtype=pl.String).new_from_index(0, len(found)),
                    "rank": np.full(len(found), rank),
                    "feature": facts.feature[row, strongest][found].astype(np.int64),
                    "contribution": strength[found] * sign,
                }
            )
        )
        facts.strength[row, strongest] = -np.inf
    return pl.concat(parts)
