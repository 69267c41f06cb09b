"""Strata, contained conditions, other methods beside latent classes, and ids that stay when people come and go."""

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_rand_score

from flows.steps import cluster
from flows.steps.cluster_last import LastRun
from flows.steps.cluster_matrix import STRATA, ConditionMatrix
from flows.steps.cluster_notes import describe_strata
from flows.steps.cluster_schemas import SCHEMAS, empty_tables
from flows.steps.cluster_tables import build_tables
from mltc.config import load_config
from mltc.paths import CONFIG
from mltc.workspace import Workspace
from models.cluster_comparison import compare_partitions, compute_coordinates
from models.cluster_match import keep_names, match_clusters
from models.clusters import PatternClusters
from models.errors import TooLittleData
from models.implied import find_implied
from models.patterns import collapse_patterns
from models.strata import Before, StratumInput, fit_stratum, name_classes

SETTINGS = {"start_count": 3, "bootstrap_replicates": 1, "min_entropy": 0.0, "min_persons": 100, "random_state": 0}
NAMES = [f"condition_{number:02d}" for number in range(12)]


def simulate_people(person_count, seed):
    """Three classes of twelve conditions whose hazards rise with age; age, sex, class of each person."""
    random = np.random.default_rng(seed)
    age = random.integers(18, 95, person_count).astype(float)
    sex = random.choice([0.0, 1.0, 0.5], size=person_count, p=[0.5, 0.495, 0.005])
    truth = random.choice(3, size=person_count, p=[0.55, 0.25, 0.2])
    ratios = np.ones((3, 12))
    ratios[1, :6], ratios[2, 6:] = 8.0, 8.0
    hazard = np.linspace(0.05, 0.1, 12) * ratios[truth] * (age[:, None] / 60) ** 2
    return random.random((person_count, 12)) < -np.expm1(-hazard), age, sex, truth


def make_input(matrix, age, sex, names=NAMES):
    return StratumInput(matrix, names, age, sex, matrix.sum(axis=1) >= 2)


def test_a_stratum_describes_those_with_mltc_and_is_the_same_every_time():
    matrix, age, sex, truth = simulate_people(4000, 1)
    given = make_input(matrix, age, sex)
    found = fit_stratum(given, PatternClusters(2, 5, **SETTINGS), 0.01, seed=3)
    again = fit_stratum(given, PatternClusters(2, 5, **SETTINGS), 0.01, seed=3)
    persons = int(given.is_mltc.sum())
    assert found.posterior.shape == (persons, 3) and len(found.labels) == persons
    assert found.posterior.sum(axis=1) == pytest.approx(np.ones(persons))
    assert adjusted_rand_score(truth[given.is_mltc], found.labels) > 0.5
    assert found.posterior.tobytes() == again.posterior.tobytes()
    assert list(found.comparison) == list(again.comparison)
    # the probability of a class is the share of its members, each counted by how surely they belong
    members = found.posterior[:, 0]
    assert found.probabilities[0, 0] == pytest.approx(members @ found.matrix[:, 0] / members.sum())


def test_rare_conditions_are_left_out_and_contained_ones_described_only():
    matrix, age, sex, _ = simulate_people(4000, 2)
    random = np.random.default_rng(0)
    rare = random.random(4000) < 0.002
    child = matrix[:, 6] & (random.random(4000) < 0.3)
    given = make_input(np.column_stack([matrix, rare, child]), age, sex, [*NAMES, "rare", "child"])
    found = fit_stratum(given, PatternClusters(2, 4, **SETTINGS), 0.01, seed=3)
    assert "rare" not in found.conditions
    assert found.implied == {"child": "condition_06"}
    assert found.model.n_features_in_ == 12 + 2  # twelve conditions, age and sex
    assert found.probabilities.shape[1] == 13


def test_contained_conditions():
    # 25 with the child, of whom 20 (80 %) have the parent, whom 40 of 200 have: 0.8 / (40 / 200) = 4 times
    child, parent, common = np.zeros(200, bool), np.zeros(200, bool), np.zeros(200, bool)
    child[:25] = True
    parent[5:45] = True
    common[:100] = True  # everyone with the child has it, but only 1 / (100 / 200) = twice as often as all
    matrix = np.column_stack([child, parent, common])
    names = ["child", "parent", "common"]
    assert find_implied(matrix, np.ones(200), np.ones(200), names) == {"child": "parent"}
    parent[5] = False  # 19 of 25 = 76 %
    assert find_implied(np.column_stack([child, parent, common]), np.ones(200), np.ones(200), names) == {}


