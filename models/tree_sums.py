"""The sum of many trees of depth two for many people, a block of people and a whole model at a time.

A tree of depth two says one of four things, by three questions of the kind "is this value at most that threshold". With
the values replaced by how many thresholds lie below them, in two bytes, the questions of all trees are answered by a
few comparisons of whole arrays, and the sum over the trees is one product with the vector of their steps.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.patterns import FloatArray

Nodes = npt.NDArray[Any]  # of scikit-learn's TreePredictor: one record per node, the root first
_BLOCK = 1_024  # people whose answers to the questions of one model fit into a processor's cache
_ABOVE_ALL = np.iinfo(np.uint16).max


class _Model(NamedTuple):
    """Trees as arrays. `row`, `limit` (3, trees): root, left and right child; a question that is not asked has its
    answer in the steps. `steps` (3 x trees,): of going left at the root, left then left, and right then left."""

    row: npt.NDArray[np.intp]
    limit: npt.NDArray[np.uint16]
    start: float
    steps: FloatArray


class TreeSums:
    """Several models, made for the same columns of people, that answer together."""

    def __init__(self, models: Sequence[Sequence[Nodes]], feature_count: int) -> None:
        """`models`: the trees of each. Raises ValueError for a deeper tree, or one that splits on categories."""
        self._thresholds = _list_thresholds(models, feature_count)
        self._asked = [each for each, found in enumerate(self._thresholds) if len(found)]
        place = np.zeros(feature_count, dtype=np.intp)
        place[self._asked] = np.arange(len(self._asked))
        self._models = [_flatten(trees, self._thresholds, place, len(self._asked)) for trees in models]

    def add(self, X: FloatArray) -> FloatArray:
        """(models, persons): sum of what the trees of each model say of X (persons, features; nan = missing)."""
        sums = np.empty((len(self._models), len(X)))
        for first in range(0, len(X), _BLOCK):
            codes = self._count_below(X[first : first + _BLOCK])
            for position, model in enumerate(self._models):
                sums[position, first : first + _BLOCK] = _add_model(model, codes)
        return sums

    def _count_below(self, X: FloatArray) -> npt.NDArray[np.uint16]:
        """(2 x features asked, persons): thresholds below each value. Of a missing one none in the first half, where
        it goes left whatever is asked, and more than there are in the second."""
        codes = np.zeros((max(1, 2 * len(self._asked)), len(X)), dtype=np.uint16)  # a row also where nothing is asked
        for place, feature in enumerate(self._asked):
            values = X[:, feature]
            found = np.searchsorted(self._thresholds[feature], values, side="left").astype(np.uint16)
            is_missing = np.isnan(values)
            codes[place] = np.where(is_missing, 0, found)
            codes[place + len(self._asked)] = np.where(is_missing, _ABOVE_ALL, found)
        return codes


def _add_model(model: _Model, codes: npt.NDArray[np.uint16]) -> FloatArray:
    if not model.row.shape[1]:
        return np.full(codes.shape[1], model.start)
    goes_left = codes[model.row.ravel()] <= model.limit.ravel()[:, np.newaxis]
    root, left, right = goes_left.reshape(3, -1, codes.shape[1])
    np.logical_and(root, left, out=left)
    np.greater(right, root, out=right)  # right at the root, then left
    total: FloatArray = model.steps @ goes_left.astype(np.float64) + model.start
    return total


def _list_thresholds(models: Sequence[Sequence[Nodes]], feature_count: int) -> list[FloatArray]:
    """By feature, ascending: every threshold of every tree."""
    features, thresholds = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    for nodes in (nodes for trees in models for nodes in trees):
        splits = nodes[nodes["is_leaf"] == 0]
        if splits["is_categorical"].any():
            raise ValueError("Trees are of numbers; found a split on categories.")
        features.append(splits["feature_idx"].astype(np.int64))
        thresholds.append(splits["num_threshold"].astype(np.float64))
    feature, threshold = np.concatenate(features), np.concatenate(thresholds)
    found = [np.unique(threshold[feature == each]) for each in range(feature_count)]
    most = max((len(each) for each in found), default=0)
    if most >= _ABOVE_ALL:
        raise ValueError(f"At most {_ABOVE_ALL - 1:,} thresholds of a feature can be counted; found {most:,}.")
    return found


def _flatten(
    trees: Sequence[Nodes], thresholds: Sequence[FloatArray], place: npt.NDArray[np.intp], asked_count: int
) -> _Model:
    row = np.zeros((3, len(trees)), dtype=np.intp)
    limit = np.full((3, len(trees)), _ABOVE_ALL, dtype=np.uint16)
    steps = np.zeros((3, len(trees)))
    start = 0.0

    def ask(node: Any, question: int, tree: int) -> None:
        feature = int(node["feature_idx"])
        row[question, tree] = place[feature] + (0 if node["missing_go_to_left"] else asked_count)
        limit[question, tree] = np.searchsorted(thresholds[feature], node["num_threshold"], side="left")

    for tree, nodes in enumerate(trees):
        root = nodes[0]
        if root["is_leaf"]:
            start += float(root["value"])
            continue
        ask(root, 0, tree)
        low = []
        for question, side in ((1, "left"), (2, "right")):
            branch = nodes[int(root[side])]
            if branch["is_leaf"]:
                low.append(float(branch["value"]))
                continue
            left, right = nodes[int(branch["left"])], nodes[int(branch["right"])]
            if not (left["is_leaf"] and right["is_leaf"]):
                raise ValueError("Sums are of trees of depth two; found a deeper one.")
            ask(branch, question, tree)
            steps[question, tree] = float(left["value"]) - float(right["value"])
            low.append(float(right["value"]))
        steps[0, tree] = low[0] - low[1]
        start += low[1]
    return _Model(row, limit, start, steps.ravel())
