"""The shape of gate results, whoever made them."""

from collections.abc import Iterable

import polars as pl

# What every maker of results gives: one row per table and rule.
RESULT_SCHEMA = {
    "table_name": pl.String,
    "rule": pl.String,
    "level": pl.String,
    "status": pl.String,
    "rows_failed": pl.Int64,
    "why": pl.String,
    "affects": pl.String,
    "mend": pl.String,
}
# What a maker of results may add: rows that the rule looked at, and where the first failing ones are.
MORE_COLUMNS = {"rows_checked": pl.Int64, "first_rows": pl.String}
GATE_SCHEMA = RESULT_SCHEMA | MORE_COLUMNS


def join_results(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """All results as one frame of schema GATE_SCHEMA; `rows_checked` null and `first_rows` '' where not given."""
    empty = pl.DataFrame(schema=GATE_SCHEMA)
    joined = pl.concat([empty, *frames], how="diagonal").select(list(GATE_SCHEMA))
    return joined.with_columns(pl.col("first_rows").fill_null(""))
