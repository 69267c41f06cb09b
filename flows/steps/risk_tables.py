"""Columns of the tables of schema `risk`."""

import polars as pl

PERSON_SCHEMA = {
    "person_id": pl.String,
    "outcome": pl.String,
    "status": pl.String,
    "risk_band": pl.String,
    "model_version": pl.String,
    "predicted_risk": pl.Float64,
    "predicted_risk_lower": pl.Float64,
    "predicted_risk_upper": pl.Float64,
    "risk_percentile": pl.Float64,
    "index_date": pl.Date,
}
CALIBRATION_SCHEMA = {
    "decile": pl.Int64,
    "persons": pl.Int64,
    "admitted_persons": pl.Int64,
    "mean_predicted_percent": pl.Float64,
}
PERFORMANCE_MEASURES = (
    "c_statistic",
    "c_statistic_lower",
    "c_statistic_upper",
    "calibration_slope",
    "calibration_intercept",
    "observed_expected",
    "brier",
    "scaled_brier",
    "ici",
)
PERFORMANCE_SCHEMA = {
    "model": pl.String,
    "model_name": pl.String,
    "group_type": pl.String,
    "group_value": pl.String,
    "sort_key": pl.Int64,
    "is_chosen": pl.String,
    "persons": pl.Int64,
    "events": pl.Int64,
    **dict.fromkeys(PERFORMANCE_MEASURES, pl.Float64),
}


def empty_risk_tables() -> dict[str, pl.DataFrame]:
    """Every table without a row, for a run with too little data."""
    from models.risk_reasons import REASON_SCHEMA

    schemas = {
        "person_risk": PERSON_SCHEMA,
        "person_reason": REASON_SCHEMA,
        "calibration": CALIBRATION_SCHEMA,
        "performance": PERFORMANCE_SCHEMA,
    }
    return {name: pl.DataFrame(schema=schema) for name, schema in schemas.items()}
