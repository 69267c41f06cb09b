"""Rows and types of a real PostgreSQL arrive as they are."""

import time
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal

from mltc.errors import ExtractError
from mltc.landing import land_query


def _in_order(frame: pl.DataFrame) -> pl.DataFrame:
    lists = [pl.col(name).list.join("|") for name, kind in frame.schema.items() if kind == pl.List(pl.String)]
    return frame.sort([*lists, *(pl.col(name) for name, kind in frame.schema.items() if kind != pl.List(pl.String))])


def test_every_canonical_table_arrives_row_for_row(canonical, relation, tmp_path: Path) -> None:
    for table, frame in canonical.items():
        landed = land_query(relation(table), tmp_path / "landing", print)
        assert landed.rows == frame.height
        assert landed.path == tmp_path / "landing" / f"{table}.parquet"
        # COPY puts a short row on an earlier page that has room left, so the server's own order is another
        assert_frame_equal(_in_order(pl.read_parquet(landed.path)), _in_order(frame), check_exact=True)
    assert sum(frame.height for frame in canonical.values()) > 10_000
    assert {path.name for path in (tmp_path / "landing" / ".landed").iterdir()} == {
        f"{t}.parquet.json" for t in canonical
    }


def test_checksum_of_rows_is_the_servers_own(postgres, canonical, relation, tmp_path: Path) -> None:
    """md5 over all codes in order, once in the server and once over what landed."""
    told = postgres.query("select md5(string_agg(coalesce(code, '~'), ',' order by ctid)) from gp_event")
    landed = pl.read_parquet(land_query(relation("gp_event"), tmp_path, print).path)
    import hashlib

    codes = ",".join(landed["code"].fill_null("~"))
    assert hashlib.md5(codes.encode(), usedforsecurity=False).hexdigest() == told


def test_types_land_exactly(query, tmp_path: Path) -> None:
    landed = land_query(
        query(
            """
            select
                '0042'::text as code_text,
                900000000000000001::numeric(18, 0) as snomed_limited,
                9007199254740993::numeric as snomed_unlimited, -- 2^53 + 1: the first that a float cannot hold
                72.50::numeric(10, 2) as weight,
                '6c1b7e0e-7a0f-4f0e-8d3a-0f4f0c1d2e3f'::uuid as spell,
                timestamptz '2026-07-01 00:30+01' as arrived_at,
                timestamp '2026-07-01 00:30' as local_at,
                date '2024-02-29' as day,
                true as is_dead,
                array['I10', 'E11.9'] as diagnoses,
                array[1.5, 2]::numeric[] as amounts,
                '{"a": 1}'::jsonb as detail,
                '\\xdeadbeef'::bytea as pseudonym,
                12.34::money as cost,
                interval '2 days' as wait,
                inet '10.0.0.1' as address,
                null::text as nothing
            -- the end; with a semicolon
            ;
            -- and a last word
            """
        ),
        tmp_path,
    )  # fmt: skip
    table = pq.read_table(landed.path)
    row = table.to_pylist()[0]
    assert table.schema.field("snomed_limited").type == pa.decimal128(18, 0)
    assert row["snomed_limited"] == Decimal("900000000000000001")
    assert row["snomed_unlimited"] == "9007199254740993"
    assert (table.schema.field("weight").type, row["weight"]) == (pa.decimal128(10, 2), Decimal("72.50"))
    assert row["code_text"] == "0042"
    assert row["spell"] == "6c1b7e0e-7a0f-4f0e-8d3a-0f4f0c1d2e3f"
    assert table.schema.field("arrived_at").type == pa.timestamp("us", tz="UTC")
    assert row["arrived_at"].isoformat() == "2026-06-30T23:30:00+00:00"
    assert table.schema.field("local_at").type == pa.timestamp("us")
    assert row["day"].isoformat() == "2024-02-29"
    assert row["is_dead"] is True
    assert row["diagnoses"] == ["I10", "E11.9"]
    assert row["amounts"] == ["1.5", "2"]
    assert (row["detail"], row["pseudonym"], row["cost"]) == ('{"a": 1}', "deadbeef", "12.34")
    assert (row["wait"], row["address"], row["nothing"]) == ("2 days", "10.0.0.1/32", None)


def test_infinity_is_the_last_day_and_not_a_date_before_christ(query, tmp_path: Path) -> None:
    sql = """
    select 'infinity'::date as a, '-infinity'::date as b, 'infinity'::timestamp as c, '-infinity'::timestamptz as d,
    date '2026-10-01' as e union all select null, null, null, null, null
    """
    rows = pq.read_table(land_query(query(sql), tmp_path).path).to_pylist()
    assert [str(value) for value in rows[0].values()] == [
        "9999-12-31", "0001-01-01", "9999-12-31 23:59:59.999999", "0001-01-01 00:00:00+00:00", "2026-10-01",
    ]  # fmt: skip
    assert set(rows[1].values()) == {None}


def test_nan_in_a_limited_numeric_is_named_not_guessed(query, tmp_path: Path) -> None:
    with pytest.raises(ExtractError, match=r"column bmi holds NaN.*nullif\(bmi, 'NaN'\)"):
        land_query(query("select 'NaN'::numeric(5, 1) as bmi"), tmp_path)
    rows = pq.read_table(land_query(query("select 'NaN'::numeric as bmi"), tmp_path).path).to_pylist()
    assert rows == [{"bmi": "nan"}]


def test_a_pull_that_is_given_up_does_not_wait_for_the_rest(query, tmp_path: Path) -> None:
    """The first batch cannot land; sixty million rows behind it are not fetched."""
    sql = "select 'NaN'::numeric(5, 1) as bmi, repeat('x', 100) as text, generate_series(1, 60000000) as i"
    started = time.monotonic()
    with pytest.raises(ExtractError, match="holds NaN"):
        land_query(query(sql), tmp_path)
    assert time.monotonic() - started < 30


def test_no_rows_is_a_file_with_columns(query, tmp_path: Path) -> None:
    landed = land_query(query("select 'a'::text as code, 1.5::numeric(5, 1) as value where false"), tmp_path)
    assert landed.rows == 0
    assert pq.read_schema(landed.path).names == ["code", "value"]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select 1 as a, 2 as a", "more than one column called a"),
        ("select 1 as person, 2 as Person", "more than one column called person"),
    ],
)
def test_columns_need_names_of_their_own(query, tmp_path: Path, sql: str, says: str) -> None:
    with pytest.raises(ExtractError, match=says):
        land_query(query(sql), tmp_path)


def test_row_groups_are_bounded(query, tmp_path: Path) -> None:
    landed = land_query(query("select i as id from generate_series(1::bigint, 1200000) as i"), tmp_path)
    described = pq.ParquetFile(landed.path).metadata
    sizes = [described.row_group(number).num_rows for number in range(described.num_row_groups)]
    assert sum(sizes) == landed.rows == 1_200_000
    assert max(sizes) <= 1_000_000
    assert described.row_group(0).column(0).compression == "ZSTD"
    assert pl.read_parquet(landed.path)["id"].sum() == 1_200_000 * 1_200_001 // 2
