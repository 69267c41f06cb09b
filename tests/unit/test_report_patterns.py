"""What the report says of patterns: what marks them, what their people use, how sure they are."""

import runpy
from pathlib import Path
from types import SimpleNamespace

from mltc.disclosure import PublishedTable
from mltc.report.figures import Rows, load_rows
from mltc.report.pattern_people import (
    certainty_sentence,
    comparison_table,
    marking_conditions,
    outcome_table,
    stability_sentence,
    use_table,
)
from mltc.report.patterns import cluster_cards
from mltc.report.wording import look_up

drawn = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("report_drawn.py"))))


def rows_of(*tables: PublishedTable) -> Rows:
    return load_rows({table.spec.name: table for table in tables})


def texts(view) -> list[list[str]]:
    return [[cell.text for cell in row] for row in view.rows]


def test_what_marks_a_pattern_is_common_in_it_and_more_common_than_expected() -> None:
    def row(name, percent, ratio, exclusivity):
        number = None if percent is None else 1_000
        return {
            "cluster_id": "c1", "cluster_name": "Lungs", "condition": name.lower(), "condition_name": name,
            "persons": 1_000, "persons_with_condition": number and round(percent * 10),
            "observed_expected": ratio, "exclusivity_percent": exclusivity,
        }  # fmt: skip

    table = drawn.publish(
        "cluster_condition",
        [
            row("COPD", 60, 3.0, 45),
            row("Asthma", 20, 4.0, 50),  # one in five is enough, and the higher ratio comes first
            row("Gout", 15, 9.0, 30),  # typical, but rare
            row("Hypertension", 70, 1.1, 12),  # common everywhere
            row("Stroke", None, None, None),  # withheld
        ],
    )
    told = marking_conditions(rows_of(table), "c1")
    assert told == [
        "Asthma: 20% of its people, 4.0 times as common as among all people with MLTC; 50% of all people with MLTC and "
        "this condition are in this pattern",
        "COPD: 60% of its people, 3.0 times as common as among all people with MLTC; 45% of all people with MLTC and "
        "this condition are in this pattern",
    ]
    assert marking_conditions(rows_of(table), "c2") == []


def test_certainty_is_said_in_words_and_with_a_warning_where_it_is_low() -> None:
    rows = rows_of(drawn.draw_cluster_outcome())
    assert certainty_sentence(rows, "c1") == "For 5% of its people no pattern fits clearly."
    # 35 % of 1,850 = 647.5, published as 650: 35.1 %
    assert "For 35.1% of its people no pattern fits clearly: describe a group" in certainty_sentence(rows, "c4")
    assert certainty_sentence(rows, "c9") == ""


def test_cards_have_the_share_of_all_people_with_mltc() -> None:
    tables = (
        drawn.draw_cluster(),
        drawn.draw_prevalence(),
        drawn.draw_cluster_outcome(),
        drawn.draw_cluster_condition(),
    )
    cards = cluster_cards({table.spec.name: table for table in tables}, rows_of(*tables))
    # 7,300 of 28 % of 76,500 = 21,420
    assert cards[0]["share"] == "34% of people with MLTC"
    assert cards[0]["certainty"] == "For 5% of its people no pattern fits clearly."


def test_outcomes_stand_beside_each_other_with_intervals_and_marks() -> None:
    view = outcome_table(rows_of(drawn.draw_cluster(), drawn.draw_cluster_outcome()))
    assert view is not None
    assert [cell.text for cell in view.headings][-2:] == ["Emergency attendance, %", "No pattern fits clearly, %"]
    body = texts(view)
    assert [len(row) for row in body] == [6, 6, 6, 6]
    assert body[0][4].startswith("20% (19.1")  # Wilson of 1,460 / 7,300
    assert body[3][4] == "[c]"
    assert "[c]" in view.note
    assert outcome_table({}) is None


def test_means_have_intervals_and_are_withheld_with_their_people() -> None:
    view = use_table(rows_of(drawn.draw_cluster_use()))
    assert view is not None
    assert [cell.text for cell in view.headings] == [
        "Pattern",
        "Contacts with the practice",
        "Nights in hospital, unplanned",
    ]
    assert texts(view)[0] == ["Hypertension and diabetes", "6.0 (5.7 to 6.3)", "1.0 (0.7 to 1.3)"]
    assert texts(view)[3][2] == "[c]"
    assert use_table({}) is None


def test_methods_are_compared_in_words() -> None:
    table = drawn.draw_cluster_comparison()
    view = comparison_table({"cluster_comparison": table}, rows_of(table))
    assert view is not None
    assert [row[0] for row in texts(view)] == [
        look_up(f"method.{name}") for name in ("latent_class", "kmeans_mca", "k_modes", "hierarchical_jaccard")
    ]
    assert texts(view)[3][1:] == ["1", "1.00", "0.00", "[x]"]
    assert comparison_table({}, {}) is None


def test_stability_has_words_for_three_levels() -> None:
    def sentence(value: float | None) -> str:
        row = {"class_count": 4, "is_chosen": 1.0, "stability_ari": value}
        return stability_sentence(rows_of(drawn.publish("cluster_selection", [row])))

    assert sentence(0.8).startswith("The patterns are stable")
    assert sentence(0.79).startswith("The patterns are fairly stable")
    assert sentence(0.59).startswith("The patterns are not very stable")
    assert "agreement 0.59" in sentence(0.59)
    assert sentence(None) == ""
    assert stability_sentence({}) == ""
