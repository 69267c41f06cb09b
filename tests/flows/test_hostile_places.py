"""Places called `=HYPERLINK("x")`, `<script>alert(1)</script>` and `../../x` come through a whole run as text.

`conftest.extracts` names practices, networks, neighbourhoods and the area so, and gives a practice the code `../../x`.
"""

import csv
import json
import re
import shutil
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest
from hostile_places import FORMULA, ICB, NAMES, PATH, SCRIPT

from mltc.disclosure import check_release
from mltc.disclosure.written import restore_formula

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")


@pytest.fixture
def out(finished) -> Path:
    return finished[0]


@pytest.fixture
def release(out) -> Path:
    return out / "release" / "2026-10"


class Reader(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.names |= {name for name, _ in attributes}

    def handle_data(self, data):
        self.text += data


def test_pages_show_the_names_and_run_nothing(release):
    for path in release.rglob("*.html"):
        page = Reader(path)
        assert "script" not in page.tags, path.name
        assert not [name for name in page.names if name.startswith("on")], path.name
        assert ICB in page.text, path.name
    assert [name for name in NAMES if name not in Reader(release / "places.html").text] == []


def test_data_docs_and_history_run_nothing(out):
    pages = [*(out / "data_docs").rglob("*.html"), *(out / "release" / "runs").rglob("*.html")]
    assert pages
    for path in pages:
        assert SCRIPT not in path.read_text(encoding="utf-8"), path.name


def cells(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [cell for row in csv.reader(lines) for cell in row]


def test_csv_cells_are_no_formulas(release):
    for path in [*release.rglob("*.csv")]:
        starts = [cell for cell in cells(path) if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")]
        assert [cell for cell in starts if not NUMBER.fullmatch(cell)] == [], path.name
    names = {restore_formula(cell) for cell in cells(release / "tables" / "prevalence.csv")}
    assert set(NAMES) <= names
    assert f"'{FORMULA}" in cells(release / "tables" / "prevalence.csv")
    assert f"'{FORMULA}" in cells(release / "metrics" / "metric.csv")  # the code of a network


def test_parquet_holds_the_names_as_they_are(release):
    table = pl.read_parquet(release / "tables" / "prevalence.parquet")
    assert set(NAMES) <= set(table["geography_name"])


def test_the_workbook_has_no_formula_and_leads_nowhere(release):
    from openpyxl import load_workbook

    book = load_workbook(release / "workbook.xlsx")
    found = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in found if cell.data_type == "f"]
    assert not [cell for cell in found if cell.hyperlink and cell.hyperlink.target]
    assert set(NAMES) <= {cell.value for cell in found if cell.data_type == "s"}
    with zipfile.ZipFile(release / "workbook.xlsx") as archive:
        for member in archive.namelist():
            assert b'TargetMode="External"' not in archive.read(member), member
            assert SCRIPT.encode() not in archive.read(member), member


def test_json_is_json(out, release):
    assert json.loads((release / "manifest.json").read_text(encoding="utf-8"))["files"]
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["status"] == "passed with failed rows"


def test_no_name_becomes_a_file(out, release):
    for path in out.rglob("*"):
        assert re.fullmatch(r"[\w.-]+", path.name, flags=re.ASCII), path
    for folder in (out.parent, out, out / "release", release):
        assert not [path for path in folder.iterdir() if path.stem == "x"]
    assert check_release(release).faults == ()


def test_a_code_that_is_a_path_gets_no_list(out, tmp_path):
    from flows.steps.lists import make_lists
    from mltc.lists.people import Selection

    copy = tmp_path / "deep" / "er" / "out"
    copy.mkdir(parents=True)
    for name in ("warehouse.duckdb", "run.json"):
        shutil.copyfile(out / name, copy / name)
    written = make_lists(copy, Selection(None, None, None, None, False))
    assert written.refused[PATH] == "its code cannot name a file"
    assert not list(tmp_path.rglob("x*"))
    for path in written.folder.glob("*.csv"):
        text = path.read_text(encoding="utf-8-sig")
        assert not re.search(r"(^|,)[=+@]", text, flags=re.MULTILINE), path.name


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH (apt-get install chromium)")
def test_a_browser_runs_nothing_and_asks_for_nothing(release):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--headless", "--no-sandbox"])
        context = browser.new_context(offline=True)
        for path in sorted(release.rglob("*.html")):
            page = context.new_page()
            said: list[str] = []
            page.on("dialog", lambda dialog, said=said: said.append("dialog") or dialog.dismiss())
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on("request", lambda request, said=said: said.append(request.url))
            page.goto(path.as_uri())
            assert said == [path.as_uri()], path.name
            page.close()
        browser.close()
