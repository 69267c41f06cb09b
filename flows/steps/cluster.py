"""Condition clusters of the people with MLTC on the index date."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from flows.steps.notes import replace_notes
from mltc.config import Config
from mltc.progress import tell
from mltc.warehouse import Warehouse
from mltc.workspace import Workspace

PERSON_SCHEMA = {
    "person_id": pl.String,
    "cluster_id": pl.String,
    "cluster_name": pl.String,
    "top_conditions": pl.String,
    "certainty": pl.Float64,
}
PROFILE_SCHEMA = {
    "cluster_id": pl.String,
    "cluster_name": pl.String,
    "condition": pl.String,
    "probability": pl.Float64,
    "persons": pl.Int64,
    "persons_with_condition": pl.Int64,
    "observed_expected": pl.Float64,
    "exclusivity": pl.Float64,
}
SELECTION_SCHEMA = {
    "class_count": pl.Int64,
    "bic": pl.Float64,
    "entropy": pl.Float64,
    "smallest_share": pl.Float64,
    "stability_ari": pl.Float64,
    "is_chosen": pl.Int64,
}


@dataclass(frozen=True)
class ConditionMatrix:
    """`values` (persons, conditions) of 0 and 1; persons sorted, conditions in registry order."""

    persons: pl.Series
    conditions: list[str]
    titles: dict[str, str]
    values: npt.NDArray[np.float64]


def cluster_people(workspace: Workspace) -> dict[str, int]:
    """Write `clusters.person_cluster`, `.profile` and `.selection`; empty, with a note, where data are too few."""
    from models.errors import TooLittleData

    config = workspace.config
    tell("fitting condition clusters")
    with workspace.open_build() as warehouse:
        matrix = read_matrix(warehouse, config)
    try:
        if not len(matrix.conditions):
            raise TooLittleData("No condition is common enough among people with MLTC to describe a cluster.")
        if len(matrix.values) < 2:
            raise TooLittleData("Fewer than two people with MLTC cannot be grouped.")
        model = _fit(config, matrix)
    except TooLittleData as error:
        tables = _empty_tables()
        notes = [f"Condition clusters could not be computed. {_without_figures(error)}"]
    else:
        tables, notes = _describe(workspace, matrix, model), []
    with workspace.open_build() as warehouse:
        replace_notes(warehouse, "clusters", notes)
        return {name: warehouse.write(f"clusters.{name}", frame) for name, frame in tables.items()}


def read_matrix(warehouse: Warehouse, config: Config) -> ConditionMatrix:
    """Conditions of everyone with MLTC, without those that fewer than the configured share of them has."""
    parameters: dict[str, Any] = {"definition": config.run.definition}
    pairs = warehouse.read(
        "select status.person_id, status.condition from register.person_condition as status "
        "inner join register.mltc as mltc on mltc.person_id = status.person_id "
        "inner join codelist.membership as membership on membership.condition = status.condition "
        "where mltc.is_mltc and mltc.definition = $definition and membership.definition = $definition",
        parameters,
    )
    names = warehouse.read("select key, name from codelist.condition order by position")
    persons = pairs["person_id"].unique().sort()
    least = config.clusters.minimum_condition_share * len(persons)
    common = set(pairs.group_by("condition").len().filter(pl.col("len") >= least)["condition"])
    conditions = [key for key in names["key"] if key in common]
    columns = pl.DataFrame({"condition": pl.Series(conditions, dtype=pl.String)}).with_row_index("column")
    rows = pl.DataFrame({"person_id": persons}).with_row_index("row")
    placed = pairs.join(columns, on="condition").join(rows, on="person_id")
    values = np.zeros((len(persons), len(conditions)))
    values[placed["row"].to_numpy(), placed["column"].to_numpy()] = 1.0
    return ConditionMatrix(persons, conditions, dict(zip(names["key"], names["name"], strict=True)), values)


def _fit(config: Config, matrix: ConditionMatrix) -> Any:
    from models.clusters import PatternClusters

    settings = config.clusters
    return PatternClusters(
        settings.class_count_minimum,
        settings.class_count_maximum,
        min_share=settings.smallest_share,
        min_entropy=settings.minimum_entropy,
        start_count=settings.starts,
        bootstrap_replicates=settings.bootstrap_replicates,
        min_persons=settings.minimum_persons,
        random_state=config.run.seed,
    ).fit(matrix.values)


def _describe(workspace: Workspace, matrix: ConditionMatrix, model: Any) -> dict[str, pl.DataFrame]:
    from models.clusters import build_profile, describe_clusters, match_clusters, name_clusters

    probabilities = model.predict_proba(matrix.values)
    labels = probabilities.argmax(axis=1)
    profile = build_profile(model.condition_probabilities_, matrix.conditions)
    matched = match_clusters(_read_last_profile(workspace), profile).filter(pl.col("cluster").is_not_null())
    description = describe_clusters(matrix.values, labels, matrix.conditions)
    named = name_clusters(description, matrix.titles).with_columns(_titles(pl.col("top_conditions"), matrix.titles))
    names = named.join(matched.select("cluster", "cluster_id"), on="cluster")
    people = pl.DataFrame({"person_id": matrix.persons, "cluster": labels, "certainty": probabilities.max(axis=1)})
    profiled = profile.join(description, on=["cluster", "condition"]).join(names, on="cluster")
    selection = pl.DataFrame(model.selection_).with_columns(pl.col("is_chosen").cast(pl.Int64))
    return {
        "person_cluster": people.join(names, on="cluster").sort("person_id").select(list(PERSON_SCHEMA)),
        "profile": profiled.sort("cluster_id", "condition").select(list(PROFILE_SCHEMA)),
        "selection": selection.sort("class_count").select(list(SELECTION_SCHEMA)),
    }


def _titles(keys: pl.Expr, titles: dict[str, str]) -> pl.Expr:
    """A list of condition keys as the names that people read."""
    return keys.str.split(", ").list.eval(pl.element().replace(titles)).list.join(", ")


def _read_last_profile(workspace: Workspace) -> pl.DataFrame | None:
    last = workspace.open_last()
    if last is None:
        return None
    with last:
        if not last.columns("clusters.profile"):
            return None
        found = last.read("select cluster_id, condition, probability from clusters.profile order by all")
    return found if found.height else None


def _empty_tables() -> dict[str, pl.DataFrame]:
    schemas = {"person_cluster": PERSON_SCHEMA, "profile": PROFILE_SCHEMA, "selection": SELECTION_SCHEMA}
    return {name: pl.DataFrame(schema=schema) for name, schema in schemas.items()}


def _without_figures(error: Exception) -> str:
    """What was needed, without what was found: a found count could be a small number."""
    return str(error).split("; found", maxsplit=1)[0].rstrip(".") + "; there were fewer."
