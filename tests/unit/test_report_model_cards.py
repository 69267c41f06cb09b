"""A card page for the model of every outcome in force, and how its figures are written."""

import html
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from mltc.report import render_report
from mltc.report.model_cards import OutcomeCard, round_figures

drawn = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("report_drawn.py"))))


@pytest.fixture(scope="module")
def site() -> dict[str, str]:
    pages = render_report(drawn.draw_context(), drawn.draw_tables())
    return {path: page for path, page in pages.items() if isinstance(page, str)}


def test_every_outcome_has_its_page_listed_on_risk_and_methods(site):
    page = site["model-cards/bed-days.html"]
    assert "<h1>Model card: nights in hospital</h1>" in page
    for listed in ("risk.html", "methods.html"):
        assert '<a href="model-cards/bed-days.html">Model card: nights in hospital</a>' in site[listed]
    assert 'href="../methods.html"' in page


def test_a_hostile_field_is_text(site):
    assert drawn.HOSTILE in html.unescape(re.sub(r"<[^>]+>", "", site["model-cards/bed-days.html"]))
    assert "<script" not in site["model-cards/bed-days.html"]


def test_without_models_there_is_no_page_and_no_list():
    pages = render_report(drawn.draw_context(model_card=None, more_cards=()), drawn.draw_empty_tables())
    assert not any(path.startswith("model-cards/") for path in pages)
    assert "Models of other outcomes" not in pages["risk.html"]


def test_figures_give_no_exact_number_of_people_away():
    """61.2863 expected, and 0.8811 times as many observed, were 54 exactly; 60 and 0.881 are 52.9."""
    found = round_figures(
        {"of": [{"expected": 61.2863, "observed_expected": 0.88111, "events": 55, "model": "boosting"}]}
    )
    assert found == {"of": [{"expected": 60, "observed_expected": 0.881, "events": 55, "model": "boosting"}]}


def test_a_name_of_the_outcome_begins_in_the_middle_of_a_sentence():
    assert OutcomeCard("death", "Death", {}).title == "Model card: death"
