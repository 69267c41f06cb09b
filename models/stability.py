"""Would the same classes come out of another sample of the same people?"""

import numpy as np

from models.latent_class import EmSettings, LatentClasses, compute_log_joint, fit_classes
from models.patterns import FloatArray, IntArray


def compute_stability(
    patterns: FloatArray,
    weights: FloatArray,
    solution: LatentClasses,
    settings: EmSettings,
    *,
    replicate_count: int,
    random: np.random.RandomState,
) -> float | None:
    """Mean adjusted Rand index between a solution and refits on resampled persons; None without replicates.

    1 = the same partition every time, 0 = no more alike than by chance. Each refit draws as many persons as
    there are, with replacement, and starts afresh: wandering to another optimum counts as instability.
    Source: Hennig, Comput Stat Data Anal 2007;52:258.
    """
    if replicate_count == 0:
        return None
    labels = _assign(patterns, solution)
    person_count = round(float(weights.sum()))
    scores = []
    for _ in range(replicate_count):
        resampled = random.multinomial(person_count, weights / weights.sum()).astype(np.float64)
        drawn = resampled > 0
        if int(drawn.sum()) < solution.shares.size:
            continue
        refit = fit_classes(patterns[drawn], resampled[drawn], solution.shares.size, settings, random)
        scores.append(compute_adjusted_rand(labels, _assign(patterns, refit), weights))
    return float(np.mean(scores)) if scores else None


def compute_adjusted_rand(first: IntArray, second: IntArray, weights: FloatArray) -> float:
    """Adjusted Rand index of two partitions of weighted rows, at most 1.

    Counts pairs of persons; a row of weight w is w persons. Source: Hubert and Arabie, J Classif 1985;2:193.
    """
    table = np.zeros((int(first.max()) + 1, int(second.max()) + 1))
    np.add.at(table, (first, second), weights)
    together = _pairs(table)
    in_first, in_second = _pairs(table.sum(axis=1)), _pairs(table.sum(axis=0))
    expected = in_first * in_second / _pairs(table.sum())
    largest = (in_first + in_second) / 2
    return 1.0 if largest == expected else float((together - expected) / (largest - expected))


def _pairs(counts: FloatArray | np.float64) -> float:
    return float(np.sum(counts * (counts - 1) / 2))


def _assign(patterns: FloatArray, solution: LatentClasses) -> IntArray:
    joint = compute_log_joint(patterns, solution.shares, solution.probabilities)
    labels: IntArray = joint.argmax(axis=1).astype(np.int64)
    return labels
