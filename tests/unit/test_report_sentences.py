"""The report's computed sentences, word by word: singular, plural, suppressed, empty."""

import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mltc.report.figures import Rate, Rows, difference, load_rows, pick
from mltc.report.findings import (
    both_finding,
    deprivation_finding,
    headline,
    need_finding,
    places_finding,
    risk_finding,
    size_finding,
)
from mltc.report.needs import need_sections
from mltc.report.people import group_name, is_unknown
from mltc.report.risk import risk_group_name
from mltc.report.sentences import (
    calibration_sentence,
    cluster_sentence,
    condition_sentence,
    gate_sentence,
    hidden_sentence,
    performance_sentence,
    place_sentence,
    range_sentence,
    row_sentences,
    selection_sentence,
    subgroup_sentences,
)
from mltc.report.wording import join_words, say, value_label

drawn = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("report_drawn.py"))))
EVERYONE = ("all", "all", 0)
AREA = "NHS Exampleshire ICB"
RULE = "four or more conditions from at least three body systems"


def rows_of(*tables: Any) -> Rows:
    return load_rows({table.spec.name: table for table in tables})


def prevalence(*rows: tuple[Any, ...]) -> Rows:
    return rows_of(drawn.publish("prevalence", [drawn.prevalence_row(*row) for row in rows]))


def test_size_in_the_plural_gives_count_rate_interval_and_what_it_means() -> None:
    # 250 / 1,000 = 25%; Wilson: (2*250 + 3.8415 -/+ 1.96*sqrt(3.8415 + 4*250*0.75)) / (2*1003.8415) = 22.4, 27.8
    finding = size_finding(prevalence((drawn.ICB, EVERYONE, 1_000, 250, 50, 100)), AREA, RULE)
    assert finding.sentence == (
        "250 people of the 1,000 registered in NHS Exampleshire ICB live with two or more long-term conditions "
        "(MLTC): 25% (95% interval 22.4% to 27.8%)."
    )
    assert finding.meaning == (
        "That is about 25 in every 100 people registered. "
        "50 people have complex MLTC: four or more conditions from at least three body systems."
    )


def test_size_in_the_singular() -> None:
    finding = size_finding(prevalence((drawn.ICB, EVERYONE, 10, 1, 1, 0)), AREA, RULE)
    assert finding.sentence.startswith("1 person of the 10 registered in NHS Exampleshire ICB lives with two or more")
    assert "1 person has complex MLTC" in finding.meaning


def test_size_below_one_in_a_hundred_has_no_headline() -> None:
    rows = prevalence((drawn.ICB, EVERYONE, 10_000, 45, None, 10))
    assert headline(rows) == ""
    assert size_finding(rows, AREA, RULE).meaning == (
        "That is fewer than 1 in every 100 people registered. The number with complex MLTC is small and is not shown."
    )


def test_size_suppressed_shows_no_figure() -> None:
    finding = size_finding(prevalence((drawn.ICB, EVERYONE, 100, None, None, None)), AREA, RULE)
    assert finding.sentence == (
        "The number of people with two or more long-term conditions in NHS Exampleshire ICB is small and is not shown."
    )
    assert not finding.is_shown


def test_size_zero_is_said_and_not_called_small() -> None:
    finding = size_finding(prevalence((drawn.ICB, EVERYONE, 100, 0, 0, 0)), AREA, RULE)
    assert finding.sentence == (
        "None of the 100 people registered in NHS Exampleshire ICB is recorded with two or more long-term conditions."
    )


def test_size_without_table_quotes_the_note_of_the_run() -> None:
    notes = drawn.publish("run_note", [{"area": "prevalence", "note": "No person was registered."}])
    assert size_finding(rows_of(notes), AREA, RULE).sentence == (
        "The number of people with MLTC could not be shown for this run. Why: No person was registered."
    )
    assert size_finding({}, AREA, RULE).sentence == (
        "The number of people with MLTC could not be shown for this run. "
        "The run left no note of the reason; see the data quality page."
    )


