"""What the last run found, carried into the next: by index date, again, out of turn, and without who opted out."""

from datetime import date
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest
from conftest import draw

from mltc.register_history import HISTORY, LAST_RUN, carry_last_run
from mltc.warehouse import build_models, load_models, open_warehouse

SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
# Person, signature and version of the definition by month: who stays, changes and comes back, leaves, and comes.
MONTHS = {
    SEPTEMBER: {"stays": ("3", "1"), "back": ("3", "1"), "leaves": ("1", "1"), "out": ("3", "1")},
    OCTOBER: {"stays": ("3", "1"), "back": ("7", "1"), "out": ("3", "1")},
    NOVEMBER: {"stays": ("3", "1"), "back": ("3", "1"), "comes": ("1", "1"), "out": ("7", "1")},
}
MODELS = {name: model for name, model in load_models().items() if model.layer == "history"}


def run(out: Path, as_of: date, opted_out: tuple[str, ...] = (), people=None) -> None:
    """One run of a month: what the gate and the register leave, carried tables and history; then it is the last."""
    found = {name: given for name, given in (people or MONTHS[as_of]).items() if name not in opted_out}
    last, build = out / "warehouse.duckdb", out / "build.duckdb"
    with open_warehouse(build) as warehouse:
        warehouse.write("meta.index_date", pl.DataFrame({"role": ["current"], "index_date": [as_of]}))
        permitted = [*found, *opted_out]
        warehouse.write(
            "meta.person_permission",
            pl.DataFrame(
                {"person_id": permitted, "gp": ["opted_out" if name in opted_out else "allowed" for name in permitted]}
            ),
        )
        carry_last_run(warehouse, last, as_of)
        write_register(warehouse, as_of, found)
        build_models(warehouse, ["history"], {"index_date": as_of}, models=MODELS)
    build.replace(last)


def write_register(warehouse, as_of: date, found: dict[str, tuple[str, str]]) -> None:
    people = pl.DataFrame({"person_id": list(found)}, schema={"person_id": pl.String})
    signatures = [signature for signature, _ in found.values()]
    counts = [int(signature).bit_count() for signature in signatures]
    warehouse.write(
        "register.mltc",
        people.with_columns(
            definition=pl.lit("kept"),
            definition_version=pl.Series([version for _, version in found.values()], dtype=pl.String),
            condition_signature=pl.Series(signatures, dtype=pl.String),
            condition_count=pl.Series(counts, dtype=pl.Int64),
            is_mltc=pl.Series([count >= 2 for count in counts], dtype=pl.Boolean),
            is_complex_mltc=pl.lit(value=False),
            as_of=pl.lit(as_of),
        ),
    )
    warehouse.write(
        "register.person", people.with_columns(practice_code=pl.lit("P"), succeeded_from=pl.lit(None, pl.String))
    )
    warehouse.write(
        "register.person_condition",
        people.with_columns(
            condition=pl.lit("a"),
            source=pl.lit("gp"),
            onset_date=pl.lit(date(2020, 1, 1)),
            first_known_date=pl.lit(date(2020, 1, 1)),
            last_date=pl.lit(date(2020, 1, 1)),
            evidence_code=pl.lit("x"),
            evidence_count=1,
            is_held_over=False,
        ),
    )
    warehouse.write("codelist.definition", draw("definition | version\nkept | 1"))
    warehouse.write("codelist.membership", draw("definition | condition | position\nkept | a | 0", position=pl.Int64))
    warehouse.write(
        "meta.practice_abstention",
        draw("practice_code | table_name | from_month_date | reason").rename({"from_month_date": "from_month"}),
    )
    joined = people.with_columns(
        definition=pl.lit("kept"),
        change=pl.lit("joined"),
        condition=pl.lit(None, pl.String),
        reason=pl.lit("new code"),
        as_of=pl.lit(as_of),
    )
    # Without a last run there is no change, as in register.change.
    has_last = warehouse.read("select count(*) as n from meta.last_run").item()
    warehouse.write("register.change", joined if has_last else joined.clear())


