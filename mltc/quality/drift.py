"""Is what arrived shaped like what the last accepted run had? Profile against profile, nothing is read again."""

from datetime import date

import polars as pl

from mltc.config import Config
from mltc.config.gate import DriftSettings
from mltc.quality.drift_codes import find_code_drift
from mltc.quality.drift_headers import describe_headers, find_header_drift
from mltc.quality.findings import Finding, write_findings
from mltc.quality.profile import CODE_SCHEMA, COLUMN_SCHEMA, PLACE, write_profile
from mltc.warehouse import Warehouse

RULES = ("schema_drift", "value_drift")
DRIFT_SCHEMA = {
    "table_name": pl.String,
    "feed": pl.String,
    "file_pattern": pl.String,
    "column_name": pl.String,
    "rule": pl.String,
    "change": pl.String,
    "last_value": pl.String,
    "this_value": pl.String,
}


def check_drift(warehouse: Warehouse, last: Warehouse | None, config: Config, tables: list[str]) -> pl.DataFrame:
    """Write the profile of this run and `meta.drift`, its changes against the last; results of the gate.

    Without a last run, or with one that kept no profile, nothing is compared and there is no result.
    """
    write_profile(warehouse, tables)
    before = _read_last(last)
    if before is None:
        warehouse.write("meta.drift", pl.DataFrame(schema=DRIFT_SCHEMA))
        return write_findings(warehouse, RULES, [])
    columns, codes, last_date = before
    drift = compare_profiles(
        (columns, warehouse.read("select * from meta.column_profile")),
        (codes, warehouse.read("select * from meta.code_profile")),
        (config.run.index_date - last_date).days,
        config.gate.drift,
    )
    if last is not None and last.columns("meta.source_column"):
        headers = (describe_headers(store.read("select * from meta.source_column")) for store in (last, warehouse))
        found = find_header_drift(*headers).with_columns(rule=pl.lit("schema_drift")).select(list(DRIFT_SCHEMA))
        drift = pl.concat([drift, found]).sort(list(DRIFT_SCHEMA))
    warehouse.write("meta.drift", drift)
    names = sorted({*tables, *drift["table_name"]})
    return write_findings(warehouse, RULES, [_describe(name, rule, drift) for name in names for rule in RULES])


def _read_last(last: Warehouse | None) -> tuple[pl.DataFrame, pl.DataFrame, date] | None:
    if last is None or set(last.columns("meta.column_profile")) != set(COLUMN_SCHEMA):
        return None
    if set(last.columns("meta.code_profile")) != set(CODE_SCHEMA) or not last.columns("meta.index_date"):
        return None
    dates = last.read("select index_date from meta.index_date where role = 'current'")
    if dates.is_empty():
        return None
    return (
        last.read("select * from meta.column_profile"),
        last.read("select * from meta.code_profile"),
        dates["index_date"][0],
    )


def compare_profiles(
    columns: tuple[pl.DataFrame, pl.DataFrame],
    codes: tuple[pl.DataFrame, pl.DataFrame],
    days_between: int,
    settings: DriftSettings,
) -> pl.DataFrame:
    """Changes from the last profile to this one (schema DRIFT_SCHEMA); each pair is (last, this)."""
    last, this = columns
    both = last.join(this, on=[*PLACE, "column_name"], how="inner", suffix="_now")
    found = [
        _find_sources(last, this),
        _find_rows(both, settings),
        *_find_columns(both, settings),
        *_find_dates(both, days_between, settings),
        find_code_drift(codes, both, settings),
    ]
    empty = pl.DataFrame(schema=DRIFT_SCHEMA)
    return pl.concat([empty, *(frame.select(list(DRIFT_SCHEMA)) for frame in found)]).sort(list(DRIFT_SCHEMA))


