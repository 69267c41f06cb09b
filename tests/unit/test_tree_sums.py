"""Sums of trees: by hand, and equal to what scikit-learn says of the same trees."""

import numpy as np
import pytest
from drawn_trees import TREE, grow, leaf, split
from sklearn.ensemble import HistGradientBoostingClassifier

from models.risk_model import RiskModel
from models.tree_sums import TreeSums


def test_a_tree_by_hand():
    """Root: feature 0 at most 10 gives 1; above, feature 1 at most 5 or missing gives 2, else 6. A threshold is left."""
    people = np.array([[10.0, 9.0], [20.0, 5.0], [20.0, np.nan], [20.0, 9.0], [np.nan, 9.0]])
    assert TreeSums([[TREE]], 2).add(people).tolist() == [[1.0, 2.0, 2.0, 6.0, 6.0]]


def test_both_branches_of_a_tree_and_several_models_answer():
    """Feature 0 at most 0: feature 1 at most 1 gives 3, else 5; above: at most 2 gives 7, else 11. Twice is double."""
    tree = grow(split(0, 0.0, 1, 2), split(1, 1.0, 3, 4), split(1, 2.0, 5, 6), *map(leaf, (3.0, 5.0, 7.0, 11.0)))
    people = np.array([[0.0, 1.0], [0.0, 2.0], [1.0, 2.0], [1.0, 3.0]])
    found = TreeSums([[tree], [tree, tree], [grow(leaf(4.0))], []], 2).add(people)
    assert found.tolist() == [[3.0, 5.0, 7.0, 11.0], [6.0, 10.0, 14.0, 22.0], [4.0] * 4, [0.0] * 4]


def test_trees_that_ask_nothing_and_nobody_to_ask():
    assert TreeSums([[grow(leaf(4.0))]], 2).add(np.zeros((3, 2))).tolist() == [[4.0, 4.0, 4.0]]
    assert TreeSums([[TREE]], 2).add(np.zeros((0, 2))).shape == (1, 0)


def test_a_deeper_tree_is_refused():
    deep = grow(
        split(0, 1.0, 1, 2), leaf(0.0), split(0, 2.0, 3, 4), leaf(0.0), split(0, 3.0, 5, 6), leaf(1.0), leaf(2.0)
    )
    with pytest.raises(ValueError, match="depth two"):
        TreeSums([[deep]], 1)


def test_what_scikit_learn_says_of_the_same_trees():
    random = np.random.default_rng(5)
    matrix = random.normal(size=(5_000, 6)).round(1)
    matrix[random.random(matrix.shape) < 0.2] = np.nan
    outcome = (random.random(5_000) < 1 / (1 + np.exp(-np.nan_to_num(matrix[:, 0]) * np.nan_to_num(matrix[:, 1])))) * 1
    trees = HistGradientBoostingClassifier(max_depth=2, max_iter=60, random_state=0).fit(matrix, outcome)
    nodes = [each[0].nodes for each in trees._predictors]
    found = TreeSums([nodes], 6).add(matrix)[0] + trees._baseline_prediction.item()
    assert found == pytest.approx(trees.decision_function(matrix), abs=1e-12)


def test_risk_and_interval_in_one_pass_are_those_of_two():
    random = np.random.default_rng(6)
    matrix = random.normal(size=(1_500, 3))
    outcome = (random.random(1_500) < 1 / (1 + np.exp(2 - matrix[:, 0]))).astype(int)
    model = RiskModel("boosting").fit(matrix, outcome).fit_refits(matrix, outcome, 5)
    value, lower, upper = model.predict_with_interval(matrix)
    assert value == pytest.approx(model.predict_proba(matrix)[:, 1], abs=1e-12)
    assert np.array_equal(np.stack([lower, upper]), np.stack(model.predict_interval(matrix)))
    spread = np.std([each.compute_log_odds(matrix) for each in model.refits_], axis=0, ddof=1) * model.refit_scale_
    assert (np.log(upper / (1 - upper)) - np.log(lower / (1 - lower))) == pytest.approx(2 * 1.959964 * spread, rel=1e-5)