def read(out: Path, query: str) -> list[tuple]:
    with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
        return warehouse.read(f"{query} order by all").rows()


def read_everything(out: Path) -> dict[str, list[tuple]]:
    names = [table.target for table in (*LAST_RUN, *HISTORY)]
    with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
        return {
            name: warehouse.read(f"select * from {name} order by all").rows()
            for name in [*names, "history.mltc", "history.run", "history.change"]
        }


SPELLS = "select person_id, condition_signature, valid_from, valid_to from history.mltc"


def test_first_run_has_every_table_and_no_row(tmp_path):
    run(tmp_path, SEPTEMBER)
    carried = {name: rows for name, rows in read_everything(tmp_path).items() if name.startswith("meta.")}
    assert set(carried) == {
        f"meta.last_{name}"
        for name in (
            "run",
            "definition",
            "membership",
            "person",
            "mltc",
            "person_condition",
            "practice_abstention",
            "opted_out",
            "history_run",
            "history_mltc",
            "history_change",
        )
    }
    assert all(rows == [] for rows in carried.values())
    assert read(tmp_path, SPELLS)[0] == ("back", "3", SEPTEMBER, None)


def test_the_next_month_is_held_against_this_one(tmp_path):
    run(tmp_path, SEPTEMBER)
    run(tmp_path, OCTOBER)
    assert read(tmp_path, "select as_of from meta.last_run") == [(SEPTEMBER,)]
    assert read(tmp_path, "select person_id from meta.last_person") == [("back",), ("leaves",), ("out",), ("stays",)]
    assert read(tmp_path, SPELLS) == [
        ("back", "3", SEPTEMBER, OCTOBER),
        ("back", "7", OCTOBER, None),
        ("leaves", "1", SEPTEMBER, OCTOBER),
        ("out", "3", SEPTEMBER, None),
        ("stays", "3", SEPTEMBER, None),
    ]


def test_a_month_that_is_run_again_comes_out_the_same(tmp_path):
    run(tmp_path, SEPTEMBER)
    run(tmp_path, OCTOBER)
    once = read_everything(tmp_path)
    run(tmp_path, OCTOBER)
    assert read_everything(tmp_path) == once


@pytest.mark.parametrize("order", list(permutations(MONTHS)), ids=lambda days: "-".join(f"{day:%m}" for day in days))
def test_history_does_not_depend_on_the_order_of_the_runs(tmp_path, order):
    for day in order:
        run(tmp_path, day)
    assert read(tmp_path, SPELLS) == [
        ("back", "3", SEPTEMBER, OCTOBER),
        ("back", "3", NOVEMBER, None),
        ("back", "7", OCTOBER, NOVEMBER),
        ("comes", "1", NOVEMBER, None),
        ("leaves", "1", SEPTEMBER, OCTOBER),
        ("out", "3", SEPTEMBER, NOVEMBER),
        ("out", "7", NOVEMBER, None),
        ("stays", "3", SEPTEMBER, None),
    ]
    runs = read(tmp_path, "select as_of, persons, mltc_persons from history.run")
    assert runs == [(SEPTEMBER, 4, 3), (OCTOBER, 3, 3), (NOVEMBER, 4, 3)]  # signature 1 is one condition: no MLTC


def test_a_rebuild_of_the_past_has_no_last_run_and_keeps_what_is_known(tmp_path):
    for day in (SEPTEMBER, OCTOBER, NOVEMBER):
        run(tmp_path, day)
    before = read(tmp_path, "select * from history.change")
    run(tmp_path, OCTOBER)
    assert read(tmp_path, "select * from meta.last_run") == []
    assert read(tmp_path, "select * from meta.last_person_condition") == []
    assert read(tmp_path, "select * from history.change") == before
    assert {row[0] for row in before} == {OCTOBER, NOVEMBER}


