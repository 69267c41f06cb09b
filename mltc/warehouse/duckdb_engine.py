"""DuckDB behind the warehouse protocol."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import duckdb
import polars as pl

from mltc.encryption import Encryption
from mltc.warehouse.faults import explain_failed
from mltc.warehouse.made import Made
from mltc.warehouse.opening import attach_file, connect_file
from mltc.warehouse.protocol import EngineError, Parameter
from mltc.warehouse.trace import note_statement


class DuckDBWarehouse:
    """One DuckDB file. Use as a context manager; `read_only` opens it for people who look."""

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        memory_limit: str = "8GB",
        threads: int = 2,
        encryption: Encryption | None = None,
    ) -> None:
        self.path = path
        self.encryption = encryption
        self.made = Made(self)
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
        self._connection = connect_file(path, self.settings, encryption, read_only=read_only)

    def execute(self, statement: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        """Run one statement for its effect."""
        self._run(statement, parameters)

    def read(self, query: str, parameters: Mapping[str, Parameter] | None = None) -> pl.DataFrame:
        """Rows of a query as a polars frame."""
        note_statement(query)
        with _without_contents(self.path):
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

    def attach(self, path: Path, name: str) -> None:
        """Let the tables of another warehouse file be read as `<name>.<schema>.<table>`, whatever key it has."""
        with _without_contents(path):
            attach_file(self._connection, path, name, self.encryption, read_only=True)

    def close(self) -> None:
        """Flush and let go of the file."""
        try:
            self.made.save()
        finally:
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
        if changed := note_statement(statement):
            self.made.forget(changed)
        with _without_contents(self.path):
            return self._connection.execute(statement, dict(parameters or {}))


@contextmanager
def _without_contents(path: Path) -> Iterator[None]:
    """Turn engine errors into ours, dropping every message that may quote a row."""
    try:
        yield
    except duckdb.Error as error:
        raise explain_failed(path, error) from None


def open_warehouse(
    path: Path,
    *,
    read_only: bool = False,
    memory_limit: str = "8GB",
    threads: int = 2,
    encryption: Encryption | None = None,
) -> DuckDBWarehouse:
    """Open the warehouse file at `path`, creating it unless `read_only`, encrypted where `encryption` is given.

    An encrypted file is opened without `encryption` too, by the key that its run names (`mltc.encryption`).
    """
    return DuckDBWarehouse(path, read_only=read_only, memory_limit=memory_limit, threads=threads, encryption=encryption)