def test_difference_squares_and_adds_the_distances_to_the_limits() -> None:
    # 30 (28, 33) - 20 (19, 22): lower 10 - sqrt((30-28)^2 + (22-20)^2) = 10 - 2.828
    #                            upper 10 + sqrt((33-30)^2 + (20-19)^2) = 10 + 3.162
    gap = difference(Rate(30, 28, 33), Rate(20, 19, 22))
    assert gap.percent == 10
    assert gap.lower == pytest.approx(10 - 8**0.5)
    assert gap.upper == pytest.approx(10 + 10**0.5)
    assert difference(Rate(30, 28, 33), Rate(None, None, None)) == Rate(None, None, None)


@pytest.mark.parametrize(
    ("most", "least", "expected"),
    [
        (3_000, 2_000, "10.0 percentage points more (95% interval 8.8 to 11.2)."),
        (2_000, 3_000, "10.0 percentage points fewer (95% interval 8.8 to 11.2)."),
        (2_005, 2_000, "The difference is small enough to be chance (95% interval -1.1 to 1.2 percentage points)."),
        (None, 2_000, "at least one rests on a small number and is not shown."),
    ],
)
def test_deprivation(most: int | None, least: int, expected: str) -> None:
    rows = prevalence(
        (drawn.ICB, ("imd_quintile", "1", 1), 10_000, most, None, None),
        (drawn.ICB, ("imd_quintile", "5", 5), 10_000, least, None, None),
    )
    assert deprivation_finding(rows).sentence.endswith(expected)


def test_deprivation_reads_a_worded_quintile_and_an_absent_one() -> None:
    worded = prevalence(
        (drawn.ICB, ("imd_quintile", "1 (most deprived)", 1), 10_000, 3_000, None, None),
        (drawn.ICB, ("imd_quintile", "5 (least deprived)", 5), 10_000, 2_000, None, None),
    )
    assert "10.0 percentage points more" in deprivation_finding(worded).sentence
    one_fifth = prevalence((drawn.ICB, ("imd_quintile", "1", 1), 10_000, 3_000, None, None))
    assert deprivation_finding(one_fifth).sentence.startswith("The comparison by deprivation could not be shown")


def pcn(code: str, name: str, mltc: int | None) -> tuple[Any, ...]:
    return (("pcn", code, name), EVERYONE, 1_000, mltc, None, None)


def test_places_high_and_low() -> None:
    rows = prevalence(pcn("U1", "Alpha", 200), pcn("U2", "Beta", 300), pcn("U3", "Gamma", 250))
    assert places_finding(rows).sentence == (
        "Across 3 primary care networks (PCNs), the percentage of registered people with MLTC runs from "
        "20% (95% interval 17.6% to 22.6%) in Alpha to 30% (95% interval 27.2% to 32.9%) in Beta."
    )


def test_places_that_overlap_one_and_none_shown() -> None:
    overlapping = prevalence(pcn("U1", "Alpha", 200), pcn("U2", "Beta", 205), pcn("U3", "Gamma", None))
    assert places_finding(overlapping).sentence.endswith(
        "the intervals of these two overlap, so the order may be chance. 1 PCN is not shown because of small numbers."
    )
    one = prevalence(pcn("U1", "Alpha", 200), pcn("U2", "Beta", None), pcn("U3", "Gamma", None))
    assert places_finding(one).sentence == (
        "There is one primary care network (PCN) with a figure: Alpha, 20% (95% interval 17.6% to 22.6%). "
        "2 PCNs are not shown because of small numbers."
    )
    none = prevalence(pcn("U1", "Alpha", None))
    assert places_finding(none).sentence == (
        "No primary care network (PCN) has a figure that can be shown: the numbers are small."
    )


def test_both_gives_the_share_of_people_with_mltc() -> None:
    finding = both_finding(prevalence((drawn.ICB, EVERYONE, 1_000, 250, 50, 100)))
    assert finding.sentence == (
        "100 people have a physical and a mental health condition at the same time: "
        "10% (95% interval 8.3% to 12%) of people registered."
    )
    assert finding.meaning.startswith("That is about 40% of people with MLTC.")  # 100 / 250
    assert both_finding(prevalence((drawn.ICB, EVERYONE, 1_000, 250, 50, None))).meaning == ""
    assert both_finding(prevalence((drawn.ICB, EVERYONE, 1_000, 250, 50, 0))).sentence.startswith("No one registered")


