"""The report as a site: links, safety of names, nothing loaded, same bytes twice, words where tables are empty."""

import html
import re
import runpy
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest

from mltc.report import render_report

drawn = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("report_drawn.py"))))


class PageReader(HTMLParser):
    """Tags, ids, links and sources of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.ids.append(value or "")
            if tag == "a" and name == "href":
                self.links.append(value or "")


@pytest.fixture(scope="module")
def site() -> dict[str, str]:
    return {path: str(text) for path, text in render_report(drawn.draw_context(), drawn.draw_tables()).items()}


@pytest.fixture(scope="module")
def empty_site() -> dict[str, str]:
    pages = render_report(drawn.draw_context(model_card=None, is_synthetic=False), drawn.draw_empty_tables())
    return {path: str(text) for path, text in pages.items()}


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def test_pages(site: dict[str, str]) -> None:
    assert list(site) == [
        "index.html",
        "who.html",
        "inequalities.html",
        "conditions.html",
        "risk.html",
        "needs.html",
        "commission.html",
        "segments.html",
        "use.html",
        "places.html",
        "change.html",
        "data-quality.html",
        "methods.html",
        "model-cards/risk.html",
        "model-cards/checklists.html",
        "model-cards/bed-days.html",
    ]
    assert sum(len(text.encode()) for text in site.values()) < 2_000_000


def test_same_tables_give_the_same_bytes(site: dict[str, str]) -> None:
    assert render_report(drawn.draw_context(), drawn.draw_tables()) == site


def test_every_internal_link_resolves(site: dict[str, str]) -> None:
    outside = {f"tables/{name}.csv" for name in drawn.draw_tables()} | {"workbook.xlsx"}
    ids = {path: set(PageReader(text).ids) for path, text in site.items()}
    for path, text in site.items():
        for link in PageReader(text).links:
            target, _, fragment = link.partition("#")
            depth = path.count("/")
            assert target.startswith("../" * depth) or not target
            found = target.removeprefix("../" * depth) or path
            assert found in site or found in outside, f"{path} links to {link}"
            assert not fragment or fragment in ids[found], f"{path} links to {link}"


def test_no_id_is_used_twice(site: dict[str, str]) -> None:
    for text in site.values():
        ids = PageReader(text).ids
        assert len(ids) == len(set(ids))


def test_nothing_is_loaded_and_nothing_runs(site: dict[str, str]) -> None:
    for path, text in site.items():
        page = PageReader(text)
        assert not {"script", "link", "iframe", "img", "object", "image", "use", "base", "form"} & set(page.tags), path
        assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in ("src", "style")]
        assert not [link for link in page.links if re.match(r"[a-z]+:|//", link)]
        assert "url(" not in text and "@import" not in text


def test_content_security_policy_allows_only_the_page_s_own_style(site: dict[str, str]) -> None:
    for text in site.values():
        [policy] = [v for t, n, v in PageReader(text).attributes if t == "meta" and v.startswith("default-src")]
        assert re.fullmatch(
            r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; img-src data:; base-uri 'none'; "
            r"form-action 'none'",
            policy,
        )


def test_hostile_names_are_text(site: dict[str, str]) -> None:
    for path in ("index.html", "places.html", "needs.html", "model-cards/risk.html"):
        assert "<script" not in site[path]
    assert drawn.HOSTILE in words(site["places.html"])
    assert drawn.FORMULA in words(site["places.html"])
    assert drawn.HOSTILE in words(site["model-cards/risk.html"])


def test_structure_of_every_page(site: dict[str, str]) -> None:
    for path, text in site.items():
        page = PageReader(text)
        assert page.tags.count("h1") == 1
        assert page.tags.count("main") == 1
        assert page.links[0] == "#main"
        assert text.startswith('<!doctype html>\n<html lang="en-GB">')
        assert page.tags.count("caption") == page.tags.count("table")
        assert all(("th", "scope") in {(t, n) for t, n, _ in page.attributes} for _ in [0] if "table" in page.tags)
        current = [value for tag, name, value in page.attributes if tag == "a" and name == "aria-current"]
        assert len(current) == (0 if path.startswith("model-cards") else 1)


def test_every_chart_has_a_name_a_table_a_source_and_a_download(site: dict[str, str]) -> None:
    figures = [f for text in site.values() for f in re.findall(r"<figure.*?</figure>", text, flags=re.S)]
    assert len(figures) == 18
    for figure in figures:
        assert figure.count('role="img"') == 2
        assert "<details>" in figure and "<table" in figure
        assert "Source: records supplied to NHS Exampleshire ICB, 1 October 2026" in figure
        assert re.search(r'href="tables/[a-z_]+\.csv"', figure)


def test_synthetic_data_say_so_on_every_page(site: dict[str, str], empty_site: dict[str, str]) -> None:
    assert all("Synthetic data: not real people." in text for text in site.values())
    assert not any("Synthetic data" in text for text in empty_site.values())


def test_suppressed_cells_are_marked_and_explained(site: dict[str, str]) -> None:
    text = words(site["conditions.html"])
    assert "Tuberculosis infection physical [c] [c] [c]" in text
    assert "[c] = small number, not shown to protect people's identity." in text
    assert "Not shown in the chart: 1 group with small numbers." in text


def test_empty_tables_are_words_and_never_an_empty_chart(empty_site: dict[str, str]) -> None:
    assert not any("<svg" in text or "<figure" in text for text in empty_site.values())
    assert "model-cards/risk.html" not in empty_site
    conditions, risk = words(empty_site["conditions.html"]), words(empty_site["risk.html"])
    assert "Why: Fewer than 500 people with MLTC: patterns were not fitted." in conditions
    assert "Predicted risk could not be shown for this run. Why: Fewer than 100 admissions" in risk
    assert "A risk model could not be shown for this run. Why: Fewer than 100 admissions" in words(
        empty_site["methods.html"]
    )
    assert "The number of people with MLTC could not be shown for this run." in words(empty_site["index.html"])
    assert "clusters: Fewer than 500 people" in words(empty_site["data-quality.html"])


def test_missing_tables_are_as_good_as_empty_ones(empty_site: dict[str, str]) -> None:
    tables = drawn.draw_empty_tables()
    only_notes = render_report(
        drawn.draw_context(model_card=None, is_synthetic=False), {"run_note": tables["run_note"]}
    )
    assert only_notes["risk.html"] == empty_site["risk.html"]
    assert only_notes["index.html"] == empty_site["index.html"]


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("hes", "Counts of 1 to 7 are not shown"),
        ("community", "Counts of 0 to 4 are not shown"),
        ("opensafely", "Counts of 7 or fewer are not shown"),
        ("strict & own", 'the profile "strict & own" of this run'),
    ],
)
def test_methods_state_the_disclosure_rule(profile: str, expected: str) -> None:
    pages = render_report(drawn.draw_context(profile=profile), {})
    assert expected in words(str(pages["methods.html"]))


def test_two_places_of_one_name_keep_a_bar_each() -> None:
    rows = [(("pcn", code, "Twin PCN"), ("all", "all", 0), 1_000, count, None, None) for code, count in
            (("U1", 200), ("U2", 300))]  # fmt: skip
    table = drawn.publish("prevalence", [drawn.prevalence_row(*row) for row in rows])
    page = str(render_report(drawn.draw_context(), {"prevalence": table})["places.html"])
    [wide] = re.findall(r'<div class="wide">(.*?)</div>', page, flags=re.S)
    assert wide.count(">Twin PCN<") == 2
