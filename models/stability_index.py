"""Have the people changed since the model was trained? The population stability index of each feature."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import chi2

from models.patterns import FloatArray

_BINS = 10
_LEAST_SHARE = 1e-4  # of a bin that is empty on one side: without it the index would be infinite
NOTABLE, LARGE = 0.10, 0.25
"""Conventional limits of the index: Siddiqi, Credit Risk Scorecards, 2006, ch. 9."""

STABILITY_SCHEMA = {
    "feature": pl.String,
    "stability_index": pl.Float64,
    "chance_upper": pl.Float64,
    "reading": pl.String,
    "persons_then": pl.Int64,
    "persons_now": pl.Int64,
}
Reference = dict[str, dict[str, Any]]


def describe_reference(features: pl.DataFrame, names: Sequence[str]) -> Reference:
    """By feature: edges (between bins, ascending) and counts, missing last; plain numbers for JSON.

    Up to ten bins at the tenths of the values, equal values never parted: of a flag, two.
    """
    found: Reference = {}
    for name in names:
        values = features[name].cast(pl.Float64).drop_nulls().to_numpy()
        edges: list[float] = []
        if len(values):
            quantiles = np.quantile(values, np.arange(1, _BINS) / _BINS, method="lower")
            # the highest value closes the last bin: an edge there would leave a bin that training never fills
            edges = [float(each) for each in np.unique(quantiles) if each < values.max()]
        found[name] = {"edges": edges, "counts": count_bins(features[name], edges).tolist()}
    return found


def count_bins(values: pl.Series, edges: Sequence[float]) -> FloatArray:
    """(len(edges) + 2,) people per bin (above the edge before, up to its own), missing last."""
    known = values.cast(pl.Float64).drop_nulls().to_numpy()
    bins = np.searchsorted(np.asarray(edges, dtype=np.float64), known, side="left")
    counted: FloatArray = np.append(np.bincount(bins, minlength=len(edges) + 1), values.null_count()).astype(np.float64)
    return counted


def build_stability_table(reference: Mapping[str, Mapping[str, Any]], now: pl.DataFrame) -> pl.DataFrame:
    """One row per feature (`STABILITY_SCHEMA`), the largest index first.

    The index is the sum of (now - then) x log(now / then) over the bins' shares.
    `chance_upper`: what chance alone exceeds in one of twenty features that have not changed, (1/n + 1/m) times the
    chi-square of one less than the bins (Yurdakul, PhD thesis, Western Michigan University, 2018). `reading`: stable,
    notable (from 0.1) or large (from 0.25), stable where chance explains it; `gone` where the frame lacks the feature.
    """
    rows: list[tuple[str, float | None, float | None, str, int, int]] = []
    for name, then in reference.items():
        counts = np.asarray(then["counts"], dtype=np.float64)
        if name not in now.columns:
            rows.append((name, None, None, "gone", int(counts.sum()), 0))
            continue
        found = count_bins(now[name], then["edges"])
        index, chance = _compare(counts, found)
        rows.append((name, index, chance, _read(index, chance), int(counts.sum()), int(found.sum())))
    table = pl.DataFrame(rows, schema=STABILITY_SCHEMA, orient="row")
    return table.sort("stability_index", "feature", descending=[True, False], nulls_last=False)


def _compare(then: FloatArray, now: FloatArray) -> tuple[float, float]:
    held = (then > 0) | (now > 0)
    if not then.sum() or not now.sum():
        return float("nan"), float("nan")
    first = np.maximum(then[held] / then.sum(), _LEAST_SHARE)
    second = np.maximum(now[held] / now.sum(), _LEAST_SHARE)
    index = float(((second - first) * np.log(second / first)).sum())
    freedom = max(int(held.sum()) - 1, 1)
    return index, float((1 / then.sum() + 1 / now.sum()) * chi2.ppf(0.95, freedom))


def _read(index: float, chance: float) -> str:
    if not index > chance or index < NOTABLE:
        return "stable"
    return "large" if index >= LARGE else "notable"
