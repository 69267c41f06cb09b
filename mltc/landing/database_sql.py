"""Rows of any database that SQLAlchemy has a driver for, a chunk at a time, column by column."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltc.landing.attempts import OutsideFault
from mltc.landing.batches import check_column_names, write_batches
from mltc.landing.database_faults import explain_sql_fault
from mltc.landing.database_types import UnlikeFirstError, convert_chunk, first_schema

if TYPE_CHECKING:
    import pyarrow as pa

    from mltc.landing.query import QueryRequest


def pull_sql_database(request: "QueryRequest", path: Path, tell_rows: Callable[[int], None]) -> int:
    """Write the rows of the query to `path` (Parquet) and return their number. Raises OutsideFault.

    Where the driver names no types, the first chunk decides; a column that later holds something else is pulled
    again as text, which keeps every value as it is.
    """
    as_text: set[str] = set()
    while True:
        try:
            return _pull_once(request, path, tell_rows, frozenset(as_text))
        except UnlikeFirstError as unlike:
            as_text.add(unlike.column)
            tell_rows(0)


def _pull_once(request: "QueryRequest", path: Path, tell_rows: Callable[[int], None], as_text: frozenset[str]) -> int:
    with _opened_result(request) as result:
        names = list(result.keys())
        check_column_names(names)
        chunks = _read_chunks(result, request)
        first: list[Any] = next(chunks, [[] for _ in names])
        schema = first_schema(names, first, result.cursor.description if result.cursor else None, as_text)
        return write_batches(path, schema, _convert(first, chunks, schema), tell_rows)


def _convert(first: list[Any], rest: Iterator[list[Any]], schema: "pa.Schema") -> "Iterator[pa.RecordBatch]":
    yield convert_chunk(first, schema)
    for chunk in rest:
        yield convert_chunk(chunk, schema)


def _read_chunks(result: Any, request: "QueryRequest") -> Iterator[list[Any]]:
    """Chunks as lists of columns."""
    while True:
        with _explained(request):
            rows = result.fetchmany(request.settings.batch_rows)
        if not rows:
            return
        yield list(zip(*rows, strict=True))


@contextmanager
def _opened_result(request: "QueryRequest") -> Iterator[Any]:
    from sqlalchemy.exc import SQLAlchemyError

    with _explained(request, connecting=True):
        engine = _make_engine(request)
        connection = engine.connect()
    try:
        streaming = connection.execution_options(stream_results=True, max_row_buffer=request.settings.batch_rows)
        with _explained(request):
            if connection.dialect.name == "sqlite":  # its driver would commit `create table` at once
                connection.exec_driver_sql("pragma query_only = on")
            result = streaming.exec_driver_sql(request.sql)
            returns_rows = result.returns_rows
        if not returns_rows:
            raise OutsideFault("the query returns no rows. Write a select that only reads.", is_transient=False)
        yield result
    finally:
        try:
            connection.rollback()
            connection.close()
        except SQLAlchemyError:  # a connection that is lost cannot be closed, and says so
            connection.invalidate()
        engine.dispose()


def _make_engine(request: "QueryRequest") -> Any:
    from sqlalchemy import create_engine, make_url
    from sqlalchemy.pool import NullPool

    url = make_url(request.url.get_secret_value())
    if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).is_file()):
        raise OutsideFault(
            f"there is no database file at the path in {request.environment} (SQLite would make an empty one).",
            is_transient=False,
        )
    return create_engine(url, poolclass=NullPool, hide_parameters=True)


@contextmanager
def _explained(request: "QueryRequest", *, connecting: bool = False) -> Iterator[None]:
    """Turn a driver's error into a fault that carries nothing of it: raised outside of the handler on purpose."""
    from sqlalchemy.exc import SQLAlchemyError

    fault = None
    try:
        yield
    except (SQLAlchemyError, ImportError, OSError, ValueError) as error:
        fault = explain_sql_fault(error, request, connecting=connecting)
    if fault is not None:
        raise fault
