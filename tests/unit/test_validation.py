"""Validation figures against independent implementations and hand-worked tables."""

import numpy as np
import polars as pl
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from models.calibration import build_calibration_table, compute_calibration, smooth_calibration
from models.capacity import build_capacity_table, build_net_benefit_table
from models.discrimination import (
    compute_auprc,
    compute_bootstrap_interval,
    compute_brier,
    compute_c_statistic,
    compute_scaled_brier,
    discrimination_alarm,
)
from models.logistic_fit import fit_logistic
from models.outcome import check_predictions
from models.validation import build_subgroup_table, compute_performance


def draw_population(person_count=4000, seed=1, shift=0.0, stretch=1.0):
    """Log-odds normal(-2, 1), outcomes drawn from them; the model says shift + stretch x log-odds."""
    random = np.random.default_rng(seed)
    log_odds = random.normal(-2, 1, person_count)
    outcome = (random.random(person_count) < expit(log_odds)).astype(float)
    return check_predictions(outcome, expit(shift + stretch * log_odds))


def test_c_statistic_and_delong_by_hand():
    # events 0.9, 0.6, 0.4; others 0.5, 0.4, 0.2, 0.1
    # 0.9 beats 4 of 4; 0.6 beats 4 of 4; 0.4 beats 2 and ties one: 2.5 of 4 -> (1 + 1 + 0.625) / 3 = 0.875
    predictions = check_predictions([1, 0, 1, 0, 1, 0, 0], [0.9, 0.5, 0.6, 0.4, 0.4, 0.2, 0.1])
    found = compute_c_statistic(predictions)
    assert found.estimate == pytest.approx(0.875)
    # events: 1, 1, 0.625: sample variance 0.046875, / 3 = 0.015625
    # others 0.5: beaten by 2/3; 0.4: (2 + 0.5)/3; 0.2 and 0.1: 3/3; mean 0.875
    # deviations -5/24, -1/24, 3/24, 3/24: sum of squares 44/576, / 3 = 0.0254630, / 4 = 0.00636574
    standard_error = (0.015625 + 44 / 576 / 3 / 4) ** 0.5
    assert found.lower == pytest.approx(0.875 - 1.959964 * standard_error)
    assert found.upper == 1.0  # 0.875 + 0.29 is cut


def test_c_statistic_equals_scikit_learn_with_ties_and_covers_the_bootstrap():
    predictions = draw_population()
    rounded = check_predictions(predictions.outcome, predictions.risk.round(2))
    found = compute_c_statistic(rounded)
    assert found.estimate == pytest.approx(roc_auc_score(*rounded), abs=1e-12)
    boot = compute_bootstrap_interval(
        lambda each: compute_c_statistic(each).estimate, rounded, replicate_count=300, seed=2
    )
    assert found.upper - found.lower == pytest.approx(boot.upper - boot.lower, rel=0.15)


def test_delong_variance_equals_the_pairwise_definition():
    predictions = draw_population(300, seed=4)
    events = predictions.risk[predictions.outcome == 1]
    others = predictions.risk[predictions.outcome == 0]
    wins = (events[:, None] > others) + 0.5 * (events[:, None] == others)  # every pair
    variance = wins.mean(axis=1).var(ddof=1) / len(events) + wins.mean(axis=0).var(ddof=1) / len(others)
    found = compute_c_statistic(predictions)
    assert (found.upper - found.lower) / (2 * 1.959963985) == pytest.approx(variance**0.5)


@pytest.mark.parametrize("decimals", [1, 2, 8])
def test_auprc_and_brier_equal_scikit_learn(decimals):
    predictions = draw_population()
    rounded = check_predictions(predictions.outcome, predictions.risk.round(decimals))
    assert compute_auprc(rounded) == pytest.approx(average_precision_score(*rounded))
    assert compute_brier(rounded) == pytest.approx(brier_score_loss(*rounded))


def test_scaled_brier_by_hand():
    # Brier ((0.2)^2 + (0.3)^2 + (0.1)^2 + 0) / 4 = 0.035; rate 0.5: 1 - 0.035 / 0.25 = 0.86
    assert compute_scaled_brier(check_predictions([1, 1, 0, 0], [0.8, 0.7, 0.1, 0.0])) == pytest.approx(0.86)
    assert compute_scaled_brier(check_predictions([1, 0], [0.5, 0.5])) == pytest.approx(0.0)


