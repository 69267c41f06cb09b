"""What clusters look like, what they are called and how they keep their ids."""

import numpy as np
import polars as pl
import pytest

from models.clusters import build_profile, describe_clusters, match_clusters, name_clusters

CONDITIONS = ["asthma", "copd", "diabetes", "rare"]
# persons 0-3 are cluster 0, persons 4-5 cluster 1
MATRIX = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 1, 0], [1, 0, 1, 0]])
LABELS = [0, 0, 0, 0, 1, 1]


def test_describes_every_cluster_and_condition():
    described = describe_clusters(MATRIX, LABELS, CONDITIONS)
    expected = pl.DataFrame(
        {
            "cluster": [0] * 4 + [1] * 4,
            "condition": CONDITIONS * 2,
            "persons": [4] * 4 + [2] * 4,
            "persons_with_condition": [2, 4, 2, 0, 1, 0, 2, 0],
            "share_in_cluster": [2 / 4, 4 / 4, 2 / 4, 0.0, 1 / 2, 0.0, 2 / 2, 0.0],
            "share_overall": [3 / 6, 4 / 6, 4 / 6, 0.0, 3 / 6, 4 / 6, 4 / 6, 0.0],
            "observed_expected": [
                (2 / 4) / (3 / 6), (4 / 4) / (4 / 6), (2 / 4) / (4 / 6), None,
                (1 / 2) / (3 / 6), 0.0, (2 / 2) / (4 / 6), None,
            ],
            "exclusivity": [2 / 3, 4 / 4, 2 / 4, None, 1 / 3, 0 / 4, 2 / 4, None],
        }
    )  # fmt: skip
    assert described.schema == expected.schema
    assert described.equals(expected)


def test_refuses_a_matrix_of_another_shape():
    with pytest.raises(ValueError, match=r"6 persons .* by 3 conditions .* found \(6, 4\)"):
        describe_clusters(MATRIX, LABELS, CONDITIONS[:3])


def draw_description(rows):
    return pl.DataFrame(rows, schema=["cluster", "condition", "share_in_cluster", "observed_expected"], orient="row")


def test_names_come_from_the_most_typical_common_conditions():
    described = draw_description(
        [
            (0, "diabetes", 0.60, 2.0),
            (0, "ckd", 0.20, 4.0),  # exactly one in five counts
            (0, "gout", 0.199, 9.0),  # typical, but not in one in five
            (0, "obesity", 0.50, 1.0),  # common, but no more than overall
            (0, "hypertension", 0.90, 1.5),
            (0, "stroke", 0.30, 1.5),  # as typical as hypertension, less common: does not make the three
            (1, "asthma", 0.70, 1.9),
            (2, "diabetes", 0.15, 0.4),
            (2, "obesity", 0.18, 0.9),
        ]
    )
    named = name_clusters(described, {"ckd": "Chronic kidney disease", "diabetes": "diabetes"})
    assert named["cluster_name"].to_list() == [
        "Chronic kidney disease, diabetes and hypertension",
        "Asthma",
        "No marked condition (most common: obesity)",
    ]
    assert named["top_conditions"].to_list() == ["ckd, diabetes, hypertension", "asthma", "obesity"]


def test_names_are_unique():
    described = draw_description(
        [
            (0, "asthma", 0.5, 3.0),
            (0, "copd", 0.5, 2.0),
            (1, "asthma", 0.5, 3.0),
            (1, "eczema", 0.5, 2.0),
            (2, "gout", 0.5, 2.0),
            (3, "gout", 0.5, 2.0),
        ]
    )
    named = name_clusters(described, conditions_per_name=1)
    assert named["cluster_name"].to_list() == ["Asthma and copd", "Asthma and eczema", "Gout", "Gout (2)"]


def test_ids_are_kept_when_classes_change_order_and_a_condition_is_new():
    previous = pl.DataFrame(
        {
            "cluster_id": ["C01", "C01", "C02", "C02"],
            "condition": ["asthma", "copd"] * 2,
            "probability": [0.8, 0.1, 0.1, 0.9],
        }
    )
    current = build_profile([[0.1, 0.8, 0.0], [0.8, 0.2, 0.0]], ["asthma", "copd", "gout"])
    matched = match_clusters(previous, current)
    assert matched["cluster"].to_list() == [0, 1]
    assert matched["cluster_id"].to_list() == ["C02", "C01"]
    assert matched["status"].to_list() == ["kept", "kept"]
    # 1 - (0.1 + 0.8) / (0.1 + 0.9); 1 - (0.8 + 0.1) / (0.8 + 0.2)
    assert matched["distance"].to_list() == pytest.approx([0.1, 0.1])


def test_new_and_vanished_clusters_are_reported_and_ids_never_reused():
    previous = pl.DataFrame(
        {
            "cluster_id": ["C02", "C02", "C05", "C05"],
            "condition": ["asthma", "copd"] * 2,
            "probability": [0.8, 0.0, 0.0, 0.9],
        }
    )
    current = build_profile([[0.8, 0.0, 0.0], [0.0, 0.0, 0.7]], ["asthma", "copd", "gout"])
    matched = match_clusters(previous, current, retired_ids=["C07"])
    assert matched.rows() == [
        (0, "C02", "kept", 0.0),
        (1, "C08", "new", None),
        (None, "C05", "vanished", None),
    ]


def test_the_first_run_numbers_clusters_by_size():
    matched = match_clusters(None, build_profile([[0.1], [0.2]], ["asthma"]))
    assert matched.rows() == [(0, "C01", "new", None), (1, "C02", "new", None)]
