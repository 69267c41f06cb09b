"""A compact description of what arrived, kept with each run so that the next one can be held against it.

It holds shares and counts of whole columns, months of the main date, and shares of the codes that the contract
lists; a value that the contract does not list is counted as one group, so that no person's value gets in.
"""

from collections.abc import Iterable

import polars as pl

from mltc.contract import Table, load_contract
from mltc.warehouse import Warehouse

UNLISTED = "not on the list"
EARLY, LATE = 0.01, 0.99  # of the dates: one bad date moves neither
COLUMN_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "table_name": pl.String,
    "feed": pl.String,
    "file_pattern": pl.String,
    "column_name": pl.String,
    "type": pl.String,
    "row_count": pl.Int64,
    "null_share": pl.Float64,
    "unread_share": pl.Float64,
    "distinct_count": pl.Int64,
    "early_month": pl.Date,
    "late_month": pl.Date,
}
CODE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "table_name": pl.String,
    "feed": pl.String,
    "file_pattern": pl.String,
    "column_name": pl.String,
    "code": pl.String,
    "share": pl.Float64,
}
PLACE = ["table_name", "feed", "file_pattern"]


def write_profile(warehouse: Warehouse, tables: Iterable[str]) -> None:
    """Write `meta.column_profile` and `meta.code_profile` of `raw.<table>`, per feed and pattern of file name."""
    columns, codes = [pl.DataFrame(schema=COLUMN_SCHEMA)], [pl.DataFrame(schema=CODE_SCHEMA)]
    contract = load_contract()
    for name in tables:
        _write_patterns(warehouse, name)
        columns.append(_profile_columns(warehouse, contract[name]))
        codes.append(_profile_codes(warehouse, contract[name]))
    warehouse.write("meta.column_profile", pl.concat(columns).sort(*PLACE, "column_name"))
    warehouse.write("meta.code_profile", pl.concat(codes).sort(*PLACE, "column_name", "code"))


def _write_patterns(warehouse: Warehouse, table: str) -> None:
    """Digits of a file's name are its date or number; without them the name stays the same from month to month."""
    files = warehouse.read(f"select distinct _source_file as file from raw.{table} order by file")
    warehouse.write("meta.file_pattern", files.with_columns(file_pattern=name_pattern("file")))


def name_pattern(column: str) -> pl.Expr:
    """File names without what changes from month to month."""
    return pl.col(column).str.replace_all(r"\d+", "#")


def _source(warehouse: Warehouse, table: str) -> str:
    feed = "raw_row._feed" if "_feed" in warehouse.columns(f"raw.{table}") else "'extracts'"
    return (
        f"(select raw_row.*, {feed} as feed, pattern.file_pattern from raw.{table} as raw_row "
        "inner join meta.file_pattern as pattern on pattern.file = raw_row._source_file) as arrived"
    )


def _profile_columns(warehouse: Warehouse, table: Table) -> pl.DataFrame:
    measures = []
    for number, column in enumerate(table.column):
        name = f"arrived.{column.name}"
        measures += [
            f"avg(case when {name} is null then 1.0 else 0.0 end) as null_share_{number}",
            f"avg(case when ',' || coalesce(arrived._unread_columns, '') || ',' like '%,{column.name},%' "
            f"then 1.0 else 0.0 end) as unread_share_{number}",
            f"approx_count_distinct({name}) as distinct_count_{number}",
        ]
    wide = warehouse.read(
        f"select arrived.feed, arrived.file_pattern, count(*) as row_count, {', '.join(measures)} "
        f"from {_source(warehouse, table.table)} group by arrived.feed, arrived.file_pattern"
    )
    frames = [
        wide.select(
            "feed",
            "file_pattern",
            "row_count",
            table_name=pl.lit(table.table),
            column_name=pl.lit(column.name),
            type=pl.lit(column.type),
            null_share=f"null_share_{number}",
            unread_share=f"unread_share_{number}",
            distinct_count=f"distinct_count_{number}",
        )
        for number, column in enumerate(table.column)
    ]
    joined = pl.concat(frames).join(
        _profile_dates(warehouse, table), on=["feed", "file_pattern", "column_name"], how="left"
    )
    return joined.select(pl.col(name).cast(kind) for name, kind in COLUMN_SCHEMA.items())


def _profile_dates(warehouse: Warehouse, table: Table) -> pl.DataFrame:
    """Months between which all but the first and last hundredth of the main date lie."""
    empty = pl.DataFrame(
        schema={"feed": pl.String, "file_pattern": pl.String, "column_name": pl.String}
        | {"early_month": pl.Date, "late_month": pl.Date}
    )
    if table.main_date is None:
        return empty
    month = f"cast(date_trunc('month', arrived.{table.main_date}) as date)"
    counts = warehouse.read(
        f"select arrived.feed, arrived.file_pattern, {month} as month, count(*) as row_count "
        f"from {_source(warehouse, table.table)} where arrived.{table.main_date} is not null "
        f"group by arrived.feed, arrived.file_pattern, {month} order by month"
    )
    place = ["feed", "file_pattern"]
    share = pl.col("row_count").cum_sum().over(place) / pl.col("row_count").sum().over(place)
    found = (
        counts.with_columns(share=share)
        .group_by(place)
        .agg(
            early_month=pl.col("month").filter(pl.col("share") >= EARLY).min(),
            late_month=pl.col("month").filter(pl.col("share") >= LATE).min(),
        )
    )
    return pl.concat([empty, found.with_columns(column_name=pl.lit(table.main_date))], how="diagonal")


def _profile_codes(warehouse: Warehouse, table: Table) -> pl.DataFrame:
    frames = [pl.DataFrame(schema=CODE_SCHEMA)]
    for column in table.column:
        if not column.allowed:
            continue
        value = f"arrived.{column.name}"
        counts = warehouse.read(
            f"select arrived.feed, arrived.file_pattern, "
            f"case when list_contains($allowed, {value}) then {value} else $unlisted end as code, "
            f"count(*) as row_count from {_source(warehouse, table.table)} where {value} is not null group by all",
            {"allowed": list(column.allowed), "unlisted": UNLISTED},
        )
        named = counts.with_columns(
            table_name=pl.lit(table.table),
            column_name=pl.lit(column.name),
            share=pl.col("row_count") / pl.col("row_count").sum().over("feed", "file_pattern"),
        )
        frames.append(named.select(pl.col(name).cast(kind) for name, kind in CODE_SCHEMA.items()))
    return pl.concat(frames)
