"""Columns of the tables of clusters that Python writes; `sql/clusters/` has the rest of the layer."""

import polars as pl

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
        "is_shared": pl.Int64,
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
    "class_hazard": {
        "stratum": pl.String,
        "class_number": pl.Int64,
        "cluster_id": pl.String,
        "condition": pl.String,
        "class_share": pl.Float64,
        "log_hazard": pl.Float64,
        "is_shared": pl.Boolean,
    },
}


def empty_tables() -> dict[str, pl.DataFrame]:
    """Every table, without rows."""
    return {name: pl.DataFrame(schema=schema) for name, schema in SCHEMAS.items()}
