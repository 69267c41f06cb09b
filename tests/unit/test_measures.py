"""Measures with their intervals, against independent implementations and hand-worked figures."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, gammaln

from models.bootstrap import bootstrap_bounds, deviance_explained, simulate_chance
from models.calibration import (
    build_calibration_curve,
    build_smooth_design,
    compute_calibration,
    smooth_calibration,
)
from models.discrimination import compute_auprc, compute_bootstrap_interval, compute_scaled_brier
from models.logistic_fit import fit_grouped, fit_grouped_many, fit_logistic
from models.measures import compare_totals, measure_predictions
from models.outcome import check_counts, check_predictions
from models.validation import warn


def draw_risks(person_count=3000, seed=1, shift=0.2, stretch=1.2):
    random = np.random.default_rng(seed)
    log_odds = random.normal(-1.5, 1, person_count)
    return check_predictions(random.random(person_count) < expit(log_odds), expit(shift + stretch * log_odds))


def draw_counts(person_count=3000, seed=2):
    random = np.random.default_rng(seed)
    linear = random.normal(0.3, 0.8, person_count)
    counts = random.poisson(np.exp(linear) * random.gamma(0.7, 1 / 0.7, person_count))
    return check_counts(counts, np.exp(0.1 + 1.1 * linear))


def maximise(design, outcome, offset, family):
    """Maximum likelihood by scipy's quasi-Newton method with the gradient written out: nothing of ours."""

    def loss(beta):
        linear = offset + design @ beta
        if family == "binomial":
            return (np.logaddexp(0, linear) - outcome * linear).sum()
        return (np.exp(linear) - outcome * linear + gammaln(outcome + 1)).sum()

    def gradient(beta):
        linear = offset + design @ beta
        return design.T @ ((expit(linear) if family == "binomial" else np.exp(linear)) - outcome)

    beta = np.zeros(design.shape[1])
    for _ in range(5):  # restarted: BFGS stops where rounding hides a gain
        beta = minimize(loss, beta, jac=gradient, method="BFGS", options={"gtol": 1e-10}).x
    return beta


def harrell(x):
    """Restricted cubic spline with five knots, from the formula of Harrell 2015, section 2.4.5."""
    knots = np.quantile(x, [0.05, 0.275, 0.5, 0.725, 0.95], method="lower")
    t, scale = knots, (knots[-1] - knots[0]) ** 2

    def cube(value):
        return np.where(value > 0, value, 0.0) ** 3

    bends = [
        (
            cube(x - t[j])
            - cube(x - t[3]) * (t[4] - t[j]) / (t[4] - t[3])
            + cube(x - t[4]) * (t[3] - t[j]) / (t[4] - t[3])
        )
        / scale
        for j in range(3)
    ]
    return np.column_stack([np.ones_like(x), x, *bends])


@pytest.mark.parametrize(("draw", "family"), [(draw_risks, "binomial"), (draw_counts, "poisson")])
def test_calibration_equals_an_independent_implementation(draw, family):
    predictions = draw()
    risk = predictions.risk
    linear = np.log(risk / (1 - risk)) if family == "binomial" else np.log(risk)
    ones = np.ones((len(risk), 1))
    found = compute_calibration(predictions, family)
    intercept = maximise(ones, predictions.outcome, linear, family)
    assert found.intercept.estimate == pytest.approx(intercept[0], abs=1e-6)
    slope = maximise(np.column_stack([ones, linear]), predictions.outcome, 0.0, family)
    assert found.slope.estimate == pytest.approx(slope[1], abs=1e-6)
    basis = harrell(linear - linear.mean())
    curve = basis @ maximise(basis, predictions.outcome, 0.0, family)
    smooth = expit(curve) if family == "binomial" else np.exp(curve)
    assert smooth_calibration(predictions, family) == pytest.approx(smooth, abs=1e-6)
    distance = np.abs(smooth - risk)
    assert found.ici == pytest.approx(distance.mean(), abs=1e-6)
    assert found.e50 == pytest.approx(np.median(distance), abs=1e-6)
    assert found.e90 == pytest.approx(np.quantile(distance, 0.9), abs=1e-6)


