"""Is what arrived shaped like what the last accepted run had? Profile against profile, nothing is read again."""

from datetime import date

import polars as pl

from mltc.config import Config
from mltc.config.gate import DriftSettings
from mltc.quality.drift.codes import find_code_drift
from mltc.quality.drift.headers import describe_headers, find_header_drift
from mltc.quality.drift.profile import CODE_SCHEMA, COLUMN_SCHEMA, PLACE, write_profile
from mltc.quality.findings import Finding, write_findings
from mltc.warehouse import Warehouse

RULES = ("schema_drift", "value_drift")
KEPT = ("column_profile", "code_profile", "source_column", "index_date")
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

    The last run is the last accepted one of an earlier index date. A month that is run again is held against what
    it was held against before, which the first run keeps as `meta.last_<table>`, so that it comes out the same.
    Without such a run, or with one that kept no profile, nothing is compared and there is no result.
    """
    write_profile(warehouse, tables)
    before = _read_last(last, config.run.index_date)
    if before is None:
        warehouse.write("meta.drift", pl.DataFrame(schema=DRIFT_SCHEMA))
        return write_findings(warehouse, RULES, [])
    for name, frame in before.items():
        warehouse.write(f"meta.last_{name}", frame)
    last_date = before["index_date"].filter(pl.col("role") == "current")["index_date"][0]
    drift = compare_profiles(
        (before["column_profile"], warehouse.read("select * from meta.column_profile")),
        (before["code_profile"], warehouse.read("select * from meta.code_profile")),
        (config.run.index_date - last_date).days,
        config.gate.drift,
    )
    if "source_column" in before:
        this = warehouse.read("select * from meta.source_column")
        found = find_header_drift(describe_headers(before["source_column"]), describe_headers(this))
        drift = pl.concat([drift, found.with_columns(rule=pl.lit("schema_drift")).select(list(DRIFT_SCHEMA))])
    drift = drift.sort(list(DRIFT_SCHEMA))
    warehouse.write("meta.drift", drift)
    names = sorted({*tables, *drift["table_name"]})
    return write_findings(warehouse, RULES, [_describe(name, rule, drift) for name in names for rule in RULES])


def _read_last(last: Warehouse | None, index_date: date) -> dict[str, pl.DataFrame] | None:
    """Frames of the run to compare with, by table name; None where there is none."""
    if last is None:
        return None
    for prefix in ("", "last_"):
        shapes = {name: set(last.columns(f"meta.{prefix}{name}")) for name in KEPT}
        if shapes["column_profile"] != set(COLUMN_SCHEMA) or shapes["code_profile"] != set(CODE_SCHEMA):
            return None
        if not shapes["index_date"]:
            return None
        dates = last.read(f"select index_date from meta.{prefix}index_date where role = 'current'")
        if not dates.is_empty() and dates["index_date"][0] < index_date:
            return {name: last.read(f"select * from meta.{prefix}{name}") for name in KEPT if shapes[name]}
    return None


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
