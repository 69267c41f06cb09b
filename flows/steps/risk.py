"""Twelve-month risk of an unplanned admission: fit, validate on other practices a year later, choose, score."""

from typing import Any

import polars as pl

from flows.steps.model_store import OUTCOME, Fitted, store_model
from flows.steps.notes import replace_notes
from flows.steps.risk_tables import CALIBRATION_SCHEMA, PERFORMANCE_SCHEMA, PERSON_SCHEMA, empty_risk_tables
from mltc.codelists import Codelists
from mltc.config import Config
from mltc.derive import index_dates
from mltc.progress import tell
from mltc.quality.coverage.abstention import (
    describe_prevalence_gap,
    describe_provider_gap,
    describe_risk_gap,
    drop_uncovered,
    list_abstentions,
    read_abstentions,
)
from mltc.warehouse import Warehouse
from mltc.workspace import Workspace

BINARY = (
    "is_male",
    "has_mental_condition",
    "has_heart_failure",
    "has_copd",
    "has_coronary_artery_disease",
    "has_stroke",
    "has_arrhythmia",
    "has_diabetes",
    "has_chronic_kidney_disease",
    "has_dementia",
    "has_epilepsy",
    "has_asthma",
    "has_depression",
    "has_drug_alcohol_misuse",
    "has_severe_mental_illness",
    "has_cancer",
    "has_chronic_liver_disease",
)
COUNTS = (
    "condition_count",
    "body_system_count",
    "unplanned_admission_count_12m",
    "unplanned_admission_count_13_24m",
    "planned_admission_count_12m",
    "unplanned_bed_days_12m",
    "emergency_attendance_count_12m",
    "outpatient_attended_count_12m",
    "gp_contact_count_12m",
    "medicine_count_3m",
)
# More of these never lowers the risk of an unplanned admission, other things equal.
INCREASING = (
    "condition_count",
    "unplanned_admission_count_12m",
    "unplanned_admission_count_13_24m",
    "has_heart_failure",
)


def score_risk(workspace: Workspace, codelists: Codelists) -> dict[str, int]:
    """Write schema `risk` and the model folder; empty tables, with a note, where data are too few.

    People of practices that failed coverage are neither scored nor used: `risk.abstention` has them, with the reason.
    """
    from models.errors import TooLittleData

    config = workspace.config
    tell("fitting risk models")
    with workspace.open_build() as warehouse:
        failed = read_abstentions(warehouse)
        features = drop_uncovered(read_features(warehouse), failed)
        left_out = list_abstentions(warehouse, failed)
    if left_out.height and features.filter(pl.col("index_date") == config.run.index_date).is_empty():
        # Every practice failed: there is nobody to score, and describe_risk_gap says why.
        with workspace.open_build() as warehouse:
            return _write_risk(warehouse, empty_risk_tables() | {"abstention": left_out}, [], failed)
    try:
        fitted = fit_and_validate(config, features)
    except TooLittleData as error:
        tables = empty_risk_tables()
        needed = str(error).split("; found", maxsplit=1)[0].rstrip(".")
        notes = [f"A risk model could not be fitted, and nobody was scored. {needed}; there were fewer."]
    else:
        tables = _score(config, features, fitted)
        notes = [fitted.alarm] if fitted.alarm else []
        store_model(workspace, codelists, fitted)
    with workspace.open_build() as warehouse:
        return _write_risk(warehouse, tables | {"abstention": left_out}, notes, failed)


def _write_risk(
    warehouse: Warehouse, tables: dict[str, pl.DataFrame], notes: list[str], failed: pl.DataFrame
) -> dict[str, int]:
    replace_notes(warehouse, "risk", [*notes, *describe_risk_gap(failed)])
    replace_notes(warehouse, "prevalence of practices", describe_prevalence_gap(failed))
    replace_notes(warehouse, "feed of providers", describe_provider_gap(warehouse))
    return {name: warehouse.write(f"risk.{name}", frame) for name, frame in tables.items()}


def read_features(warehouse: Warehouse) -> pl.DataFrame:
    """One row per index date and person, sorted, with the outcome where it is known and the groups to report."""
    return warehouse.read(
        "select feature.*, 1 - feature.is_female as is_male, outcome.has_unplanned_admission, "
        "age_band.age_band, age_band.sort_key as age_sort, "
        "case feature.is_female when 1 then 'Female' when 0 then 'Male' else 'Not known' end as sex, "
        "case feature.imd_quintile when 1 then '1 (most deprived)' when 5 then '5 (least deprived)' "
        "else coalesce(cast(feature.imd_quintile as varchar), 'Not known') end as deprivation "
        "from features.person_feature as feature "
        "inner join codelist.age_band as age_band "
        "on feature.age_years between age_band.lower_age_years and age_band.upper_age_years "
        "left join features.outcome as outcome "
        "on outcome.person_id = feature.person_id and outcome.index_date = feature.index_date "
        "order by feature.index_date, feature.person_id"
    )


