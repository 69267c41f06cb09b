"""k-modes: groups of people round the pattern of conditions that is in the majority of each group.

Distance is the number of conditions in which a person and a mode differ; the mode of a group has a condition where more
than half of the group have it; the cost is the sum of distances (Huang, Data Min Knowl Discov 1998;2:283). Modes start
at patterns of many people that lie apart (Cao, Liang and Bai, Expert Syst Appl 2009;36:10223), then at patterns drawn
at random. Written out for weighted patterns of conditions: the package `kmodes` walks through persons.
"""

from dataclasses import dataclass

import numpy as np

from models.patterns import FloatArray, IntArray

_MOST_ROUNDS = 100


@dataclass(frozen=True)
class Modes:
    """`modes` (groups, conditions) of 0.0 and 1.0; `labels` (rows,); `cost`: differing conditions over all persons."""

    modes: FloatArray
    labels: IntArray
    cost: float


def fit_modes(patterns: FloatArray, weights: FloatArray, group_count: int, starts: int, seed: int) -> Modes:
    """Lowest cost of several starts, for distinct `patterns` (rows, conditions) and persons per row.

    The first start is Cao's, the others are drawn. Of several modes as near, the first is taken; a mode that nobody is
    nearest to stays where it is, so that fewer groups than asked for may have people.
    """
    random = np.random.RandomState(seed)
    begins = [_start_dense(patterns, weights, group_count)]
    chance = weights / weights.sum()
    size = min(group_count, int((weights > 0).sum()))
    begins += [patterns[random.choice(len(patterns), size, replace=False, p=chance)] for _ in range(starts - 1)]
    return min((_descend(patterns, weights, modes) for modes in begins), key=lambda found: found.cost)


def count_differences(patterns: FloatArray, modes: FloatArray) -> FloatArray:
    """(rows, groups): conditions that one has and the other has not."""
    differing: FloatArray = patterns.sum(axis=1)[:, np.newaxis] + modes.sum(axis=1) - 2 * patterns @ modes.T
    return differing


def _descend(patterns: FloatArray, weights: FloatArray, modes: FloatArray) -> Modes:
    cost = np.inf
    for _ in range(_MOST_ROUNDS):
        distances = count_differences(patterns, modes)
        labels = distances.argmin(axis=1).astype(np.int64)
        now = float(weights @ distances[np.arange(len(labels)), labels])
        if now >= cost:
            break
        cost = now
        modes = _find_modes(patterns, weights, labels, modes)
    return Modes(modes, labels, now)


def _find_modes(patterns: FloatArray, weights: FloatArray, labels: IntArray, modes: FloatArray) -> FloatArray:
    found = modes.copy()
    for group in np.unique(labels):
        inside = labels == group
        found[group] = weights[inside] @ patterns[inside] > weights[inside].sum() / 2
    return found


def _start_dense(patterns: FloatArray, weights: FloatArray, group_count: int) -> FloatArray:
    """The pattern most like all others, then whichever is common and far from those taken."""
    share = weights @ patterns / weights.sum()
    density = (patterns * share + (1 - patterns) * (1 - share)).mean(axis=1)
    taken = [int(density.argmax())]
    while len(taken) < min(group_count, len(patterns)):
        nearest = (count_differences(patterns, patterns[taken]) * density[:, np.newaxis]).min(axis=1)
        taken.append(int(nearest.argmax()))
    return patterns[taken].copy()