def band(persons: int | None, mltc: int | None, mean: float | None) -> Rows:
    row = {"risk_band": "Highest 0.5%", "sort_key": 1, "persons": persons, "mltc_persons": mltc}
    return rows_of(drawn.publish("risk_band", [row | {"mean_predicted_percent": mean}]))


def test_risk_of_the_highest_band() -> None:
    assert risk_finding(band(400, 380, 58.4)).sentence == (
        "In the band with the highest predicted risk (Highest 0.5%) there are 400 people; the model expects about "
        "58% of them to have an unplanned admission in the next 12 months. "
        "95% (95% interval 92.4% to 96.7%) of them have MLTC."
    )
    assert "there is 1 person;" in risk_finding(band(1, 1, 58.4)).sentence
    assert risk_finding(band(None, None, None)).sentence == (
        "Figures for the band with the highest predicted risk (Highest 0.5%) rest on a small number and are not shown."
    )


def test_need_takes_the_largest_share_and_says_how_many_are_not_known() -> None:
    finding = need_finding(rows_of(drawn.draw_need()))
    # no_review: known 0.2 * 21,420 = 4,284 -> 4,285; present 0.62 * 4,285 = 2,656.7 -> 2,655; 2,655 / 4,285 = 62%
    assert finding.sentence == (
        'Of the needs measured for everyone with MLTC, "No structured medication review" (Medicines) applies to the largest share: '
        "62% (95% interval 60.5% to 63.4%) of the 4,285 people for whom it is known."
    )
    assert finding.meaning.startswith("The records can answer for less than 80% of them.")


def test_need_without_any_figure_is_said_in_words() -> None:
    keys = ("geography_type", "geography_code", "geography_name", "need", "need_name", "indicator", "indicator_name")
    row = dict(zip(keys, (*drawn.ICB, "access", "Access", "no_contact", "No contact"), strict=True))
    table = drawn.publish(
        "need", [row | {"indicator_rule": "", "applies_to": "people with MLTC", "is_need": "yes", "known_share": "all"}]
    )
    assert need_finding(rows_of(table)).sentence.startswith("No need has a percentage that can be shown")
    [section] = need_sections({"need": table}, rows_of(table))
    assert section["figure"].sentence == "No indicator of this need has a percentage that can be shown."


def test_place_is_above_below_or_near_the_whole_area() -> None:
    everyone = (drawn.ICB, EVERYONE, 10_000, 2_500, None, None)
    rows = prevalence(everyone, pcn("U1", "A", 300), pcn("U2", "B", 200), pcn("U3", "C", 255), pcn("U4", "D", None))
    texts = [place_sentence(rows, row, AREA) for row in pick(rows, "prevalence", geography_type="pcn")]
    assert texts[0] == (
        "300 people of the 1,000 registered live with MLTC: 30% (95% interval 27.2% to 32.9%). "
        "That is above NHS Exampleshire ICB as a whole (25%)."
    )
    assert texts[1].endswith("That is below NHS Exampleshire ICB as a whole (25%).")
    assert texts[2].endswith("The interval includes the figure for NHS Exampleshire ICB as a whole (25%).")
    assert texts[3] == "The number of people with MLTC registered here is small and is not shown."


def test_condition_counts_those_with_another() -> None:
    # hypertension 0.155 * 76,500 = 11,857.5 -> 11,860 (half to even: 2371.5 -> 2372); with another 0.8 of it: 80%
    assert condition_sentence(rows_of(drawn.draw_condition()), charted=10) == (
        "Hypertension is the condition recorded most often: 15.5% (95% interval 15.2% to 15.8%) of people registered. "
        "About 80% of the people with it have at least one other long-term condition."
    )


def test_clusters_and_their_number() -> None:
    assert cluster_sentence(rows_of(drawn.draw_cluster())) == (
        'People with MLTC fall into 4 patterns of conditions. The largest is "Hypertension and diabetes", '
        "with 7,300 people. An unplanned admission in the 12 months before was most frequent in "
        '"Heart failure and kidney disease": 38% (95% interval 36.3% to 39.7%).'
    )
    row = {"cluster_id": "c1", "cluster_name": "All", "top_conditions": "Asthma"}
    assert cluster_sentence(rows_of(drawn.publish("cluster", [row]))) == (
        "People with MLTC fall into 1 pattern of conditions; the numbers of people are small and not shown."
    )
    assert selection_sentence(rows_of(drawn.draw_cluster_selection())) == (
        "Models with 2 to 6 patterns were tried; 4 patterns were kept. "
        "A lower BIC is a better balance of fit and simplicity."
    )


