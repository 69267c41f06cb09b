"""What a run shows of its models: every candidate, every group, every capacity, each number with its interval."""

from datetime import date
from typing import Any

import polars as pl

from flows.steps.risk_fit import Fitted
from flows.steps.risk_read import Parts
from flows.steps.risk_tables import lengthen

_CHOSEN = {"champion": "champion", "recalibrated": "champion_recalibrated"}


def chosen_key(fitted: Fitted) -> str | None:
    """Key of the row of the model in use among the candidates; None where nobody is scored."""
    if fitted.winner is None:
        return None
    return _CHOSEN.get(str(fitted.winner.role), str(fitted.winner.candidate.key))


def show_performance(fitted: Fitted) -> pl.DataFrame:
    """`risk.performance`: every candidate on everyone who validates."""
    from models.measures import MEASURES

    key = chosen_key(fitted)
    rows = fitted.performance.with_columns(
        outcome=pl.lit(fitted.outcome.key),
        is_chosen=pl.when(pl.col("model") == (key or "")).then(pl.lit("yes")).otherwise(pl.lit("no")),
        sort_key=pl.int_range(pl.len(), dtype=pl.Int64),
    )
    keys = ("outcome", "model", "model_name", "sort_key", "is_chosen", "persons", "events")
    return lengthen(rows, keys, MEASURES)


def show_subgroups(fitted: Fitted) -> pl.DataFrame:
    """`risk.subgroup`: the model in use by group, with a warning where a group is predicted wrongly."""
    from models.measures import MEASURES

    candidate = fitted.winner.candidate
    rows = fitted.winner.subgroups.filter(pl.col("group_type") != "all").with_columns(
        outcome=pl.lit(fitted.outcome.key),
        model=pl.lit(chosen_key(fitted)),
        model_name=pl.lit(candidate.name),
        sort_key=pl.int_range(pl.len(), dtype=pl.Int64),
    )
    keys = ("outcome", "model", "model_name", "group_type", "group_value", "sort_key", "expected", "warning")
    return lengthen(rows, (*keys, "persons", "events"), MEASURES)


def show_calibration(fitted: Fitted) -> pl.DataFrame:
    """`risk.calibration`: tenths of predicted risk and the smooth curve, with 95 % limits."""
    from models.calibration import build_calibration_curve, build_calibration_table
    from models.decision_curve import wilson

    predictions = fitted.predictions
    tenths = build_calibration_table(predictions)
    persons, events = (tenths[name].to_numpy().astype(float) for name in ("persons", "events"))
    lower, upper = wilson(events, persons) if fitted.family == "binomial" else (None, None)
    tenths = tenths.select(
        kind=pl.lit("tenth"),
        position="decile",
        persons="persons",
        events="events",
        predicted="mean_predicted_risk",
        observed="observed_risk",
        lower=pl.lit(None, pl.Float64) if lower is None else pl.Series(lower),
        upper=pl.lit(None, pl.Float64) if upper is None else pl.Series(upper),
    )
    curve = build_calibration_curve(predictions, fitted.family).with_columns(kind=pl.lit("smooth"))
    both = pl.concat([tenths, curve.with_columns(pl.col("position").cast(pl.Int64))], how="diagonal")
    return both.with_columns(outcome=pl.lit(fitted.outcome.key))


