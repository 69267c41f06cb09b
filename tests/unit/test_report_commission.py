"""The pages of services and segments: what a commissioner reads of drawn tables."""

import html
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from mltc.disclosure import load_table_specs
from mltc.innovations import load_innovations
from mltc.report import render_report
from mltc.report.commission import service_table
from mltc.report.figures import load_rows
from mltc.report.segments import segment_sections
from mltc.report.service_card import service_cards
from mltc.segments import load_schemes

drawn = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("report_drawn.py"))))


@pytest.fixture(scope="module")
def tables():
    return drawn.draw_tables()


def words(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def test_services_stand_side_by_side_with_the_surest_evidence_first(tables):
    view = service_table(tables, load_rows(tables))
    cells = [[cell.text for cell in row] for row in view.rows]
    assert [row[1] for row in cells] == ["Moderate evidence", "Limited evidence", "No evidence found by us"]
    # 21,420 x 0.25 = 5,355 eligible; 5,355 / 700 = 7.65, shown as 7.7
    assert cells[0][2:] == ["all", "5,355", "25% (24.4% to 25.6%)", "700", "7.7"]
    assert cells[1][3] == cells[1][6] == "[c]"
    assert cells[2][5] == cells[2][6] == "no staff of its own"


def test_a_card_says_what_is_known_and_what_is_not(tables):
    review, record, rare = service_cards(tables, load_rows(tables))
    assert review.count.startswith("5,355 people with MLTC are eligible: 25%")
    assert "not known" not in review.count
    assert "this share of people with MLTC: 80% to 94%" in record.count
    assert rare.count == "The number of people who are eligible is small and is not shown."
    assert review.evidence == "Found of review. (Paper of review.)"
    assert record.evidence == "Found of record."
    assert (
        "could take 700 people a year. An assumption, to be changed for each place: hours of review." in review.capacity
    )
    assert review.capacity.endswith("Everyone eligible would take 7.7 whole-time equivalents.")
    assert record.capacity == "It has hours of record."
    assert review.overlaps == "Of those eligible, also eligible for: Shared record (50% to 74%)."
    assert rare.overlaps == "No other service shares a quarter of these people, or they are too few to tell."
    assert review.equity == "The most deprived fifth make up 20% of those eligible, and 30% of everyone with MLTC."


def test_the_page_warns_that_eligible_is_not_benefit(tables):
    page = words(str(render_report(drawn.draw_context(), tables)["commission.html"]))
    assert "eligible is whom a service is meant for, not who would gain from it or wants it" in page
    assert "Adding the services up: the same people stand under several." in page
    assert "Strong or moderate for 1, none found by us for 1".lower() in page.lower()


def test_without_tables_the_pages_say_so():
    site = render_report(drawn.draw_context(model_card=None), drawn.draw_empty_tables())
    assert "What could be commissioned could not be shown for this run." in words(str(site["commission.html"]))
    assert "Segments of everyone registered could not be shown for this run." in words(str(site["segments.html"]))


def test_segments_are_shown_by_scheme_with_their_limits(tables):
    sections = segment_sections(tables, load_rows(tables))
    assert [section["name"] for section in sections] == ["Scheme core20", "Scheme other"]
    empty = [cell.text for cell in sections[1]["table"].rows[0]]
    assert empty[0] == "Acutely ill" and empty[2] == "0" and empty[5] == "[x]"
    assert sections[0]["limits"] == "Limits of core20."
    assert sections[0]["segments"][0] == ("Most deprived fifth", "Limits of core20.")


def test_the_attack_knows_every_indicator_that_is_a_rule_by_itself():
    """Whoever has the indicator is eligible: a reader can hold the two tables against each other."""
    expected = {
        (each.key, alternative.all[0].removeprefix("indicator:"))
        for each in load_innovations()
        for alternative in each.rule
        if len(alternative.all) == 1 and not alternative.without and alternative.all[0].startswith("indicator:")
    }
    declared = {
        (row_sum.total_where["innovation"], indicator)
        for row_sum in load_table_specs()["need"].row_sum
        if row_sum.total_table == "innovation"
        for indicator in row_sum.where["indicator"]
    }
    assert declared == expected


def test_the_attack_knows_schemes_by_the_names_that_they_have():
    segments = {(scheme.key, segment.key) for scheme in load_schemes() for segment in scheme.segment}
    for row_sum in load_table_specs()["segment"].row_sum:
        if "scheme" in row_sum.where:
            named = row_sum.where["segment"]
            named = named if isinstance(named, list) else [named]
            assert {(row_sum.where["scheme"], segment) for segment in named} <= segments


def of_band(tables, band, group=True, eligible=5_355):
    """The drawn tables with the first service's rows in one band of known_share."""
    rows = tables["innovation"].frame.to_dicts()
    for row in rows:
        if row["innovation"] == "review":
            row |= {"known_share": band, "eligible_persons": None if eligible is None else row["eligible_persons"]}
            if eligible is None:
                row |= {name: None for name in row if name.startswith("eligible_percent")}
    changed = tables | {"innovation": drawn.publish("innovation", rows)}
    changed |= {} if group else {"innovation_group": drawn.publish("innovation_group", [])}
    loaded = load_rows(changed)
    return service_table(changed, loaded), service_cards(changed, loaded)[0]


@pytest.mark.parametrize("eligible", [5_355, None])
def test_known_of_nobody_is_no_number_and_not_small(tables, eligible):
    view, card = of_band(tables, "none", eligible=eligible)
    assert [cell.text for cell in view.rows[0]][2:] == ["none", "not known", "not known", "700", "not known"]
    assert card.count.startswith("The records can tell of nobody")
    assert card.capacity.endswith("How many everyone eligible would take cannot be told.")
    assert card.overlaps == "Which other services are meant for the same people is not known."
    assert card.equity == "The share of the most deprived fifth is not known."
    assert card.groups is None
    assert [[cell.text for cell in row][-2:] for row in card.places.rows] == [["not known", "not known"]] * 3
    told = " ".join([card.count, card.capacity.replace("700", ""), card.overlaps, card.equity])
    assert "small" not in told and "%" not in told and not re.search(r"\d", told)


@pytest.mark.parametrize(
    ("band", "more"), [("less than 80%", "Of more than a fifth of people"), ("not all", "Of some people")]
)
def test_known_of_too_few_is_a_count_without_percentage_and_staff(tables, band, more):
    view, card = of_band(tables, band)
    few = "known of too few"
    assert [cell.text for cell in view.rows[0]][2:] == [band, "at least 5,355", few, "700", few]
    assert card.count.startswith(f"At least 5,355 people with MLTC are eligible. {more} with MLTC it is not known")
    assert "%" not in card.count and card.capacity.endswith("would take cannot be told.")
    assert "7.7" not in card.capacity
    assert [cell.text for cell in card.groups.rows[0]][3] == few


def test_known_of_most_is_at_least(tables):
    view, card = of_band(tables, "80% to 94%")
    at_least = ["at least 5,355", "at least 25% (24.4% to 25.6%)", "700", "at least 7.7"]
    assert [cell.text for cell in view.rows[0]][2:] == ["80% to 94%", *at_least]
    assert card.count.startswith("At least 5,355 people with MLTC are eligible: at least 25% (95% interval")
    assert card.capacity.endswith("would take at least 7.7 whole-time equivalents.")


def test_a_withheld_table_of_groups_is_not_called_small(tables):
    _, card = of_band(tables, "all", group=False)
    assert "withheld or absent in this release" in card.equity and "small" not in card.equity
