"""SQLite, as a real stand-in for every database that SQLAlchemy reaches."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mltc.config import DatabaseSettings
from mltc.errors import ExtractError
from mltc.landing import QueryRequest, build_relation_request, land_query, read_query_request
from mltc.landing.database_types import UnlikeFirstError, convert_chunk, first_schema

BATCH = 1000


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A SQLite file with 2,500 events: three chunks of a pull."""
    path = tmp_path / "warehouse.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("create table gp_event (id integer, code text, value real, late text, mixed, flags blob)")
        connection.executemany(
            "insert into gp_event values (?, ?, ?, ?, ?, ?)",
            (
                (
                    900_000_000_000_000_000 + row,
                    f"{row:04}",
                    row / 4 if row % 3 else None,
                    "seen" if row > 2_000 else None,
                    row if row < 2_000 else "n/k",
                    bytes([row % 256]),
                )
                for row in range(2_500)
            ),
        )
    monkeypatch.setenv("MLTC_FILE_URL", f"sqlite:///{path}")
    return path


@pytest.fixture
def request_for(database: Path) -> Callable[..., QueryRequest]:
    """Request for a relation."""
    settings = DatabaseSettings(url_env="MLTC_FILE_URL", retries=1, retry_wait_seconds=0.01, batch_rows=BATCH)
    return lambda relation: build_relation_request("local", settings, "gp_event", relation)


def test_round_trip(request_for, tmp_path: Path) -> None:
    landed = land_query(request_for("gp_event"), tmp_path / "landing")
    frame = pl.read_parquet(landed.path)
    assert landed.rows == frame.height == 2_500
    assert frame["id"].to_list() == [900_000_000_000_000_000 + row for row in range(2_500)]
    assert frame["code"].to_list() == [f"{row:04}" for row in range(2_500)]
    assert frame["value"].to_list() == [row / 4 if row % 3 else None for row in range(2_500)]
    assert frame["late"].to_list() == [None] * 2_001 + ["seen"] * 499, "a column may be empty for two chunks"
    assert frame["mixed"].to_list() == [str(row) for row in range(2_000)] + ["n/k"] * 500, "numbers, then words: text"
    assert frame["flags"].to_list() == [f"{row % 256:02x}" for row in range(2_500)]
    assert land_query(request_for("gp_event"), tmp_path / "landing").resumed


def test_query_file_with_signs_of_bound_values(database: Path, request_for, tmp_path: Path) -> None:
    """A colon or percent sign in an analyst's SQL is not a parameter."""
    path = tmp_path / "apc.sql"
    path.write_text("select count(*) as rows, '12:30' as time, 'x' like '%x' as hit from gp_event;\n", encoding="utf-8")
    request = read_query_request("local", request_for("gp_event").settings, "apc", path)
    assert pl.read_parquet(land_query(request, tmp_path).path).to_dicts() == [
        {"rows": 2_500, "time": "12:30", "hit": 1}
    ]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select * from nowhere", "the table does not exist: nowhere"),
        ("select missing from gp_event", "a column does not exist: missing"),
        ("selec 1", "the query is not valid"),
        ("create table new_table (id integer)", "returns no rows|would change"),
    ],
)
def test_wrong_queries(database: Path, request_for, tmp_path: Path, sql: str, says: str) -> None:
    path = tmp_path / "apc.sql"
    path.write_text(sql, encoding="utf-8")
    request = read_query_request("local", request_for("gp_event").settings, "apc", path)
    with pytest.raises(ExtractError, match=says) as caught:
        land_query(request, tmp_path)
    assert str(database) not in str(caught.value)
    with sqlite3.connect(database) as connection:
        assert connection.execute("select name from sqlite_master").fetchall() == [("gp_event",)]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:////nowhere/at/all.sqlite", "there is no database file"),
        ("mssql+pyodbc://icb_reader:hunter2@10.9.8.7/dw", "there is no driver|is not installed"),
        ("oddbase://icb_reader:hunter2@10.9.8.7/dw", "there is no driver"),
    ],
)
def test_databases_that_cannot_be_opened(request_for, monkeypatch, tmp_path: Path, url: str, says: str) -> None:
    monkeypatch.setenv("MLTC_FILE_URL", url)
    with pytest.raises(ExtractError, match=says) as caught:
        land_query(request_for("gp_event"), tmp_path)
    for secret in ("icb_reader", "hunter2", "10.9.8.7", "nowhere/at"):
        assert secret not in str(caught.value)
    assert not Path("/nowhere").exists()


def test_a_file_that_is_no_database(database: Path, request_for, tmp_path: Path) -> None:
    database.write_bytes(b"not a database at all" * 100)
    with pytest.raises(ExtractError, match="is not a database, or is damaged"):
        land_query(request_for("gp_event"), tmp_path)


def test_relations_take_the_quotes_of_their_database(request_for, monkeypatch) -> None:
    settings = DatabaseSettings(url_env="MLTC_FILE_URL", schema="dbo")
    asked = {}
    for url in ("postgresql://h/d", "mssql+pyodbc://h/d", "mysql://h/d"):
        monkeypatch.setenv("MLTC_FILE_URL", url)
        asked[url] = build_relation_request("dw", settings, "apc", 'tbl "x"').sql
    assert list(asked.values()) == [
        'select * from "dbo"."tbl ""x"""', 'select * from [dbo].[tbl "x"]', 'select * from `dbo`.`tbl "x"`',
    ]  # fmt: skip
    monkeypatch.setenv("MLTC_FILE_URL", "postgresql://h/d")
    assert build_relation_request("dw", settings, "apc", "sus.apc").sql == 'select * from "sus"."apc"'


def test_values_of_typed_drivers_are_exact_or_refused() -> None:
    """Types as pyodbc describes them: (name, python type, _, _, precision, scale)."""
    import datetime
    from decimal import Decimal

    description = [
        ("a", Decimal, None, None, 18, 0),
        ("b", Decimal, None, None, 60, 0),
        ("c", datetime.date),
        ("d", int),
    ]
    first = [
        (Decimal("900000000000000001"), None),
        (Decimal("1E+3"), None),
        (datetime.date(2026, 10, 1), None),
        (None, 1),
    ]
    schema = first_schema(list("abcd"), first, description, frozenset())
    assert schema.types == [pa.decimal128(18, 0), pa.string(), pa.date32(), pa.int64()]
    rows = convert_chunk(first, schema).to_pylist()
    assert rows[0] == {"a": Decimal("900000000000000001"), "b": "1000", "c": datetime.date(2026, 10, 1), "d": None}
    with pytest.raises(UnlikeFirstError, match="c"):  # a date column must not cut the time off a later datetime
        convert_chunk([[], [], [datetime.datetime(2026, 10, 1, 12)], []][:4], schema)


def test_landed_file_is_parquet_with_zstd(request_for, tmp_path: Path) -> None:
    landed = land_query(request_for("gp_event"), tmp_path)
    assert pq.ParquetFile(landed.path).metadata.row_group(0).column(0).compression == "ZSTD"
