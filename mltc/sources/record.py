"""What was read of each file, and the tables of schema `meta` that say so."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from mltc.config import Config
from mltc.sources.part import plan_parts


@dataclass(frozen=True)
class ExtractFile:
    """One file that was read. `sha256` is of its bytes; `rows` counts the rows that are for the table.

    `rows_in_file` counts every row, of which those that the layout gives to other tables are not in `rows`.
    `columns` are names and engine types as the file has them. `rest`: why rows of no table are none of ours.
    """

    table: str
    feed: str
    file: str
    sha256: str
    byte_count: int
    encoding: str
    rows: int
    rows_in_file: int
    columns: tuple[tuple[str, str], ...] = ()
    rest: str | None = None
    footer_rows: int = 0


def files_frame(files: Iterable[ExtractFile]) -> pl.DataFrame:
    """One row per table and file, for `meta.extract_file`."""
    schema = {
        "table_name": pl.String,
        "feed": pl.String,
        "file": pl.String,
        "sha256": pl.String,
        "byte_count": pl.Int64,
        "encoding": pl.String,
        "rows_in": pl.Int64,
        "rows_in_file": pl.Int64,
        "rest": pl.String,
    }
    rows = [
        (
            item.table,
            item.feed,
            item.file,
            item.sha256,
            item.byte_count,
            item.encoding,
            item.rows,
            item.rows_in_file,
            item.rest,
        )
        for item in files
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def columns_frame(files: Iterable[ExtractFile]) -> pl.DataFrame:
    """One row per table, file and source column as it arrived, for `meta.source_column`."""
    names = ("table_name", "feed", "file", "column_name", "type")
    rows = [(item.table, item.feed, item.file, name, kind) for item in files for name, kind in item.columns]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def feeds_frame(config: Config, files: Iterable[ExtractFile]) -> pl.DataFrame:
    """One row per table and feed of which a file was read, for `meta.source_table`."""
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "table_name": pl.String,
        "feed": pl.String,
        "dialect": pl.String,
        "lawful_basis": pl.String,
        "permitted_use": pl.List(pl.String),
    }
    rows = []
    for table, feed in dict.fromkeys((item.table, item.feed) for item in files):
        part = next(part for part in plan_parts(config, table) if part.feed == feed)
        settings = part.settings
        rows.append((table, feed, part.dialect, settings.lawful_basis, list(settings.permitted_use)))
    return pl.DataFrame(rows, schema=schema, orient="row")
