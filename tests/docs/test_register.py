"""The page on the register can fail: it has every definition, option of a rule, change and reason."""

import re
import tomllib

import pytest

from mltc.codelists import load_codelists
from mltc.codelists.records import Clause, Condition, Definition
from mltc.paths import ROOT

REGISTER = (ROOT / "docs" / "register.md").read_text(encoding="utf-8")
HEAD = (ROOT / "sql" / "register" / "change.sql").read_text(encoding="utf-8").split("\nwith ")[0]
# What the queries themselves write: `then 'feed gap'`, `'held over' as change`.
WRITTEN = {
    word
    for path in (ROOT / "sql" / "register").glob("change*.sql")
    for found in re.findall(r"(?:then|else) '([a-z -]+)'|'([a-z -]+)' as (?:change|reason)", path.read_text("utf-8"))
    for word in found
    if word
}


def test_every_definition_is_in_the_table_with_the_conditions_that_it_counts():
    codelists = load_codelists()
    counted = codelists.memberships.group_by("definition").len().rows()
    for definition, conditions in counted:
        line = re.search(rf"^\| `{definition}` \| (\d+)", REGISTER, re.M)
        assert line is not None, definition
        assert int(line[1]) == conditions, definition
    assert len(counted) == codelists.definitions.height


def test_every_option_of_a_clause_is_in_a_table_and_in_an_example_that_loads():
    fields = [field.alias or key for key, field in Clause.model_fields.items()]
    for name in fields:
        assert re.search(rf"^\| (?:`\w+`, )*`{name}`[ ,]", REGISTER, re.M), name
    examples = [tomllib.loads(f"clause = {text}")["clause"] for text in re.findall(r"`({ .+? })`", REGISTER)]
    for example in examples:
        assert Clause.model_validate(example).evidence
    assert {name for example in examples for name in example} == set(fields)


def test_the_condition_that_the_page_shows_is_one_that_loads():
    shown = re.search(r"```toml\n(.+?)```", REGISTER, re.S)[1]
    (condition,) = [Condition.model_validate(entry) for entry in tomllib.loads(shown)["condition"]]
    shipped = next(item for item in load_codelists().parsed if item.key == condition.key)
    assert condition.model_dump(exclude={"source"}) == shipped.model_dump(exclude={"source"})


@pytest.mark.parametrize("section", [Condition, Definition], ids=lambda kind: kind.__name__)
def test_every_key_of_a_condition_and_of_a_definition_is_named(section):
    left_out = {"delphi_class"}  # the class of the default definition, of no effect
    keys = set(section.model_fields) - left_out
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", REGISTER)] == []


def test_every_change_and_reason_is_explained():
    assert {"feed gap", "held over", "joined"} <= WRITTEN
    assert [word for word in sorted(WRITTEN) if f"`{word}`" not in REGISTER] == []


def test_reasons_of_the_page_are_those_that_the_table_lists():
    told = re.search(r"Reasons: (.+?)\.", re.sub(r"\n-- ", " ", HEAD))[1].split(", ")
    section = REGISTER.split("| reason | means | about |")[1].split("\n\n")[0]
    explained = [word for line in section.splitlines()[2:] for word in re.findall(r"`([^`]+)`", line.split("|")[1])]
    assert sorted(told) == sorted(explained)
