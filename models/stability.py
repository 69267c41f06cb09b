"""Would the same classes come out of another sample of the same people?"""

from dataclasses import replace

import numpy as np

from models.latent_class import EmSettings, LatentClasses, fit_classes
from models.latent_em import compute_log_joint
from models.latent_rows import Rows
from models.patterns import FloatArray, IntArray
from models.threads import map_side_by_side

_REPLICATE_PERSONS = 60_000  # reported persons in a replicate at most: more would only cost time


def compute_stability(
    rows: Rows,
    solution: LatentClasses,
    settings: EmSettings,
    *,
    replicate_count: int,
    random: np.random.RandomState,
) -> float | None:
    """Mean adjusted Rand index between a solution and refits on resampled persons; None without replicates.

    1 = the same partition of the reported persons every time, 0 = no more alike than by chance. Each refit draws as
    many persons as there are (so many that 60,000 are reported at most), with replacement, and starts afresh:
    wandering to another optimum counts as instability. Source: Hennig, Comput Stat Data Anal 2007;52:258.
    """
    if replicate_count == 0:
        return None
    labels = assign_rows(rows, solution)
    person_count = round(rows.person_count * min(1.0, _REPLICATE_PERSONS / rows.reported_count))
    alone = replace(settings, thread_count=1)

    def score(seed: int) -> float | None:
        stream = np.random.RandomState(seed)
        drawn = rows.resample(person_count, stream)
        if len(drawn.patterns) < solution.class_count:
            return None
        refit = fit_classes(drawn, solution.class_count, alone, stream)
        return compute_adjusted_rand(labels, assign_rows(rows, refit), rows.reported)

    seeds = random.randint(2**31 - 1, size=replicate_count)
    scores = [each for each in map_side_by_side(score, seeds, settings.thread_count) if each is not None]
    return float(np.mean(scores)) if scores else None


def compute_adjusted_rand(first: IntArray, second: IntArray, weights: FloatArray) -> float:
    """Adjusted Rand index of two partitions of weighted rows, at most 1.

    Counts pairs of persons; a row of weight w is w persons. Source: Hubert and Arabie, J Classif 1985;2:193.
    """
    table = np.zeros((int(first.max()) + 1, int(second.max()) + 1))
    np.add.at(table, (first, second), weights)
    together = _pairs(table)
    in_first, in_second = _pairs(table.sum(axis=1)), _pairs(table.sum(axis=0))
    everyone = _pairs(table.sum())
    expected = in_first * in_second / everyone if everyone else 0.0
    largest = (in_first + in_second) / 2
    return 1.0 if largest == expected else float((together - expected) / (largest - expected))


def assign_rows(rows: Rows, solution: LatentClasses) -> IntArray:
    """(rows,): the most probable class."""
    labels: IntArray = compute_log_joint(rows, solution.parameters).argmax(axis=1).astype(np.int64)
    return labels


def _pairs(counts: FloatArray | np.float64) -> float:
    return float(np.sum(counts * (counts - 1) / 2))