def test_logistic_fit_equals_scikit_learn_and_knows_separation():
    random = np.random.default_rng(3)
    x = random.normal(size=(500, 2))
    y = (random.random(500) < expit(x @ [1.0, -0.5] - 1)).astype(float)
    reference = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x, y)
    found = fit_logistic(np.column_stack([np.ones(500), x]), y)
    assert found.is_converged
    expected = [reference.intercept_[0], *reference.coef_[0]]
    assert found.coefficients == pytest.approx(expected, abs=1e-5)
    # the mean of a proportion: log-odds of 3/10, standard error 1 / sqrt(10 x 0.3 x 0.7)
    share = fit_logistic(np.ones((10, 1)), np.array([1.0] * 3 + [0.0] * 7))
    assert share.coefficients[0] == pytest.approx(np.log(3 / 7))
    assert share.standard_errors[0] == pytest.approx(1 / np.sqrt(10 * 0.3 * 0.7))
    separated = np.column_stack([np.ones(4), [-2, -1, 1, 2]])
    assert not fit_logistic(separated, np.array([0.0, 0, 1, 1])).is_converged


@pytest.mark.parametrize(
    ("shift", "stretch", "intercept", "slope"),
    [
        (0.0, 1.0, 0.0, 1.0),  # the truth
        (0.7, 1.0, -0.7, 1.0),  # every log-odds 0.7 too high
        (0.0, 2.0, None, 0.5),  # twice too extreme
        (0.0, 0.5, None, 2.0),  # half as extreme as it should be
    ],
)
def test_calibration_finds_a_planted_fault(shift, stretch, intercept, slope):
    found = compute_calibration(draw_population(20000, seed=6, shift=shift, stretch=stretch))
    assert found.slope.estimate == pytest.approx(slope, rel=0.05)
    assert found.slope.lower < slope < found.slope.upper
    if intercept is not None:
        assert found.intercept.estimate == pytest.approx(intercept, abs=0.06)
        assert found.intercept.lower < intercept < found.intercept.upper


def test_ici_equals_the_true_error_of_a_planted_fault():
    random = np.random.default_rng(9)
    log_odds = random.normal(-2, 1, 40000)
    outcome = random.random(40000) < expit(log_odds)
    said = expit(0.5 + 0.7 * log_odds)
    distance = np.abs(expit(log_odds) - said)  # truth known, no smoothing
    found = compute_calibration(check_predictions(outcome, said))
    assert found.ici == pytest.approx(distance.mean(), abs=0.004)
    assert found.e50 == pytest.approx(np.median(distance), abs=0.004)
    assert found.e90 == pytest.approx(np.quantile(distance, 0.9), abs=0.008)
    assert compute_calibration(check_predictions(outcome, expit(log_odds))).ici < 0.004


def test_smooth_calibration_bends_and_survives_few_distinct_risks():
    few = check_predictions([0, 1, 0, 1, 1, 1], [0.2, 0.2, 0.2, 0.8, 0.8, 0.8])
    # two risks, a straight line passes through both observed shares: 1 of 3 and 3 of 3
    assert smooth_calibration(few)[:3] == pytest.approx([1 / 3] * 3, abs=1e-6)
    constant = compute_calibration(check_predictions([0, 1, 0, 1], [0.25] * 4))
    assert constant.observed_expected == pytest.approx(2 / 1)  # 2 / (4 x 0.25)
    assert constant.ici == pytest.approx(0.25)  # 0.5 observed
    assert np.isnan(constant.slope.estimate)


def test_calibration_by_decile():
    risk = np.arange(1, 21) / 100  # 0.01 to 0.20, two people in each tenth
    outcome = np.zeros(20)
    outcome[[18, 19, 5]] = 1
    table = build_calibration_table(check_predictions(outcome, risk))
    assert table["decile"].to_list() == list(range(1, 11))
    assert table["persons"].to_list() == [2] * 10
    assert table["events"].to_list() == [0, 0, 1, 0, 0, 0, 0, 0, 0, 2]
    assert table["mean_predicted_risk"][9] == pytest.approx((0.19 + 0.20) / 2)
    assert table["observed_risk"][2] == 0.5
    tied = build_calibration_table(check_predictions([0, 1] * 10, [0.1] * 20))
    assert tied["persons"].sum() == 20 and tied.height == 1


def test_net_benefit_by_hand():
    table = build_net_benefit_table(check_predictions([1, 1, 0, 0, 0], [0.9, 0.2, 0.5, 0.1, 0.1]), [0.2, 0.5])
    # 0.2: flagged 0.9, 0.2, 0.5: (2 - 1 x 0.25) / 5; all: (2 - 3 x 0.25) / 5
    # 0.5: flagged 0.9, 0.5: (1 - 1 x 1) / 5; all: (2 - 3) / 5
    assert table["persons_flagged"].to_list() == [3, 2]
    assert table["net_benefit"].to_list() == pytest.approx([1.75 / 5, 0.0])
    assert table["net_benefit_all"].to_list() == pytest.approx([1.25 / 5, -1 / 5])
    with pytest.raises(ValueError, match="between 0 and 1"):
        build_net_benefit_table(check_predictions([1, 0], [0.5, 0.5]), [1.0])


