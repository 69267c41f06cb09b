"""Rows of a PostgreSQL query through ADBC: binary COPY into Arrow batches, never into Python objects."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltc.landing.attempts import OutsideFault
from mltc.landing.batches import check_column_names, write_batches
from mltc.landing.database_url import add_postgres_defaults
from mltc.landing.postgres_faults import explain_fault
from mltc.landing.postgres_types import build_wrapped_query, convert_batch, landed_schema

if TYPE_CHECKING:
    import pyarrow as pa

    from mltc.landing.query import QueryRequest

# A landing must not change the warehouse; and a big table is read from its first page on, not from wherever another
# scan happens to be, so that two pulls give the rows in the same order. Silent on servers without that setting.
READ_ONLY = "set transaction read only"
IN_ORDER = "select set_config('synchronize_seqscans', 'off', true) from pg_settings where name = 'synchronize_seqscans'"


def pull_postgres(request: "QueryRequest", path: Path, tell_rows: Callable[[int], None]) -> int:
    """Write the rows of the query to `path` (Parquet) and return their number. Raises OutsideFault."""
    with _opened_cursor(request) as cursor:
        with _explained(request):
            cursor.execute(READ_ONLY)
            cursor.execute(IN_ORDER)
            cursor.fetchall()
            source = cursor.adbc_execute_schema(f"{request.sql}\n")
        check_column_names(source.names)
        with _explained(request):
            cursor.execute(build_wrapped_query(request.sql, source))
            reader = _import_reader(cursor)
        schema = landed_schema(reader.schema)
        batches = (convert_batch(batch, schema) for batch in _read_batches(reader, request))
        return write_batches(path, schema, batches, tell_rows)


@contextmanager
def _opened_cursor(request: "QueryRequest") -> Iterator[Any]:
    from adbc_driver_manager import Error
    from adbc_driver_postgresql import dbapi  # type: ignore[import-untyped] # ships no types

    fault, connection = None, None
    try:
        connection = dbapi.connect(add_postgres_defaults(request.url))
    except (Error, ValueError) as error:
        fault = explain_fault(error, request, connecting=True)
    if fault is not None or connection is None:
        raise fault or OutsideFault("no connection was made.", is_transient=False)
    cursor = connection.cursor()
    try:
        yield cursor
    finally:
        for opened in (cursor, connection):
            try:
                opened.close()
            except (Error, RuntimeError):  # a connection that is lost cannot be closed, and says so
                continue


def _import_reader(cursor: Any) -> "pa.RecordBatchReader":
    """Batches of the result. Unlike pyarrow's own reader, this one keeps the SQLSTATE of a fault in the middle."""
    from adbc_driver_manager._reader import AdbcRecordBatchReader

    stream = cursor.fetch_arrow()  # must outlive the import: it frees its memory when it goes
    return AdbcRecordBatchReader._import_from_c(stream.address)


def _read_batches(reader: "pa.RecordBatchReader", request: "QueryRequest") -> "Iterator[pa.RecordBatch]":
    batches = iter(reader)
    while True:
        with _explained(request):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


@contextmanager
def _explained(request: "QueryRequest") -> Iterator[None]:
    """Turn a driver's error into a fault that carries nothing of it: raised outside of the handler on purpose."""
    from adbc_driver_manager import Error

    fault = None
    try:
        yield
    except (Error, OSError) as error:
        fault = explain_fault(error, request)
    if fault is not None:
        raise fault
