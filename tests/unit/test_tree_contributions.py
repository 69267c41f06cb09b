"""Shapley values from the trees: hand-computed, and equal to what switching features one by one gives."""

import numpy as np
import pytest
from drawn_trees import TREE, grow, leaf, split

from models.risk_model import RiskModel
from models.tree_contributions import add_contributions


def test_a_tree_by_hand():
    """Reference (0, 0) has 1. Person (20, 9) has 6. Feature 0 first: 2 - 1, last: 6 - 1; feature 1: 0 first, 4 last."""
    found = add_contributions([TREE], np.array([[20.0, 9.0], [20.0, np.nan], [0.0, 9.0]]), np.zeros(2))
    assert found[0].tolist() == [(1 + 5) / 2, (0 + 4) / 2]  # 3 + 2 = 6 - 1
    assert found[1].tolist() == [1.0, 0.0]  # missing goes to the left: 2 - 1
    assert found[2].tolist() == [0.0, 0.0]  # on the left feature 1 is not asked


def test_a_feature_that_splits_twice_has_both_steps():
    """Below 10 a leaf of 1; above, feature 0 again at 30: 2 or 6. From 0 to 40: 6 - 1."""
    tree = grow(split(0, 10.0, 1, 2), leaf(1.0), split(0, 30.0, 3, 4), leaf(2.0), leaf(6.0))
    assert add_contributions([tree, tree], np.array([[40.0]]), np.zeros(1)).tolist() == [[10.0]]


def test_a_stump_of_one_leaf_says_nothing_and_a_deeper_tree_is_refused():
    assert add_contributions([grow(leaf(3.0))], np.ones((2, 1)), np.zeros(1)).tolist() == [[0.0], [0.0]]
    deep = grow(
        split(0, 1.0, 1, 2), leaf(0.0), split(0, 2.0, 3, 4), leaf(0.0), split(0, 3.0, 5, 6), leaf(1.0), leaf(2.0)
    )
    with pytest.raises(ValueError, match="depth two"):
        add_contributions([deep], np.ones((1, 1)), np.zeros(1))


def switch_one_by_one(core, X):
    """Each feature switched from the reference to the person's, in order and in reverse order, averaged."""
    found = np.zeros_like(X)
    for order in (range(X.shape[1]), range(X.shape[1] - 1, -1, -1)):
        mixed = np.tile(core.reference, (len(X), 1))
        before = core.compute_log_odds(mixed)
        for feature in order:
            mixed[:, feature] = X[:, feature]
            after = core.compute_log_odds(mixed)
            found[:, feature] += (after - before) / 2
            before = after
    return found


def test_equal_to_switching_features_one_by_one():
    random = np.random.default_rng(1)
    X = random.normal(size=(3000, 5))
    X[random.random(X.shape) < 0.2] = np.nan
    score = np.nan_to_num(X[:, 0]) + np.nan_to_num(X[:, 1] * X[:, 2]) - 1.5 * np.isnan(X[:, 3])
    model = RiskModel("boosting").fit(X, random.random(3000) < 1 / (1 + np.exp(-score)))
    core = model.core_
    found = core.compute_contributions(X[:200])
    assert found == pytest.approx(switch_one_by_one(core, X[:200]), abs=1e-12)
    start = core.compute_log_odds(core.reference[np.newaxis])
    assert found.sum(axis=1) == pytest.approx(core.compute_log_odds(X[:200]) - start, abs=1e-12)


def test_no_persons_and_no_trees():
    assert add_contributions([TREE], np.empty((0, 2)), np.zeros(2)).shape == (0, 2)
    assert add_contributions([], np.ones((3, 2)), np.zeros(2)).sum() == 0
