"""What each feature adds to boosted trees of depth two, from the trees themselves."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.patterns import FloatArray

Nodes = npt.NDArray[Any]  # of scikit-learn's TreePredictor: one record per node, the root first


class Branch(NamedTuple):
    """One side of the root: its value for each person and for the reference, and the feature that it splits on."""

    value: FloatArray
    reference: float
    feature: int | None


def add_contributions(trees: Iterable[Nodes], X: FloatArray, reference: FloatArray) -> FloatArray:
    """(persons, features): Shapley value of each feature against one reference person, summed over the trees.

    A tree of depth two is root-goes-left x value of the left branch + root-goes-right x value of the right one. Each is
    a product of two features, of which the Shapley value is the average of switching the one before the other and after
    it; so the sum over features is the difference of the trees' sum of person and reference, but for rounding.
    X: nan = missing. Raises ValueError for a deeper tree, or one that splits on categories.
    Shapley values add up over games that add up: Strumbelj and Kononenko, Knowl Inf Syst 2014;41:647.
    """
    columns = np.asfortranarray(X)
    contributions = np.zeros(X.shape, order="F")
    for nodes in trees:
        root = nodes[0]
        if root["is_leaf"]:
            continue
        goes_left, reference_left = _go_left(root, columns), bool(_go_left(root, reference[np.newaxis])[0])
        for side, person_goes, reference_goes in (
            ("left", goes_left, reference_left),
            ("right", ~goes_left, not reference_left),
        ):
            branch = _read_branch(nodes, int(root[side]), columns, reference)
            here = person_goes.astype(np.float64)
            step = here - reference_goes
            contributions[:, root["feature_idx"]] += step * ((branch.value + branch.reference) / 2)
            if branch.feature is not None:
                contributions[:, branch.feature] += ((here + reference_goes) / 2) * (branch.value - branch.reference)
    return contributions


def _read_branch(nodes: Nodes, position: int, columns: FloatArray, reference: FloatArray) -> Branch:
    node = nodes[position]
    if node["is_leaf"]:
        return Branch(np.full(len(columns), node["value"]), float(node["value"]), None)
    low, high = nodes[int(node["left"])], nodes[int(node["right"])]
    if not (low["is_leaf"] and high["is_leaf"]):
        raise ValueError("Contributions are exact for trees of depth two; found a deeper one.")
    at_reference = low if _go_left(node, reference[np.newaxis])[0] else high
    value = np.where(_go_left(node, columns), low["value"], high["value"])
    return Branch(value, float(at_reference["value"]), int(node["feature_idx"]))


def _go_left(node: Any, matrix: FloatArray) -> npt.NDArray[np.bool_]:
    """(persons,): whom the split sends to the left."""
    if node["is_categorical"]:
        raise ValueError("Contributions are of numbers; found a split on categories.")
    values, threshold = matrix[:, node["feature_idx"]], node["num_threshold"]
    # a missing value is not greater, and not smaller either
    goes_left: npt.NDArray[np.bool_] = ~(values > threshold) if node["missing_go_to_left"] else values <= threshold
    return goes_left
