"""Profile against profile: what changed is told, what only moved on by a month is not."""

from datetime import date

import polars as pl
import pytest
from conftest import draw

from mltc.config.gate import DriftSettings
from mltc.contract import load_contract
from mltc.quality.drift.check import compare_profiles
from mltc.quality.drift.headers import describe_headers, find_header_drift
from mltc.quality.drift.profile import CODE_SCHEMA, COLUMN_SCHEMA, UNLISTED, write_profile

COLUMNS = """
column_name    | type | row_count | null_share | unread_share | distinct_count | early_month | late_month
person_id      | text | 100000    | 0          | 0            | 5000           |             |
admission_date | date | 100000    | 0          | 0            | 1800           | 2021-09-01  | 2026-08-01
sex            | text | 100000    | 0.1        | 0            | 3              |             |
cost_gbp       | text | 100000    | 1          | 0            | 0              |             |
"""
CODES = """
column_name | code | share
sex         | 1    | 0.49
sex         | 2    | 0.51
"""
KINDS = {
    "row_count": pl.Int64,
    "distinct_count": pl.Int64,
    "null_share": pl.Float64,
    "unread_share": pl.Float64,
    "share": pl.Float64,
}


def place(text: str, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    drawn = draw(text, **{name: KINDS[name] for name in KINDS if name in text})
    for name in ("early_month", "late_month"):
        if name in drawn.columns:
            drawn = drawn.with_columns(pl.col(name).str.to_date("%Y-%m-%d"))
    placed = drawn.with_columns(
        table_name=pl.lit("hospital_episode"), feed=pl.lit("hes"), file_pattern=pl.lit("apc_#.csv")
    )
    return placed.select(pl.col(name).cast(kind) for name, kind in schema.items())


def compare(columns: str = COLUMNS, codes: str = CODES, days: int = 31) -> list[tuple[str | None, str]]:
    drift = compare_profiles(
        (place(COLUMNS, COLUMN_SCHEMA), place(columns, COLUMN_SCHEMA)),
        (place(CODES, CODE_SCHEMA), place(codes, CODE_SCHEMA)),
        days,
        DriftSettings(),
    )
    return drift.select("column_name", "change").rows()


def test_a_month_later_nothing_drifted():
    later = COLUMNS.replace("2021-09-01", "2021-10-01").replace("2026-08-01", "2026-09-01")
    assert compare(later.replace("100000", "101500")) == []


@pytest.mark.parametrize(
    ("old", "new", "column", "change"),
    [
        ("| 0.1        |", "| 1          |", "sex", "the column is now empty or gone"),
        ("| 1          |", "| 0.5        |", "cost_gbp", "the column is new or now filled"),
        ("| 0.1        |", "| 0.25       |", "sex", "the column is more often empty"),
        ("sex            | text", "sex            | integer", "sex", "the type changed"),
        ("| 100000    |", "| 70000     |", None, "the number of rows changed"),  # -30 %, 25 % allowed
        ("2021-09-01", "2023-09-01", "admission_date", "the first dates moved"),
        ("2026-08-01", "2026-04-01", "admission_date", "the last dates moved"),
    ],
)
def test_changes_of_columns_rows_and_dates(old, new, column, change):
    assert compare(COLUMNS.replace(old, new)) == [(column, change)]


def test_a_quarter_without_news_moved_the_last_dates():
    """92 days between the runs and the same last month: 92 behind, 62 allowed."""
    assert compare(days=92) == [("admission_date", "the last dates moved")]


def test_codes_that_shift_and_codes_that_are_new():
    """(0.2 - 0.49) ln(0.2 / 0.49) + (0.8 - 0.51) ln(0.8 / 0.51) = 0.260 + 0.131 = 0.390, over 0.2."""
    shifted = compare(codes=CODES.replace("0.49", "0.20").replace("0.51", "0.80"))
    assert shifted == [("sex", "the codes are spread otherwise (population stability index)")]
    assert compare(codes=CODES + "sex         | 9    | 0.01\n") == [("sex", "the code 9 is new")]
    assert compare(codes=CODES + "sex         | 9    | 0.001\n") == []  # 1 in 1,000 is allowed


def test_a_small_table_may_vary_by_chance():
    """30 rows: an index of 0.39 is within (1/27 + 1/27) x (1 + 4 sqrt(2)) = 0.49."""
    small = COLUMNS.replace("100000", "30    ")
    drift = compare_profiles(
        (place(small, COLUMN_SCHEMA), place(small, COLUMN_SCHEMA)),
        (place(CODES, CODE_SCHEMA), place(CODES.replace("0.49", "0.20").replace("0.51", "0.80"), CODE_SCHEMA)),
        0,
        DriftSettings(),
    )
    assert drift.is_empty()


def test_a_source_that_is_gone_is_told_once():
    empty = place(COLUMNS, COLUMN_SCHEMA).clear()
    codes = place(CODES, CODE_SCHEMA)
    drift = compare_profiles((place(COLUMNS, COLUMN_SCHEMA), empty), (codes, codes.clear()), 31, DriftSettings())
    assert drift.select("column_name", "change").rows() == [(None, "the source is gone")]


def test_the_profile_holds_shares_and_months_and_no_value(warehouse):
    _arrive(
        warehouse,
        "death",
        "person_id, death_date, underlying_cause, _unread_columns",
        [
            "'9912003', date '2026-01-05', 'I219', null",
            "'9912004', null, 'I219', 'death_date'",
        ],
    )
    write_profile(warehouse, ["death"])
    columns = warehouse.read("select * from meta.column_profile")
    dates = columns.filter(pl.col("column_name") == "death_date").row(0, named=True)
    assert (dates["null_share"], dates["unread_share"], dates["early_month"]) == (0.5, 0.5, date(2026, 1, 1))
    assert set(columns["file_pattern"]) == {"death_#.csv"}
    text = columns.write_csv() + warehouse.read("select * from meta.code_profile").write_csv()
    assert "9912" not in text
    assert "I219" not in text


def test_unlisted_codes_are_one_group(warehouse):
    _arrive(warehouse, "person", "person_id, sex", ["'1', '1'", "'2', '2'", "'3', 'a name'", "'4', 'another'"])
    write_profile(warehouse, ["person"])
    codes = warehouse.read("select code, share from meta.code_profile where column_name = 'sex' order by code")
    assert codes.rows() == [("1", 0.25), ("2", 0.25), (UNLISTED, 0.5)]


def _arrive(warehouse, name: str, columns: str, rows: list[str]) -> None:
    contract = load_contract()[name].columns
    listed = ", ".join(f"{column} {kind.sql_type}" for column, kind in contract.items())
    warehouse.execute("create schema raw")
    warehouse.execute(f"create table raw.{name} (_source_file varchar, _unread_columns varchar, {listed})")
    for row in rows:
        warehouse.execute(f"insert into raw.{name} (_source_file, {columns}) values ('{name}_2026.csv', {row})")


HEADERS = """
table_name       | feed | file      | column_name | type
hospital_episode | hes  | apc_1.csv | EPIKEY      | VARCHAR
hospital_episode | hes  | apc_1.csv | ADMIDATE    | VARCHAR
hospital_episode | hes  | apc_1.csv | SPARE       | VARCHAR
outpatient       | hes  | op_1.csv  | APPTDATE    | VARCHAR
"""


def test_columns_of_the_files_themselves():
    later = (
        HEADERS.replace("_1.csv", "_2.csv")
        .replace("SPARE      ", "SPARE_NEW  ")
        .replace("ADMIDATE    | VARCHAR", "ADMIDATE    | DATE")
    )
    later = "\n".join(line for line in later.splitlines() if "outpatient" not in line)
    found = find_header_drift(describe_headers(draw(HEADERS)), describe_headers(draw(later)))
    assert found.select("column_name", "change", "last_value", "this_value").rows() == [
        ("ADMIDATE", "the column of the file changed its type", "VARCHAR", "DATE"),
        ("SPARE", "the file lost a column", "VARCHAR", None),
        ("SPARE_NEW", "the file has a new column", None, "VARCHAR"),
    ]


def test_the_same_headers_of_another_month_are_no_change():
    later = HEADERS.replace("_1.csv", "_10.csv")
    assert find_header_drift(describe_headers(draw(HEADERS)), describe_headers(draw(later))).is_empty()
