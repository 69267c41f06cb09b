"""The risk page: capacity, net benefit, who is left out, months and checklists, from drawn tables."""

import html
import re
import runpy
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

import pytest

from mltc.report import render_report
from mltc.report.curve_chart import CurvePoint, draw_curves
from mltc.report.figures import load_rows
from mltc.report.risk_use import capacity_sentences, curve_figure, equity_sentences, month_tables
from mltc.report.svg import SVG, draw_svg

drawn = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("report_drawn.py"))))


@pytest.fixture(scope="module")
def tables():
    return drawn.draw_tables()


@pytest.fixture(scope="module")
def site(tables):
    pages = render_report(drawn.draw_context(), tables)
    return {
        path: re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", str(text)))) for path, text in pages.items()
    }


def test_capacity_says_what_a_list_finds_and_where_the_cost_comes_from(tables):
    first, second = capacity_sentences(load_rows(tables))
    assert "were admitted; they were 24.8% of all who were." in first  # 320 of 1,290
    assert "32%" in first  # 320 of 1,000
    assert "Cost of an admission: National Cost Collection of the drawing." in second


def test_without_a_cost_there_are_no_pounds(tables):
    bare = tables["risk_capacity"].frame.with_columns(cost_source=drawn.pl.lit(""))
    free = tables | {"risk_capacity": drawn.PublishedTable(tables["risk_capacity"].spec, bare)}
    assert "none is assumed" in capacity_sentences(load_rows(free))[-1]
    page = str(render_report(drawn.draw_context(), free)["risk.html"])
    assert "Break-even at 10%" not in page and "number needed to review" in page.casefold()


def test_a_group_is_named_where_its_interval_lies_below_its_expected_share(tables):
    told = equity_sentences(load_rows(tables))
    # 600 of 3,825 is 15.7 % (14.6 to 16.9), 25 % are expected; the withheld group is not judged
    assert len(told) == 1
    assert told[0].startswith(
        "Deprivation: 1 (most deprived): 15.7% (95% interval 14.6% to 16.9%) of the list, but 25% of"
    )


def test_thresholds_of_benefit_end_where_it_first_fails(tables):
    figure = curve_figure(tables, load_rows(tables))
    assert "at thresholds from 5% to 10%." in figure.summary  # at 50 % listing by risk is worth nothing


def test_tenths_that_miss_are_shown_in_words(tables):
    months, tenths = month_tables(tables, load_rows(tables))
    assert [cell.text for cell in tenths.rows[0]] == ["2026-10", "10", "more than predicted, beyond chance"]
    assert len(tenths.rows) == 1 and months.rows[0][0].text == "2026-10"


def test_the_risk_page_holds_it_all_and_warns_of_groups(site):
    page = site["risk.html"]
    for words in ("Capacity first", "Who is left out", "Groups whose risks are wrong", "under-predicted by much"):
        assert words in page


def test_checklists_say_how_many_items_are_left_to_the_icb(site):
    page = site["model-cards/checklists.html"]
    assert "A journal. 2 items, of which 1 is for the ICB to complete." in page


def test_a_run_without_a_model_has_neither_card_nor_checklists():
    pages = render_report(drawn.draw_context(model_card=None), drawn.draw_empty_tables())
    assert "model-cards/checklists.html" not in pages
    assert "Fewer than 100 admissions" in str(pages["risk.html"])


@pytest.mark.parametrize("width", [288, 520])
def test_the_curve_is_as_wide_as_asked_and_cut_below_zero(width):
    points = [CurvePoint(5.0, 30.0, 20.0), CurvePoint(10.0, 20.0, -900.0)]
    chart = draw_curves(points, width, ("a", "b"), "x", "y")
    root = ET.fromstring(draw_svg(chart, "a", "Title"))  # noqa: S314 - our own picture
    assert float(root.get("width", "0")) == width
    assert root.iter(f"{{{SVG}}}path")
    values = [row["y"] for layer in chart["layer"] for row in layer.get("data", {}).get("values", [])]
    assert min(values) >= -0.25 * 30.0
