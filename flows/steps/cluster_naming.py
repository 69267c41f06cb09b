"""Which cluster is which: ids and names from run to run, and what became of those of the last run."""

from dataclasses import dataclass

import polars as pl

from flows.steps.cluster_last import LastStratum
from flows.steps.cluster_matrix import STRATA

LETTERS = dict(zip(STRATA, "CDEFG", strict=True))  # of the ids of clusters that a stratum has of its own


@dataclass(frozen=True)
class Naming:
    """Which cluster is which."""

    names: pl.DataFrame
    """cluster (number of the class), cluster_id, cluster_name, top_conditions; clusters that somebody is in"""
    event: pl.DataFrame
    """cluster_id, cluster_name, status, distance"""


def name_own(stratum: str, profile: pl.DataFrame, named: pl.DataFrame, last: LastStratum) -> Naming:
    from models.cluster_match import keep_names, match_clusters

    retired = [] if last.event is None else last.event["cluster_id"].to_list()
    matched = match_clusters(last.profile, profile, retired_ids=retired, letter=LETTERS[stratum])
    names = keep_names(matched, named, last.profile)
    return Naming(names, _list_events(matched, names, last.profile, last.event))


def name_shared(named: pl.DataFrame, everyone: dict[str, pl.DataFrame], last_event: pl.DataFrame | None) -> Naming:
    """Ids and names of all ages; what is typical is what is typical of the people of this stratum."""
    ids = everyone["class_hazard"].drop_nulls("cluster_id").select("cluster_id", cluster="class_number").unique()
    here = everyone["event"].filter(pl.col("status").is_in(["kept", "new"])).drop("stratum")
    names = (
        ids.join(here.select("cluster_id", "cluster_name"), on="cluster_id")
        .join(named.select("cluster", "top_conditions"), on="cluster")
        .select("cluster", "cluster_id", "cluster_name", "top_conditions")
    )
    if last_event is None:
        return Naming(names, here.with_columns(status=pl.lit("new"), distance=pl.lit(None, pl.Float64)))
    standing = last_event.filter(pl.col("status").is_in(["kept", "new"]))["cluster_id"].to_list()
    status = pl.when(pl.col("cluster_id").is_in(standing)).then(pl.lit("kept")).otherwise(pl.lit("new"))
    here = here.with_columns(status=status).with_columns(distance=pl.when(pl.col("status") == "kept").then("distance"))
    gone = last_event.filter(~pl.col("cluster_id").is_in(here["cluster_id"].to_list()))
    was_here = pl.col("cluster_id").is_in(standing)
    gone = gone.with_columns(
        status=pl.when(was_here).then(pl.lit("vanished")).otherwise(pl.lit("retired")),
        distance=pl.lit(None, pl.Float64),
    )
    return Naming(names, pl.concat([here, gone.select(here.columns)]).sort("cluster_id"))


def _list_events(
    matched: pl.DataFrame, names: pl.DataFrame, last_profile: pl.DataFrame | None, last_event: pl.DataFrame | None
) -> pl.DataFrame:
    """Kept, new and vanished clusters of this run, and those that vanished before, whose ids are not used again."""
    gone = matched.filter(pl.col("cluster").is_null()).drop("cluster")
    if last_profile is not None:
        gone = gone.join(last_profile.select("cluster_id", "cluster_name").unique(), on="cluster_id", how="left")
    else:
        gone = gone.with_columns(cluster_name=pl.lit(None, pl.String))
    here = matched.drop_nulls("cluster").join(names.select("cluster", "cluster_name"), on="cluster").drop("cluster")
    events = pl.concat([here, gone], how="diagonal")
    if last_event is not None:
        before = last_event.filter(~pl.col("cluster_id").is_in(events["cluster_id"].to_list()))
        before = before.with_columns(status=pl.lit("retired"), distance=pl.lit(None, pl.Float64))
        events = pl.concat([events, before.select(events.columns)])
    return events.sort("cluster_id")
