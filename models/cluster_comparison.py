"""The same people grouped in three other ways, so that the choice of latent classes is shown and not asserted.

k-modes, k-means on coordinates of multiple correspondence analysis, and hierarchical clustering on Jaccard distances:
methods much used beside latent classes to find patterns of multimorbidity (Ng et al., Int J Epidemiol 2018;47:1687;
Prados-Torres et al., J Clin Epidemiol 2014;67:254). The tree is Ward's, on the square roots of the distances, which
are Euclidean as Ward's method needs (Gower and Legendre, J Classif 1986;3:5); single and average linkage of the
distances themselves put nearly everyone into one group.
"""

from typing import Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_samples

from models.k_modes import fit_modes
from models.patterns import FloatArray, IntArray
from models.stability import compute_adjusted_rand

SAMPLE_PATTERNS = 2_000  # distances between patterns grow with the square of their number
_STARTS = 3


def compare_partitions(
    patterns: FloatArray, weights: FloatArray, labels: IntArray, class_count: int, seed: int
) -> list[dict[str, Any]]:
    """One row per method, for `patterns` (rows, conditions), persons per row and the latent class of each row.

    method, class_count (groups that anybody is in), persons, smallest_share and largest_share of persons, class_shares
    (largest first, as text), adjusted_rand (with the latent classes; persons count), silhouette (mean over persons on
    Jaccard distances, -1 to 1; null with a single group), sample_patterns (rows that the silhouette, and all of the
    hierarchical method, rest on: drawn without replacement by the persons they stand for).
    """
    random = np.random.RandomState(seed)
    size = min(SAMPLE_PATTERNS, int((weights > 0).sum()))
    sample = np.sort(random.choice(len(weights), size=size, replace=False, p=weights / weights.sum()))
    distances = pdist(patterns[sample].astype(bool), metric="jaccard")
    coordinates = compute_coordinates(patterns, weights)
    means = KMeans(class_count, n_init=_STARTS, random_state=seed).fit(coordinates, sample_weight=weights)
    tree = fcluster(linkage(np.sqrt(distances), method="ward"), class_count, criterion="maxclust") - 1
    square = squareform(distances)
    everyone = slice(None)
    partitions: list[tuple[str, IntArray, Any]] = [
        ("latent_class", labels, everyone),
        ("k_modes", fit_modes(patterns, weights, class_count, _STARTS, seed).labels, everyone),
        ("kmeans_mca", means.labels_.astype(np.int64), everyone),
        ("hierarchical_jaccard", tree.astype(np.int64), sample),
    ]
    rows = []
    for method, found, place in partitions:
        sampled = found if place is sample else found[sample]
        rows.append(
            {
                "method": method,
                **_describe_sizes(found, weights[place]),
                "adjusted_rand": compute_adjusted_rand(labels[place], found, weights[place]),
                "silhouette": _silhouette(square, sampled, weights[sample]),
                "sample_patterns": size,
            }
        )
    return rows


def compute_coordinates(patterns: FloatArray, weights: FloatArray) -> FloatArray:
    """(rows, dimensions): principal coordinates of multiple correspondence analysis.

    For conditions that are there or not, this is principal components of their correlations (Greenacre, Correspondence
    Analysis in Practice, 2017, chapter 18). Kept are the dimensions with more than the average inertia.
    """
    share = weights / weights.sum()
    mean = share @ patterns
    deviation = np.sqrt(np.maximum(mean * (1 - mean), 1e-12))
    standard = (patterns - mean) / deviation
    inertia, axes = np.linalg.eigh((standard * share[:, np.newaxis]).T @ standard)
    kept = np.flatnonzero(inertia > inertia.mean())[::-1]
    # the sign of an axis is arbitrary: its largest entry is made positive, so that every machine gives the same
    axes = axes[:, kept] * np.sign(axes[np.abs(axes[:, kept]).argmax(axis=0), kept])
    coordinates: FloatArray = standard @ axes
    return coordinates


def _describe_sizes(labels: IntArray, weights: FloatArray) -> dict[str, Any]:
    sizes = np.bincount(labels, weights=weights)
    shares = np.sort(sizes[sizes > 0])[::-1] / sizes.sum()
    return {
        "class_count": len(shares),
        "persons": round(float(sizes.sum())),
        "smallest_share": float(shares[-1]),
        "largest_share": float(shares[0]),
        "class_shares": ", ".join(f"{share:.3f}" for share in shares),
    }


def _silhouette(square: FloatArray, labels: IntArray, weights: FloatArray) -> float | None:
    if not 2 <= len(np.unique(labels)) < len(labels):
        return None
    return float(np.average(silhouette_samples(square, labels, metric="precomputed"), weights=weights))