@pytest.mark.parametrize(
    ("persons", "share", "message"),
    [
        (1, 0.01, "Fewer than two people"),
        (400, 1.0, "No condition is common enough"),
        (80, 0.01, "at least 100 persons"),
    ],
)
def test_a_stratum_with_too_little_says_so(persons, share, message):
    matrix, age, sex, _ = simulate_people(persons, 1)
    with pytest.raises(TooLittleData, match=message):
        fit_stratum(make_input(matrix, age, sex), PatternClusters(2, 3, **SETTINGS), share, seed=0)


def test_comparison_of_well_separated_groups():
    """Two groups that share no condition: every method finds them, and the silhouette is high."""
    random = np.random.default_rng(0)
    group = random.integers(0, 2, 600)
    matrix = np.zeros((600, 8), dtype=bool)
    for person, place in enumerate(group):
        matrix[person, 4 * place + random.choice(4, 3, replace=False)] = True
    patterns, weights, inverse = collapse_patterns(matrix)
    labels = np.zeros(len(weights), dtype=np.int64)
    labels[inverse] = group
    rows = compare_partitions(patterns, weights, labels, 2, seed=0)
    assert [row["method"] for row in rows] == ["latent_class", "k_modes", "kmeans_mca", "hierarchical_jaccard"]
    assert [row["adjusted_rand"] for row in rows] == pytest.approx([1.0, 1.0, 1.0, 1.0])
    # within a group two different patterns share 2 of 4 conditions: distance 1 - 2/4; to the other group 1; so that
    # the silhouette of every person is (1 - 0.5) / 1
    assert rows[0]["silhouette"] == pytest.approx(0.5)
    assert rows[0]["persons"] == 600 and rows[0]["sample_patterns"] == 8
    assert rows[0]["largest_share"] == pytest.approx(max(np.bincount(group)) / 600)


def test_coordinates_are_principal_components_of_the_correlations():
    random = np.random.default_rng(1)
    matrix = random.random((500, 6)) < [0.5, 0.4, 0.3, 0.2, 0.5, 0.6]
    matrix[:, 1] |= matrix[:, 0]
    patterns, weights, inverse = collapse_patterns(matrix)
    coordinates = compute_coordinates(patterns, weights)
    inertia = np.sort(np.linalg.eigvalsh(np.corrcoef(matrix.T.astype(float))))[::-1]
    kept = inertia[inertia > 1]
    assert coordinates.shape[1] == len(kept)
    assert coordinates[inverse].var(axis=0) == pytest.approx(kept)


def draw_matrix(matrix, age, sex, first=0):
    persons = pl.DataFrame(
        {
            "person_id": [f"{first + number:06d}" for number in range(len(matrix))],
            "age_years": age,
            "sex": sex,
            "is_mltc": matrix.sum(axis=1) >= 2,
        }
    )
    return ConditionMatrix(persons, NAMES, {name: name.title() for name in NAMES}, matrix)


NOTHING = LastRun.none()


@pytest.mark.slow
def test_ids_and_names_stay_over_six_months_in_which_three_in_a_hundred_come_and_go():
    """Drawn people; with the synthetic population: tests/back/test_cluster_months.py."""
    matrix, age, sex, _ = simulate_people(3000, 5)
    random = np.random.default_rng(9)
    last = NOTHING
    first_names = None
    for month in range(6):
        if month:
            gone = random.choice(3000, 90, replace=False)
            new = simulate_people(90, 100 + month)
            matrix[gone], age[gone], sex[gone] = new[0], new[1], new[2]
        given = make_input(matrix, age, sex)
        was = last.of("all")
        found = fit_stratum(given, PatternClusters(2, 5, **SETTINGS), 0.01, seed=3, before=Before(was.classes))
        tables = build_tables("all", draw_matrix(matrix, age, sex), found, was, 0.5)
        names = tables["profile"].select("cluster_id", "cluster_name").unique().sort("cluster_id").rows()
        first_names = first_names or names
        assert names == first_names
        assert set(tables["event"]["status"]) == ({"kept"} if month else {"new"})
        assert describe_strata({"all": found}, {}, tables["event"]) == []
        last = LastRun(tables)


