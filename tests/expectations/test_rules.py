"""The rules of every canonical table: made from the contract, complete, and about outputs that exist."""

from datetime import date

import polars as pl
import pytest
from conftest import draw

from mltc.contract import Column, Table, load_contract
from mltc.errors import ConfigError
from mltc.quality.outputs import load_outputs, outputs_of_page, split_outputs
from mltc.quality.rules import Rule, check_suites, load_rules, select_rules
from mltc.quality.skeleton import build_skeleton_rules
from mltc.report.site import PAGES

INDEX_DATE = date(2026, 10, 1)
TABLES = list(load_contract())


@pytest.mark.parametrize("name", TABLES)
def test_every_rule_says_why_and_what_to_do_and_affects_known_outputs(name):
    rules = load_rules(load_contract()[name], 0.05)
    assert rules
    assert [rule.rule for rule in rules if not (rule.why and rule.affects and rule.mend)] == []
    assert {output for rule in rules for output in rule.affects} <= set(load_outputs())


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_at_least_the_rules_of_its_skeleton(name):
    table = load_contract()[name]
    names = [rule.rule for rule in load_rules(table, 0.05)]
    assert names == list(dict.fromkeys(names))
    expected = set()
    if table.has_person and name not in {"person", "opt_out"}:
        expected.add("person_known")
    if table.main_date:
        expected |= {f"{table.main_date}_not_future"}
        if table.has_person:
            expected |= {f"{table.main_date}_after_birth"}
    if table.fresh_days:
        expected.add("feed_fresh")
    assert expected <= set(names)


def test_a_new_table_has_its_rules_at_once():
    table = Table(
        table="wearable",
        grain="One row per reading.",
        feed="gp",
        required=False,
        key=(),
        main_date="read_on",
        fresh_days=31,
        column=(
            Column(name="person_id", type="text", description="Person", required=True),
            Column(name="read_on", type="date", description="Day"),
        ),
    )
    assert [rule.rule for rule in build_skeleton_rules(table)] == [
        "person_known",
        "read_on_not_future",
        "read_on_after_birth",
        "read_on_before_death",
        "read_on_within_registration",
        "feed_fresh",
    ]
    assert "interval 31 day" in build_skeleton_rules(table)[-1].rows


def test_the_names_of_the_first_suites_still_stand():
    """The report, the configuration's reader and run.json know rules by their names."""
    names = {f"{name}.{rule.rule}" for name in TABLES for rule in load_rules(load_contract()[name], 0.05)}
    assert names >= {
        "death.death_date_not_future",
        "emergency.arrival_at_before_death",
        "ethnicity.person_known",
        "gp_consultation.feed_fresh",
        "gp_event.snomed_is_numeric",
        "hospital_episode.discharge_after_admission",
        "outpatient.appointment_date_after_birth",
        "person.index_date_within_feeds",
        "registration.registration_ends_after_start",
    }
    assert "death.feed_fresh" not in names
    assert "opt_out.person_known" not in names


def test_suites_belong_to_canonical_tables():
    assert set(check_suites()) <= set(load_contract())


