"""k-modes: an exhaustive search on few patterns, the published package on many, and edge cases."""

from itertools import combinations_with_replacement, product

import numpy as np
import pytest

from models.k_modes import count_differences, fit_modes
from models.patterns import collapse_patterns


def test_differences_are_conditions_that_one_has_and_the_other_has_not():
    patterns = np.array([[1.0, 1, 0], [0, 0, 0]])
    modes = np.array([[1.0, 0, 1], [1, 1, 0]])
    # 110 and 101 differ in the second and third; 110 and 110 in none; 000 and 101 in two; 000 and 110 in two
    assert count_differences(patterns, modes).tolist() == [[2, 0], [2, 2]]


@pytest.mark.parametrize("seed", range(5))
def test_finds_the_lowest_cost_there_is(seed):
    """All pairs of the 16 possible modes of four conditions, persons as weights."""
    random = np.random.default_rng(seed)
    matrix = random.random((60, 4)) < np.where(random.random((60, 1)) < 0.5, [0.9, 0.8, 0.1, 0.2], [0.1, 0.3, 0.8, 0.7])
    rows = collapse_patterns(matrix)
    corners = np.array(list(product([0.0, 1.0], repeat=4)))
    distances = np.abs(matrix[:, None, :] - corners).sum(axis=2)
    lowest = min(
        np.minimum(distances[:, one], distances[:, other]).sum()
        for one, other in combinations_with_replacement(range(16), 2)
    )
    found = fit_modes(rows.patterns, rows.weights, 2, 30, seed)
    assert found.cost == lowest
    # the cost is that of the labels and modes which are returned
    assert np.abs(matrix - found.modes[found.labels[rows.inverse]]).sum() == lowest


# Cost of KModes(3, init="Cao", n_init=1) and of the best of 20 starts with init="Huang", random_state=0, on the same
# 800 rows: kmodes 0.12.2 (de Vos, github.com/nicodv/kmodes), run once.
PACKAGE = [(0, 2235, 2008), (1, 2429, 2187), (2, 2496, 2255), (3, 2533, 2201), (5, 2086, 2021)]


@pytest.mark.parametrize(("seed", "dense", "best"), PACKAGE)
def test_agrees_with_the_published_package(seed, dense, best):
    random = np.random.default_rng(seed)
    probability = random.random((3, 10)) * 0.8 + 0.1
    group = random.integers(0, 3, 800)
    rows = collapse_patterns(random.random((800, 10)) < probability[group])
    assert fit_modes(rows.patterns, rows.weights, 3, 1, 0).cost == dense  # one start, which is not drawn
    assert fit_modes(rows.patterns, rows.weights, 3, 20, 0).cost <= 1.01 * best


def test_weights_are_persons_and_half_is_no_majority():
    # two of four have the second condition: the mode has it not; all have the first
    found = fit_modes(np.array([[1.0, 0], [1, 1]]), np.array([2.0, 2.0]), 1, 1, 0)
    assert found.modes.tolist() == [[1, 0]]
    assert found.cost == 2
    heavier = fit_modes(np.array([[1.0, 0], [1, 1]]), np.array([2.0, 3.0]), 1, 1, 0)
    assert heavier.modes.tolist() == [[1, 1]]


def test_more_groups_than_patterns_leave_some_empty():
    found = fit_modes(np.array([[1.0, 0], [0, 1]]), np.array([5.0, 1.0]), 4, 3, 0)
    assert found.cost == 0
    assert len(np.unique(found.labels)) == 2
