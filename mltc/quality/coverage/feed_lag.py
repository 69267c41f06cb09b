"""How late each feed is expected to be: data, by table, layout and supplier (`expectations/feed_lag.csv`)."""

from collections.abc import Sequence

import polars as pl

from mltc.config import Config
from mltc.errors import ConfigError
from mltc.paths import EXPECTATIONS
from mltc.quality.coverage.window import END_QUANTILE, join_lags
from mltc.quality.findings import Finding, write_findings
from mltc.warehouse import Warehouse

COLUMNS = ("table_name", "dialect", "supplier", "expected_lag_days", "source")
RULE = "feed_lag"


def load_lags() -> pl.DataFrame:
    """Expected lag in days by table_name, dialect and supplier (null: any). Raises ConfigError for a bad file."""
    path = EXPECTATIONS / "feed_lag.csv"
    lags = pl.read_csv(path, infer_schema=False)
    if tuple(lags.columns) != COLUMNS:
        raise ConfigError(f"expectations/{path.name} has the columns {lags.columns}: it must have {list(COLUMNS)}.")
    days = lags["expected_lag_days"].cast(pl.Int64, strict=False)
    if days.null_count() or int((days < 0).sum()):
        raise ConfigError(f"expectations/{path.name}: expected_lag_days must be whole numbers from 0.")
    return lags.with_columns(expected_lag_days=days)


def read_lags(warehouse: Warehouse) -> pl.DataFrame:
    """Expected lags by table_name and supplier for the layouts of this run; of several layouts the longest lag.

    A row for a layout goes before one for any layout.
    """
    dialects = pl.DataFrame(schema={"table_name": pl.String, "dialect": pl.String})
    if "dialect" in warehouse.columns("meta.source_table"):
        dialects = warehouse.read("select distinct table_name, dialect from meta.source_table")
    lags = load_lags()
    own = lags.filter(pl.col("dialect").is_not_null()).join(dialects, on=["table_name", "dialect"])
    chosen = pl.concat(
        [own.with_columns(rank=0), lags.filter(pl.col("dialect").is_null()).with_columns(rank=1)], how="diagonal"
    )
    best = chosen.filter(pl.col("rank") == pl.col("rank").min().over("table_name", "supplier"))
    return best.group_by("table_name", "supplier").agg(pl.col("expected_lag_days").max()).sort("table_name", "supplier")


def check_lags(warehouse: Warehouse, config: Config, tables: Sequence[str]) -> pl.DataFrame:
    """Write `meta.feed_lag` and warn of feeds that end earlier than they are expected to, by supplier.

    Reads schema `coverage`. A supplier's feed ends where three in four of its practices (or providers) end.
    """
    index_date = config.run.index_date
    ends = warehouse.read(
        "select sent.table_name, coalesce(named.supplier, 'not known') as supplier, max(sent.last_date) as last_date "
        "from coverage.month_rows as sent left join coverage.practice_supplier as named "
        "on named.practice_code = sent.organisation_code and sent.organisation_type = 'practice' "
        "group by sent.table_name, sent.organisation_code, coalesce(named.supplier, 'not known') order by all"
    ).filter(pl.col("table_name").is_in(tables))
    latest = ends.group_by("table_name", "supplier").agg(
        latest_date=pl.col("last_date").quantile(END_QUANTILE, "higher").cast(pl.Date)
    )
    silent = pl.DataFrame({"table_name": list(tables)}, schema={"table_name": pl.String}).join(
        latest, on="table_name", how="anti"
    )
    every = pl.concat([latest, silent.with_columns(supplier=pl.lit("not known"))], how="diagonal")
    days = (pl.lit(index_date) - pl.col("latest_date")).dt.total_days() - 1
    judged = join_lags(every, read_lags(warehouse)).with_columns(lag_days=days)
    late = judged["lag_days"].is_null() | (judged["lag_days"] > judged["expected_lag_days"])
    judged = judged.with_columns(is_late=late).sort("table_name", "supplier")
    warehouse.write("meta.feed_lag", judged)
    return write_findings(warehouse, [RULE], [_describe(table, judged) for table in tables])


def _describe(table: str, judged: pl.DataFrame) -> Finding:
    late = int(judged.filter((pl.col("table_name") == table) & pl.col("is_late")).height)
    why = (
        "The feed of a supplier must not end earlier than feeds of its kind usually do (expectations/feed_lag.csv): "
        "what is counted in the months that are missing would read as falling need."
    )
    mend = "See meta.feed_lag; ask the supplier for the latest extract."
    return Finding(table, RULE, late > 0, late, why, f"{table}, needs, risk", mend)
