"""The risk estimators keep the scikit-learn contract and their sums add up."""

import itertools
import math

import numpy as np
import polars as pl
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from models.count_model import CountModel
from models.risk_features import LinearDesign, build_matrix
from models.risk_model import KINDS, RiskModel
from models.spline import place_knots, spread_spline


@parametrize_with_checks(
    [
        RiskModel("logistic"),
        RiskModel("elastic_net"),
        RiskModel("boosting"),
        CountModel("poisson"),
        CountModel("elastic_net"),
        CountModel("boosting"),
        LinearDesign((0,), (1,)),
    ]
)
def test_keeps_the_scikit_learn_contract(estimator, check):
    check(estimator)


def draw_matrix(person_count=1500, seed=0):
    """Five features with effects, a pair, missing values in one; the last is noise."""
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(person_count, 5))
    matrix[:, 1] = random.poisson(1.5, person_count)
    log_odds = -1.5 + matrix[:, 0] + 0.4 * matrix[:, 1] + 0.6 * matrix[:, 2] * (matrix[:, 0] > 0)
    matrix[random.random(person_count) < 0.2, 2] = np.nan
    return matrix, (random.random(person_count) < expit(log_odds)).astype(int)


@pytest.mark.parametrize("kind", ["logistic", "elastic_net"])
def test_linear_contributions_and_intercept_are_the_log_odds(kind):
    matrix, outcome = draw_matrix()
    model = RiskModel(kind, spline_columns=(0,), log_columns=(1,)).fit(matrix, outcome)
    contributions = model.compute_contributions(matrix)
    total = contributions.sum(axis=1) + model.core_.intercept
    assert total == pytest.approx(model.decision_function(matrix))
    # relative to the average of the people trained on: they cancel out over these
    assert contributions.mean(axis=0) == pytest.approx(np.zeros(5), abs=1e-9)


def shapley_by_definition(predict, person, reference):
    """Weighted sum over every subset of the other features (Shapley 1953), the slow way."""
    count = len(person)
    values = np.zeros(count)
    for feature in range(count):
        others = [each for each in range(count) if each != feature]
        for size in range(count):
            weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            for subset in itertools.combinations(others, size):
                without = reference.copy()
                without[list(subset)] = person[list(subset)]
                with_it = without.copy()
                with_it[feature] = person[feature]
                values[feature] += weight * (predict(with_it[None])[0] - predict(without[None])[0])
    return values


def test_boosting_contributions_are_shapley_values():
    matrix, outcome = draw_matrix()
    model = RiskModel("boosting").fit(matrix, outcome)
    contributions = model.compute_contributions(matrix[:3])
    for person, found in zip(matrix[:3], contributions, strict=True):
        expected = shapley_by_definition(model.decision_function, person, model.core_.reference)
        assert found == pytest.approx(expected, abs=1e-9)
    reference = model.decision_function(model.core_.reference[None])[0]
    everyone = model.compute_contributions(matrix)
    assert everyone.sum(axis=1) == pytest.approx(model.decision_function(matrix) - reference)


def test_boosting_keeps_the_directions_that_medicine_is_sure_of():
    matrix, outcome = draw_matrix(600)
    model = RiskModel("boosting", increasing_columns=(4,), decreasing_columns=(3,)).fit(matrix, outcome)
    grid = np.linspace(-3, 3, 50)
    for column, sign in ((4, 1), (3, -1)):
        people = np.tile(matrix[:5], (50, 1))
        people[:, column] = np.repeat(grid, 5)
        steps = np.diff(model.decision_function(people).reshape(50, 5), axis=0) * sign
        assert (steps >= -1e-12).all()


@pytest.mark.parametrize("kind", KINDS)
def test_two_fits_are_identical(kind):
    matrix, outcome = draw_matrix()
    first, again = (RiskModel(kind).fit(matrix, outcome).fit_refits(matrix, outcome, 2) for _ in range(2))
    assert first.predict_proba(matrix).tobytes() == again.predict_proba(matrix).tobytes()
    assert np.array(first.predict_interval(matrix)).tobytes() == np.array(again.predict_interval(matrix)).tobytes()


def test_interval_is_that_of_logistic_theory_and_holds_the_truth():
    random = np.random.default_rng(4)
    matrix = random.normal(size=(3000, 2))
    truth = expit(-1.5 + matrix @ [0.8, -0.5])
    outcome = (random.random(3000) < truth).astype(int)
    model = RiskModel("logistic").fit(matrix, outcome).fit_refits(matrix, outcome, 40)
    lower, upper = model.predict_interval(matrix)
    risk = model.predict_proba(matrix)[:, 1]
    assert ((lower <= risk) & (risk <= upper)).all()
    assert np.mean((lower <= truth) & (truth <= upper)) > 0.85  # one sample: errors of all persons go together
    # delta method: variance of the log-odds = x' (X' W X)^-1 x
    design = np.column_stack([np.ones(3000), matrix])
    covariance = np.linalg.inv((design * (risk * (1 - risk))[:, None]).T @ design)
    expected = np.sqrt(np.einsum("ij,jk,ik->i", design, covariance, design))
    found = (logit(upper) - logit(lower)) / (2 * 1.959964)
    assert np.median(found / expected) == pytest.approx(1, abs=0.2)