def show_capacity(fitted: Fitted, checked: pl.DataFrame) -> pl.DataFrame:
    """`risk.capacity`: lists of the highest 0.5 to 10 %, and of risks the net benefit around their threshold.

    `checked`: the validation people in the order of the predictions, with their unplanned_admissions.
    """
    from models.capacity_list import average_of_highest
    from models.decision_curve import build_count_list_table, build_decision_curve, build_list_table

    key = pl.lit(fitted.outcome.key).alias("outcome")
    names = ("outcome", "capacity_percent", "threshold", "persons")
    if fitted.family == "poisson":
        table = build_count_list_table(fitted.predictions).with_columns(key, threshold=pl.lit(None, pl.Float64))
        return lengthen(table, names, ("captured_share", "mean_count"))
    lists = build_list_table(fitted.predictions).rename({"lowest_risk": "threshold"}).with_columns(key)
    curve = build_decision_curve(fitted.predictions).rename({"persons_flagged": "persons"}).with_columns(key)
    measures = ["sensitivity", "ppv", "number_needed_to_review"]
    admissions = checked["unplanned_admissions"]
    if not admissions.has_nulls():
        counted = average_of_highest(fitted.predictions.risk, admissions.to_numpy(), lists["persons"].to_list())
        lists = lists.with_columns(counted)
        measures.append("unplanned_admissions_per_person")
    return pl.concat([lengthen(lists, names, measures), lengthen(curve, names, ("net_benefit", "net_benefit_all"))])


def show_selection(fitted: Fitted) -> pl.DataFrame:
    """`risk.selection`: the decisions in words, then every gate of the model in use (or of the one that failed)."""
    rows: list[tuple[str, bool | None, str]] = [(step, None, words) for step, words in fitted.decisions.items()]
    if fitted.champion and fitted.champion.refusals:
        told = " ".join(fitted.champion.refusals)
        rows.append(("champion refused", False, f"{fitted.champion.version}: {told}"))
    rows.append(("model in use", fitted.winner is not None, fitted.decision))
    rows += [(f"gate: {gate.gate}", gate.is_passed, gate.found) for gate in fitted.gates]
    frame = pl.DataFrame(rows, schema={"step": pl.String, "is_passed": pl.Boolean, "decision": pl.String}, orient="row")
    return frame.with_columns(outcome=pl.lit(fitted.outcome.key), sort_key=pl.int_range(pl.len(), dtype=pl.Int64))


def show_stability(fitted: Fitted, parts: Parts) -> pl.DataFrame:
    """`risk.stability`: each feature of the model in use, its training people against those of the index date."""
    from models.stability_index import build_stability_table

    winner = fitted.winner
    kept = fitted.champion if winner.role != "challenger" else None
    reference = kept.reference if kept else fitted.reference
    names = winner.candidate.feature_names
    table = build_stability_table({name: reference[name] for name in names}, parts.current)
    return table.with_columns(outcome=pl.lit(fitted.outcome.key), lower=pl.lit(0.0), upper="chance_upper")


def show_month(fitted: Fitted, version: str, scored: date, known: date) -> pl.DataFrame:
    """`risk.monthly`, one run's rows: observed over predicted of everyone who validates (decile null) and by tenth."""
    from models.measures import compare_totals

    rows: list[tuple[Any, ...]] = []
    for decile, part in _tenths(fitted.champion_predictions or fitted.predictions):
        ratio = compare_totals(part, fitted.family)
        rows.append((decile, part.person_count, float(part.event_count), float(part.risk.sum()), *ratio))
    names = ("decile", "persons", "observed", "expected", "ratio", "lower", "upper")
    kinds = (pl.Int64, pl.Int64, *[pl.Float64] * 5)
    frame = pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")
    return frame.with_columns(
        pl.col("ratio", "lower", "upper").fill_nan(None),
        outcome=pl.lit(fitted.outcome.key),
        model_version=pl.lit(version),
        scored_date=pl.lit(scored),
        known_date=pl.lit(known),
    )


def _tenths(predictions: Any) -> list[tuple[int | None, Any]]:
    import numpy as np

    from models.outcome import Predictions

    edges = np.quantile(predictions.risk, np.arange(1, 10) / 10)
    tenth = np.searchsorted(edges, predictions.risk, side="left") + 1
    parts = [
        (int(each), Predictions(predictions.outcome[tenth == each], predictions.risk[tenth == each]))
        for each in np.unique(tenth)
    ]
    return [(None, predictions), *parts]