def _tell(frame: pl.DataFrame, rule: str, change: str, last: pl.Expr, this: pl.Expr) -> pl.DataFrame:
    text = pl.String
    return frame.with_columns(
        rule=pl.lit(rule), change=pl.lit(change), last_value=last.cast(text), this_value=this.cast(text)
    ).select(list(DRIFT_SCHEMA))


def _find_sources(last: pl.DataFrame, this: pl.DataFrame) -> pl.DataFrame:
    """Tables, feeds and patterns of file names that came or went."""
    none, any_column = pl.lit(None, pl.String), pl.lit(None, pl.String)
    old, new = (frame.select(*PLACE, "row_count").unique(PLACE) for frame in (last, this))
    gone = old.join(new, on=PLACE, how="anti").with_columns(column_name=any_column)
    come = new.join(old, on=PLACE, how="anti").with_columns(column_name=any_column)
    return pl.concat(
        [
            _tell(gone, "schema_drift", "the source is gone", pl.col("row_count"), none),
            _tell(come, "schema_drift", "the source is new", none, pl.col("row_count")),
        ]
    )


def _find_rows(both: pl.DataFrame, settings: DriftSettings) -> pl.DataFrame:
    old, new = pl.col("row_count"), pl.col("row_count_now")
    moved = both.unique(PLACE).filter((new - old).abs() > settings.row_count_change * old)
    named = moved.with_columns(column_name=pl.lit(None, pl.String))
    return _tell(named, "schema_drift", "the number of rows changed", old, new)


def _find_columns(both: pl.DataFrame, settings: DriftSettings) -> list[pl.DataFrame]:
    old, new = pl.col("null_share"), pl.col("null_share_now")
    unread, unread_now = pl.col("unread_share"), pl.col("unread_share_now")
    rises = (old < 1) & (new < 1) & (new - old > settings.null_rise)
    of_type = both.filter(pl.col("type") != pl.col("type_now"))
    return [
        _tell(both.filter((old < 1) & (new == 1)), "schema_drift", "the column is now empty or gone", old, new),
        _tell(both.filter((old == 1) & (new < 1)), "schema_drift", "the column is new or now filled", old, new),
        _tell(both.filter(rises), "schema_drift", "the column is more often empty", old, new),
        _tell(of_type, "schema_drift", "the type changed", pl.col("type"), pl.col("type_now")),
        _tell(
            both.filter(unread_now - unread > settings.null_rise),
            "schema_drift",
            "more values cannot be read as their type",
            unread,
            unread_now,
        ),
    ]


def _find_dates(both: pl.DataFrame, days_between: int, settings: DriftSettings) -> list[pl.DataFrame]:
    """The last dates must move with the index date; the first may stand still, or move with it."""
    leeway = settings.date_shift_days
    early = (pl.col("early_month_now") - pl.col("early_month")).dt.total_days()
    late = (pl.col("late_month_now") - pl.col("late_month")).dt.total_days()
    least, most = min(0, days_between) - leeway, max(0, days_between) + leeway
    moved_early = both.filter(~early.is_between(least, most))
    moved_late = both.filter((late - days_between).abs() > leeway)
    return [
        _tell(moved_early, "value_drift", "the first dates moved", pl.col("early_month"), pl.col("early_month_now")),
        _tell(moved_late, "value_drift", "the last dates moved", pl.col("late_month"), pl.col("late_month_now")),
    ]


def _describe(table: str, rule: str, drift: pl.DataFrame) -> Finding:
    count = drift.filter((pl.col("table_name") == table) & (pl.col("rule") == rule)).height
    why = {
        "schema_drift": "Columns, their fill and the number of rows should be like those of the last accepted run: "
        "what changed at the sender's changes figures without anybody's health having changed.",
        "value_drift": "Codes and dates should be spread like those of the last accepted run: a new coding practice "
        "or another period changes figures without anybody's health having changed.",
    }
    mend = "See meta.drift for what changed; ask the sender whether it was meant, and map new codes or columns."
    return Finding(table, rule, count > 0, count, why[rule], f"{table}, comparison with earlier releases", mend)
