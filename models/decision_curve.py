"""Decision curves and lists of the highest risks, with intervals."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from mltc.intervals import find_z, wilson_limits
from models.capacity import CAPACITY_PERCENTS, build_capacity_table
from models.outcome import Predictions
from models.patterns import FloatArray

_Z95 = find_z(0.95)
_AROUND = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)  # times the threshold of a capacity

CURVE_SCHEMA = {
    "capacity_percent": pl.Float64,
    "threshold": pl.Float64,
    "persons_flagged": pl.Int64,
    "net_benefit": pl.Float64,
    "net_benefit_lower": pl.Float64,
    "net_benefit_upper": pl.Float64,
    "net_benefit_all": pl.Float64,
    "net_benefit_all_lower": pl.Float64,
    "net_benefit_all_upper": pl.Float64,
}


def build_decision_curve(
    predictions: Predictions, capacity_percents: Sequence[float] = CAPACITY_PERCENTS
) -> pl.DataFrame:
    """One row per capacity and threshold around it (0.5 to 2 times the lowest risk on its list): `CURVE_SCHEMA`.

    net_benefit per person of flagging those at or above the threshold, and of flagging everyone; flagging nobody is 0.
    A mean over people, with the interval of a mean. Source: Vickers and Elkin, Med Decis Making 2006;26:565.
    """
    lists = build_capacity_table(predictions, capacity_percents)
    rows = []
    for percent, lowest in lists.select("capacity_percent", "lowest_risk").iter_rows():
        for factor in _AROUND:
            threshold = lowest * factor
            if not 0 < threshold < 1:
                continue
            flagged = predictions.risk >= threshold
            gained = predictions.outcome - (1 - predictions.outcome) * threshold / (1 - threshold)
            parts = (*_mean(gained * flagged), *_mean(gained))
            rows.append((percent, threshold, int(flagged.sum()), *parts))
    return pl.DataFrame(rows, schema=CURVE_SCHEMA, orient="row")


def build_list_table(predictions: Predictions, capacity_percents: Sequence[float] = CAPACITY_PERCENTS) -> pl.DataFrame:
    """`build_capacity_table` with sensitivity, ppv and number_needed_to_review each with _lower and _upper.

    Wilson's intervals of the two proportions (JASA 1927;22:209); the number needed is 1 / ppv, and so are its bounds.
    """
    table = build_capacity_table(predictions, capacity_percents)
    found = table["events_found"].to_numpy()
    sensitivity = wilson(found, np.full(len(found), float(max(predictions.event_count, 1))))
    ppv = wilson(found, table["persons"].to_numpy().astype(np.float64))
    return table.with_columns(
        sensitivity_lower=pl.Series(sensitivity[0]),
        sensitivity_upper=pl.Series(sensitivity[1]),
        ppv_lower=pl.Series(ppv[0]),
        ppv_upper=pl.Series(ppv[1]),
        number_needed_to_review_lower=pl.Series(1 / ppv[1]),
        number_needed_to_review_upper=pl.Series(np.where(ppv[0] > 0, 1 / np.maximum(ppv[0], 1e-12), np.nan)).fill_nan(
            None
        ),
    )


def build_count_list_table(
    predictions: Predictions, capacity_percents: Sequence[float] = CAPACITY_PERCENTS
) -> pl.DataFrame:
    """For counts: capacity_percent, persons, captured_share and mean_count of those listed, each with its bounds.

    Bounds by the error of a mean of the listed people's counts. Equal predictions at the border: by row order.
    """
    order = np.argsort(-predictions.risk, kind="stable")
    rows = []
    for percent in capacity_percents:
        listed = max(1, int(predictions.person_count * percent / 100 + 1e-9))
        mean = np.array(_mean(predictions.outcome[order[:listed]]))
        share = mean * listed / max(float(predictions.outcome.sum()), 1.0)
        rows.append((percent, listed, *np.clip(share, 0, 1).tolist(), *np.maximum(mean, 0).tolist()))
    ends = ("", "_lower", "_upper")
    names = [f"{each}{end}" for each in ("captured_share", "mean_count") for end in ends]
    schema = {"capacity_percent": pl.Float64, "persons": pl.Int64, **dict.fromkeys(names, pl.Float64)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def wilson(found: FloatArray, total: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Lower and upper 95 % limit of a share, by the score method (`mltc.intervals`)."""
    return wilson_limits(found / total, total)


def _mean(values: FloatArray) -> tuple[float, float, float]:
    error = float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else float("nan")
    mean = float(values.mean())
    return mean, mean - _Z95 * error, mean + _Z95 * error
