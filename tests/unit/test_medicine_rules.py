"""Rules of prescribing safety and groups of medicines: as shipped, and what is refused."""

from pathlib import Path

import polars as pl
import pytest
from codelist_folder import register, write_folder, write_text
from pydantic import ValidationError

from mltc.codelists import load_codelists
from mltc.codelists.records import MedicineRule
from mltc.errors import CodelistError
from mltc.reference import write_reference
from mltc.warehouse import open_warehouse

DRUGS = "code_system,code,term,source,verified\n"
MEASURES = "code,term,unit,source,verified\n"
RULE = """
[[medicine_rule]]
key = "two_together"
name = "Two medicines together"
groups = [["nsaid", "aspirin"], "warfarin"]
conditions = "asthma"
tests = ["haemoglobin"]
test_months = 3
source = "a paper"
verified = true
"""
GROUP = """
[[medicine_group]]
key = "pain"
name = "Pain"
drugs = ["nsaid"]
source = "a paper"
verified = true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound folder with one rule and one group of medicines."""
    write_folder(tmp_path)
    for name, code in (("nsaid", "100101"), ("aspirin", "0209"), ("warfarin", "0208020V0")):
        write_text(tmp_path / "drugs" / f"{name}.csv", DRUGS + f"bnf,{code},{name},a list,yes\n")
    measure = "271026005,Haemoglobin level estimation,g/L,a list,yes\n"
    write_text(tmp_path / "measures" / "haemoglobin.csv", MEASURES + measure)
    write_text(tmp_path / "medicine_pairs.toml", RULE)
    write_text(tmp_path / "medicine_groups.toml", GROUP)
    register(tmp_path)
    return tmp_path


def test_rules_become_tables(folder):
    medicines = load_codelists(folder).medicines
    assert medicines.rules.select("key", "months", "minimum_age_years", "test_months").rows() == [
        ("two_together", 3, None, 3)
    ]
    assert medicines.rule_parts.rows() == [
        ("two_together", "group", 1, "nsaid"),
        ("two_together", "group", 1, "aspirin"),
        ("two_together", "group", 2, "warfarin"),
        ("two_together", "condition", 1, "asthma"),
        ("two_together", "test", 1, "haemoglobin"),
    ]
    assert medicines.group_parts.rows() == [("pain", "drug", "nsaid")]


def test_a_folder_without_rules_of_medicines_loads(tmp_path):
    medicines = load_codelists(write_folder(tmp_path)).medicines
    assert medicines.rules.is_empty()
    assert medicines.rule_parts.is_empty()
    assert medicines.groups.is_empty()


def test_the_version_follows_the_rules(folder):
    before = load_codelists(folder).version
    write_text(folder / "medicine_pairs.toml", RULE.replace("test_months = 3", "test_months = 6"))
    assert load_codelists(folder).version != before


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("medicine_pairs.toml", RULE.replace('"aspirin"', '"asprin"'), "two_together: drugs/asprin.csv does not exist"),
        ("medicine_pairs.toml", RULE.replace('"haemoglobin"', '"tsh"'), "measures/tsh.csv does not exist"),
        ("medicine_pairs.toml", RULE.replace('"asthma"', '"asthna"'), "condition 'asthna' is not in conditions.toml"),
        ("medicine_pairs.toml", RULE.replace('["nsaid", "aspirin"]', '"nsaid"'), "names the list 'aspirin'"),
        ("medicine_pairs.toml", RULE + RULE, "duplicate key 'two_together'"),
        ("medicine_groups.toml", GROUP.replace('"nsaid"', '"nsaids"'), "pain: drugs/nsaids.csv does not exist"),
        (
            "drugs/warfarin.csv",
            DRUGS + "bnf,0208020V0,warfarin,a list,single_source\n",
            "'two_together' is verified but its drug list 'warfarin' has no verified code",
        ),
    ],
)
def test_what_does_not_fit_is_told(folder, file, text, message):
    write_text(folder / file, text)
    register(folder)
    with pytest.raises(CodelistError) as told:
        load_codelists(folder)
    assert message in str(told.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"groups": ["nsaid"]}, "one group alone says nothing"),
        ({"groups": ["nsaid", "warfarin"], "tests": ["tsh"]}, "tests and test_months go together"),
        ({"groups": ["nsaid", "warfarin"], "test_months": 3}, "tests and test_months go together"),
        ({"groups": []}, "at least 1 item"),
        ({"groups": [[]]}, "at least 1 item"),
    ],
)
def test_a_rule_says_something(given, message):
    with pytest.raises(ValidationError, match=message):
        MedicineRule.model_validate({"key": "a", "name": "A", "source": "a paper", "verified": True, **given})


def test_shipped_rules_reach_the_warehouse_with_their_codes(tmp_path):
    codelists = load_codelists()
    with open_warehouse(tmp_path / "test.duckdb") as warehouse:
        write_reference(warehouse, codelists)
        parts = warehouse.read("select * from codelist.medicine_rule_part")
        codes = warehouse.read("select * from codelist.medicine_code")
        verified = warehouse.read("select key from codelist.medicine_rule where verified")["key"]
    asked = parts.filter(pl.col("part").is_in(["group", "without", "test"]), pl.col("rule").is_in(verified.to_list()))
    assert asked.join(codes, on="evidence", how="anti").is_empty()
    assert codes["kind"].unique().sort().to_list() == ["drug", "measure"]
    assert "lithium_without_level" not in verified.to_list()


def test_pincer_is_there():
    rules = load_codelists().medicines.rules
    pincer = rules.filter(pl.col("source").str.starts_with("PINCER"))
    assert pincer.height == 13
    ages = dict(rules.filter(pl.col("minimum_age_years").is_not_null()).select("key", "minimum_age_years").iter_rows())
    assert ages == {
        "nsaid_65_without_gastroprotection": 65,
        "antipsychotic_in_dementia": 65,
        "ace_or_loop_75_without_test": 75,
        "ace_or_loop_75_without_electrolytes": 75,
    }


def test_facts_and_inclusion_groups_are_told_from_processes():
    kinds = dict(load_codelists().care_processes.select("key", "kind").iter_rows())
    assert kinds["medication_review"] == "process"
    assert kinds["is_carer"] == "fact"
    assert kinds["homeless"] == "inclusion"
    assert set(kinds.values()) == {"process", "fact", "inclusion"}
