"""A trial on the last good warehouse sees its tables, cannot change them, and leaves nothing behind."""

import pytest
from conftest import draw

from mltc.errors import ConfigError
from mltc.warehouse import EngineError, attach_last, attached_columns, open_scratch, open_warehouse


@pytest.fixture
def last(tmp_path):
    path = tmp_path / "it's last.duckdb"  # a quote in a folder's name must not end the statement
    with open_warehouse(path) as warehouse:
        warehouse.write("raw.person", draw("person_id | is_late\none | no\ntwo | yes"))
        warehouse.build_view("staging.person", "select person_id from raw.person where not is_late")
        warehouse.write("register.person", draw("person_id\none"))
    return path


def test_shows_tables_and_views_under_their_own_names(last):
    with open_scratch(last, ["staging"]) as scratch:
        assert scratch.read("select * from staging.person").rows() == [("one",)]
        scratch.build("register.person", "select person_id || '!' as person_id from staging.person")
        assert scratch.read("select person_id from register.person").rows() == [("one!",)]
        assert scratch.read("select person_id from last_good.register.person").rows() == [("one",)]


def test_what_is_left_out_can_be_written_and_what_is_shown_cannot(last):
    with open_scratch(last, ["staging", "register"], leave_out=["register.person"]) as scratch:
        scratch.write("register.person", draw("person_id\nother"))
        with pytest.raises(EngineError):
            scratch.write("staging.person", draw("person_id\nother"))
        with pytest.raises(EngineError):
            scratch.execute("delete from last_good.raw.person")


def test_leaves_nothing_behind_even_after_a_failure(last):
    before = last.read_bytes()
    with pytest.raises(EngineError), open_scratch(last) as scratch:
        scratch.read("select * from staging.nothing")
    assert [path.name for path in last.parent.iterdir()] == [last.name]
    assert last.read_bytes() == before


def test_without_a_last_run_says_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match="Run `mltc run` first"), open_scratch(tmp_path / "none.duckdb"):
        pass


def test_columns_of_the_attached_warehouse_are_not_mixed_with_ones_own(last, warehouse):
    warehouse.write("register.person", draw("person_id | own\none | x"))
    with attach_last(warehouse, last):
        assert attached_columns(warehouse, "register.person") == {"person_id"}
        assert attached_columns(warehouse, "register.nothing") == set()
    with pytest.raises(EngineError):
        warehouse.read("select * from last_good.register.person")
