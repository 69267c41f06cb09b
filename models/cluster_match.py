"""Clusters keep their ids from run to run: this month's classes matched to the last accepted ones."""

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl
from scipy.optimize import linear_sum_assignment

from models.patterns import FloatArray

_MAX_DISTANCE = 0.5  # further apart than this, two profiles share less than half of what either shows

_SCHEMA = {"cluster": pl.Int64, "cluster_id": pl.String, "status": pl.String, "distance": pl.Float64}


def match_clusters(
    previous_profile: pl.DataFrame | None,
    profile: pl.DataFrame,
    max_distance: float = _MAX_DISTANCE,
    retired_ids: Iterable[str] = (),
    letter: str = "C",
) -> pl.DataFrame:
    """One row per cluster of this run, then one per vanished id.

    `previous_profile`: cluster_id, condition, probability (None on a first run); `profile`: cluster,
    condition, probability, as `build_profile` makes it. Conditions that only one of them knows count as 0
    in the other. Result: cluster (null if vanished), cluster_id ("C01"), status (kept, new or vanished),
    distance [0, 1] (null unless kept).

    The pairing minimises the summed distance (Kuhn's assignment); a pair further apart than `max_distance`
    is a vanished and a new cluster. A new cluster takes `letter` and the next number after every id ever used with
    it, for which the caller passes `retired_ids`. Distance between profiles p and q:
    1 - sum(min(p, q)) / sum(max(p, q)) (Ruzicka), so that levels count and conditions that neither has do not
    dilute it.
    """
    clusters = sorted(profile["cluster"].unique().to_list())
    old_ids = [] if previous_profile is None else sorted(previous_profile["cluster_id"].unique().to_list())
    kept: dict[int, tuple[str, float]] = {}
    if previous_profile is not None and old_ids:
        distances = _compute_distances(previous_profile, old_ids, profile, clusters)
        for old, new in zip(*linear_sum_assignment(distances), strict=True):
            if distances[old, new] <= max_distance:
                kept[clusters[new]] = (old_ids[old], float(distances[old, new]))
    fresh = _next_ids(letter, [*old_ids, *retired_ids])
    rows: list[tuple[int | None, str, str, float | None]] = []
    for cluster in clusters:
        if cluster in kept:
            rows.append((cluster, kept[cluster][0], "kept", kept[cluster][1]))
        else:
            rows.append((cluster, next(fresh), "new", None))
    found = {cluster_id for cluster_id, _ in kept.values()}
    rows += [(None, each, "vanished", None) for each in old_ids if each not in found]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def keep_names(matched: pl.DataFrame, named: pl.DataFrame, previous_profile: pl.DataFrame | None) -> pl.DataFrame:
    """cluster, cluster_id, cluster_name, top_conditions: a kept cluster keeps its name, a new one has that of the rule.

    `matched` as `match_clusters` made it, `named` as `name_clusters` made it, `previous_profile` with cluster_id and
    cluster_name (None on a first run). A new name that a kept cluster already bears is followed by the id.
    """
    here = matched.drop_nulls("cluster").select("cluster", "cluster_id", "status").join(named, on="cluster")
    if previous_profile is None:
        return here.drop("status")
    known = previous_profile.select("cluster_id", last_name="cluster_name").unique()
    here = here.join(known, on="cluster_id", how="left", maintain_order="left")
    kept = here.filter(pl.col("status") == "kept")["last_name"].to_list()
    name = (
        pl.when(pl.col("status") == "kept")
        .then("last_name")
        .when(pl.col("cluster_name").is_in(kept))
        .then(pl.format("{} ({})", "cluster_name", "cluster_id"))
        .otherwise("cluster_name")
    )
    return here.with_columns(cluster_name=name).drop("status", "last_name")


def _compute_distances(
    previous: pl.DataFrame, old_ids: list[str], profile: pl.DataFrame, clusters: list[int]
) -> FloatArray:
    conditions = sorted(set(previous["condition"]) | set(profile["condition"]))
    old = _widen(previous, "cluster_id", old_ids, conditions)[:, np.newaxis, :]
    new = _widen(profile, "cluster", clusters, conditions)[np.newaxis, :, :]
    union = np.maximum(old, new).sum(axis=2)
    shared = np.minimum(old, new).sum(axis=2)
    similarity: FloatArray = np.divide(shared, union, out=np.ones_like(union), where=union > 0)
    return 1 - similarity


def _widen(long: pl.DataFrame, key: str, keys: list[str] | list[int], conditions: list[str]) -> FloatArray:
    wide = np.zeros((len(keys), len(conditions)))
    for name, condition, probability in long.select(key, "condition", "probability").iter_rows():
        wide[keys.index(name), conditions.index(condition)] = probability
    return wide


def _next_ids(letter: str, used: list[str]) -> Iterator[str]:
    number = max((int(each[1:]) for each in used if each.startswith(letter)), default=0)
    return (f"{letter}{each:02d}" for each in range(number + 1, number + 1000))
