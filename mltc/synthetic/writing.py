"""Writes tables chunk by chunk, so that memory does not grow with the population."""

from pathlib import Path
from typing import IO, Any, Literal

import polars as pl

from mltc.contract import Table, load_contract

POLARS_TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "list": pl.List(pl.String()),
}
LIST_SEPARATOR = "|"


def shape_frame(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The contract's columns in its order and with its types."""
    return frame.select(pl.col(column.name).cast(POLARS_TYPES[column.type]) for column in table.column)


class TableWriter:
    """One open file of the extract; `rows` counts what has been written."""

    def __init__(self, path: Path, file_format: Literal["parquet", "csv"]) -> None:
        self.path = path.with_suffix(f".{file_format}")
        self.file_format = file_format
        self.rows = 0
        self.parquet: Any = None
        self.text: IO[bytes] | None = None

    def write(self, frame: pl.DataFrame) -> None:
        """Adds rows; every chunk must have the same columns."""
        if self.file_format == "csv":
            self.write_text(frame)
        else:
            self.write_group(frame)
        self.rows += len(frame)

    def write_text(self, frame: pl.DataFrame) -> None:
        """Lists joined by "|"; dates as ISO 8601; booleans as true and false."""
        header = self.text is None
        if self.text is None:
            self.text = self.path.open("wb")
        lists = [name for name, kind in frame.schema.items() if kind == pl.List(pl.String)]
        flat = frame.with_columns(pl.col(name).list.join(LIST_SEPARATOR) for name in lists)
        flat.write_csv(self.text, include_header=header, datetime_format="%Y-%m-%dT%H:%M:%S", line_terminator="\n")

    def write_group(self, frame: pl.DataFrame) -> None:
        """One row group per chunk."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows = frame.to_arrow()
        plain = pa.schema([pa.field(name, narrow_type(rows.schema.field(name).type)) for name in rows.column_names])
        if self.parquet is None:
            self.parquet = pq.ParquetWriter(self.path, plain, compression="zstd", store_schema=False)
        self.parquet.write_table(rows.cast(plain), row_group_size=1_000_000)

    def close(self) -> None:
        """Ends the file."""
        if self.parquet is not None:
            self.parquet.close()
        if self.text is not None:
            self.text.close()


def narrow_type(kind: Any) -> Any:
    """Arrow's plain text and list types in place of the large ones."""
    import pyarrow as pa

    if pa.types.is_large_list(kind) or pa.types.is_list(kind):
        return pa.list_(narrow_type(kind.value_type))
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    return kind


def contract_table(name: str) -> Table:
    """A table of the contract."""
    return load_contract()[name]