def test_capacity_by_hand_and_without_regard_to_row_order():
    risk = np.full(200, 0.1)
    risk[:3] = [0.9, 0.8, 0.8]
    outcome = np.zeros(200)
    outcome[[0, 1, 100, 101]] = 1
    for order in (np.arange(200), np.arange(200)[::-1]):
        table = build_capacity_table(check_predictions(outcome[order], risk[order]), [0.5, 1, 5])
        assert table["persons"].to_list() == [1, 2, 10]  # 0.5 %, 1 % and 5 % of 200
        # 1: the first; 2: and half of the event among two tied at 0.8; 10: those 2 + 7 places x 2/197
        assert table["events_found"].to_list() == pytest.approx([1.0, 1.5, 2 + 7 * 2 / 197])
        assert table["sensitivity"].to_list() == pytest.approx([1 / 4, 1.5 / 4, (2 + 14 / 197) / 4])
        assert table["ppv"].to_list() == pytest.approx([1.0, 0.75, (2 + 14 / 197) / 10])
        assert table["number_needed_to_review"].to_list()[:2] == pytest.approx([1.0, 2 / 1.5])
    nobody = build_capacity_table(check_predictions([0] * 10, risk[:10]), [10])
    assert nobody.row(0)[:6] == (10.0, 1, 0.0, None, 0.0, None)


def test_subgroups_have_a_row_each_and_small_ones_no_measure():
    predictions = draw_population(1000, seed=5)
    sex = ["female"] * 500 + ["male"] * 480 + [None] * 20
    band = np.where(np.arange(1000) < 3, "80+", "18-79").tolist()
    table = build_subgroup_table(*predictions, pl.DataFrame({"sex": sex, "age_band": band}))
    assert table.select("group_type", "group_value", "persons").rows() == [
        ("all", "all", 1000),
        ("sex", "female", 500),
        ("sex", "male", 480),
        ("sex", "unknown", 20),
        ("age_band", "18-79", 997),
        ("age_band", "80+", 3),
    ]
    by_hand = compute_performance(predictions.outcome[:500], predictions.risk[:500])
    assert table.row(1, named=True)["c_statistic"] == by_hand["c_statistic"]
    assert table.row(5, named=True)["c_statistic"] is None
    assert table.filter(pl.col("group_type") == "sex")["events"].sum() == predictions.event_count


def test_performance_without_events_has_counts_only():
    row = compute_performance([0, 0, 0], [0.1, 0.2, 0.3])
    assert (row["persons"], row["events"]) == (3, 0)
    assert {value for name, value in row.items() if name not in ("persons", "events", "expected")} == {None}


@pytest.mark.parametrize(
    ("outcome", "risk", "message"),
    [
        ([1, 0], [0.5], "as many outcomes"),
        ([], [], "as many outcomes"),
        ([1, 2], [0.5, 0.5], "outcomes of 0 or 1"),
        ([1, np.nan], [0.5, 0.5], "outcomes of 0 or 1"),
        ([1, 0], [0.5, 1.2], r"within \[0, 1\]"),
        ([1, 0], [0.5, np.nan], r"within \[0, 1\]"),
    ],
)
def test_refuses_what_is_no_prediction(outcome, risk, message):
    with pytest.raises(ValueError, match=message):
        check_predictions(outcome, risk)


def test_figures_of_discrimination_need_both_outcomes():
    with pytest.raises(ValueError, match="found 0 with it among 2"):
        compute_c_statistic(check_predictions([0, 0], [0.1, 0.2]))


@pytest.mark.parametrize(
    ("c_statistic", "is_raised"), [(0.70, False), (0.80, False), (0.88, False), (0.881, True), (0.99, True)]
)
def test_alarm_far_above_what_was_ever_published(c_statistic, is_raised):
    alarm = discrimination_alarm(c_statistic)
    assert alarm.is_raised is is_raised
    assert ("Suspected leakage" in alarm.message) is is_raised


def test_a_planted_leak_raises_the_alarm():
    predictions = draw_population()
    knows_the_future = expit(3 * predictions.outcome - 3 + np.random.default_rng(0).normal(0, 1, 4000))
    honest = compute_c_statistic(predictions).estimate
    leaked = compute_c_statistic(check_predictions(predictions.outcome, knows_the_future)).estimate
    assert not discrimination_alarm(honest).is_raised
    assert discrimination_alarm(leaked).is_raised
