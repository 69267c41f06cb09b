"""Data Docs and row numbers: everything an analyst needs, and nothing of a person."""

import re
from pathlib import Path

import pytest

from mltc import intake
from mltc.codelists import load_codelists
from mltc.config import load_config
from mltc.contract import load_contract
from mltc.quality.report import PASSED, PASSED_WITH_FAILED_ROWS, STOPPED, read_status
from mltc.quality.where import say_where
from mltc.workspace import Workspace

CONFIG = """
[icb]
name = "A"
code = "QAA"
synthetic = true
[run]
index_date = 2026-10-01
[gate]
maximum_quarantined_share = 0.9
[lawful]
opt_outs_applied_upstream = "drawn by a test"
[source.person]
path = "person.csv"
[source.gp_event]
path = "gp_event_*.csv"
"""
# Every value below that is in a row and in no rule: none of it may be on a page.
SECRETS = ("PLANTEDPERSON", "PLANTEDCODE", "PLANTEDUNIT", "1912-03-04", "2019-05-06")
PERSON = "person_id,birth_date,sex,practice_code\nPLANTEDPERSON1,1912-03-04,8,PLANTEDPRACTICE\n"
EVENTS = "person_id,event_date,code,code_system,value_unit\n"
GOOD = "PLANTEDPERSON1,2026-09-01,73211009,snomed,PLANTEDUNIT\n"
UNKNOWN = "PLANTEDPERSON9,2019-05-06,73211009,snomed,\n"
RUINED = "PLANTEDPERSON1,2019-05-06,PLANTEDCODE,snomed,\n"


@pytest.fixture(scope="module")
def gated(tmp_path_factory) -> tuple[Workspace, object]:
    folder = tmp_path_factory.mktemp("gated")
    (folder / "person.csv").write_text(PERSON, encoding="utf-8")
    (folder / "gp_event_1.csv").write_text(EVENTS + GOOD * 2 + UNKNOWN * 3 + RUINED, encoding="utf-8")
    (folder / "gp_event_2.csv").write_text(EVENTS + UNKNOWN * 4 + GOOD, encoding="utf-8")
    (folder / "c.toml").write_text(CONFIG, encoding="utf-8")
    workspace = Workspace(folder / "out", load_config(folder / "c.toml"))
    workspace.start_build()
    files = [file for table in load_contract() for file in intake.read_table(workspace, table)]
    intake.record_extracts(workspace, files, load_codelists())
    return workspace, intake.gate_extracts(workspace, workspace.build_docs)


def pages_of(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}


def test_results_say_where_failing_rows_are(gated):
    rows = {(row["table_name"], row["rule"]): row for row in gated[1].iter_rows(named=True)}
    unknown = rows["gp_event", "person_known"]
    assert (unknown["rows_failed"], unknown["rows_checked"]) == (7, 11)  # 3 + 4 of 6 + 5
    assert unknown["first_rows"] == "gp_event_1.csv: 3, 4, 5; gp_event_2.csv: 1, 2 (+2 more)"
    assert rows["gp_event", "snomed_is_numeric"]["first_rows"] == "gp_event_1.csv: 6"
    assert rows["gp_event", "code_present"]["first_rows"] == ""
    assert rows["person", "sex_allowed"]["first_rows"] == "person.csv: 1"


def test_the_status_of_a_run_has_three_values(gated):
    import polars as pl

    results = gated[1]
    assert read_status(results) == PASSED_WITH_FAILED_ROWS
    assert read_status(results.filter(pl.col("status") == "passed")) == PASSED
    stopped = results.with_columns(status=pl.when(pl.col("level") == "stop").then(pl.lit("failed")).otherwise("status"))
    assert read_status(stopped) == STOPPED


def test_pages_tell_rule_reason_remedy_and_place(gated):
    pages = pages_of(gated[0].build_docs)
    assert "index.html" in pages
    page = next(text for path, text in pages.items() if path.startswith("validations/gp_event/"))
    for told in ("person_known", "in no register", "covers the same population", "gp_event_2.csv: 1, 2 (+2 more)"):
        assert told in page
    assert page.index("snomed_is_numeric") < page.index("code_present")  # failed rules come first
    links = re.findall(r'href="([^"#]+\.html)"', pages["index.html"])
    assert set(links) == set(pages)


def test_no_page_holds_a_value_of_a_person(gated):
    pages = pages_of(gated[0].build_docs)
    assert len(pages) == 5  # the index, and results and rules of two tables
    for path, text in pages.items():
        assert [secret for secret in SECRETS if secret in text] == [], path


def test_pages_load_nothing(gated):
    folder = gated[0].build_docs
    for path, text in pages_of(folder).items():
        assert not re.search(r"https?:|//[a-z]", text.replace("<!DOCTYPE html>", "")), path
        assert "<script" not in text, path
        assert "<link" not in text, path
        assert "default-src 'none'" in text
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} == {".html"}


def test_the_docs_are_moved_with_the_run_and_what_was_stopped_is_cleared(gated):
    workspace, _ = gated
    workspace.stopped.mkdir(parents=True)
    (workspace.build_folder / workspace.run_file.name).write_text("{}", encoding="utf-8")
    workspace.commit()
    assert (workspace.docs / "index.html").exists()
    assert not workspace.stopped.exists()


def test_examples_are_told_by_file():
    assert say_where([("a.csv", 7)], 1) == "a.csv: 7"
    assert say_where([("a.csv", 7), ("a.csv", 1200)], 1202) == "a.csv: 7, 1200 (+1,200 more)"
