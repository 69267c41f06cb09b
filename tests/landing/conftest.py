"""A real PostgreSQL per session, with every canonical table of a small synthetic ICB in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from postgres_server import READER, READER_PASSWORD, PostgresServer, find_programs

from mltc.config import DatabaseSettings
from mltc.landing import QueryRequest, build_relation_request, read_query_request

PERSONS = 600
TYPES = {
    pl.String: "text",
    pl.Date: "date",
    pl.Datetime: "timestamp",
    pl.Boolean: "boolean",
    pl.Int64: "bigint",
    pl.Int32: "integer",
    pl.Float64: "double precision",
    pl.List: "text[]",
}


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server; `public` holds nothing yet."""
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL's server programs are not installed (Debian: postgresql)")
    server = PostgresServer(programs)
    try:
        server.start()
        server.query(f"create role {READER} login password '{READER_PASSWORD}'")
        server.query(f"alter default privileges in schema public grant select on tables to {READER}")
        yield server
    finally:
        server.remove()


@pytest.fixture
def running(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """The server for a test that may take it down; up again afterwards."""
    yield postgres
    if postgres.process is None:
        postgres.start()


@pytest.fixture(scope="session")
def canonical(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> dict[str, pl.DataFrame]:
    """Frames of every canonical table, which the server holds too (loaded by COPY)."""
    from mltc.synthetic import SyntheticSettings, write_synthetic_icb

    folder = tmp_path_factory.mktemp("icb")
    write_synthetic_icb(SyntheticSettings(persons=PERSONS, months=24), folder)
    frames = {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    for table, frame in frames.items():
        load_frame(postgres, table, frame)
    return frames


def load_frame(server: PostgresServer, table: str, frame: pl.DataFrame) -> None:
    """Create a table for a frame and COPY the rows into it."""
    columns = ", ".join(f'"{name}" {TYPES[kind.base_type()]}' for name, kind in frame.schema.items())
    server.query(f'create table "{table}" ({columns})')
    lists = [name for name, kind in frame.schema.items() if kind == pl.List(pl.String)]
    flat = frame.with_columns(
        (pl.lit("{") + pl.col(name).list.eval('"' + pl.element() + '"').list.join(",") + "}").alias(name)
        for name in lists
    )
    server.query(f"copy \"{table}\" from stdin (format csv, null '\\N')", flat.write_csv(
        include_header=False, null_value="\\N", quote_style="non_numeric"
    ).encode())  # fmt: skip


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer) -> DatabaseSettings:
    """Settings of a database whose URL is in the environment; two retries, hardly any waiting."""
    monkeypatch.setenv("MLTC_WAREHOUSE_URL", postgres.url)
    return DatabaseSettings(url_env="MLTC_WAREHOUSE_URL", retries=2, retry_wait_seconds=0.2)


@pytest.fixture
def relation(settings: DatabaseSettings) -> Callable[[str], QueryRequest]:
    """Request for a relation of the server."""
    return lambda name: build_relation_request("warehouse", settings, name, name)


@pytest.fixture
def query(settings: DatabaseSettings, tmp_path: Path) -> Callable[..., QueryRequest]:
    """Request for a query file with the given text."""

    def make(sql: str, key: str = "apc") -> QueryRequest:
        path = tmp_path / f"{key}.sql"
        path.write_text(sql, encoding="utf-8")
        return read_query_request("warehouse", settings, key, path)

    return make
