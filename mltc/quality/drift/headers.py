"""Columns of the files themselves, also those that nothing reads: what came, went, or changed its type."""

import polars as pl

from mltc.quality.drift.profile import PLACE, name_pattern

HEADER_SCHEMA = dict.fromkeys([*PLACE, "column_name", "type"], pl.String)


def describe_headers(columns: pl.DataFrame) -> pl.DataFrame:
    """Distinct columns per table, feed and pattern of file name (schema HEADER_SCHEMA), of `meta.source_column`."""
    return columns.with_columns(file_pattern=name_pattern("file")).select(list(HEADER_SCHEMA)).unique()


def find_header_drift(last: pl.DataFrame, this: pl.DataFrame) -> pl.DataFrame:
    """One row per change: PLACE, column_name, change, last_value, this_value.

    Sources that came or went as a whole are left out: that is told once, and not for each of their columns.
    """
    common = last.select(PLACE).unique().join(this.select(PLACE).unique(), on=PLACE)
    old, new = (frame.join(common, on=PLACE).rename({"type": name}) for frame, name in ((last, "was"), (this, "now")))
    key = [*PLACE, "column_name"]
    both = old.join(new, on=key, how="full", coalesce=True).filter(pl.col("was").ne_missing(pl.col("now")))
    # A file that comes in several types in one month differs from itself, and says nothing.
    single = both.group_by(key).agg(pl.col("was").first(), pl.col("now").first(), pl.len()).filter(pl.col("len") == 1)
    change = (
        pl.when(pl.col("was").is_null())
        .then(pl.lit("the file has a new column"))
        .when(pl.col("now").is_null())
        .then(pl.lit("the file lost a column"))
        .otherwise(pl.lit("the column of the file changed its type"))
    )
    return single.select(*key, change=change, last_value="was", this_value="now").sort(key)
