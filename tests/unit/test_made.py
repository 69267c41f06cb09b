"""What a table was made from: which changes are seen, which are none, and what is built again."""

from pathlib import Path

import polars as pl
import pytest
from conftest import draw

from mltc.warehouse import DuckDBWarehouse, SqlModel, build_models, open_warehouse

ROWS = """
person_id | event_date
p1        | 2026-01-01
p2        |
"""


def test_the_same_rows_in_another_order_are_no_change(warehouse):
    warehouse.write("raw.event", draw(ROWS))
    before = warehouse.made.read("raw.event")
    warehouse.write("raw.event", draw(ROWS).reverse())
    assert warehouse.made.find("raw.event") is None  # looked at again, since nobody knows what was written
    assert warehouse.made.read("raw.event") == before


@pytest.mark.parametrize(
    "statement",
    [
        "insert into raw.event values ('p3', null)",
        "insert into raw.event select * from raw.event",
        "update raw.event set person_id = 'p9' where person_id = 'p1'",
        "delete from raw.event where event_date is null",
        "create or replace table raw.event as select person_id from raw.event",
        "drop table raw.event",
        "\n        update raw.event set event_date = null\n",
    ],
)
def test_every_change_is_seen(warehouse, statement):
    warehouse.write("raw.event", draw(ROWS))
    before = warehouse.made.read("raw.event")
    warehouse.execute(statement)
    assert warehouse.made.read("raw.event") != before


def test_null_is_not_the_empty_text_and_a_column_has_a_name_and_type(warehouse):
    found = set()
    for frame in (
        pl.DataFrame({"a": [None], "b": ["x"]}, schema={"a": pl.String, "b": pl.String}),
        pl.DataFrame({"a": [""], "b": ["x"]}),
        pl.DataFrame({"a": ["x"], "b": [None]}, schema={"a": pl.String, "b": pl.String}),
        pl.DataFrame({"b": ["x"], "a": [None]}, schema={"b": pl.String, "a": pl.String}),
        pl.DataFrame({"a": [1]}, schema={"a": pl.Int64}),
        pl.DataFrame({"a": [1]}, schema={"a": pl.Int32}),
        pl.DataFrame(schema={"a": pl.Int32}),
    ):
        warehouse.write("raw.event", frame)
        found.add(warehouse.made.read("raw.event"))
    assert len(found) == 7


def test_a_table_that_comes_is_a_change(warehouse):
    before = warehouse.made.read("raw.event")
    warehouse.write("raw.event", draw(ROWS))
    assert warehouse.made.read("raw.event") != before


def test_fingerprints_outlive_the_connection_and_changes_made_since(tmp_path: Path):
    path = tmp_path / "made.duckdb"
    with open_warehouse(path) as warehouse:
        warehouse.write("raw.event", draw(ROWS))
        warehouse.made.note("raw.event", "as read")
        warehouse.write("raw.other", draw(ROWS))
        warehouse.made.note("raw.other", "as read")
    with open_warehouse(path) as warehouse:
        warehouse.execute("delete from raw.other")  # before anybody has asked for a fingerprint
    with open_warehouse(path, read_only=True) as warehouse:
        assert warehouse.made.find("raw.event") == "as read"
        assert warehouse.made.find("raw.other") is None


def models(first: str, second: str = "select count(*) as n from register.first") -> dict[str, SqlModel]:
    found = [SqlModel("register", "first", first), SqlModel("register", "second", second)]
    return {model.name: model for model in found}


FIRST = "select * from raw.event where event_date <= $index_date or event_date is null"
DAY = {"index_date": "2026-10-01"}


def rebuilt(warehouse: DuckDBWarehouse, given: dict[str, SqlModel], values: dict[str, str]) -> list[str]:
    """Tables that were not kept."""
    return list(build_models(warehouse, ["register"], dict(values), models=given, keep=True))


def test_only_what_a_change_touches_is_built_again(warehouse):
    warehouse.write("raw.event", draw(ROWS))
    both, only = ["register.first", "register.second"], ["register.second"]
    assert rebuilt(warehouse, models(FIRST), DAY) == both
    assert rebuilt(warehouse, models(FIRST), DAY) == []
    # the rows, the value that is bound, the text of the first, the text of the second, a table that is gone
    warehouse.execute("insert into raw.event values ('p3', null)")
    assert rebuilt(warehouse, models(FIRST), DAY) == both
    assert warehouse.read("select n from register.second").item() == 3
    assert rebuilt(warehouse, models(FIRST), {"index_date": "2025-01-01"}) == both
    assert warehouse.read("select n from register.second").item() == 2
    assert rebuilt(warehouse, models(FIRST + " -- a word more"), {"index_date": "2025-01-01"}) == both
    changed = models(FIRST + " -- a word more", "select count(*) as n, 1 as one from register.first")
    assert rebuilt(warehouse, changed, {"index_date": "2025-01-01"}) == only
    warehouse.execute("drop table register.second")
    assert rebuilt(warehouse, changed, {"index_date": "2025-01-01"}) == only


def test_a_table_that_was_meddled_with_is_built_again(warehouse):
    warehouse.write("raw.event", draw(ROWS))
    rebuilt(warehouse, models(FIRST), DAY)
    warehouse.execute("delete from register.first")
    assert rebuilt(warehouse, models(FIRST), DAY) == ["register.first"]
    assert warehouse.read("select count(*) from register.first").item() == 2
