"""The handbook in a browser, from disk with the network cut: fits a phone, prints whole, passes axe-core.

Needs chromium on the PATH; the axe-core check also `npm install --prefix tests/browser`.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from handbook_drawn import draw_codelists, write_register

from mltc.handbook.build import build_handbook
from mltc.handbook.page import render_handbook
from mltc.warehouse import open_warehouse

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PATHS = ("index.html", "lists.html", "conditions/asthma_treated.html", "conditions/gout.html")
A4_PIXELS = 688  # 182 mm between margins of 14 mm, at 96 pixels an inch

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH (apt-get install chromium)"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("handbook")
    codelists = draw_codelists(folder / "codelists")
    with open_warehouse(folder / "warehouse.duckdb") as warehouse:
        write_register(warehouse, codelists)
        book = build_handbook(codelists, codelists.parsed, warehouse, folder=folder / "codelists")
    for path, text in render_handbook(book).items():
        (folder / "html" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "html" / path).write_text(text, encoding="utf-8", newline="\n")
    return folder / "html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


def visit(browser: Any, path: Path, width: int) -> tuple[Any, list[str], list[str]]:
    """The page with what its console said and what it asked for."""
    page = browser.new_context(viewport={"width": width, "height": 900}, offline=True).new_page()
    messages: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    return page, messages, requests


@pytest.mark.parametrize("path", PATHS)
def test_page_opens_alone_and_fits_every_width(browser: Any, folder: Path, path: str) -> None:
    for width in (320, 1440):
        page, messages, requests = visit(browser, folder / path, width)
        assert messages == []
        assert requests == [(folder / path).as_uri()]
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
        page.context.close()


@pytest.mark.parametrize("path", PATHS)
def test_no_table_is_cut_off_on_paper(browser: Any, folder: Path, path: str) -> None:
    page, _, _ = visit(browser, folder / path, A4_PIXELS)
    page.emulate_media(media="print")
    widths = page.evaluate("[...document.querySelectorAll('table')].map(table => table.scrollWidth)")
    assert max(widths) <= A4_PIXELS
    page.context.close()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm install --prefix tests/browser)")
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(browser: Any, folder: Path, path: str) -> None:
    page, _, _ = visit(browser, folder / path, 1440)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then(result => result.violations.map(v => v.id + ': ' + v.nodes[0].html))")
    assert found == []
    page.context.close()
