"""What is not known is told apart from what is small: needs, places, rows received."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from mltc.report.answers import answer_questions
from mltc.report.figures import load_rows
from mltc.report.findings import need_finding
from mltc.report.known import Known, as_known
from mltc.report.needs import need_sections, place_sections
from mltc.report.received import row_table
from mltc.report.sentences import unknown_share_sentence

drawn = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("report_drawn.py"))))
NOT_KNOWN = ["not known", "not known", "not known"]
PLACES = [drawn.ICB, ("pcn", "U10001", drawn.PCNS["U10001"])]


def draw_needs(*indicators):
    """A table of one need from (name, known_share, known, present), the same in the area and a network."""
    rows = []
    for place in PLACES:
        for name, band, known, present in indicators:
            row = dict(zip(("geography_type", "geography_code", "geography_name"), place, strict=True))
            row |= {"need": "access", "need_name": "Access", "indicator": name, "indicator_name": name}
            row |= {"indicator_rule": "", "applies_to": "people with MLTC", "is_need": "yes", "known_share": band}
            rows.append(row | {"known_persons": known, "present_persons": present})
    return drawn.draw_tables() | {"need": drawn.publish("need", rows)}


@pytest.mark.parametrize(
    ("known", "text", "count", "share"),
    [
        (Known.NOBODY, "[c]", "not known", "not known"),
        (Known.FEW, "1,200", "at least 1,200", "known of too few"),
        (Known.FEW, "[c]", "[c]", "known of too few"),
        (Known.MOST, "5%", "at least 5%", "at least 5%"),
        (Known.MOST, "[c]", "[c]", "[c]"),
        (Known.ALL, "5%", "5%", "5%"),
    ],
)
def test_a_figure_goes_as_far_as_it_is_known(known, text, count, share):
    assert (as_known(known, text, is_count=True), as_known(known, text)) == (count, share)


# nobody's count is suppressed (None) or 0, by the disclosure profile
@pytest.mark.parametrize("nobody", [None, 0])
def test_an_indicator_known_of_nobody_reads_not_known_and_is_no_small_number(nobody):
    tables = draw_needs(("seen", "all", 1_000, 200), ("absent", "none", nobody, nobody), ("rare", "all", 1_000, None))
    rows = load_rows(tables)
    [section] = need_sections(tables, rows)
    cells = {row[0].text: [cell.text for cell in row][-3:] for row in section["figure"].table.rows}
    assert cells["absent"] == NOT_KNOWN
    assert cells["rare"] == ["1,000", "[c]", "[c]"]
    notes = " ".join(section["figure"].notes)
    assert "1 group with small numbers" in notes
    assert "Not known of anybody, and not in the chart: 1 indicator." in notes
    assert 'Not known of anybody: "absent".' in section["figure"].summary
    [place] = [each for each in place_sections(tables, rows, "Area") if each["code"] == "U10001"]
    cells = {row[0].text: [cell.text for cell in row][-3:] for row in place["needs"].rows}
    assert cells["absent"] == NOT_KNOWN


def test_a_need_of_which_nothing_is_known_says_so():
    tables = draw_needs(("absent", "none", None, None))
    rows = load_rows(tables)
    [section] = need_sections(tables, rows)
    assert section["figure"].sentence.startswith("No indicator of this need is known of anybody")
    assert need_finding(rows).sentence.startswith("No need is known of anybody")
    [gaps] = [each for each in answer_questions(rows, "Area") if each.question.key == "gaps"]
    assert not gaps.is_answered and "no need could be measured" in gaps.sentence


def test_known_of_some_and_of_nobody_are_two_sentences():
    rows = load_rows(draw_needs(("some", "80% to 94%", 900, 90), ("nobody", "none", None, None)))["need"]
    assert unknown_share_sentence(rows[:2]) == 'Not known for some people: "some". Not known of anybody: "nobody".'


def test_a_feed_that_was_not_supplied_has_no_small_numbers():
    keys = ("rows_in", "rows_staged", "rows_dropped", "rows_quarantined", "rows_duplicate", "rows_opted_out")
    read = {"table_name": "person", "feed_status": "read", "latest_month": "2026-09"}
    absent = {"table_name": "community_contact", "feed_status": "not supplied", "latest_month": ""}
    counts = dict(zip(keys, (1_000, 990, 10, None, None, None), strict=True))
    tables = {"row_account": drawn.publish("row_account", [read | counts, absent | dict.fromkeys(keys)])}
    first, second = row_table(tables, load_rows(tables)).rows
    if first[0].text != "person":
        first, second = second, first
    assert [cell.text for cell in first][3:] == ["1,000", "990", "10", "[c]", "[c]", "[c]"]
    assert [cell.text for cell in second][3:] == ["not supplied"] * 6
    assert all(cell.is_number for cell in first[3:])
