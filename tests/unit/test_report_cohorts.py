"""Tables of cohorts in the report: intervals in one cell, words for positions, marks where a figure is withheld."""

import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from mltc.report import render_report
from mltc.report.cohorts import activity_tables, inequality_tables, place_tables, recorded_tables, xmr_tables
from mltc.report.figures import load_rows

drawn = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("report_drawn.py"))))


def texts(views):
    [view] = views
    return [[cell.text for cell in row] for row in view.rows]


def test_places_with_interval_position_and_marks():
    tables = drawn.draw_tables()
    low, hidden, high = texts(place_tables(tables, load_rows(tables)))
    assert low[-2:] == ["0.80 (0.75 to 0.85)", "Below 99.8% limits"]
    assert hidden[2:3] + hidden[-2:] == ["[c]", "[c]", "[c]"]
    assert high[-2:] == ["1.25 (1.20 to 1.30)", "Above 99.8% limits"]


def test_inequality_without_an_index_shows_that_it_is_not_available():
    tables = drawn.draw_tables() | {"inequality": drawn.draw_inequality(None, None)}
    [row] = texts(inequality_tables(tables, load_rows(tables)))
    assert row[:2] == ["MLTC", "Deprivation"] and row[3:5] == ["[x]", "[x]"]


def test_recorded_shows_practices_outside_the_limits_alone():
    tables = drawn.draw_tables()
    assert [row[1] for row in texts(recorded_tables(tables, load_rows(tables)))] == ["Practice 0"]


@pytest.mark.parametrize(("variation", "shown"), [("common cause", ["2026-09"]), ("higher", ["2026-08", "2026-09"])])
def test_months_are_the_last_and_those_beyond_chance(variation, shown):
    month = {"series": "unplanned_admission", "persons": 21_000, "events": 400}
    months = [
        month | {"month": "2026-08", "is_latest": "no", "variation": variation},
        month | {"month": "2026-09", "is_latest": "yes", "variation": "common cause"},
    ]
    tables = drawn.draw_tables() | {"month": drawn.publish("month", months)}
    assert [row[1] for row in texts(xmr_tables(tables, load_rows(tables)))] == shown


def test_pages_show_the_tables_and_say_why_where_there_is_none():
    pages = render_report(drawn.draw_context(), drawn.draw_tables())
    for path, name in (("places", "standardised"), ("inequalities", "inequality"), ("use", "activity"),
                       ("who", "projection"), ("conditions", "recorded-published")):  # fmt: skip
        assert f'id="table-{name}-caption"' in str(pages[f"{path}.html"])
    empty = render_report(drawn.draw_context(model_card=None), drawn.draw_empty_tables())
    words = re.sub(r"<[^>]+>", " ", str(empty["use.html"]))
    assert "no feed of hospital or practice care covers the 12 months" in words


@pytest.mark.parametrize(
    ("users", "shown"),
    # of 21,000: 1,050 are 5 %, 840 are 4 %: the 5 % with most then hold all of it, which says nothing
    [(1_050, "100"), (840, "all of it"), (None, "[c]")],
)
def test_the_five_percent_with_most_have_all_where_fewer_use_any(users, shown):
    rows = drawn.draw_activity().frame.to_dicts()
    rows[0] |= {"users": users, "top_5_percent": None if users is None else 100.0}
    tables = drawn.draw_tables() | {"activity": drawn.publish("activity", rows)}
    assert texts(activity_tables(tables, load_rows(tables)))[0][-1] == shown


def test_months_name_every_rule_that_can_mark_them():
    from models.public_health import xmr

    words = {6: "six", 7: "seven"}
    page = str(render_report(drawn.draw_context(), drawn.draw_tables())["use.html"])
    for rule in (
        "outside the limits",
        f"one of {words[xmr.SHIFT_POINTS]} or more in a row on one side of the mean",
        f"one of {words[xmr.TREND_POINTS]} or more in a row that each rise, or each fall",
        "one of two in three beyond two thirds of the way to the same limit",
    ):
        assert rule in page


def test_crude_percentages_by_deprivation_point_at_the_index_that_takes_age_out():
    pages = render_report(drawn.draw_context(), drawn.draw_tables())
    for path in ("index.html", "inequalities.html"):
        page = str(pages[path])
        assert "Age is not taken out of these percentages" in page and "slope index" in page
