"""The questions that a release answers first: one sentence each, from published tables, or why there is none."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from mltc.disclosure import load_table_specs
from mltc.report import render_report
from mltc.report.answers import SENTENCES, answer_questions, load_questions
from mltc.report.figures import load_rows
from mltc.report.site import PAGES

drawn = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("report_drawn.py"))))
AREA = "NHS Exampleshire ICB"


def answer(key, *changed):
    tables = drawn.draw_tables() | {table.spec.name: table for table in changed}
    return {each.question.key: each for each in answer_questions(load_rows(tables), AREA)}[key]


def test_ten_questions_each_with_a_function_a_table_and_a_page():
    questions = load_questions()
    assert [each.key for each in questions] == list(SENTENCES) and len(questions) == 10
    assert {each.table for each in questions} <= set(load_table_specs())
    assert {each.page for each in questions} <= {page.path for page in PAGES}


def test_how_many_and_where_with_places_outside_the_limits():
    found = answer("size")
    assert found.is_answered
    assert "live with MLTC" in found.sentence
    # of three PCNs one is withheld; -2 and 2 lie outside the 99.8 % limits
    assert "2 primary care networks run from 0.80 (95% interval 0.75 to 0.85) in North Riverside PCN" in found.sentence
    assert "to 1.25 (95% interval 1.20 to 1.30)" in found.sentence
    assert "2 networks lie outside the 99.8% limits" in found.sentence


def test_how_many_where_no_place_has_a_figure_is_the_whole_area_alone():
    found = answer("size", drawn.publish("standardised", [{"geography_type": "pcn", "cohort": "mltc"}]))
    assert found.is_answered and "networks" not in found.sentence


def test_recorded_against_published_counts_comparisons_that_are_shown():
    found = answer("recorded")
    assert "Of 2 comparisons of a condition at a practice" in found.sentence
    assert "1 is below and 0 are above the 99.8% limits" in found.sentence
    assert "Dementia at Practice 0 (Y00), below, a ratio of 0.50 (95% interval 0.30 to 0.70)" in found.sentence
    one = answer("recorded", drawn.draw_recorded((1.0,)))
    assert "Of 1 comparison of" in one.sentence and "Farthest" not in one.sentence
    assert not answer("recorded", drawn.draw_recorded((None, None))).is_answered


@pytest.mark.parametrize(
    ("slope", "relative", "words"),
    [
        (7.8, 1.31, "more common where deprivation is greater"),
        (-7.8, 0.7, "less common where deprivation is greater"),
        (1.0, 1.02, "no difference beyond chance"),  # -1.5 to 3.5
    ],
)
def test_inequality_says_which_way_or_that_it_may_be_chance(slope, relative, words):
    found = answer("unfair", drawn.draw_inequality(slope, relative))
    assert words in found.sentence and f"{slope:.1f} (95% interval {slope - 2.5:.1f} to" in found.sentence


def test_inequality_without_an_index_is_withheld():
    found = answer("unfair", drawn.draw_inequality(None, None))
    assert not found.is_answered and found.has_table and "too small" in found.sentence


def test_use_tells_a_cost_only_where_the_records_bear_one():
    found = answer("use")
    # 3,000 of 21,000 are 14.3 %; 0.23 admissions a head are 23 per 100
    assert found.sentence.startswith("14.3% (95% interval") and "23 admissions per 100 people" in found.sentence
    assert "\u00a3573 a person" in found.sentence and "account for 80% of those nights" in found.sentence
    without = answer("use", drawn.draw_activity(gbp=None))
    assert "not known" in without.sentence and "\u00a3" not in without.sentence


def test_use_without_nights_says_nothing_of_them():
    assert "nights" not in answer("use", drawn.draw_activity(top=None)).sentence


@pytest.mark.parametrize(
    ("expected", "words"),
    # now: 21,420 people; half width 600
    [(23_000.0, "above the"), (20_000.0, "below the"), (21_500.0, "an interval that includes the")],
)
def test_projection_is_held_against_today(expected, words):
    now = load_rows(drawn.draw_tables())["prevalence"]
    today = next(r for r in now if r["geography_type"] == "icb" and r["breakdown"] == "all")["mltc_persons"]
    found = answer("coming", drawn.draw_projection(expected))
    assert (
        f"In 5 years the number of people with MLTC is expected to be {expected:,.0f} (95% interval" in found.sentence
    )
    assert f"{words} {today:,} of today, if deaths and moves go on" in found.sentence


def test_waiting_is_answered_where_a_list_was_supplied():
    row = {"geography_type": "icb", "indicator": "waiting_18_weeks", "known_share": "all"}
    some = drawn.publish("need", [row | {"known_persons": 21_000, "present_persons": 1_050}])
    assert (
        "1,050 people with MLTC have waited more than 18 weeks for hospital care: 5%" in answer("waits", some).sentence
    )
    hidden = drawn.publish("need", [row | {"known_persons": 21_000, "present_persons": None}])
    assert "is not shown: it is small, or would give" in answer("waits", hidden).sentence
    none = drawn.publish("need", [row | {"known_share": "none", "known_persons": 0, "present_persons": 0}])
    assert not answer("waits", none).is_answered
    assert "no waiting list of the last 92 days was supplied" in answer("waits", none).sentence


def test_whether_a_service_worked_is_never_claimed():
    found = answer("worked")
    assert not found.is_answered and "cannot answer" in found.sentence


def test_without_tables_every_answer_says_why():
    found = answer_questions(load_rows(drawn.draw_empty_tables()), AREA)
    assert not any(each.is_answered or each.has_table for each in found)
    assert all("cannot" in each.sentence for each in found)
    by_key = {each.question.key: each.sentence for each in found}
    assert "Fewer than 100 admissions" in by_key["review"] and "patterns were not fitted" in by_key["groups"]


def test_no_answer_claims_a_cause():
    told = " ".join(each.sentence.casefold() for each in answer_questions(load_rows(drawn.draw_tables()), AREA))
    assert not [word for word in ("because of", "caused", "leads to", "due to", "results in", "[c]") if word in told]


def test_every_answer_links_to_its_table():
    page = str(render_report(drawn.draw_context(), drawn.draw_tables())["index.html"])
    for question in load_questions():
        part = page.split(f'id="answer-{question.key}"')[1].split("</li>", maxsplit=1)[0]
        is_answered = question.key not in ("waits", "worked")  # no waiting list is drawn
        assert (f'href="tables/{question.table}.csv"' in part) == is_answered
        assert f'href="{question.page}"' in part


def test_the_farthest_outside_is_named_with_its_side_and_nothing_that_lies_inside():
    # ratio, lower, upper, position. Nearer ends from 1 as factors: 0.9 below is 1.11, 1.5 above 1.5, 1.2 above 1.2.
    # Inside lies the lowest ratio of all; position 1 is outside the 95 % limits alone.
    practices = [(0.2, 0.05, 1.4, 0), (0.5, 0.3, 0.9, -2), (2.0, 1.5, 2.6, 2), (3.0, 1.2, 6.0, 2), (4.0, 2.5, 6.0, 1)]
    rows = []
    for number, (ratio, lower, upper, position) in enumerate(practices):
        row = {"geography_code": f"Y0{number}", "geography_name": f"Practice {number}", "condition": "asthma"}
        row |= {"condition_name": "Asthma", "persons": 9_000, "recorded_persons": 500, "published_percent": 6.5}
        row |= {"ratio": ratio, "ratio_lower": lower, "ratio_upper": upper, "funnel_position": float(position)}
        rows.append(row)
    told = answer("recorded", drawn.publish("recorded_published", rows)).sentence
    assert "1 is below and 2 are above" in told
    assert "Asthma at Practice 2 (Y02), above, a ratio of 2.00 (95% interval 1.50 to 2.60)" in told
    assert "Practice 0" not in told and "Practice 4" not in told


@pytest.mark.parametrize(
    ("predicted", "words"),
    # 600 of 2,000 are 30 %, interval 28.0 to 32.0
    [(40.0, "Take the highest risks as too high"), (20.0, "Take the highest risks as too low"), (30.5, None)],
)
def test_whom_to_look_at_first_warns_where_the_highest_tenth_was_wrong(predicted, words):
    rows = drawn.draw_risk_calibration().frame.to_dicts()
    rows[-1]["mean_predicted_percent"] = predicted
    told = answer("review", drawn.publish("risk_calibration", rows)).sentence
    assert ("Take the highest risks" in told) == bool(words)
    if words:
        assert f"{words}: of people kept apart, the model expected {predicted:.0f}% of the tenth" in told
        assert "30% (95% interval 28" in told
    assert told.endswith("and a clinician decides.")


def test_nights_of_fewer_than_one_in_twenty_are_not_told_as_all_of_the_five_percent():
    rows = drawn.draw_activity().frame.to_dicts()
    rows[1] |= {"users": 840, "top_5_percent": 100.0}  # 840 of 21,000 are 4 %
    assert "nights" not in answer("use", drawn.publish("activity", rows)).sentence
