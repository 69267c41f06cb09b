"""Why a person is on the register or is not: every way in which a rule nearly holds, and ids that are not there."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from conftest import draw
from handbook_drawn import FEEDS, draw_codelists, mltc_id_of, write_register

from flows.steps.explain import explain
from mltc.errors import ConfigError
from mltc.handbook.mltc_id import check_symbol, read_mltc_id
from mltc.warehouse import open_warehouse

Explain = Callable[..., str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Explain:
    folder = tmp_path_factory.mktemp("explain")
    with open_warehouse(folder / "warehouse.duckdb") as warehouse:
        write_register(warehouse, draw_codelists(folder / "codelists"))
    return lambda person, definition="paper": "\n".join(explain(mltc_id_of(person), folder, definition))


def test_held_conditions_come_with_rule_evidence_and_dates(told: Explain) -> None:
    text = told("held")
    assert text.startswith("FOR USE INSIDE THE SECURE SETTING ONLY.")
    assert "On 1 October 2026: age 67, practice P1." in text
    assert "MLTC, not complex; 2 conditions of 2 body systems." in text
    # Stroke known on 2 March 2015, asthma with a medicine from the first inhaler on: the second condition.
    assert "MLTC since 1 August 2026" in text
    assert "Under other: MLTC" in text
    assert "Stroke (stroke, cardiovascular)\n  Rule: Any stroke code ever." in text
    assert "From GP record and hospital: 2 records" in text
    assert "first 27 February 2015, last 1 March 2015" in text
    assert (
        "- GP record, list stroke: 1 from 1 March 2015 to 1 March 2015, first known 2 March 2015; code 230690007"
        in text
    )
    assert "- hospital, list stroke: 1 from 27 February 2015" in text and "code I639" in text
    assert "- prescriptions, list asthma: 2 from 1 August 2026 to 1 September 2026" in text
    assert "12428000" not in text  # an unverified code is no evidence


def test_window_that_has_passed(told: Explain) -> None:
    text = told("passed")
    assert "Asthma, currently treated (asthma_treated) does not hold" in text
    assert "ok: any asthma code ever, not resolved since: holds: last on 1 May 2012" in text
    # 12 months up to 1 October 2026 begin after 1 October 2025: that day itself is out.
    assert (
        "fails: any asthma medicine in the last 12 months: last on 1 October 2025, and the window begins after "
        "1 October 2025" in text
    )
    assert "A second condition makes MLTC." in text


def test_resolved(told: Explain) -> None:
    assert (
        "fails: any asthma code ever, not resolved since: last on 1 May 2012, and recorded as resolved on 1 June 2020"
        in told("resolved")
    )


def test_three_of_four_prescriptions(told: Explain) -> None:
    text = told("three")
    assert "alternative 1, fails: any depression code in the last 12 months: nothing recorded" in text
    assert (
        "alternative 2, fails: at least 4 antidepressant prescriptions in the last 12 months: 3 of 4 prescriptions "
        "after 1 October 2025; last on 1 August 2026" in text
    )


def test_age_below_that_of_the_rule(told: Explain) -> None:
    text = told("child")
    assert "- age 5: counted from age 6" in text
    assert "ok: any asthma medicine in the last 12 months: holds: last on 1 August 2026" in text


def test_values_that_lie_too_close_together(told: Explain) -> None:
    # 10 January to 9 February: 30 days.
    assert "2 values 30 days apart, and 90 days are asked for" in told("kidneys")


def test_record_that_could_not_be_seen_yet(told: Explain) -> None:
    assert (
        "fails: any stroke code ever: on 1 August 2026, but it could first be seen on 1 November 2026, after the index "
        "date" in told("late")
    )


def test_person_without_anything(told: Explain) -> None:
    text = told("nothing")
    assert "Conditions that hold: none" in text and "Conditions that nearly hold: none" in text
    assert "Nothing on record towards the other 4 conditions of paper." in text  # gout is not verified


def test_failed_feed_is_said(tmp_path: Path) -> None:
    failed = draw(
        """
        index_date | person_id | gp_event_until | gp_prescription_until
        2026-10-01 | passed    |                | 2026-03-01
        """,
        gp_event_until=pl.String,
    ).with_columns(pl.col("gp_event_until", "gp_prescription_until").str.to_date())
    with open_warehouse(tmp_path / "warehouse.duckdb") as warehouse:
        write_register(warehouse, draw_codelists(tmp_path / "codelists"), register__failed_feed=failed)
    text = "\n".join(explain(mltc_id_of("passed"), tmp_path, "paper"))
    assert "! The practice's feed of prescriptions failed from 1 March 2026 on" in text
    # Counted back from 1 March 2026 the window begins after 1 March 2025, so the inhaler of October 2025 lies in it.
    assert "Asthma, currently treated (asthma_treated, respiratory)" in text
    assert "! Held over: the data no longer show it, because the practice's feed failed." in text


def test_what_the_run_was_not_given_is_said(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "warehouse.duckdb") as warehouse:
        feeds = pl.DataFrame(FEEDS | {"has_gp_prescription": [False]})
        write_register(warehouse, draw_codelists(tmp_path / "codelists"), meta__feed=feeds)
    assert "! The run was not given prescriptions: nothing recorded there is known." in "\n".join(
        explain(mltc_id_of("passed"), tmp_path, "paper")
    )


def test_unknown_id_is_told_apart_from_a_mistyped_one(told: Explain) -> None:
    with pytest.raises(ConfigError, match="not in this register"):
        told("somebody else")
    good = mltc_id_of("held")
    wrong = ("1" if good[0] != "1" else "2") + good[1:]
    for typed in (wrong, good[1] + good[0] + good[2:], good[:-1], good + "0", "U" + good[1:], ""):
        with pytest.raises(ConfigError, match="mistyped") as error:
            read_mltc_id(typed)
        assert not typed or typed not in str(error.value)


def test_id_is_read_as_people_write_it() -> None:
    body = "0123456789ABCDEFGHJKMN0101"[:25]
    good = body + check_symbol(body)
    typed = good.lower().replace("0", "o", 1)
    assert read_mltc_id(f" {typed[:5]}-{typed[5:10]} {typed[10:]} ") == good


def test_check_symbol_is_the_one_of_the_register(build: Callable[..., pl.DataFrame]) -> None:
    people = pl.DataFrame({"person_id": [f"person {number}" for number in range(200)]})
    inputs = {"register.person": people}
    rows = build("register.person_pseudonym", inputs, inner_pad=b"\x36" * 64, outer_pad=b"\x5c" * 64)
    assert [read_mltc_id(text) for text in rows["mltc_id"]] == rows["mltc_id"].to_list()
    assert {text[-1] for text in rows["mltc_id"]} & set("*~$=U")  # the symbols beyond the digits are met


def test_without_a_warehouse_and_with_an_unknown_definition(tmp_path: Path, told: Explain) -> None:
    with pytest.raises(ConfigError, match="There is no warehouse"):
        explain(mltc_id_of("held"), tmp_path)
    with pytest.raises(ConfigError, match="It has: other, paper"):
        told("held", "mine")


def test_nothing_is_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_warehouse(tmp_path / "warehouse.duckdb") as warehouse:
        write_register(warehouse, draw_codelists(tmp_path / "codelists"))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    explain(mltc_id_of("held"), tmp_path)
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    added = {path.name for path in after.keys() - before.keys()}
    assert added == {"audit.jsonl", ".audit.jsonl.lock"}, "that somebody asked is put on record, and nothing else"
    assert {path: after[path] for path in before} == before
    assert not caplog.records
