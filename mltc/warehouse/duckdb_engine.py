"""DuckDB behind the warehouse protocol."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import duckdb
import polars as pl

from mltc.errors import ConfigError
from mltc.warehouse.protocol import EngineError, Parameter

# Messages of these carry names and positions; every other kind may quote a row.
_SAFE_KINDS = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


class DuckDBWarehouse:
    """One DuckDB file. Use as a context manager; `read_only` opens it for people who look."""

    def __init__(self, path: Path, *, read_only: bool = False, memory_limit: str = "8GB", threads: int = 2) -> None:
        self.path = path
        self.settings: dict[str, str | int] = {
            "memory_limit": memory_limit,
            "threads": threads,
            "autoinstall_known_extensions": "false",
        }
        if read_only:
            # Whoever looks at people must not be able to copy them out, nor to read other files.
            self.settings["enable_external_access"] = "false"
        else:
            self.settings["temp_directory"] = str(path.with_suffix(".spill"))
        try:
            self._connection = duckdb.connect(str(path), read_only=read_only, config=self.settings)
        except duckdb.IOException:
            raise ConfigError(
                f"The warehouse {path} cannot be opened: it is missing, in use by another program, or its "
                "folder cannot be written."
            ) from None

    def execute(self, statement: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        """Run one statement for its effect."""
        self._run(statement, parameters)

    def read(self, query: str, parameters: Mapping[str, Parameter] | None = None) -> pl.DataFrame:
        """Rows of a query as a polars frame."""
        with _without_contents():
            relation = self._connection.sql(query, params=dict(parameters or {}))
            return cast("pl.DataFrame", pl.from_arrow(relation.to_arrow_table()))

    def build(self, name: str, select: str, parameters: Mapping[str, Parameter] | None = None) -> int:
        """Create or replace table `name` from one select; number of rows built."""
        self._create_schema(name)
        try:
            self._run(f"create or replace table {name} as {select}", parameters)
        except EngineError as error:
            raise EngineError(f"{name}: {error}") from None
        return self._count(name)

    def build_view(self, name: str, select: str) -> None:
        """Create or replace view `name` over one select, which binds nothing."""
        self._create_schema(name)
        try:
            self._run(f"create or replace view {name} as {select}", None)
        except EngineError as error:
            raise EngineError(f"{name}: {error}") from None

    def write(self, name: str, frame: pl.DataFrame) -> int:
        """Create or replace table `name` from a frame; number of rows written."""
        self._create_schema(name)
        self._connection.register("incoming_frame", frame.to_arrow())
        try:
            self._run(f"create or replace table {name} as select * from incoming_frame", None)
        finally:
            self._connection.unregister("incoming_frame")
        return frame.height

    def columns(self, name: str) -> dict[str, str]:
        """Column names and types of table `name`, in order; empty when there is no such table."""
        schema, table = name.split(".")
        query = (
            "select column_name, data_type from information_schema.columns "
            "where table_schema = $schema and table_name = $table order by ordinal_position"
        )
        rows = self._run(query, {"schema": schema, "table": table}).fetchall()
        return dict(rows)

    def describe_files(self, reader: str) -> dict[str, str]:
        """Column names and types that a file-reading expression yields."""
        rows = self._run(f"describe select * from {reader}", None).fetchall()
        return {row[0]: row[1] for row in rows}

    def close(self) -> None:
        """Flush and let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _create_schema(self, name: str) -> None:
        self._run(f"create schema if not exists {name.split('.', maxsplit=1)[0]}", None)

    def _count(self, name: str) -> int:
        return int(self._run(f"select count(*) from {name}", None).fetchall()[0][0])

    def _run(self, statement: str, parameters: Mapping[str, Parameter] | None) -> Any:
        with _without_contents():
            return self._connection.execute(statement, dict(parameters or {}))


@contextmanager
def _without_contents() -> Iterator[None]:
    """Turn engine errors into EngineError, dropping every message that may quote a row."""
    try:
        yield
    except _SAFE_KINDS as error:
        raise EngineError(str(error).splitlines()[0]) from None
    except duckdb.OutOfMemoryException:
        raise EngineError(
            "the engine ran out of memory or of room to spill: raise [engine] memory_limit or free disk space"
        ) from None
    except duckdb.Error as error:
        line = re.search(r"\b[Ll]ine:? (\d+)", str(error))
        where = f" at line {line.group(1)}" if line else ""
        raise EngineError(f"the engine stopped with {type(error).__name__}{where}") from None


def open_warehouse(
    path: Path, *, read_only: bool = False, memory_limit: str = "8GB", threads: int = 2
) -> DuckDBWarehouse:
    """Open the warehouse file at `path`, creating it unless `read_only`."""
    return DuckDBWarehouse(path, read_only=read_only, memory_limit=memory_limit, threads=threads)
