"""What a cluster looks like, and what it is called."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

_MIN_SHARE_IN_NAME = 0.20  # a name speaks of conditions that at least one in five of the cluster has


def describe_clusters(matrix: npt.ArrayLike, labels: npt.ArrayLike, condition_names: Sequence[str]) -> pl.DataFrame:
    """One row per cluster and condition, for `matrix` (persons, conditions) and one label per person.

    cluster, condition, persons, persons_with_condition, share_in_cluster [0, 1], share_overall [0, 1],
    observed_expected (share in cluster / share overall; null if nobody has the condition), exclusivity [0, 1]
    (of all with the condition, the share in this cluster; null likewise).
    Source: Violan et al., BMJ Open 2019;9:e029594 (observed/expected ratio and exclusivity).
    """
    present = np.asarray(matrix, dtype=bool)
    cluster_of = np.asarray(labels, dtype=np.int64)
    if present.ndim != 2 or present.shape != (len(cluster_of), len(condition_names)):
        raise ValueError(
            f"Expected a matrix of {len(cluster_of)} persons (as labels) by {len(condition_names)} conditions "
            f"(as names); found {present.shape}."
        )
    with_condition = present.sum(axis=0)
    parts = []
    for cluster in np.unique(cluster_of):
        members = present[cluster_of == cluster]
        parts.append(
            pl.DataFrame(
                {
                    "cluster": np.full(len(condition_names), cluster, dtype=np.int64),
                    "condition": list(condition_names),
                    "persons": np.full(len(condition_names), len(members), dtype=np.int64),
                    "persons_with_condition": members.sum(axis=0).astype(np.int64),
                    "share_in_cluster": members.mean(axis=0),
                    "share_overall": with_condition / len(present),
                    "exclusivity": _divide(members.sum(axis=0), with_condition),
                }
            )
        )
    frame = pl.concat(parts).with_columns(
        observed_expected=pl.when(pl.col("share_overall") > 0).then(
            pl.col("share_in_cluster") / pl.col("share_overall")
        )
    )
    return frame.select(
        "cluster", "condition", "persons", "persons_with_condition", "share_in_cluster", "share_overall",
        "observed_expected", "exclusivity",
    )  # fmt: skip


def build_profile(condition_probabilities: npt.ArrayLike, condition_names: Sequence[str]) -> pl.DataFrame:
    """(classes, conditions) as one row per class and condition: cluster, condition, probability [0, 1]."""
    probabilities = np.asarray(condition_probabilities, dtype=np.float64)
    return pl.DataFrame(
        {
            "cluster": np.repeat(np.arange(len(probabilities)), len(condition_names)),
            "condition": list(condition_names) * len(probabilities),
            "probability": probabilities.ravel(),
        }
    )


def name_clusters(
    description: pl.DataFrame,
    condition_titles: Mapping[str, str] | None = None,
    conditions_per_name: int = 3,
    min_share: float = _MIN_SHARE_IN_NAME,
) -> pl.DataFrame:
    """Names by rule from `describe_clusters`: cluster, cluster_name, top_conditions.

    The rule: of the conditions that at least `min_share` of the cluster has and that are more common in it
    than overall, the `conditions_per_name` with the highest observed/expected ratio (ties: the more common
    first, then by name). A cluster without any such condition is "No marked condition" with its most common
    condition. Two clusters of the same name both take their next condition until they differ; then a number.
    """
    titles = condition_titles or {}
    clusters = sorted(description["cluster"].unique().to_list())
    ranked = {each: _rank_conditions(description, each, min_share) for each in clusters}
    lengths = dict.fromkeys(clusters, conditions_per_name)
    names = {each: _compose(ranked[each], lengths[each], titles) for each in clusters}
    while longer := _clashing(names, ranked, lengths):
        for each in longer:
            lengths[each] += 1
            names[each] = _compose(ranked[each], lengths[each], titles)
    return pl.DataFrame(
        {
            "cluster": clusters,
            "cluster_name": _number_duplicates([names[each] for each in clusters]),
            "top_conditions": [", ".join(ranked[each][0][: lengths[each]]) for each in clusters],
        },
        schema={"cluster": pl.Int64, "cluster_name": pl.String, "top_conditions": pl.String},
    )


def _divide(part: npt.NDArray[np.int64], whole: npt.NDArray[np.int64]) -> pl.Series:
    return pl.Series(part).cast(pl.Float64) / pl.Series(whole).cast(pl.Float64).replace(0.0, None)


def _rank_conditions(description: pl.DataFrame, cluster: int, min_share: float) -> tuple[list[str], bool]:
    """Conditions in naming order, and whether any of them marks the cluster."""
    rows = description.filter(pl.col("cluster") == cluster)
    marked = rows.filter((pl.col("share_in_cluster") >= min_share) & (pl.col("observed_expected") > 1))
    if marked.is_empty():
        common = rows.sort(["share_in_cluster", "condition"], descending=[True, False])
        return common["condition"].to_list()[:1], False
    order = ["observed_expected", "share_in_cluster", "condition"]
    return marked.sort(order, descending=[True, True, False])["condition"].to_list(), True


def _compose(ranked: tuple[list[str], bool], length: int, titles: Mapping[str, str]) -> str:
    conditions, is_marked = ranked
    words = [titles.get(each, each.replace("_", " ")) for each in conditions[:length]]
    if not is_marked:
        return f"No marked condition (most common: {words[0]})"
    text = words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
    return text[:1].upper() + text[1:]


def _clashing(names: dict[int, str], ranked: dict[int, tuple[list[str], bool]], lengths: dict[int, int]) -> list[int]:
    taken = list(names.values())
    return [each for each in names if taken.count(names[each]) > 1 and lengths[each] < len(ranked[each][0])]


def _number_duplicates(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    numbered = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        numbered.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return numbered
