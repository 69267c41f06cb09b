"""The tables of clusters, from what was fitted to one stratum."""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from flows.steps.cluster_matrix import ConditionMatrix

if TYPE_CHECKING:
    from models.strata import StratumClusters

SCHEMAS: dict[str, dict[str, type[pl.DataType]]] = {
    "person_cluster": {
        "stratum": pl.String,
        "person_id": pl.String,
        "cluster_id": pl.String,
        "cluster_name": pl.String,
        "top_conditions": pl.String,
        "certainty": pl.Float64,
        "is_certain": pl.Boolean,
    },
    "membership": {
        "stratum": pl.String,
        "person_id": pl.String,
        "cluster_id": pl.String,
        "probability": pl.Float64,
    },
    "profile": {
        "stratum": pl.String,
        "cluster_id": pl.String,
        "cluster_name": pl.String,
        "condition": pl.String,
        "probability": pl.Float64,
        "persons": pl.Int64,
        "persons_with_condition": pl.Int64,
        "observed_expected": pl.Float64,
        "exclusivity": pl.Float64,
        "stability_ari": pl.Float64,
        "is_fitted": pl.Boolean,
    },
    "selection": {
        "stratum": pl.String,
        "class_count": pl.Int64,
        "log_likelihood": pl.Float64,
        "bic": pl.Float64,
        "entropy": pl.Float64,
        "smallest_share": pl.Float64,
        "stability_ari": pl.Float64,
        "is_converged": pl.Int64,
        "is_admissible": pl.Int64,
        "is_chosen": pl.Int64,
    },
    "comparison": {
        "stratum": pl.String,
        "method": pl.String,
        "class_count": pl.Int64,
        "persons": pl.Int64,
        "smallest_share": pl.Float64,
        "largest_share": pl.Float64,
        "class_shares": pl.String,
        "adjusted_rand": pl.Float64,
        "silhouette": pl.Float64,
        "sample_patterns": pl.Int64,
    },
    "event": {
        "stratum": pl.String,
        "cluster_id": pl.String,
        "cluster_name": pl.String,
        "status": pl.String,
        "distance": pl.Float64,
    },
}
LEAST_PROBABILITY = 0.01  # memberships less probable than this are not kept, unless nothing is likelier


def empty_tables() -> dict[str, pl.DataFrame]:
    """Every table, without rows."""
    return {name: pl.DataFrame(schema=schema) for name, schema in SCHEMAS.items()}


def build_tables(
    stratum: str,
    matrix: ConditionMatrix,
    found: "StratumClusters",
    last_profile: pl.DataFrame | None,
    last_event: pl.DataFrame | None,
    minimum_certainty: float,
) -> dict[str, pl.DataFrame]:
    """Tables of one stratum: ids and names are those of the last run where a class is still there.

    `last_profile` and `last_event`: rows of this stratum of the last run; None on a first run.
    """
    from models.cluster_match import keep_names, match_clusters
    from models.clusters import build_profile, describe_clusters, name_clusters

    profile = build_profile(found.probabilities, found.conditions)
    description = describe_clusters(found.matrix, found.labels, found.conditions)
    # a class may be nobody's most probable one: it has a profile, but no members to describe
    profile = profile.filter(pl.col("cluster").is_in(description["cluster"].unique().to_list()))
    retired = [] if last_event is None else last_event["cluster_id"].to_list()
    matched = match_clusters(last_profile, profile, retired_ids=retired)
    named = name_clusters(description, matrix.titles).with_columns(_titles(pl.col("top_conditions"), matrix.titles))
    names = keep_names(matched, named, last_profile)
    persons = matrix.persons.filter("is_mltc").select("person_id").with_columns(cluster=pl.Series(found.labels))
    certainty = pl.Series(found.posterior.max(axis=1))
    people = persons.with_columns(certainty=certainty, is_certain=certainty >= minimum_certainty)
    chosen = next(row for row in found.model.selection_ if row["is_chosen"])
    profiled = (
        profile.join(description, on=["cluster", "condition"])
        .join(names, on="cluster")
        .with_columns(
            stability_ari=pl.lit(chosen["stability_ari"], dtype=pl.Float64),
            is_fitted=~pl.col("condition").is_in(list(found.implied)),
        )
    )
    tables = {
        "person_cluster": people.join(names, on="cluster").sort("person_id"),
        "membership": _list_memberships(found, matrix, names),
        "profile": profiled.sort("cluster_id", "condition"),
        "selection": pl.DataFrame(found.model.selection_),
        "comparison": pl.DataFrame(list(found.comparison)),
        "event": _list_events(matched, names, last_profile, last_event),
    }
    return {name: _shape(name, frame, stratum) for name, frame in tables.items()}


def _shape(name: str, frame: pl.DataFrame, stratum: str) -> pl.DataFrame:
    return frame.with_columns(stratum=pl.lit(stratum)).select(
        pl.col(column).cast(kind) for column, kind in SCHEMAS[name].items()
    )


def _list_memberships(found: "StratumClusters", matrix: ConditionMatrix, names: pl.DataFrame) -> pl.DataFrame:
    ids = dict(names.select("cluster", "cluster_id").iter_rows())
    kept = (found.posterior >= LEAST_PROBABILITY) | (found.posterior == found.posterior.max(axis=1, keepdims=True))
    person, cluster = np.nonzero(kept)
    people = matrix.persons.filter("is_mltc")["person_id"]
    return (
        pl.DataFrame(
            {
                "person_id": people.gather(person),
                "cluster_id": pl.Series(cluster).replace_strict(ids, default=None, return_dtype=pl.String),
                "probability": found.posterior[person, cluster],
            }
        )
        .filter(pl.col("cluster_id").is_not_null())
        .sort("person_id", "cluster_id")
    )


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


def _titles(keys: pl.Expr, titles: dict[str, str]) -> pl.Expr:
    """A list of condition keys as the names that people read."""
    return keys.str.split(", ").list.eval(pl.element().replace(titles)).list.join(", ")
