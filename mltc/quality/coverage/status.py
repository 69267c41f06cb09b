"""ok, low, stopped, high or not enough history, for every month; and whose people cannot be scored."""

import math

import polars as pl

from mltc.config.gate import CoverageSettings
from mltc.quality.coverage.limits import KEYS, add_limits
from mltc.quality.coverage.window import CoverageInput, build_grid, month_start

COVERAGE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "table_name": pl.String,
    "organisation_code": pl.String,
    "supplier": pl.String,
    "month": pl.Date,
    "rows": pl.Int64,
    "persons": pl.Float64,
    "expected": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "status": pl.String,
    "reason": pl.String,
}
FAILED = ("low", "stopped")
NO_HISTORY = "not enough history"
PEER_SHARE = 0.2  # of its peers' rate: whatever a practice is like, it sends as much as this
TOGETHER_SHARE = 0.8  # of a supplier's practices that fail in a month: it is the supplier


def judge_coverage(given: CoverageInput, settings: CoverageSettings) -> pl.DataFrame:
    """One row per table, organisation and judged month (schema COVERAGE_SCHEMA), sorted by these."""
    grid = build_grid(given, settings)
    if grid.is_empty():
        return pl.DataFrame(schema=COVERAGE_SCHEMA)
    limited = add_limits(grid, settings)
    first = month_start(given.index_date, settings.judged_months)
    judged = limited.filter(pl.col("month") >= first)
    if not given.has_peer_rates:
        judged = judged.with_columns(peer_expected=pl.lit(None, pl.Float64))
    told = _add_reason(_add_status(_mark_silence(judged, settings), settings), settings)
    return (
        told.rename({"row_count": "rows"})
        .select(pl.col(name).cast(kind) for name, kind in COVERAGE_SCHEMA.items())
        .sort(*KEYS, "month")
    )


def _mark_silence(judged: pl.DataFrame, settings: CoverageSettings) -> pl.DataFrame:
    """is_silent: part of a run of months without a record that chance does not explain.

    The chance of no record in a run is exp(-expected / overdispersion). Expected is by the organisation's own
    rate, and at least a fifth of its peers', so that one that never sent is found as well.
    """
    least = pl.max_horizontal(pl.col("expected"), PEER_SHARE * pl.col("peer_expected")).fill_null(0)
    waits = pl.col("is_boundary") | (pl.col("month") <= pl.col("own_first")).fill_null(False)
    silent = (pl.col("row_count") == 0) & ~waits
    runs = judged.with_columns(
        weight=pl.when(silent).then(least / pl.col("overdispersion").fill_null(1.0)).otherwise(0.0),
        run=(~silent).cast(pl.Int64).cum_sum().over(KEYS),
        is_zero=silent,
    )
    weight = pl.col("weight").sum().over(*KEYS, "run")
    return runs.with_columns(is_silent=pl.col("is_zero") & (weight >= -math.log(settings.zero_chance)))


def _add_status(judged: pl.DataFrame, settings: CoverageSettings) -> pl.DataFrame:
    """A month fails on its own beyond the limits, or with a neighbour where both are beyond nearer ones.

    Two months at limit_sd / sqrt(2) are as rare as one at limit_sd (both tails fall with the square of it).
    """
    rows, expected = pl.col("row_count"), pl.col("expected")
    near = pl.col("width") / math.sqrt(2)
    is_low, is_high = rows < settings.low_share * expected, rows > settings.high_ratio * expected
    is_below = is_low & ((rows < pl.col("lower")) | _is_paired(is_low & (rows < expected * _shrink(near))))
    is_above = is_high & ((rows > pl.col("upper")) | _is_paired(is_high & (rows > expected * (1 + near) ** 1.5)))
    return judged.with_columns(
        status=pl.when("is_boundary")
        .then(pl.lit(NO_HISTORY))
        .when("is_silent")
        .then(pl.lit("stopped"))
        .when(pl.col("history") < settings.minimum_history_months)
        .then(pl.lit(NO_HISTORY))
        .when(is_below & (rows <= settings.stopped_share * expected))
        .then(pl.lit("stopped"))
        .when(is_below)
        .then(pl.lit("low"))
        .when(is_above)
        .then(pl.lit("high"))
        .otherwise(pl.lit("ok"))
    )


def _shrink(width: pl.Expr) -> pl.Expr:
    return (1 - width).clip(0, None) ** 1.5


def _is_paired(is_beyond: pl.Expr) -> pl.Expr:
    """Whether this month and the one before or after it are beyond a limit; months are sorted."""
    beyond = is_beyond.fill_null(False)
    return beyond & (beyond.shift(1, fill_value=False).over(KEYS) | beyond.shift(-1, fill_value=False).over(KEYS))


def _add_reason(judged: pl.DataFrame, settings: CoverageSettings) -> pl.DataFrame:
    by_supplier = ["table_name", "supplier", "month"]
    seen = pl.col("status") != NO_HISTORY
    failed = pl.col("status").is_in(FAILED)
    senders = seen.sum().over(by_supplier)
    together = (
        (senders >= settings.minimum_peers)
        & (failed.sum().over(by_supplier) >= TOGETHER_SHARE * senders)
        & (pl.col("supplier") != "not known")
    )
    words = {
        "stopped": pl.when(pl.col("own_first").is_null())
        .then(pl.lit("nothing was ever sent"))
        .otherwise(pl.lit("hardly anything was sent")),
        "low": pl.lit("less was sent than is usual for it"),
        "high": pl.lit("more was sent than is usual for it: repeated records, or a merged list"),
        NO_HISTORY: pl.when("is_boundary")
        .then(pl.lit("opened, closed or changed its list by half in this month"))
        .otherwise(pl.lit("fewer usable months before it than are needed to judge")),
    }
    reason = pl.lit(None, pl.String)
    for status, text in words.items():
        reason = pl.when(pl.col("status") == status).then(text).otherwise(reason)
    suffix = pl.when(failed & together).then(pl.lit("; so it was for most practices of this supplier"))
    return judged.with_columns(reason=reason + suffix.otherwise(pl.lit("")))


def find_abstentions(coverage: pl.DataFrame, settings: CoverageSettings) -> pl.DataFrame:
    """Organisations that nobody should be judged by: organisation_code, table_name, from_month, reason.

    The latest month that is due has stopped, or `abstain_months` or more of the last 12 were low or stopped.
    from_month is the first of those that failed.
    """
    keys = ["organisation_code", "table_name"]
    recent = coverage.filter(pl.col("month").rank("dense", descending=True).over(keys) <= 12)
    failed = pl.col("status").is_in(FAILED)
    each = recent.group_by(keys).agg(
        from_month=pl.col("month").filter(failed).min(),
        failed_months=failed.sum(),
        latest=pl.col("status").sort_by("month").last(),
    )
    stopped = pl.col("latest") == "stopped"
    since = pl.col("from_month").dt.strftime("%Y-%m")
    return (
        each.filter(stopped | (pl.col("failed_months") >= settings.abstain_months))
        .with_columns(
            reason=pl.when(stopped)
            .then(pl.format("its records of {} stopped; first month that failed {}", "table_name", since))
            .otherwise(pl.format("its records of {} are too few in {} of 12 months", "table_name", "failed_months"))
        )
        .select("organisation_code", "table_name", "from_month", "reason")
        .sort(keys)
    )
