"""What a list of the highest risks is worth: capacity first, then net benefit."""

import math
from collections.abc import Sequence

import numpy as np
import polars as pl

from models.outcome import Predictions
from models.patterns import FloatArray

CAPACITY_PERCENTS = (0.5, 1.0, 2.0, 5.0, 10.0)
NET_BENEFIT_THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)


def build_capacity_table(
    predictions: Predictions, capacity_percents: Sequence[float] = CAPACITY_PERCENTS
) -> pl.DataFrame:
    """One row per capacity: capacity_percent, persons (on the list), events_found, sensitivity [0, 1], ppv
    [0, 1], number_needed_to_review (persons per event found; null if none), lowest_risk (of the list).

    A list holds exactly its share of the persons (rounded down, at least one). Of people with equal risk at
    its border, events are counted in proportion, so that the order of rows cannot matter.
    """
    order = np.argsort(-predictions.risk, kind="stable")
    risk, outcome = predictions.risk[order], predictions.outcome[order]
    rows = [_describe_list(risk, outcome, percent, predictions) for percent in capacity_percents]
    return pl.DataFrame(rows, schema=_CAPACITY_SCHEMA, orient="row")


def build_net_benefit_table(
    predictions: Predictions, thresholds: Sequence[float] = NET_BENEFIT_THRESHOLDS
) -> pl.DataFrame:
    """One row per threshold: threshold, persons_flagged (risk >= threshold), net_benefit, net_benefit_all
    (everyone treated; treating nobody is 0), per person.

    (true positives - false positives x threshold / (1 - threshold)) / persons.
    Source: Vickers and Elkin, Med Decis Making 2006;26:565. Thresholds lie in (0, 1).
    """
    if not all(0 < each < 1 for each in thresholds):
        raise ValueError(f"Expected thresholds between 0 and 1; found {list(thresholds)}.")
    rows = []
    for threshold in thresholds:
        flagged = predictions.risk >= threshold
        harm = threshold / (1 - threshold)
        gained = predictions.outcome - (1 - predictions.outcome) * harm
        rows.append((threshold, int(flagged.sum()), float((gained * flagged).mean()), float(gained.mean())))
    return pl.DataFrame(rows, schema=_NET_BENEFIT_SCHEMA, orient="row")


_CAPACITY_SCHEMA = {
    "capacity_percent": pl.Float64,
    "persons": pl.Int64,
    "events_found": pl.Float64,
    "sensitivity": pl.Float64,
    "ppv": pl.Float64,
    "number_needed_to_review": pl.Float64,
    "lowest_risk": pl.Float64,
}
_NET_BENEFIT_SCHEMA = {
    "threshold": pl.Float64,
    "persons_flagged": pl.Int64,
    "net_benefit": pl.Float64,
    "net_benefit_all": pl.Float64,
}


def _describe_list(
    risk: FloatArray,
    outcome: FloatArray,
    percent: float,
    predictions: Predictions,
) -> tuple[float | None, ...]:
    listed = max(1, math.floor(len(risk) * percent / 100 + 1e-9))
    lowest = risk[listed - 1]
    above, tied = risk > lowest, risk == lowest
    places_left = listed - int(above.sum())
    found = float(outcome[above].sum() + outcome[tied].mean() * places_left)
    sensitivity = found / predictions.event_count if predictions.event_count else None
    needed = listed / found if found > 0 else None
    return percent, listed, found, sensitivity, found / listed, needed, float(lowest)
