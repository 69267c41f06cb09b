"""The report in a browser, from disk with the network cut: opens, fits a phone, works by keyboard, passes axe-core.

Needs chromium on the PATH; the axe-core check also `npm install --prefix tests/browser`.
"""

import runpy
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mltc.disclosure import PROFILES, protect
from mltc.report import render_report, render_workbook
from mltc.report.runs import build_run_frames, load_run_specs, render_run_page
from mltc.run_history import ROWS, RunEntry

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = (320, 1440)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH (apt-get install chromium)"),
]
drawn = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "unit" / "report_drawn.py")))


def write_site(folder: Path, context: Any, tables: Any) -> Path:
    for path, text in render_report(context, tables).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(str(text), encoding="utf-8", newline="\n")
    (folder / "workbook.xlsx").write_bytes(render_workbook(context, tables))
    return folder


def write_run_page(folder: Path) -> None:
    """The history of a stopped and a good run, as `runs.html`."""
    stopped = RunEntry("1", "2026-09", "2026-10-01T07:00:00+00:00", "", "0.1.0", "", "stopped", error="GateFailure")
    stages = ({"stage": "gate", "seconds": 1.5, "peak_memory_mib": 800},)
    good = replace(stopped, ending="ok", error=None, seconds=200.0, rows=dict.fromkeys(ROWS, 0), stages=stages)
    tables = protect(build_run_frames([stopped, good]), load_run_specs(), PROFILES["hes"])
    (folder / "runs.html").write_text(render_run_page("NHS Exampleshire ICB", True, tables), encoding="utf-8")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    full = write_site(tmp_path_factory.mktemp("full"), drawn.draw_context(), drawn.draw_tables())
    write_run_page(full)
    context = drawn.draw_context(model_card=None)
    return [full, write_site(tmp_path_factory.mktemp("empty"), context, drawn.draw_empty_tables())]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


class Visit:
    """A page opened from disk at one width, with what its console and its requests said."""

    def __init__(self, browser: Any, path: Path, width: int) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
        self.page = self.context.new_page()
        self.messages: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def open_details(self) -> None:
        """Open every table behind a chart."""
        self.page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")

    def resize(self, width: int) -> None:
        """Make the window `width` pixels wide."""
        self.page.set_viewport_size({"width": width, "height": 900})

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def pages(folders: list[Path]) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.rglob("*.html"))]


def test_pages_open_from_disk_without_network_errors_or_other_requests(browser: Any, folders: list[Path]) -> None:
    for path in pages(folders):
        with Visit(browser, path, 1440) as visit:
            assert visit.messages == [], path.name
            assert visit.requests == [path.as_uri()], path.name
            colour = visit.page.evaluate("getComputedStyle(document.querySelector('.masthead')).backgroundColor")
            assert colour == "rgb(0, 94, 184)", "the page's own style was refused"


def test_no_page_scrolls_sideways_on_a_phone_with_all_tables_open(browser: Any, folders: list[Path]) -> None:
    for path in pages(folders):
        with Visit(browser, path, 320) as visit:
            assert visit.overflow() <= 0, path.name
            visit.open_details()
            for width in (320, 700, 1000, 1440):
                visit.resize(width)
                assert visit.overflow() <= 0, (path.name, width)


def test_exactly_one_drawing_of_each_chart_is_shown_and_its_text_is_legible(browser: Any, folders: list[Path]) -> None:
    smallest = """Math.min(...[...document.querySelectorAll('figure svg text')].filter(t => t.getClientRects().length
        && t.textContent.trim()).map(t => parseFloat(t.getAttribute('font-size'))
        * t.ownerSVGElement.getBoundingClientRect().width / t.ownerSVGElement.viewBox.baseVal.width))"""
    shown = "[...document.querySelectorAll('figure svg')].filter(s => s.getClientRects().length).length"
    for path in sorted(folders[0].glob("*.html")):
        with Visit(browser, path, 320) as visit:
            for width in (320, 500, 700, 900, 1440):
                visit.resize(width)
                count = visit.page.evaluate("document.querySelectorAll('figure').length")
                assert visit.page.evaluate(shown) == count, (path.name, width)
                if count:
                    assert visit.page.evaluate(smallest) >= 12, (path.name, width)


def test_skip_link_is_first_and_leads_to_the_main_part(browser: Any, folders: list[Path]) -> None:
    with Visit(browser, folders[0] / "index.html", 1440) as visit:
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("document.activeElement.textContent") == "Skip to main content"
        assert visit.page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
        visit.page.keyboard.press("Enter")
        assert visit.page.evaluate("document.activeElement.id") == "main"


