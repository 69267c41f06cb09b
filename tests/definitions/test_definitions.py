"""The definitions as shipped, held against test persons: every line of the tables beside this file is one person.

The tables are written from the published rules, not from conditions.toml; index date 2026-10-01. `holds` is all that
the person has of the definition, `misses` what the line is there to show that the person just has not.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from drawn_persons import Person, read_persons
from rule_neighbours import neighbours
from shipped_register import build_register, rebuild_rules

from mltc.codelists import Codelists, load_codelists
from mltc.warehouse import DuckDBWarehouse, open_warehouse

FOLDER = Path(__file__).parent
DEFINITIONS = ("delphi-2022", "cambridge-37", "cambridge-20", "barnett-40", "qof", "nhse-35")
PERSONS = [person for name in DEFINITIONS for person in read_persons(FOLDER / f"{name}.txt")]
ROWS = read_persons(FOLDER / "mltc.txt")
NEIGHBOURS = [pair for condition in load_codelists().parsed if condition.verified for pair in neighbours(condition)]


def name_of(person: Person) -> str:
    return person.person_id


@pytest.fixture(scope="module")
def codelists() -> Codelists:
    return load_codelists()


@pytest.fixture(scope="module")
def register(tmp_path_factory, codelists) -> Iterator[DuckDBWarehouse]:
    with open_warehouse(tmp_path_factory.mktemp("definitions") / "test.duckdb") as warehouse:
        build_register(warehouse, [*PERSONS, *ROWS], codelists)
        yield warehouse


@pytest.fixture(scope="module")
def held(register) -> dict[tuple[str, str], set[str]]:
    """Conditions by person and definition."""
    rows = register.read(
        """
        select status.person_id, membership.definition, status.condition
        from register.person_condition as status
        inner join codelist.membership as membership on membership.condition = status.condition
        """
    ).rows()
    found: dict[tuple[str, str], set[str]] = {}
    for person_id, definition, condition in rows:
        found.setdefault((person_id, definition), set()).add(condition)
    return found


@pytest.fixture(scope="module")
def counted(register) -> dict[tuple[str, str], dict[str, object]]:
    """Rows of register.mltc by person and definition."""
    rows = register.read("select * from register.mltc").rows(named=True)
    return {(row["person_id"], row["definition"]): row for row in rows}


@pytest.fixture(scope="module")
def ages(register) -> dict[str, int]:
    """Age in years of everybody in the register."""
    return dict(register.read("select person_id, age_years from register.spine").iter_rows())


@pytest.mark.parametrize("person", PERSONS, ids=name_of)
def test_a_person_has_just_these_conditions(held, counted, ages, person):
    found = held.get((person.person_id, person.table), set())
    if person.cells["holds"] == "not registered":
        assert (found, person.person_id in ages) == (set(), False), person.cells["why"]
        return
    expected = person.listed("holds")
    assert found == expected, person.cells["why"]
    assert ages[person.person_id] == person.age_years
    row = counted[person.person_id, person.table]
    assert (row["condition_count"], row["is_mltc"]) == (len(expected), len(expected) >= 2)


@pytest.mark.parametrize("person", ROWS, ids=name_of)
def test_a_row_of_the_register(held, counted, person):
    row = counted[person.person_id, person.cells["definition"]]
    assert held.get((person.person_id, person.cells["definition"]), set()) == person.listed("holds")
    # 2^3 + 2^20: positions 3 and 20 of the definition
    signature = sum(2 ** int(power.split("^")[1]) for power in person.cells["signature"].split("+") if "^" in power)
    assert row["condition_signature"] == str(signature)
    names = ("systems", "mltc", "onset", "complex", "complex onset", "physical and mental")
    columns = ("body_system_count", "is_mltc", "mltc_onset_date", "is_complex_mltc", "complex_onset_date")
    found = [_say(row[column]) for column in (*columns, "has_physical_mental")]
    assert dict(zip(names, found, strict=True)) == {name: person.cells[name] for name in names}, person.cells["why"]


def _say(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_every_condition_has_a_person_who_has_it_and_one_who_misses_it(codelists, definition):
    members = set(codelists.memberships.filter(definition=definition)["condition"])
    persons = [person for person in PERSONS if person.table == definition]
    assert {condition for person in persons for condition in person.listed("holds") - {"not registered"}} == members
    assert {condition for person in persons for condition in person.listed("misses")} == members
    assert not [person.person_id for person in persons if person.listed("holds") & person.listed("misses")]


def test_every_definition_has_a_table_and_every_person_a_name(codelists):
    assert set(DEFINITIONS) == set(codelists.definitions["definition"])
    names = [name_of(person) for person in [*PERSONS, *ROWS]]
    assert sorted(names) == sorted(set(names))


@pytest.fixture(scope="module")
def told_apart(register, held, counted, ages, codelists) -> set[str]:
    """Neighbours of rules under which somebody's conditions change."""
    conditions = [condition for condition in codelists.parsed if condition.verified]
    neighbouring = [neighbour for condition in conditions for _, neighbour in neighbours(condition)]
    status = rebuild_rules(register, [*conditions, *neighbouring])
    persons = dict(status.group_by("condition").agg(pl.col("person_id").unique().sort()).iter_rows())
    return {
        neighbour.key
        for condition in conditions
        for _, neighbour in neighbours(condition)
        if persons.get(neighbour.key) != persons.get(condition.key)
    }


@pytest.mark.parametrize(("words", "neighbour"), NEIGHBOURS, ids=[words for words, _ in NEIGHBOURS])
def test_a_person_stands_on_every_edge(told_apart, words, neighbour):
    """A rule that is off by the smallest step, or lacks a part, is noticed by some person of the tables."""
    assert neighbour.key in told_apart, f"No test person tells the rule from one with {words}."