def test_interval_needs_refits():
    matrix, outcome = draw_matrix(300)
    with pytest.raises(ValueError, match="call fit_refits"):
        RiskModel("logistic").fit(matrix, outcome).predict_interval(matrix)


def test_recalibration_moves_log_odds_intervals_and_contributions():
    matrix, outcome = draw_matrix()
    model = RiskModel("logistic").fit(matrix, outcome).fit_refits(matrix, outcome, 3)
    moved = model.with_recalibration(0.3, 0.5)
    assert moved.decision_function(matrix) == pytest.approx(0.3 + 0.5 * model.decision_function(matrix))
    assert moved.compute_contributions(matrix) == pytest.approx(0.5 * model.compute_contributions(matrix))
    width = [np.diff(logit(np.array(each.predict_interval(matrix))), axis=0) for each in (model, moved)]
    assert width[1] == pytest.approx(0.5 * width[0])
    twice = moved.with_recalibration(0.1, 2.0)  # 0.1 + 2 x (0.3 + 0.5 x)
    assert twice.recalibration_ == pytest.approx((0.7, 1.0))
    assert model.recalibration_ == (0.0, 1.0)


def test_elastic_net_equals_scikit_learn_at_the_chosen_penalty():
    matrix, outcome = draw_matrix()
    model = RiskModel("elastic_net").fit(matrix, outcome)
    columns = LinearDesign().fit_transform(matrix)
    reference = LogisticRegression(
        C=1 / (model.core_.penalty * len(outcome)), l1_ratio=0.5, solver="saga", tol=1e-8, max_iter=5000
    ).fit(columns, outcome)
    assert model.core_.coefficients == pytest.approx(reference.coef_[0], abs=1e-4)


def test_design_fills_marks_and_scales():
    matrix = np.array([[1.0, 0.0], [np.nan, 3.0], [3.0, 7.0], [8.0, 0.0]])
    design = LinearDesign(log_columns=(1,)).fit(matrix)
    assert design.medians_.tolist() == [3.0, 1.5]
    assert design.feature_of_column_.tolist() == [0, 0, 1]  # value, missing indicator; log count
    assert design.get_feature_names_out(["bmi", "visits"]).tolist() == ["bmi_1", "bmi_2", "visits_1"]
    columns = design.transform(matrix)
    filled = np.array([1.0, 3.0, 3.0, 8.0])
    assert columns[:, 0] == pytest.approx((filled - filled.mean()) / filled.std())
    assert columns[:, 1] == pytest.approx((np.array([0, 1, 0, 0]) - 0.25) / np.sqrt(0.25 * 0.75))
    logs = np.log([1, 4, 8, 1])
    assert columns[:, 2] == pytest.approx((logs - logs.mean()) / logs.std())
    late = design.transform([[np.nan, np.nan]])  # missing where training had none: the median alone
    assert late[0, 2] == pytest.approx((np.log(2.5) - logs.mean()) / logs.std())


def test_spline_is_straight_beyond_its_outer_knots():
    values = np.linspace(0, 100, 201)
    knots = place_knots(values)
    assert knots.tolist() == [5, 27.5, 50, 72.5, 95]  # 0.05 x 200 = the 11th of 201 values, ...
    basis = spread_spline(np.array([95.0, 100, 105, 110, 200]), knots)
    slopes = np.diff(basis, axis=0) / np.array([5, 5, 5, 90])[:, None]
    assert slopes == pytest.approx(np.tile(slopes[0], (4, 1)))
    assert spread_spline(values[values <= 5], knots)[:, 1:] == pytest.approx(np.zeros((11, 3)))
    assert place_knots(np.array([0.0, 0, 1, 1])).size == 0  # two values, no room for a bend


def test_matrix_refuses_what_is_not_a_number():
    frame = pl.DataFrame(
        {"age_years": [40, None], "is_male": [True, None], "town": ["Ely", "Wisbech"], "rate": [1.0, np.inf]}
    )
    matrix = build_matrix(frame, ["is_male", "age_years"])
    assert matrix[0].tolist() == [1.0, 40.0]
    assert np.isnan(matrix[1]).all()
    with pytest.raises(ValueError, match="lacks bmi, smoker; it has age_years"):
        build_matrix(frame, ["smoker", "age_years", "bmi"])
    with pytest.raises(ValueError, match=r"found town \(String\)"):
        build_matrix(frame, ["town"])
    with pytest.raises(ValueError, match="infinite values in rate"):
        build_matrix(frame, ["age_years", "rate"])


def test_trees_bear_a_feature_that_a_draw_knows_of_nobody():
    matrix, outcome = draw_matrix(400)
    matrix[:, 2] = np.nan
    model = RiskModel("boosting").fit(matrix, outcome)
    filled = matrix.copy()
    filled[:, 2] = 7.0
    assert np.isfinite(model.predict_proba(filled)).all()