def test_calibration_in_plain_words() -> None:
    # the eighth tenth: 185 / 2,000 = 9.25% against 6.9% expected; Wilson 8.1 to 10.6 misses it
    assert calibration_sentence(rows_of(drawn.draw_risk_calibration())) == (
        "Of every 100 people in the tenth with the highest predicted risk, the model expected about 29 to be admitted "
        "and 30 were (28 to 32). A dot on the diagonal means that as many people were admitted as the model expected. "
        "1 tenth has an interval that misses the diagonal."
    )


def test_performance_names_the_groups_that_are_out() -> None:
    rows = rows_of(drawn.draw_risk_performance())
    assert performance_sentence(rows) == (
        'Given one person who was admitted and one who was not, the model "Elastic net" gives the higher risk to the '
        "admitted person 78 times in 100 (76 to 80). 50 would be a coin toss."
    )
    assert subgroup_sentences(rows, risk_group_name) == [
        "Admissions were more than 20% above what the model expected in: Age: 80+. Risk in this group is understated."
    ]
    assert subgroup_sentences(rows_of(drawn.publish("risk_performance", [])), risk_group_name) == []


def test_rows_are_added_up_only_where_all_are_shown() -> None:
    # 80,000 + 2,000,000 + 31,000 = 2,111,000; 76,500 + 1,950,000 + 30,000 = 2,056,500
    assert row_sentences(rows_of(drawn.draw_row_account())) == [
        "2,111,000 rows arrived in 3 tables; 2,056,500 were used. The rest were set aside with a reason, were "
        "duplicates, or belong to people who opted out.",
        "1 table was not supplied: social_care.",
        "Data run to 2026-09 at the latest month.",
    ]
    row = {"table_name": "person", "feed_status": "read", "latest_month": None, "rows_in": 100}
    assert row_sentences(rows_of(drawn.publish("row_account", [row]))) == [
        "Rows arrived in 1 table; at least one count is small and not shown, so they are not added up here.",
        "Every table of the contract was supplied.",
    ]


def test_gate_names_only_levels_that_failed() -> None:
    assert gate_sentence(rows_of(drawn.draw_gate_rule())) == (
        "Status: passed with failed rows. 2 checks of 3 failed: 1 that sets rows aside and 1 that warns."
    )
    passed = {"table_name": "person", "rule": "r", "level": "stop", "status": "passed", "why": "", "affects": ""}
    assert gate_sentence(rows_of(drawn.publish("gate_rule", [passed]))) == "The one check passed."
    assert gate_sentence(rows_of(drawn.publish("gate_rule", [passed, passed]))) == "All 2 checks passed."


def test_words() -> None:
    assert hidden_sentence(0) == ""
    assert hidden_sentence(1) == "Not shown in the chart: 1 group with small numbers."
    assert hidden_sentence(2) == "Not shown in the chart: 2 groups with small numbers."
    assert [join_words(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert value_label("imd_quintile", "1") == "1, most deprived"
    assert value_label("ethnic_group", "unknown") == "Not known"
    with pytest.raises(KeyError, match="no_such_sentence"):
        say("finding.no_such_sentence")


def test_a_name_with_braces_is_not_a_template() -> None:
    rows = prevalence(pcn("U1", "{count} {0.__class__}", 200))
    assert "{count} {0.__class__}" in places_finding(rows).sentence


def test_people_of_unknown_group_are_not_compared() -> None:
    rows = prevalence(
        (drawn.ICB, ("ethnic_group", "White", 1), 10_000, 3_000, None, None),
        (drawn.ICB, ("ethnic_group", "unknown", 2), 10_000, 100, None, None),
        (drawn.ICB, ("ethnic_group", "Other", 3), 10_000, 2_000, None, None),
    )
    found = [row for row in pick(rows, "prevalence") if not is_unknown(row)]
    assert range_sentence("range", found, "mltc_percent", group_name) == (
        'The percentage is lowest for "Other", 20% (95% interval 19.2% to 20.8%), '
        'and highest for "White", 30% (95% interval 29.1% to 30.9%).'
    )
