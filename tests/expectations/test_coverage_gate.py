"""Coverage, lag and drift as results of the gate: on empty feeds, on a first run, and beside the rules."""

from datetime import date

import polars as pl
import pytest

from mltc.config.gate import GateSettings
from mltc.contract import load_contract
from mltc.errors import ConfigError
from mltc.quality.coverage import feed_lag
from mltc.quality.coverage.check import check_coverage
from mltc.quality.drift.check import check_drift
from mltc.quality.findings import Finding, write_findings
from mltc.warehouse import open_warehouse

INDEX_DATE = date(2026, 10, 1)


class Config:
    """The parts of a configuration that the checks read."""

    gate = GateSettings()

    class run:  # noqa: N801 - named as the section is
        index_date = INDEX_DATE


def stage(warehouse, **frames: pl.DataFrame) -> None:
    """Every canonical table in staging, empty unless given; the given ones count as supplied."""
    warehouse.execute("create schema staging")
    for name, table in load_contract().items():
        columns = ", ".join(f"{column.name} {column.sql_type}" for column in table.column)
        warehouse.execute(f"create table staging.{name} (row_id bigint, {columns})")
        if name in frames:
            warehouse.write("meta.given", frames[name])
            names = ", ".join(frames[name].columns)
            warehouse.execute(f"insert into staging.{name} ({names}) select {names} from meta.given")
    warehouse.write("meta.feed", pl.DataFrame({f"has_{name}": [name in frames] for name in load_contract()}))


def consultations(practice: str, persons: int, months: int, last: date = INDEX_DATE) -> pl.DataFrame:
    """Every person is seen on the 10th and 28th of each of the months that end before `last`."""
    days = [
        date(year, month, day)
        for year in range(2022, 2027)
        for month in range(1, 13)
        for day in (10, 28)
        if date(year, month, day) < last
    ][-2 * months :]
    people = pl.DataFrame({"person_id": [f"{practice}{number}" for number in range(persons)]})
    return people.join(pl.DataFrame({"consultation_date": days}), how="cross")


def registrations(*practices: str, persons: int) -> pl.DataFrame:
    rows = [(f"{name}{number}", name, date(2015, 1, 1)) for name in practices for number in range(persons)]
    return pl.DataFrame(rows, schema=["person_id", "practice_code", "registered_from"], orient="row")


def test_one_practice_of_five_stops(warehouse):
    running = [consultations(name, 40, 48) for name in "ABCD"]
    stopped = consultations("E", 40, 48, last=date(2026, 7, 1))
    stage(
        warehouse,
        gp_consultation=pl.concat([*running, stopped]),
        registration=registrations(*"ABCDE", persons=40),
    )
    results = check_coverage(warehouse, Config)
    told = {(row["rule"], row["status"], row["rows_failed"]) for row in results.iter_rows(named=True)}
    # July, August and September of one practice; its supplier, which nobody named, is not late
    assert ("practice_coverage", "failed", 3) in told
    assert ("feed_lag", "passed", 0) in told
    assert warehouse.read("select * from meta.practice_abstention").select("practice_code", "from_month").rows() == [
        ("E", date(2026, 7, 1))
    ]
    kept = warehouse.read("select distinct rule from meta.gate_result")["rule"].to_list()
    assert {"practice_coverage", "practice_over_reporting", "feed_lag"} == set(kept)


def test_empty_tables_are_late_and_raise_nothing(warehouse):
    stage(
        warehouse,
        gp_event=pl.DataFrame(schema={"person_id": pl.String}),
        hospital_episode=pl.DataFrame(schema={"person_id": pl.String}),
    )
    results = check_coverage(warehouse, Config)
    late = results.filter(pl.col("rule") == "feed_lag")
    assert set(late["status"]) == {"failed"}  # no record at all is no fresh feed
    assert warehouse.read("select count(*) from meta.practice_coverage").item() == 0
    assert warehouse.read("select count(*) from meta.practice_abstention").item() == 0


def test_a_first_run_has_nothing_to_compare_with(warehouse):
    assert check_drift(warehouse, None, Config, []).is_empty()
    assert warehouse.read("select count(*) from meta.drift").item() == 0
    # a last run of a version that kept no profile
    assert check_drift(warehouse, warehouse, Config, []).height == 0


