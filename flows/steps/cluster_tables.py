"""The tables of clusters, from what was fitted to one stratum."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from flows.steps.cluster_last import LastStratum
from flows.steps.cluster_matrix import ConditionMatrix
from flows.steps.cluster_naming import name_own, name_shared
from flows.steps.cluster_schemas import SCHEMAS

if TYPE_CHECKING:
    from models.strata import StratumClusters

IntArray = npt.NDArray[np.int64]
LEAST_PROBABILITY = 0.01  # memberships less probable than this are not kept, unless nothing is likelier


def build_tables(
    stratum: str,
    matrix: ConditionMatrix,
    found: "StratumClusters",
    last: LastStratum,
    minimum_certainty: float,
    everyone: dict[str, pl.DataFrame] | None = None,
) -> dict[str, pl.DataFrame]:
    """Tables of one stratum: ids and names are those of the last run where a class is still there.

    `everyone`: tables of all ages, whose clusters this stratum has taken over; None where it has its own.
    """
    from models.clusters import build_profile, describe_clusters, name_clusters

    labels = _label(found, everyone)
    description = describe_clusters(found.matrix, labels, found.conditions)
    # a class may be nobody's most probable one: it has a profile, but no members to describe
    with_members = pl.col("cluster").is_in(description["cluster"].unique().to_list())
    profile = build_profile(found.probabilities, found.conditions).filter(with_members)
    named = name_clusters(description, matrix.titles).with_columns(_titles(pl.col("top_conditions"), matrix.titles))
    naming = name_own(stratum, profile, named, last) if everyone is None else name_shared(named, everyone, last.event)
    persons = matrix.persons.filter("is_mltc").select("person_id").with_columns(cluster=pl.Series(labels))
    certainty = pl.Series(found.posterior[np.arange(len(labels)), labels])
    people = persons.with_columns(certainty=certainty, is_certain=certainty >= minimum_certainty)
    chosen = next(row for row in found.model.selection_ if row["is_chosen"])
    profiled = (
        profile.join(description, on=["cluster", "condition"])
        .join(naming.names, on="cluster")
        .with_columns(
            stability_ari=pl.lit(chosen["stability_ari"], dtype=pl.Float64),
            is_fitted=~pl.col("condition").is_in(list(found.implied)),
        )
    )
    tables = {
        "person_cluster": people.join(naming.names, on="cluster").sort("person_id"),
        "membership": _list_memberships(found, labels, matrix, naming.names),
        "profile": profiled.sort("cluster_id", "condition"),
        "selection": pl.DataFrame(found.model.selection_),
        "comparison": pl.DataFrame(list(found.comparison)),
        "event": naming.event,
        "class_hazard": _list_hazards(found, naming.names),
    }
    return {name: _shape(name, frame, stratum) for name, frame in tables.items()}


def _label(found: "StratumClusters", everyone: dict[str, pl.DataFrame] | None) -> IntArray:
    """The most probable class; of classes taken over, one that has a name among people of all ages."""
    if everyone is None:
        return found.labels
    known = everyone["class_hazard"].drop_nulls("cluster_id")["class_number"].unique().sort().to_numpy()
    labels: IntArray = known[found.posterior[:, known].argmax(axis=1)]
    return labels


def _list_hazards(found: "StratumClusters", names: pl.DataFrame) -> pl.DataFrame:
    """Parameters of the classes, from which the next run starts."""
    from models.strata import name_classes

    classes = name_classes(found)
    number, condition = np.indices(classes.coefficients.shape)
    frame = pl.DataFrame(
        {
            "class_number": number.ravel(),
            "condition": [classes.conditions[int(column)] for column in condition.ravel()],
            "class_share": np.exp(classes.log_shares)[number.ravel()],
            "log_hazard": classes.coefficients.ravel(),
        },
        schema_overrides={"class_number": pl.Int64},
    )
    ids = names.select("cluster_id", class_number="cluster")
    return frame.join(ids, on="class_number", how="left", maintain_order="left").with_columns(
        is_shared=pl.lit(found.model.is_shared_)
    )


def _shape(name: str, frame: pl.DataFrame, stratum: str) -> pl.DataFrame:
    return frame.with_columns(stratum=pl.lit(stratum)).select(
        pl.col(column).cast(kind) for column, kind in SCHEMAS[name].items()
    )


def _list_memberships(
    found: "StratumClusters", labels: IntArray, matrix: ConditionMatrix, names: pl.DataFrame
) -> pl.DataFrame:
    ids = dict(names.select("cluster", "cluster_id").iter_rows())
    kept = found.posterior >= LEAST_PROBABILITY
    kept[np.arange(len(labels)), labels] = True
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


def _titles(keys: pl.Expr, titles: dict[str, str]) -> pl.Expr:
    """A list of condition keys as the names that people read."""
    return keys.str.split(", ").list.eval(pl.element().replace(titles)).list.join(", ")
