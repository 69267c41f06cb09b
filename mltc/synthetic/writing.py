"""Writes tables chunk by chunk, so that memory does not grow with the population."""

from pathlib import Path
from typing import IO, Any, Literal, Protocol

import polars as pl

from mltc.contract import Table, load_contract
from mltc.synthetic.settings import SyntheticSettings

ROW_NUMBER = "row_number"


class LayoutWriter(Protocol):
    """Writes the people of one synthetic ICB in the files of one layout; made as `Layout(folder, settings)`."""

    def __init__(self, folder: Path, settings: SyntheticSettings) -> None: ...

    @property
    def rows(self) -> dict[str, int]:
        """Rows written so far, per file or table of the layout."""

    def write(self, chunk_tables: dict[str, pl.DataFrame]) -> None:
        """Adds the tables of one chunk.

        Frames have `row_number` (from 1, over the whole table: what the log of defects names) and then the
        contract's columns with its types, defects included. The first call holds `organisation` and
        `neighbourhood_lsoa`, every later one all person-level tables of the next persons, each by person and date.
        Nobody is in two calls.
        """

    def close(self) -> None:
        """Ends all files; called once, after an error too."""


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


class CanonicalLayout:
    """One file per table of the contract, with its columns."""

    def __init__(self, folder: Path, settings: SyntheticSettings) -> None:
        self.folder = folder
        self.file_format = settings.file_format
        self.files: dict[str, TableWriter] = {}

    @property
    def rows(self) -> dict[str, int]:
        """Rows written so far, per table."""
        return {name: file.rows for name, file in self.files.items()}

    def write(self, chunk_tables: dict[str, pl.DataFrame]) -> None:
        """Adds the rows as they are."""
        for name, frame in chunk_tables.items():
            if name not in self.files:
                self.files[name] = TableWriter(self.folder / name, self.file_format)
            self.files[name].write(frame.drop(ROW_NUMBER))

    def close(self) -> None:
        """Ends all files."""
        for file in self.files.values():
            file.close()


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