def arrive(warehouse, sexes: str) -> None:
    """`raw.person` with one person per letter of `sexes`; a dot is none."""
    columns = {name: column.sql_type for name, column in load_contract()["person"].columns.items()}
    listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    warehouse.execute("create schema raw")
    warehouse.execute(
        f"create table raw.person (_source_file varchar, _feed varchar, _unread_columns varchar, {listed})"
    )
    rows = [("person_2026.csv", "extracts", str(number), sex) for number, sex in enumerate(sexes.replace(".", " "))]
    warehouse.write(
        "meta.given", pl.DataFrame(rows, schema=["_source_file", "_feed", "person_id", "sex"], orient="row")
    )
    warehouse.execute(
        "insert into raw.person (_source_file, _feed, person_id, sex) "
        "select _source_file, _feed, person_id, nullif(sex, ' ') from meta.given"
    )


def test_a_column_that_is_gone_since_the_last_run(warehouse, tmp_path):
    with open_warehouse(tmp_path / "last.duckdb") as last:
        arrive(last, "12" * 200)
        last.write("meta.index_date", pl.DataFrame({"role": ["current"], "index_date": [date(2026, 9, 1)]}))
        check_drift(last, None, Config, ["person"])
    arrive(warehouse, "." * 400)
    with open_warehouse(tmp_path / "last.duckdb", read_only=True) as last:
        results = check_drift(warehouse, last, Config, ["person"])
    assert results.select("rule", "status", "rows_failed").rows() == [
        ("schema_drift", "failed", 1),
        ("value_drift", "passed", 0),
    ]
    told = warehouse.read("select column_name, change, last_value, this_value from meta.drift").rows()
    assert told == [("sex", "the column is now empty or gone", "0.0", "1.0")]


def test_a_month_that_is_run_again_is_held_against_the_month_before(warehouse, tmp_path):
    """The first run of October saw the column go since September; the second must see the same, not itself."""
    paths = [tmp_path / name for name in ("september.duckdb", "october.duckdb")]
    with open_warehouse(paths[0]) as september:
        arrive(september, "12" * 200)
        september.write("meta.index_date", pl.DataFrame({"role": ["current"], "index_date": [date(2026, 9, 1)]}))
        check_drift(september, None, Config, ["person"])
    with open_warehouse(paths[1]) as october, open_warehouse(paths[0]) as september:
        arrive(october, "." * 400)
        october.write("meta.index_date", pl.DataFrame({"role": ["current"], "index_date": [INDEX_DATE]}))
        first = check_drift(october, september, Config, ["person"])
    arrive(warehouse, "." * 400)
    with open_warehouse(paths[1]) as october:
        again = check_drift(warehouse, october, Config, ["person"])
    assert first.equals(again)
    assert first["status"].to_list() == ["failed", "passed"]


def test_a_second_check_replaces_its_own_results_and_no_others(warehouse):
    def find(rule: str, count: int) -> Finding:
        return Finding("gp_event", rule, count > 0, count, "why", "affects", "mend")

    write_findings(warehouse, ["a"], [find("a", 3)])
    write_findings(warehouse, ["b"], [find("b", 0)])
    write_findings(warehouse, ["a"], [find("a", 1)])
    kept = warehouse.read("select rule, level, status, rows_failed from meta.gate_result order by rule").rows()
    assert kept == [("a", "warn", "failed", 1), ("b", "warn", "passed", 0)]


def test_lags_are_of_known_tables_and_a_layout_goes_first(warehouse, tmp_path, monkeypatch):
    assert set(feed_lag.load_lags()["table_name"]) <= set(load_contract())
    (tmp_path / "feed_lag.csv").write_text(
        "table_name,dialect,supplier,expected_lag_days,source\n"
        "outpatient,,,92,A\noutpatient,sus,,45,B\noutpatient,,North,10,C\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(feed_lag, "EXPECTATIONS", tmp_path)
    assert feed_lag.read_lags(warehouse).rows() == [("outpatient", None, 92), ("outpatient", "North", 10)]
    warehouse.write("meta.source_table", pl.DataFrame({"table_name": ["outpatient"], "dialect": ["sus"]}))
    assert feed_lag.read_lags(warehouse).rows() == [("outpatient", None, 45), ("outpatient", "North", 10)]
    (tmp_path / "feed_lag.csv").write_text("table_name,dialect,supplier,expected_lag_days,source\na,,,-1,A\n")
    with pytest.raises(ConfigError, match="whole numbers from 0"):
        feed_lag.load_lags()