def test_corrected_data_of_a_month_replace_it_in_history(tmp_path):
    for day in (SEPTEMBER, OCTOBER):
        run(tmp_path, day)
    run(tmp_path, OCTOBER, people={"stays": ("7", "1"), "back": ("3", "1")})
    assert read(tmp_path, SPELLS) == [
        ("back", "3", SEPTEMBER, None),
        ("leaves", "1", SEPTEMBER, OCTOBER),
        ("out", "3", SEPTEMBER, OCTOBER),
        ("stays", "3", SEPTEMBER, OCTOBER),
        ("stays", "7", OCTOBER, None),
    ]


def test_another_version_begins_a_new_spell(tmp_path):
    run(tmp_path, SEPTEMBER, people={"one": ("3", "1")})
    run(tmp_path, OCTOBER, people={"one": ("3", "2")})
    versions = read(tmp_path, "select definition_version, valid_from, valid_to from history.mltc")
    assert versions == [("1", SEPTEMBER, OCTOBER), ("2", OCTOBER, None)]


def test_who_opts_out_leaves_history_and_the_carried_conditions(tmp_path):
    for day in (SEPTEMBER, OCTOBER):
        run(tmp_path, day)
    assert "out" in {row[0] for row in read(tmp_path, SPELLS)}
    for again in range(2):  # the month that is run again forgets no less
        run(tmp_path, NOVEMBER, opted_out=("out",))
        found = read_everything(tmp_path)
        holders = {name for name, rows in found.items() if any("out" in row for row in rows)}
        # That the person was counted is kept for one month, so that the fall in numbers can be told.
        assert holders == {"meta.last_person", "meta.last_mltc", "meta.last_opted_out"}, again
        of_person = read(
            tmp_path, "select condition_signature, condition_count from meta.last_mltc where person_id = 'out'"
        )
        assert of_person == [(None, None)]
        assert [row[2] for row in read(tmp_path, "select as_of, definition, persons from history.run")] == [4, 3, 3]
    run(tmp_path, date(2026, 12, 1), opted_out=("out",), people=MONTHS[NOVEMBER])
    found = read_everything(tmp_path)
    assert {name for name, rows in found.items() if any("out" in row for row in rows)} == {"meta.last_opted_out"}


def test_unknown_permission_does_not_delete_history(tmp_path):
    """A permission file that lacks somebody for a month must not destroy what was lawfully known before."""
    run(tmp_path, SEPTEMBER)
    with open_warehouse(tmp_path / "build.duckdb") as warehouse:
        warehouse.write("meta.person_permission", draw("person_id | gp\nout | unknown"))
        carry_last_run(warehouse, tmp_path / "warehouse.duckdb", OCTOBER)
        kept = warehouse.read("select person_id from meta.last_history_mltc where person_id = 'out'")
    assert kept.height == 1


def test_a_warehouse_of_another_shape_counts_as_no_last_run(tmp_path):
    run(tmp_path, SEPTEMBER)
    with open_warehouse(tmp_path / "warehouse.duckdb") as warehouse:
        warehouse.execute("alter table register.person_condition drop column is_held_over")
    with open_warehouse(tmp_path / "build.duckdb") as warehouse:
        warehouse.write("meta.person_permission", draw("person_id | gp"))
        assert carry_last_run(warehouse, tmp_path / "warehouse.duckdb", OCTOBER) is None
        assert warehouse.read("select count(*) as n from meta.last_person").item() == 0
        assert warehouse.read("select count(*) as n from meta.last_history_mltc").item() == 4


def test_carried_tables_have_the_columns_that_models_read():
    carried = {table.target for table in (*LAST_RUN, *HISTORY)}
    wanted = {name for model in load_models().values() for name in model.reads if name.startswith("meta.last_")}
    assert wanted <= carried
