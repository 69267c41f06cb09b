"""Columns of the tables of schema `cohort` that Python writes; `sql/cohort/` has the rest of the layer."""

from typing import Any

import polars as pl


def _with_limits(*names: str) -> dict[str, Any]:
    return {f"{name}{end}": pl.Float64 for name in names for end in ("", "_lower", "_upper")}


_PLACE = {"geography_type": pl.String, "geography_code": pl.String, "geography_name": pl.String}
SCHEMAS: dict[str, dict[str, Any]] = {
    "standardised": {
        "cohort": pl.String,
        **_PLACE,
        "pcn_code": pl.String,
        "sub_icb_code": pl.String,
        "resident_area": pl.String,
        "persons": pl.Int64,
        "cohort_persons": pl.Int64,
        **_with_limits("standardised_percent", "ratio"),
        "funnel_position": pl.Int64,
    },
    "inequality": {
        **_PLACE,
        "measure": pl.String,
        "breakdown": pl.String,
        "unit": pl.String,
        "persons": pl.Int64,
        "events": pl.Int64,
        "groups": pl.Int64,
        **_with_limits("slope_index", "relative_index"),
        "mean_difference": pl.Float64,
        "rmad_percent": pl.Float64,
    },
    "activity": {
        "cohort": pl.String,
        **_PLACE,
        "activity": pl.String,
        "activity_name": pl.String,
        "unit": pl.String,
        "sort_key": pl.Int64,
        "persons": pl.Int64,
        "users": pl.Int64,
        "mean_per_head": pl.Float64,
        "gbp_per_head": pl.Float64,
        "gini": pl.Float64,
        "top_5_percent": pl.Float64,
    },
    "outlook": {
        "cohort": pl.String,
        "scenario": pl.String,
        "year": pl.Int64,
        "assumption": pl.String,
        **_with_limits("expected_persons"),
    },
    "monthly": {
        "series": pl.String,
        "month": pl.String,
        "is_latest": pl.String,
        "variation": pl.String,
        "persons": pl.Int64,
        "events": pl.Int64,
        **dict.fromkeys(("rate_per_1000", "mean_per_1000", "lower_per_1000", "upper_per_1000"), pl.Float64),
    },
    "recorded_published": {
        "practice_code": pl.String,
        "practice_name": pl.String,
        "condition": pl.String,
        "condition_name": pl.String,
        "denominator": pl.String,
        "published_source": pl.String,
        "persons": pl.Int64,
        "recorded_persons": pl.Int64,
        "published_percent": pl.Float64,
        **_with_limits("ratio"),
        "funnel_position": pl.Int64,
    },
}


def shape(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with the columns of table `name` in its order; no rows where `frame` has none."""
    schema = SCHEMAS[name]
    if frame.is_empty():
        return pl.DataFrame(schema=schema)
    return frame.select(pl.col(column).cast(kind) for column, kind in schema.items())