def fit_and_validate(config: Config, features: pl.DataFrame) -> Fitted:
    """Fit every candidate two horizons back, test on held-out practices one horizon back, choose.

    Raises TooLittleData where people, events or practices are too few.
    """
    from models.calibration import build_calibration_table
    from models.discrimination import discrimination_alarm
    from models.outcome import check_predictions
    from models.risk import add_intervals, evaluate_candidates, fit_candidates, select_candidate
    from models.splits import split_people
    from models.validation import build_subgroup_table

    dates, settings = index_dates(config), config.risk
    known = features.filter(pl.col("has_unplanned_admission").is_not_null())
    split = split_people(
        known, dates["training"], dates["validation"], settings.held_out_practice_share, config.run.seed
    )
    train, test = split.training, split.validation
    candidates = fit_candidates(
        train,
        train["has_unplanned_admission"],
        _risk_features(features),
        min_events=settings.minimum_training_events,
        random_state=config.run.seed,
    )
    tell("validating risk models")
    outcome = test["has_unplanned_admission"]
    performance = evaluate_candidates(candidates, test, outcome, settings.minimum_validation_events)
    candidate, decision = select_candidate(candidates, performance)
    add_intervals(candidate, train, train["has_unplanned_admission"])
    predicted = candidate.predict_risk(test)
    groups = test.select("age_band", "sex", imd_quintile="deprivation")
    chosen = performance.filter(pl.col("model") == candidate.key).row(0, named=True)
    alarm = discrimination_alarm(chosen["c_statistic"])
    return Fitted(
        candidate,
        performance,
        build_subgroup_table(outcome, predicted, groups),
        build_calibration_table(check_predictions(outcome.to_numpy(), predicted)),
        {"selection": decision},
        alarm.message if alarm.is_raised else None,
        (candidate.training_person_count, candidate.training_event_count),
    )


def _risk_features(features: pl.DataFrame) -> Any:
    """Features that the data hold: a column that is empty throughout comes from a feed that was not supplied."""
    from models.risk import RiskFeatures

    held = [name for name in (*BINARY, *COUNTS, "imd_quintile") if features[name].null_count() < features.height]
    return RiskFeatures(
        names=("age_years", *held),
        log_names=tuple(name for name in COUNTS if name in held and name != "condition_count"),
        increasing=tuple(name for name in INCREASING if name in held),
    )


def _score(config: Config, features: pl.DataFrame, fitted: Fitted) -> dict[str, pl.DataFrame]:
    from models.risk import explain_risks

    tell("scoring people")
    current = features.filter(pl.col("index_date") == config.run.index_date)
    lower, upper = fitted.candidate.predict_interval(current)
    people = pl.DataFrame(
        {
            "person_id": current["person_id"],
            "predicted_risk": fitted.candidate.predict_risk(current),
            "predicted_risk_lower": lower,
            "predicted_risk_upper": upper,
        }
    ).with_columns(
        # Rank 1 is the highest risk; equal risks by person key, so that a run can be repeated.
        rank=pl.struct(-pl.col("predicted_risk"), "person_id").rank("ordinal"),
        outcome=pl.lit(OUTCOME),
        status=pl.lit("scored"),
        model_version=pl.lit(f"{OUTCOME}-{fitted.candidate.key}-{config.run.name}"),
        index_date=pl.lit(config.run.index_date),
    )
    people = people.with_columns(
        risk_percentile=100 * (1 - (pl.col("rank") - 0.5) / pl.len()),
        risk_band=_band(pl.col("rank") / pl.len()),
    )
    return {
        "person_risk": people.sort("person_id").select(list(PERSON_SCHEMA)),
        "person_reason": explain_risks(fitted.candidate, current, current["person_id"]),
        "calibration": _calibration_frame(fitted.calibration),
        "performance": _performance_frame(fitted),
    }


def _band(rank_share: pl.Expr) -> pl.Expr:
    from mltc.reference import read_risk_bands

    bands = read_risk_bands()
    expression = pl.lit(bands[-1][0])
    for name, upper_share in reversed(bands[:-1]):
        expression = pl.when(rank_share <= upper_share).then(pl.lit(name)).otherwise(expression)
    return expression


def _calibration_frame(table: pl.DataFrame) -> pl.DataFrame:
    return table.select(
        "decile",
        "persons",
        admitted_persons="events",
        mean_predicted_percent=100 * pl.col("mean_predicted_risk"),
    ).cast(CALIBRATION_SCHEMA)


def _performance_frame(fitted: Fitted) -> pl.DataFrame:
    """All candidates on everyone, and the chosen one by group."""
    key, name = fitted.candidate.key, fitted.candidate.name
    overall = fitted.performance.with_columns(
        group_type=pl.lit("all"),
        group_value=pl.lit("all"),
        is_chosen=pl.when(pl.col("model") == key).then(pl.lit("yes")).otherwise(pl.lit("no")),
    )
    groups = fitted.subgroups.filter(pl.col("group_type") != "all").with_columns(
        model=pl.lit(key), model_name=pl.lit(name), is_chosen=pl.lit("yes")
    )
    both = pl.concat([overall, groups], how="diagonal_relaxed")
    order = pl.int_range(pl.len(), dtype=pl.Int64)  # candidates, then groups in the order in which they were asked for
    return both.with_columns(sort_key=order).select(list(PERFORMANCE_SCHEMA)).cast(PERFORMANCE_SCHEMA)