def test_an_output_that_does_not_exist_is_refused(tmp_path):
    (tmp_path / "person.yml").write_text(
        "table: person\nrules:\n- {rule: r, level: warn, rows: 'true', why: w, affects: [regsiter], mend: m}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match="the rule r affects 'regsiter', which is no output"):
        load_rules(load_contract()["person"], 0.05, tmp_path)


def test_a_rule_that_the_contract_makes_is_not_written_again(tmp_path):
    (tmp_path / "death.yml").write_text(
        "table: death\nrules:\n- {rule: person_known, level: warn, rows: 'true', why: w, affects: [risk], mend: m}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match="person_known is given twice, or is already made from the contract"):
        load_rules(load_contract()["death"], 0.05, tmp_path)


def test_every_page_with_figures_shows_known_outputs():
    known = set(load_outputs())
    for page in PAGES:
        assert outputs_of_page(page.path) <= known
    assert "every output" in outputs_of_page("risk.html")
    assert outputs_of_page("methods.html") == frozenset()
    assert split_outputs("register, prevalence by PCN") == ["register", "prevalence by PCN"]


def test_rules_that_need_a_missing_table_are_skipped_and_named():
    rules = {"gp_event": load_rules(load_contract()["gp_event"], 0.05)}
    able, skipped = select_rules(rules)
    assert {rule.rule for rule in rules["gp_event"]} - {rule.rule for rule in able["gp_event"]} == {
        "person_known",
        "event_date_after_birth",
        "event_date_before_death",
        "event_date_within_registration",
    }
    assert ("gp_event", "event_date_before_death", ("death",)) in skipped


def failing(warehouse, table: str, name: str) -> list[int]:
    rule = next(rule for rule in load_rules(load_contract()[table], 0.05) if rule.rule == name)
    return sorted(warehouse.read(rule.query(f"raw.{table}", table, INDEX_DATE))["_row_id"])


def write_raw(warehouse, table: str, text: str, **types) -> None:
    frame = draw(text, _row_id=pl.Int64, **types)
    warehouse.write(f"raw.{table}", frame.with_columns(_dropped=pl.lit(None, pl.String)))


def test_records_long_after_the_last_registration(warehouse):
    write_raw(
        warehouse,
        "registration",
        """
        _row_id | person_id | registered_to
        1       | 1         | 2020-01-01
        2       | 1         | 2022-01-01
        3       | 2         | 2020-01-01
        4       | 2         |
        5       | 3         | 2020-01-01
        """,
    )
    write_raw(warehouse, "death", "_row_id | person_id | death_date\n1 | 3 | 2020-01-01")
    write_raw(
        warehouse,
        "gp_event",
        """
        _row_id | person_id | event_date
        1       | 1         | 2022-02-01
        2       | 1         | 2022-02-02
        3       | 2         | 2025-01-01
        4       | 3         | 2025-01-01
        5       | 4         | 2025-01-01
        6       | 1         |
        """,
    )
    # 1: 31 days after the later end, 2022-01-01 + 31 = 2022-02-01, are allowed; 2: still registered; 3: has died
    assert failing(warehouse, "gp_event", "event_date_within_registration") == [2]


def test_negative_quantities(warehouse):
    write_raw(warehouse, "gp_prescription", "_row_id | quantity\n1 | -1\n2 | 0\n3 | 28\n4 |", quantity=pl.Float64)
    assert failing(warehouse, "gp_prescription", "quantity_not_negative") == [1]


def test_organisation_periods_and_unknown_practices(warehouse):
    write_raw(
        warehouse,
        "organisation",
        """
        _row_id | practice_code | pcn_code | icb | effective_from | effective_to
        1       | A             | P1       | Q1  | 2020-01-01     | 2021-03-31
        2       | A             | P2       | Q1  | 2021-04-01     |
        3       | B             | P1       | Q1  |                | 2021-04-01
        4       | B             | P2       | Q1  | 2021-04-01     |
        5       | C             | P1       | Q1  | 2022-01-01     | 2021-01-01
        6       | D             | P1       | Q1  |                |
        7       | D             | P1       | Q1  |                |
        """,
    )
    assert failing(warehouse, "organisation", "period_not_overlapping") == [
        3,
        4,
    ]  # one day shared; D says the same twice
    assert failing(warehouse, "organisation", "period_ends_after_start") == [5]
    write_raw(warehouse, "registration", "_row_id | practice_code\n1 | A\n2 | Z\n3 |")
    assert failing(warehouse, "registration", "practice_known") == [2]


def test_rows_that_are_not_for_us_break_no_rule_and_are_nobody(warehouse):
    warehouse.write("raw.person", draw("person_id | _dropped\n1 |\n2 | dummy patient"))
    warehouse.write(
        "raw.ethnicity",
        draw("_row_id | person_id | _dropped\n1 | 1 |\n2 | 2 |\n3 | 9 |\n4 | 9 | deleted", _row_id=pl.Int64),
    )
    assert failing(warehouse, "ethnicity", "person_known") == [2, 3]


def test_a_share_below_its_limit_fails_no_row(warehouse):
    rule = Rule(rule="r", level="warn", why="w", affects=("risk",), mend="m", rows="t.x > 1", above_share=0.5)
    warehouse.write("raw.t", draw("_row_id | x | _dropped\n1 | 1 |\n2 | 2 |", _row_id=pl.Int64, x=pl.Int64))
    assert warehouse.read(rule.query("raw.t", "t", INDEX_DATE)).height == 0  # 1 of 2 is not more than half
    warehouse.write("raw.t", draw("_row_id | x | _dropped\n1 | 3 |\n2 | 2 |", _row_id=pl.Int64, x=pl.Int64))
    assert warehouse.read(rule.query("raw.t", "t", INDEX_DATE))["_row_id"].to_list() == [1, 2]