def test_a_table_opens_and_scrolls_by_keyboard(browser: Any, folders: list[Path]) -> None:
    with Visit(browser, folders[0] / "who.html", 320) as visit:
        visit.page.locator("summary").first.focus()
        visit.page.keyboard.press("Enter")
        assert visit.page.locator("details").first.get_attribute("open") is not None
        visit.page.keyboard.press("Tab")
        assert visit.page.evaluate("document.activeElement.getAttribute('role')") == "region"
        for _ in range(50):  # a busy machine paints the scroll late
            visit.page.keyboard.press("ArrowRight")
            if visit.page.evaluate("document.activeElement.scrollLeft") > 0:
                break
            visit.page.wait_for_timeout(200)
        assert visit.page.evaluate("document.activeElement.scrollLeft") > 0


def test_focus_can_be_seen(browser: Any, folders: list[Path]) -> None:
    with Visit(browser, folders[0] / "index.html", 1440) as visit:
        for _ in range(3):
            visit.page.keyboard.press("Tab")
        style = "getComputedStyle(document.activeElement)"
        assert visit.page.evaluate(f"{style}.outlineStyle") == "solid"
        assert visit.page.evaluate(f"{style}.backgroundColor") == "rgb(255, 235, 59)"


def test_links_lead_through_the_site(browser: Any, folders: list[Path]) -> None:
    with Visit(browser, folders[0] / "index.html", 1440) as visit:
        visit.page.get_by_role("link", name="Methods", exact=True).click()
        visit.page.get_by_role("link", name="Model card: unplanned admission").click()
        assert visit.page.locator("h1").inner_text() == "Model card: unplanned admission"
        visit.page.get_by_role("link", name="Summary", exact=True).click()
        assert visit.page.url == (folders[0] / "index.html").as_uri()


def test_screenshots_are_not_blank(browser: Any, folders: list[Path], tmp_path: Path) -> None:
    for width in WIDTHS:
        with Visit(browser, folders[0] / "index.html", width) as visit:
            taken = visit.page.screenshot(path=tmp_path / f"{width}.png")
            visit.page.set_content("<!doctype html>")
            blank = visit.page.screenshot()
        assert len(taken) > 5 * len(blank)


def test_printed_pages_are_a4_with_tables_shown(browser: Any, folders: list[Path]) -> None:
    with Visit(browser, folders[0] / "inequalities.html", 1440) as visit:
        visit.page.emulate_media(media="print")
        assert visit.page.locator("nav.pages").is_hidden()
        printed = visit.page.pdf(prefer_css_page_size=True)
        assert b"/MediaBox [0 0 594" in printed or b"/MediaBox [0 0 595" in printed
        visit.page.set_viewport_size({"width": 680, "height": 960})  # A4 less its margins, at 96 dpi
        assert visit.page.locator("table").first.is_visible()
        assert visit.overflow() <= 0


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm install --prefix tests/browser)")
def shown(visit: Any, selector: str) -> list[str]:
    """Keys of the sections that can be seen."""
    script = "els => els.filter(e => e.checkVisibility()).map(e => e.dataset.place || e.dataset.definition)"
    return list(visit.page.eval_on_selector_all(selector, script))


def test_places_and_definitions_are_filtered_without_a_script(browser, folders):
    with Visit(browser, folders[0] / "places.html", 1440) as visit:
        every = visit.page.eval_on_selector_all("[data-place]", "els => els.map(e => e.dataset.place)")
        assert len(every) > 2
        assert shown(visit, "[data-place]") == every
        visit.page.select_option("#filter-place", every[1])
        assert shown(visit, "[data-place]") == [every[1]]
        assert not visit.page.is_visible(".list-places")
        visit.page.select_option("#filter-place", "")
        assert shown(visit, "[data-place]") == every
        assert shown(visit, "[data-definition]") == ["definition-1"]  # that of the release
        visit.page.select_option("#filter-definition", "definition-2")
        assert shown(visit, "[data-definition]") == ["definition-2"]
        assert visit.page.text_content("[data-definition=definition-2] caption") == "QOF registers"
        visit.page.select_option("#filter-definition", "")
        assert shown(visit, "[data-definition]") == ["definition-1", "definition-2"]
        assert visit.messages == []


def test_a_filter_is_used_by_keyboard(browser, folders):
    with Visit(browser, folders[0] / "places.html", 1440) as visit:
        visit.page.focus("#filter-place")
        visit.page.keyboard.press("ArrowDown")
        assert shown(visit, "[data-place]") == ["place-1"]


def test_axe_core_finds_no_violation(browser: Any, folders: list[Path]) -> None:
    script = AXE.read_text(encoding="utf-8")
    for path in pages(folders):
        with Visit(browser, path, 320) as visit:
            visit.open_details()
            visit.page.evaluate(script)
            for width in WIDTHS:
                visit.resize(width)
                found = visit.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
                broken = [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found["violations"]]
                assert broken == [], (path.name, width)
