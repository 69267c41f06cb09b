"""What a model must show, and who wins: champion or challenger."""

import polars as pl
import pytest

from models.contest import Contender, decide
from models.gates import Gate, Limits, judge, list_failures
from models.risk_candidates import Candidate
from models.risk_model import RiskModel

LIMITS = Limits()


def draw_row(**changed):
    """A model that passes: every figure inside its limit, intervals of +-0.02 (ICI 0.002)."""
    row = {"persons": 10_000, "events": 1_000, "deviance_explained": None, "ici_chance": 0.001}
    for name, value, margin in (("c_statistic", 0.75, 0.02), ("calibration_slope", 1.0, 0.02), ("ici", 0.004, 0.002)):
        centre = changed.get(name, value)
        row |= {name: centre, f"{name}_lower": centre - margin, f"{name}_upper": centre + margin}
    return row


def draw_subgroups(*rows):
    names = ("group_type", "group_value", "expected", "observed_expected", "observed_expected_lower")
    return pl.DataFrame(
        [("all", "all", 1000.0, 2.0, 1.9, 2.1), *rows], schema=[*names, "observed_expected_upper"], orient="row"
    )


def draw_stability(*rows):
    schema = {"feature": pl.String, "stability_index": pl.Float64, "chance_upper": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def find_failures(row, subgroups=None, stability=None, champion=None):
    subgroups = draw_subgroups() if subgroups is None else subgroups
    stability = draw_stability() if stability is None else stability
    return [each.gate for each in judge(row, subgroups, stability, LIMITS, champion) if not each.is_passed]


@pytest.mark.parametrize(
    ("changed", "failed"),
    [
        ({}, []),
        ({"c_statistic": 0.581}, []),  # 0.561 to 0.601 reaches 0.6
        ({"c_statistic": 0.579}, ["discrimination"]),  # 0.559 to 0.599
        ({"calibration_slope": 0.79}, []),
        ({"calibration_slope": 0.77}, ["calibration slope"]),
        ({"calibration_slope": 1.21}, []),
        ({"calibration_slope": 1.23}, ["calibration slope"]),
        ({"ici": 0.0209}, []),  # 0.02, and 0.001 for chance
        ({"ici": 0.0211}, ["calibration"]),
    ],
)
def test_a_figure_fails_where_its_whole_interval_is_beyond_the_limit(changed, failed):
    assert find_failures(draw_row(**changed)) == failed


def test_of_a_rare_outcome_the_mean_error_is_held_against_the_event_rate():
    rare = draw_row(ici=0.0036) | {"events": 100}  # a quarter of 1 % = 0.0025, and 0.001 for chance
    assert find_failures(rare) == ["calibration"]
    # of counts nothing but a quarter of the mean: 1,000 nights of 10,000 people = 0.1, / 4 = 0.025
    assert find_failures(draw_row(ici=0.0259) | {"deviance_explained": 0.1}) == []
    assert find_failures(draw_row(ici=0.0261) | {"deviance_explained": 0.1}) == ["calibration"]


@pytest.mark.parametrize(
    ("expected", "lower", "upper", "is_wrong"),
    [(201.0, 1.11, 1.3, True), (200.0, 1.11, 1.3, False), (201.0, 1.09, 1.3, False), (201.0, 0.7, 0.89, True)],
)
def test_only_large_groups_beyond_chance_fail(expected, lower, upper, is_wrong):
    groups = draw_subgroups(("sex", "Female", expected, (lower + upper) / 2, lower, upper))
    assert find_failures(draw_row(), groups) == (["subgroups"] if is_wrong else [])


def test_features_that_have_moved_fail_unless_chance_explains_it():
    assert find_failures(draw_row(), stability=draw_stability(("bmi", 0.26, 0.01))) == ["stability"]
    assert find_failures(draw_row(), stability=draw_stability(("bmi", 0.25, 0.01), ("efi", 0.4, 0.5))) == []


def test_a_challenger_may_not_rank_worse_than_the_champion():
    champion = draw_row(c_statistic=0.7551)
    assert find_failures(draw_row(), champion=champion) == ["against the champion"]
    assert find_failures(draw_row(), champion=draw_row(c_statistic=0.7549)) == []


def test_failures_say_what_was_found_and_what_is_allowed():
    gates = judge(draw_row(c_statistic=0.5), draw_subgroups(), draw_stability(("bmi", 0.3, 0.0)), LIMITS)
    assert list_failures(gates) == (
        "discrimination: c-statistic 0.500 (0.480 to 0.520); at least 0.6 is asked; "
        "stability: a population stability index over 0.25 in bmi (0.30)"
    )


def draw_contender(role, c_statistic=0.75, passed=True):
    candidate = Candidate("boosting", "Boosted trees", 4, (), RiskModel(), 0, 0)
    gates = (Gate("discrimination", passed, "c-statistic 0.5; at least 0.6 is asked"),)
    return Contender(role, candidate, {"c_statistic": c_statistic}, pl.DataFrame(), gates)


CHAMPION, FAILING = draw_contender("champion"), draw_contender("champion", passed=False)
MENDED = draw_contender("recalibrated")
BETTER, NO_BETTER = draw_contender("challenger", 0.755), draw_contender("challenger", 0.7549)
FAILED = draw_contender("challenger", 0.9, passed=False)


@pytest.mark.parametrize(
    ("champion", "mended", "challenger", "winner", "words"),
    [
        (None, None, NO_BETTER, "challenger", "there is no champion to keep"),
        (None, None, FAILED, None, "failed gates, and there is no champion to keep. Discrimination: c-statistic 0.5"),
        (CHAMPION, None, NO_BETTER, "champion", "no better by 0.005"),
        (CHAMPION, None, BETTER, "challenger", "ranks better than the champion"),
        (CHAMPION, None, FAILED, "champion", "the challenger failed gates (discrimination"),
        (FAILING, None, NO_BETTER, "challenger", "the champion no longer does"),
        (FAILING, None, FAILED, "champion", "stays although it failed gates"),
        (CHAMPION, MENDED, NO_BETTER, "recalibrated", "its calibration had drifted"),
        (FAILING, MENDED, NO_BETTER, "recalibrated", "its calibration had drifted"),
        (CHAMPION, MENDED, BETTER, "challenger", "ranks better"),
        (CHAMPION, draw_contender("recalibrated", passed=False), NO_BETTER, "champion", "no better by 0.005"),
    ],
)
def test_a_champion_stays_until_a_challenger_passes_and_is_better(champion, mended, challenger, winner, words):
    verdict = decide(champion, mended, challenger, LIMITS)
    assert (verdict.winner.role if verdict.winner else None) == winner
    assert words in verdict.decision