def test_tables_of_a_stratum():
    matrix, age, sex, _ = simulate_people(3000, 5)
    given = make_input(matrix, age, sex)
    found = fit_stratum(given, PatternClusters(2, 4, **SETTINGS), 0.01, seed=3)
    tables = build_tables("all", draw_matrix(matrix, age, sex), found, NOTHING.of("all"), 0.5)
    assert {name: dict(frame.schema) for name, frame in tables.items()} == {
        name: dict(frame.schema) for name, frame in empty_tables().items()
    }
    people, membership = tables["person_cluster"], tables["membership"]
    assert people.height == given.is_mltc.sum()
    assert people["is_certain"].to_list() == (people["certainty"] >= 0.5).to_list()
    likeliest = membership.sort("probability", descending=True).unique("person_id", keep="first")
    assert likeliest.sort("person_id")["cluster_id"].to_list() == people["cluster_id"].to_list()
    assert membership["probability"].min() >= 0.01
    assert tables["selection"]["is_chosen"].sum() == 1
    assert tables["profile"]["persons"].unique().sum() == people.height  # every class once
    # the next run starts from the very parameters of this one
    kept = LastRun(tables).of("all").classes.align(found.conditions)
    assert kept.log_shares == pytest.approx(found.model.log_shares_)
    assert kept.coefficients == pytest.approx(found.model.coefficients_[: found.model.class_count_])


def fit_band(matrix, age, sex, low, high, everyone, **changed):
    inside = (age >= low) & (age <= high)
    given = make_input(matrix[inside], age[inside], sex[inside])
    model = PatternClusters(2, 4, **SETTINGS | changed)
    return fit_stratum(given, model, 0.01, seed=3, before=Before(everyone=everyone)), inside


def test_an_age_band_takes_over_the_classes_of_everyone_where_its_own_are_no_better():
    matrix, age, sex, _ = simulate_people(6000, 5)
    given = make_input(matrix, age, sex)
    everyone = fit_stratum(given, PatternClusters(2, 4, **SETTINGS), 0.01, seed=3)
    assert not everyone.model.is_shared_
    found, inside = fit_band(matrix, age, sex, 65, 79, everyone)
    assert found.model.is_shared_
    rows = {(row["class_count"], row["is_shared"]): row for row in found.model.selection_}
    own, shared = rows[3, False], rows[3, True]
    # twelve conditions in three classes are fitted again: 2 x 12 ratios less, and less likely for it
    assert shared["log_likelihood"] < own["log_likelihood"]
    assert shared["aic"] + 2 * shared["log_likelihood"] == own["aic"] + 2 * own["log_likelihood"] - 2 * 24
    # ratios between classes are those of everyone, exactly
    ratios = found.model.coefficients_[:3] - found.model.coefficients_[0]
    assert ratios == pytest.approx(everyone.model.coefficients_[:3] - everyone.model.coefficients_[0])
    # ids and names are those of everyone, what is typical that of the band
    tables = build_tables("all", draw_matrix(matrix, age, sex), everyone, NOTHING.of("all"), 0.5)
    band = ConditionMatrix(draw_matrix(matrix, age, sex).persons.filter(pl.Series(inside)), NAMES, {}, matrix[inside])
    carried = build_tables("65-79", band, found, NOTHING.of("65-79"), 0.5, tables)
    known = dict(tables["event"].select("cluster_id", "cluster_name").iter_rows())
    assert dict(carried["event"].select("cluster_id", "cluster_name").iter_rows()) == known
    assert set(carried["event"]["status"]) == {"new"}
    again = build_tables("65-79", band, found, LastRun(carried).of("65-79"), 0.5, tables)
    assert set(again["event"]["status"]) == {"kept"}
    of_all = tables["person_cluster"].select("person_id", "cluster_id")
    both = carried["person_cluster"].join(of_all, on="person_id")
    assert (both["cluster_id"] == both["cluster_id_right"]).mean() > 0.9
    assert LastRun(carried).of("65-79").is_shared and LastRun(carried).of("65-79").classes is None
    assert "People aged 65-79 are described by" in describe_strata({"65-79": found}, {}, carried["event"])[-1]


def test_an_age_band_whose_conditions_go_together_otherwise_has_classes_of_its_own():
    matrix, age, sex, _ = simulate_people(6000, 5)
    old = age >= 80
    other = np.random.default_rng(1).permutation(12)
    matrix[old] = matrix[old][:, other]  # the same classes of other conditions
    everyone = fit_stratum(make_input(matrix, age, sex), PatternClusters(2, 4, **SETTINGS), 0.01, seed=3)
    found, inside = fit_band(matrix, age, sex, 80, 200, everyone)
    assert not found.model.is_shared_
    band = ConditionMatrix(draw_matrix(matrix, age, sex).persons.filter(pl.Series(inside)), NAMES, {}, matrix[inside])
    tables = build_tables("80+", band, found, NOTHING.of("80+"), 0.5)
    assert tables["event"]["cluster_id"].str.starts_with("G").all()  # no id of all ages


