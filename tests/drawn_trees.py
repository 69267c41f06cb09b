"""Trees as scikit-learn keeps them, drawn by hand."""

import numpy as np

KIND = [
    ("value", float), ("feature_idx", int), ("num_threshold", float), ("missing_go_to_left", bool),
    ("left", int), ("right", int), ("is_leaf", bool), ("is_categorical", bool),
]  # fmt: skip


def leaf(value):
    return (value, 0, 0.0, False, 0, 0, True, False)


def split(feature, threshold, left, right, *, missing_left=False):
    return (0.0, feature, threshold, missing_left, left, right, False, False)


def grow(*nodes):
    return np.array(list(nodes), dtype=KIND)


# root on feature 0 at 10: left a leaf of 1, right splits feature 1 at 5 into 2 (left, also missing) and 6
TREE = grow(split(0, 10.0, 1, 2), leaf(1.0), split(1, 5.0, 3, 4, missing_left=True), leaf(2.0), leaf(6.0))
