"""Lists of the highest risks and decision curves, with intervals."""

import numpy as np
import pytest

from models.decision_curve import build_count_list_table, build_decision_curve, build_list_table, wilson
from models.outcome import check_counts, check_predictions


def test_wilson_by_the_textbook():
    # 81 of 263: 0.2553 to 0.3662 (Newcombe, Stat Med 1998;17:857, table I)
    lower, upper = wilson(np.array([81.0, 0.0]), np.array([263.0, 10.0]))
    assert (lower[0], upper[0]) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))
    assert lower[1] == 0 and 0 < upper[1] < 0.4


def test_a_list_has_its_figures_with_their_limits():
    # ten people, the two highest risks listed (20 %): one of them had the outcome, of two in all
    predictions = check_predictions([1, 0, 1, 0, 0, 0, 0, 0, 0, 0], np.linspace(0.9, 0.1, 10))
    row = build_list_table(predictions, [20.0]).row(0, named=True)
    assert (row["sensitivity"], row["ppv"], row["number_needed_to_review"]) == (0.5, 0.5, 2.0)
    lower, upper = wilson(np.array([1.0]), np.array([2.0]))
    assert (row["ppv_lower"], row["ppv_upper"]) == (lower[0], upper[0])
    assert row["number_needed_to_review_lower"] == pytest.approx(1 / upper[0])
    assert row["number_needed_to_review_upper"] == pytest.approx(1 / lower[0])
    none_found = build_list_table(check_predictions([0, 0, 1], [0.9, 0.8, 0.1]), [34.0]).row(0, named=True)
    assert none_found["number_needed_to_review_upper"] is None


def test_net_benefit_around_the_threshold_of_a_capacity():
    predictions = check_predictions([1, 0, 1, 0], [0.4, 0.4, 0.2, 0.1])
    curve = build_decision_curve(predictions, [50.0])
    # lowest risk on a list of two: 0.4; thresholds 0.2 to 0.8
    assert curve["threshold"].to_list() == pytest.approx([0.2, 0.3, 0.4, 0.5, 0.6, 0.8])
    row = curve.row(2, named=True)
    # at 0.4: one with, one without: (1 - 1 x 0.4 / 0.6) / 4
    assert row["persons_flagged"] == 2
    assert row["net_benefit"] == pytest.approx((1 - 0.4 / 0.6) / 4)
    assert row["net_benefit_all"] == pytest.approx((2 - 2 * 0.4 / 0.6) / 4)
    gained = np.array([1.0, -0.4 / 0.6, 0.0, 0.0])
    assert row["net_benefit_upper"] - row["net_benefit"] == pytest.approx(1.959963985 * gained.std(ddof=1) / 2)


def test_of_counts_a_list_has_its_share():
    predictions = check_counts([8, 0, 2, 0], [4.0, 3.0, 2.0, 1.0])
    row = build_count_list_table(predictions, [50.0]).row(0, named=True)
    assert (row["persons"], row["captured_share"], row["mean_count"]) == (2, 0.8, 4.0)
    assert row["captured_share_lower"] <= 0.8 <= row["captured_share_upper"] <= 1