def test_intervals_of_a_slope_are_those_of_the_information_and_of_counts_those_of_the_sandwich():
    risks = draw_risks()
    linear = np.log(risks.risk / (1 - risks.risk))
    design = np.column_stack([np.ones(len(linear)), linear])
    beta = maximise(design, risks.outcome, 0.0, "binomial")
    fitted = expit(design @ beta)
    error = np.sqrt(np.linalg.inv((design * (fitted * (1 - fitted))[:, None]).T @ design)[1, 1])
    found = compute_calibration(risks).slope
    assert found.upper - found.lower == pytest.approx(2 * 1.959963985 * error, rel=1e-6)
    counts = draw_counts()
    design = np.column_stack([np.ones(len(counts.risk)), np.log(counts.risk)])
    fitted = np.exp(design @ maximise(design, counts.outcome, 0.0, "poisson"))
    bread = np.linalg.inv((design * fitted[:, None]).T @ design)
    scores = design * (counts.outcome - fitted)[:, None]
    error = np.sqrt((bread @ scores.T @ scores @ bread)[1, 1])
    found = compute_calibration(counts, "poisson").slope
    assert found.upper - found.lower == pytest.approx(2 * 1.959963985 * error, rel=1e-5)


def test_bootstrap_intervals_are_those_of_drawing_people():
    predictions = draw_risks()
    estimates = dict.fromkeys(("auprc", "brier", "scaled_brier", "ici", "e50", "e90"), 0.0)
    estimates["auprc"], estimates["scaled_brier"] = compute_auprc(predictions), compute_scaled_brier(predictions)
    calibration = compute_calibration(predictions)
    estimates |= {"ici": calibration.ici, "e50": calibration.e50, "e90": calibration.e90}
    found = bootstrap_bounds(predictions, estimates, replicate_count=300, seed=3)
    for name, metric in (
        ("auprc", compute_auprc),
        ("scaled_brier", compute_scaled_brier),
        ("ici", lambda each: compute_calibration(each).ici),
    ):
        plain = compute_bootstrap_interval(metric, predictions, replicate_count=300, seed=4)
        lower, upper = found[name]
        assert lower <= estimates[name] <= upper
        assert upper - lower == pytest.approx(plain.upper - plain.lower, rel=0.3)
    assert bootstrap_bounds(predictions, estimates, replicate_count=20, seed=3) == bootstrap_bounds(
        predictions, estimates, replicate_count=20, seed=3
    )


def test_no_calibration_error_keeps_its_interval_near_nothing():
    random = np.random.default_rng(8)
    risk = expit(random.normal(-2, 1, 20000))
    perfect = check_predictions(random.random(20000) < risk, risk)
    row = measure_predictions(perfect, "binomial", 10)
    assert row["ici"] < 0.004 and row["ici_lower"] < 0.002
    assert row["calibration_slope_lower"] < 1 < row["calibration_slope_upper"]


def test_observed_over_expected_by_hand():
    # 20 of 100 had it, 16 were expected: 1.25; error of the logarithm sqrt((1 - 0.2) / 20) = 0.2
    found = compare_totals(check_predictions([1] * 20 + [0] * 80, [0.16] * 100))
    assert found.estimate == pytest.approx(1.25)
    assert found.lower == pytest.approx(1.25 * np.exp(-1.959963985 * 0.2))
    # 6 nights seen, 4 expected; squared errors (0-1)^2 + (6-1)^2 + 2 (0-1)^2 = 28; sqrt(28) / 6
    counts = compare_totals(check_counts([0, 6, 0, 0], [1.0] * 4), "poisson")
    assert counts.estimate == pytest.approx(1.5)
    assert counts.upper == pytest.approx(1.5 * np.exp(1.959963985 * np.sqrt(28) / 6))
    nothing = compare_totals(check_predictions([0, 0], [0.1, 0.1]))
    assert nothing.estimate == 0 and np.isnan(nothing.lower)


def test_deviance_explained_by_hand():
    counts, mean = np.array([0.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0])
    # sum of y log(y / m) - (y - m): 0 + 1; 0; 4 log(4/3) - 1; of the mean 2: 2, 0, 4 log 2 - 2
    model, whole = 1 + 0 + 4 * np.log(4 / 3) - 1, 2 + 0 + 4 * np.log(2) - 2
    assert deviance_explained(check_counts(counts, mean)) == pytest.approx(1 - model / whole)