def test_too_few_people_of_an_age_band_take_over_the_classes_of_everyone():
    matrix, age, sex, _ = simulate_people(4000, 5)
    everyone = fit_stratum(make_input(matrix, age, sex), PatternClusters(2, 4, **SETTINGS), 0.01, seed=3)
    found, inside = fit_band(matrix, age, sex, 18, 44, everyone, min_persons=100_000)
    assert found.model.is_shared_ and len(found.model.selection_) == 1
    assert found.posterior.shape == ((matrix[inside].sum(axis=1) >= 2).sum(), everyone.model.class_count_)
    assert found.model.selection_[0]["stability_ari"] == next(
        row["stability_ari"] for row in everyone.model.selection_ if row["is_chosen"]
    )


def test_what_an_earlier_run_knew_is_put_in_the_order_of_this_one():
    matrix, age, sex, _ = simulate_people(3000, 5)
    found = fit_stratum(make_input(matrix, age, sex), PatternClusters(2, 3, **SETTINGS), 0.01, seed=3)
    last = name_classes(found)
    aligned = last.align(["unknown", *reversed(NAMES)])
    assert np.isnan(aligned.coefficients[:, 0]).all()
    assert aligned.coefficients[:, 1:].tolist() == last.coefficients[:, ::-1].tolist()


def test_new_and_vanished_clusters_are_said():
    event = pl.DataFrame(
        {
            "stratum": ["80+"] * 4,
            "cluster_id": ["C01", "G01", "C02", "C03"],
            "cluster_name": ["Stays", "Is new", "Was", "Was long ago"],
            "status": ["kept", "new", "vanished", "retired"],
        }
    )
    matrix, age, sex, _ = simulate_people(2000, 5)
    found = fit_stratum(make_input(matrix, age, sex), PatternClusters(2, 3, **SETTINGS), 0.01, seed=3)
    assert describe_strata({"80+": found}, {}, event) == [
        "Condition clusters of people aged 80+ changed; new since the last run: Is new (G01); no longer found: "
        "Was (C02). All others keep their id and name."
    ]
    first = event.filter(pl.col("status") == "new")
    assert describe_strata({"80+": found}, {}, first) == []  # on a first run everything is new


def test_a_vanished_id_is_retired_and_stays_so():
    profile = pl.DataFrame({"cluster_id": ["C01", "C02"], "condition": ["a", "b"], "probability": [0.9, 0.9]})
    now = pl.DataFrame({"cluster": [0, 1], "condition": ["a", "c"], "probability": [0.9, 0.9]})
    matched = match_clusters(profile, now, retired_ids=["C03"])
    assert matched.select("cluster_id", "status").rows() == [("C01", "kept"), ("C04", "new"), ("C02", "vanished")]
    named = pl.DataFrame({"cluster": [0, 1], "cluster_name": ["New words", "Old name"], "top_conditions": ["a", "c"]})
    last = profile.with_columns(cluster_name=pl.Series(["Old name", "Gone"]))
    kept = keep_names(matched, named, last)
    assert kept.rows() == [(0, "C01", "Old name", "a"), (1, "C04", "Old name (C04)", "c")]
    assert keep_names(matched, named, None)["cluster_name"].to_list() == ["New words", "Old name"]


def test_one_person_with_mltc_is_said_to_be_too_few(tmp_path, monkeypatch):
    """A very small sample must end in a note for every stratum, not in a fault."""
    workspace = Workspace(tmp_path, load_config(CONFIG / "demo.toml"))
    workspace.start_build()
    one = draw_matrix(np.ones((1, 12), dtype=bool), np.array([70.0]), np.array([1.0]))
    monkeypatch.setattr(cluster, "read_matrix", lambda warehouse, config: one)
    monkeypatch.setattr(cluster, "build_models", lambda warehouse, layers, values, keep: {})
    assert cluster.cluster_people(workspace) == dict.fromkeys(SCHEMAS, 0)
    with workspace.open_build() as warehouse:
        notes = warehouse.read("select note from meta.run_note where area = 'clusters'")["note"].to_list()
    assert len(notes) == len(STRATA)
    assert all("two people" in note for note in notes)
    assert sum("aged 80+" in note for note in notes) == 1