def test_every_measure_of_a_large_group_has_an_interval():
    row = measure_predictions(draw_risks(), "binomial", 10, 30)
    missing = [name for name, value in row.items() if value is None and not name.startswith("deviance_explained")]
    assert missing == []
    counts = measure_predictions(draw_counts(), "poisson", 10, 30)
    missing = {name.removesuffix("_lower").removesuffix("_upper") for name, value in counts.items() if value is None}
    assert missing == {"auprc", "brier", "scaled_brier"}
    few = measure_predictions(check_predictions([1, 0, 0], [0.5, 0.2, 0.1]), "binomial", 10)
    assert (few["persons"], few["events"], few["c_statistic"]) == (3, 1, None)


@pytest.mark.parametrize(
    ("ratio", "lower", "upper", "expected", "words"),
    [
        (1.11, 0.95, 1.30, 201, "under-predicted by much"),
        (1.11, 0.95, 1.30, 200, None),
        (1.05, 1.01, 1.09, 5000, "under-predicted beyond chance"),
        (0.95, 0.91, 0.99, 50, "over-predicted beyond chance"),
        (0.89, 0.80, 0.99, 300, "over-predicted by much"),
        (1.10, 0.99, 1.21, 300, None),
        (1.0, 0.9, 1.1, 300, None),
        (None, None, None, 300, None),
    ],
)
def test_a_warning_says_which_way_and_by_how_much(ratio, lower, upper, expected, words):
    row = {"observed_expected": ratio, "observed_expected_lower": lower, "observed_expected_upper": upper}
    assert warn({**row, "expected": expected}) == words


def test_the_smooth_curve_has_its_band():
    curve = build_calibration_curve(draw_risks(shift=0.0, stretch=1.0))
    assert curve.columns == ["position", "predicted", "observed", "lower", "upper"]
    assert curve["predicted"].is_sorted() and curve["position"].to_list() == list(range(1, curve.height + 1))
    inside = (curve["lower"] <= curve["predicted"]) & (curve["predicted"] <= curve["upper"])
    assert inside.mean() > 0.8


@pytest.mark.parametrize(
    ("outcome", "expected"), [([-1, 0], [1, 1]), ([1, 0], [0, 1]), ([1], [1, 1]), ([1, 0], [np.inf, 1]), ([], [])]
)
def test_refuses_what_is_no_count(outcome, expected):
    with pytest.raises(ValueError, match="Expected"):
        check_counts(outcome, expected)


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_chance_alone_gives_the_ici_that_right_predictions_show(family):
    random = np.random.default_rng(11)
    found = []
    for _ in range(60):
        if family == "binomial":
            risk = expit(random.normal(-2, 1, 600))
            right = check_predictions(random.random(600) < risk, risk)
        else:
            mean = np.exp(random.normal(0, 0.5, 600))
            right = check_counts(random.poisson(mean * random.gamma(1.0, 1.0, 600)), mean)
        found.append(compute_calibration(right, family).ici)
    chance = simulate_chance(right, family, replicate_count=100)
    # about one in twenty of right predictions lies above; of 60 between none and seven
    assert np.sort(found)[-8] < chance < 2 * max(found)


def test_a_curve_through_crowded_risks_still_settles():
    """Most people of a young population have nearly the same low risk: knots lie close, coefficients are large."""
    random = np.random.default_rng(5)
    log_odds = -3.2 + np.where(random.random(6000) < 0.9, random.normal(0, 0.02, 6000), random.exponential(1.5, 6000))
    predictions = check_predictions(random.random(6000) < expit(log_odds), expit(log_odds))
    design = build_smooth_design(predictions, "binomial")
    fit = fit_logistic(design, predictions.outcome)
    assert fit.is_converged and np.abs(fit.coefficients).max() > 20
    score = design.T @ (predictions.outcome - expit(design @ fit.coefficients))
    assert score == pytest.approx(np.zeros(design.shape[1]), abs=1e-5)
    assert compute_calibration(predictions).ici < 2 * simulate_chance(predictions)


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_many_draws_at_once_are_each_fitted_as_alone(family):
    random = np.random.default_rng(8)
    design = np.column_stack([np.ones(40), np.linspace(-2, 2, 40)])
    outcome, weight = random.uniform(0.05, 0.95, (7, 40)), random.integers(0, 9, (7, 40)).astype(float)
    start = np.zeros(2)
    alone = [fit_grouped(family, design, each, times, start) for each, times in zip(outcome, weight, strict=True)]
    assert fit_grouped_many(family, design, outcome, weight, start) == pytest.approx(np.array(alone), abs=1e-12)
