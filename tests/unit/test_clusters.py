"""Latent classes of condition patterns: published log-likelihoods, recovery of a known truth, refusals."""

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from models.cluster_choice import Floors, LastChoice, choose_solution, is_search_over
from models.clusters import PatternClusters, collapse_patterns
from models.errors import TooLittleData
from models.latent_class import EmSettings, compute_relative_entropy, fit_classes
from models.latent_rows import plain_rows
from models.stability import compute_adjusted_rand

# Response patterns and persons. "values": Goodman, Biometrika 1974;61:215 (Stouffer and Toby 1951).
# "carcinoma": Agresti, Categorical Data Analysis, 2002, p. 542 (seven pathologists).
VALUES = {
    "1111": 42, "1000": 38, "1100": 25, "1010": 24, "1110": 23, "0000": 20, "0010": 9, "1001": 7,
    "1101": 6, "1011": 6, "0100": 6, "0110": 4, "0011": 2, "0001": 2, "0111": 1, "0101": 1,
}  # fmt: skip
CARCINOMA = {
    "0000000": 34, "1111111": 16, "1110101": 13, "1111101": 10, "1100101": 7, "0100000": 6, "0100101": 5,
    "1110111": 5, "0100100": 4, "1101111": 3, "0000100": 2, "1000000": 2, "1100000": 2, "1100100": 2,
    "1101101": 2, "0100001": 1, "1010101": 1, "1100001": 1, "1100111": 1, "1101001": 1,
}  # fmt: skip
# Log-likelihoods printed by Linzer and Lewis, poLCA: J Stat Softw 2011;42(10), and the package manual, pages of the data
# sets "values" and "carcinoma". Four classes of carcinoma have many optima: the manual too takes the best of ten runs.
PUBLISHED = [
    (VALUES, 1, -543.6498),
    (VALUES, 2, -504.4677),
    (VALUES, 3, -503.3011),
    (CARCINOMA, 2, -317.2568),
    (CARCINOMA, 3, -293.705),
    (CARCINOMA, 4, -289.2858),
]

# a row of the selection that reaches every floor of FLOORS, as long as its stability does
ADMISSIBLE = {"is_shared": False, "smallest_share": 0.1, "entropy": 0.6, "stability_ari": None}
FLOORS = Floors(share=0.05, entropy=0.5, stability=0.5)

SMALL = PatternClusters(
    k_min=1, k_max=3, start_count=2, finish_count=1, bootstrap_replicates=1, min_persons=2, min_patterns=1,
    min_share=0.0,
    min_entropy=0.0, max_iterations=20, random_state=0,
)  # fmt: skip


@parametrize_with_checks([SMALL])
def test_keeps_the_scikit_learn_contract(estimator, check):
    check(estimator)


@pytest.mark.parametrize(("table", "class_count", "published"), PUBLISHED)
def test_reaches_the_published_log_likelihood(table, class_count, published):
    patterns = np.array([[float(digit) for digit in row] for row in table])
    weights = np.array(list(table.values()), dtype=float)
    starts, kept = (40, 8) if class_count == 4 else (4, 1)
    settings = EmSettings(start_count=starts, finish_count=kept, max_iterations=6000, tolerance=1e-11)
    solution = fit_classes(plain_rows(patterns, weights), class_count, settings, np.random.RandomState(1))
    decimals = len(str(published).split(".")[1])
    assert solution.log_likelihood == pytest.approx(published, abs=0.6 * 10**-decimals)


def test_bic_counts_persons_and_free_parameters():
    rows = np.repeat([[int(digit) for digit in row] for row in VALUES], list(VALUES.values()), axis=0)
    fitted = PatternClusters(
        1, 2, min_persons=200, min_patterns=16, min_share=0, min_entropy=0, tolerance=1e-10,
        max_iterations=3000, bootstrap_replicates=0, random_state=0,
    ).fit(rows)  # fmt: skip
    selection = pl.DataFrame(fitted.selection_)
    # 216 persons; one class: 4 probabilities; two classes: 8 probabilities + 1 share
    assert selection["bic"].to_list() == pytest.approx(
        [2 * 543.6498 + 4 * np.log(216), 2 * 504.4677 + 9 * np.log(216)], abs=1e-3
    )
    assert selection["aic"].to_list() == pytest.approx([2 * 543.6498 + 8, 2 * 504.4677 + 18], abs=1e-3)
    assert selection["is_chosen"].to_list() == [False, True]
    assert selection["stability_ari"].to_list() == [None, None]


def test_patterns_collapse_to_distinct_rows_and_expand_again():
    matrix = np.array([[1, 0, 1], [0, 0, 0], [1, 0, 1], [0, 1, 1], [1, 0, 1]])
    patterns, weights, inverse = collapse_patterns(matrix)
    assert patterns.tolist() == [[0, 0, 0], [0, 1, 1], [1, 0, 1]]
    assert weights.tolist() == [1, 1, 3]
    assert patterns[inverse].tolist() == matrix.tolist()
    assert collapse_patterns(matrix, [1, 2, 3, 4, 5]).weights.tolist() == [2, 4, 9]  # 2; 4; 1 + 3 + 5


@pytest.mark.parametrize(
    ("posterior", "weights", "expected"),
    [
        ([[1.0, 0.0], [0.0, 1.0]], [1, 1], 1.0),  # certain of everyone
        ([[0.5, 0.5], [0.5, 0.5]], [3, 1], 0.0),  # of nobody
        ([[1.0, 0.0], [0.5, 0.5]], [3, 1], 0.75),  # 1 - (3 x 0 + 1 x log 2) / (4 x log 2)
        ([[1.0], [1.0]], [1, 1], 1.0),  # one class: by convention
    ],
)
def test_relative_entropy(posterior, weights, expected):
    assert compute_relative_entropy(np.array(posterior), np.array(weights, dtype=float)) == pytest.approx(expected)


def test_weighted_rand_index_equals_that_of_the_repeated_rows():
    random = np.random.default_rng(3)
    first, second = random.integers(0, 3, 50), random.integers(0, 4, 50)
    weights = random.integers(1, 6, 50)
    expanded = adjusted_rand_score(np.repeat(first, weights), np.repeat(second, weights))
    assert compute_adjusted_rand(first, second, weights.astype(float)) == pytest.approx(expanded)
    assert compute_adjusted_rand(first, first, weights.astype(float)) == 1.0


def simulate_classes(person_count, seed):
    """Four latent classes of 20 conditions: each has five common conditions, the rest are background."""
    random = np.random.default_rng(seed)
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    probabilities = np.full((4, 20), 0.06)
    for each in range(4):
        probabilities[each, 5 * each : 5 * each + 5] = [0.7, 0.6, 0.5, 0.5, 0.4]
    truth = random.choice(4, size=person_count, p=shares)
    return (random.random((person_count, 20)) < probabilities[truth]).astype(int), truth, shares, probabilities


def reachable_labels(matrix, shares, probabilities):
    """The best that anyone can do: the most probable class under the true parameters, product by product."""
    likelihood = np.where(matrix[:, None, :] == 1, probabilities, 1 - probabilities).prod(axis=2) * shares
    return likelihood.argmax(axis=1)


def test_recovers_simulated_classes():
    matrix, truth, shares, probabilities = simulate_classes(2000, seed=5)
    fitted = PatternClusters(2, 6, start_count=6, bootstrap_replicates=2, random_state=0).fit(matrix)
    assert fitted.class_count_ == 4
    reachable = adjusted_rand_score(truth, reachable_labels(matrix, shares, probabilities))
    assert adjusted_rand_score(truth, fitted.labels_) >= 0.95 * reachable
    assert fitted.class_shares_ == pytest.approx(shares, abs=0.03)
    assert fitted.condition_probabilities_ == pytest.approx(probabilities, abs=0.12)
    chosen = pl.DataFrame(fitted.selection_).filter(pl.col("is_chosen")).row(0, named=True)
    assert chosen["class_count"] == 4
    assert chosen["stability_ari"] > 0.85
    assert fitted.predict_proba(matrix).sum(axis=1) == pytest.approx(np.ones(2000))
    assert (fitted.predict(matrix) == fitted.labels_).all()


def test_two_fits_are_identical_and_row_order_does_not_matter():
    matrix, *_ = simulate_classes(600, seed=8)
    settings = {"k_min": 2, "k_max": 4, "start_count": 3, "bootstrap_replicates": 1, "random_state": 7}
    first = PatternClusters(**settings).fit(matrix)
    again = PatternClusters(**settings).fit(matrix)
    reverse = PatternClusters(**settings).fit(matrix[::-1])
    assert first.selection_ == again.selection_ == reverse.selection_
    assert first.condition_probabilities_.tobytes() == again.condition_probabilities_.tobytes()
    assert (reverse.labels_[::-1] == first.labels_).all()


def test_rows_may_be_patterns_with_persons_as_weights():
    matrix, *_ = simulate_classes(600, seed=8)
    patterns, weights, inverse = collapse_patterns(matrix)
    settings = {"k_min": 2, "k_max": 3, "start_count": 3, "bootstrap_replicates": 0, "random_state": 7}
    by_person = PatternClusters(**settings).fit(matrix)
    by_pattern = PatternClusters(**settings).fit(patterns, sample_weight=weights)
    assert by_pattern.selection_ == by_person.selection_
    assert (by_pattern.labels_[inverse] == by_person.labels_).all()


def test_floors_on_share_and_entropy_decide_before_bic():
    matrix, *_ = simulate_classes(1000, seed=5)
    settings = {"k_max": 5, "start_count": 3, "bootstrap_replicates": 0, "random_state": 0}
    fitted = PatternClusters(min_share=0.2, **settings).fit(matrix)  # the smallest true class holds 10 %
    selection = pl.DataFrame(fitted.selection_)
    best_bic = selection.sort("bic").row(0, named=True)
    assert best_bic["class_count"] == 4 and not best_bic["is_admissible"]
    assert fitted.class_count_ < 4
    unreachable = PatternClusters(min_entropy=0.999, **settings)
    with pytest.raises(TooLittleData, match=r"relative entropy of at least 0\.999; best entropy found: 0\.\d\d"):
        unreachable.fit(matrix)
    assert [row["class_count"] for row in unreachable.selection_] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("persons", "conditions", "message"),
    [
        (199, 8, r"at least 200 persons .* found 199 persons and \d+ patterns"),
        (200, 4, r"and 20 distinct condition patterns; found 200 persons and 16 patterns"),
    ],
)
def test_too_little_data_says_what_was_found_and_needed(persons, conditions, message):
    matrix = np.random.default_rng(0).integers(0, 2, (persons, conditions))
    with pytest.raises(TooLittleData, match=message):
        PatternClusters().fit(matrix)


def test_em_reaches_the_likelihood_of_stepmix():
    """An independent implementation, from the same data: Morin et al., J Stat Softw 2025;113(8)."""
    from stepmix.stepmix import StepMix

    matrix, *_ = simulate_classes(1500, seed=11)
    other = StepMix(n_components=4, measurement="binary", n_init=8, abs_tol=1e-9, max_iter=2000, random_state=0)
    other.fit(matrix)
    patterns, weights, _ = collapse_patterns(matrix)
    settings = EmSettings(start_count=6, max_iterations=2000, tolerance=1e-9)
    ours = fit_classes(plain_rows(patterns, weights), 4, settings, np.random.RandomState(0))
    assert ours.log_likelihood == pytest.approx(other.score(matrix) * 1500, abs=0.05)
    assert np.sort(ours.shares) == pytest.approx(np.sort(other.weights_), abs=0.002)


def tried(bics, first=2, **changed):
    """Rows of a selection, from `first` classes on, that reach every floor."""
    return [
        {"class_count": first + place, "bic": bic, "is_chosen": False} | ADMISSIBLE | changed
        for place, bic in enumerate(bics)
    ]


@pytest.mark.parametrize(
    ("bics", "stabilities", "floor", "chosen"),
    [
        ([100, 50, 60], [0.9, 0.9, 0.9], 0.5, 1),  # the lowest
        ([100, 55, 50], [0.9, 0.9, 0.9], 0.5, 1),  # 55 - 50 < 10: the plateau begins at the second
        ([100, 60, 50], [0.9, 0.9, 0.9], 0.5, 2),  # 60 - 50 = 10: no plateau
        ([100, 60, 50], [0.9, 0.9, 0.49], 0.5, 1),  # the lowest is not stable enough
        ([100, 60, 50], [0.9, 0.9, 0.49], None, 2),  # no floor
        ([100, 60, 50], [None, None, None], 0.5, 2),  # not measured
        ([100, 60, 50], [0.1, 0.1, 0.1], 0.5, None),
    ],
)
def test_the_rule_of_choice(bics, stabilities, floor, chosen):
    rows = tried(bics)
    assert choose_solution(rows, lambda index: stabilities[index], Floors(0.05, 0.5, floor)) == chosen
    assert [row["is_chosen"] for row in rows] == [place == chosen for place in range(3)]


def test_stability_is_measured_of_what_could_be_chosen_only():
    rows = tried([130, 105, 102, 100, 101])
    measured = []
    stable = {3: 0.1, 4: 0.9, 2: 0.9, 1: 0.9}  # five classes drop out; six, four and three are within ten of each other
    assert choose_solution(rows, lambda index: measured.append(index) or stable[index], FLOORS) == 1
    assert measured == [3, 4, 2, 1]
    assert [row["is_admissible"] for row in rows] == [True, True, True, False, True]


def test_shared_classes_are_simpler_than_any_of_ones_own():
    shared = {"is_shared": True, "smallest_share": 0.01}  # no floor on the size of a class that all ages have
    rows = tried([100, 95]) + tried([101], first=6, **shared)
    assert choose_solution(rows, lambda index: 0.9, FLOORS) == 2  # 101 - 95 < 10
    far = tried([100, 85]) + tried([101], first=6, **shared)
    assert choose_solution(far, lambda index: 0.9, FLOORS) == 1


@pytest.mark.parametrize(
    ("bics", "noise", "chosen"),
    [
        ([100, 150], 60, 1),  # 150 - 100 is within the noise: three classes stay
        ([100, 150], 40, 0),  # beyond it
        ([100, 109], 0, 1),  # less than ten is no strong evidence
        ([100, 111], 0, 0),
    ],
)
def test_the_number_of_the_last_run_stays_within_noise(bics, noise, chosen):
    last = LastChoice(3, False, lambda stays, other: noise)
    assert choose_solution(tried(bics), lambda index: 0.9, FLOORS, last) == chosen


@pytest.mark.parametrize(
    ("changed", "stability", "chosen"),
    [
        ({"smallest_share": 0.041}, 0.9, 1),  # 0.8 of 5 % is 4 %
        ({"smallest_share": 0.039}, 0.9, 0),
        ({"entropy": 0.41}, 0.9, 1),  # 0.8 of 0.5 is 0.4
        ({"entropy": 0.39}, 0.9, 0),
        ({}, 0.41, 1),
        ({}, 0.39, 0),
    ],
)
def test_floors_are_lower_for_the_number_of_the_last_run(changed, stability, chosen):
    rows = tried([100]) + tried([90], first=3, **changed)
    last = LastChoice(3, False, lambda stays, other: 0.0)
    assert choose_solution(rows, lambda index: [0.9, stability][index], FLOORS, last) == chosen
    assert rows[chosen]["is_admissible"] and rows[chosen]["is_chosen"]
    assert sum(row["is_chosen"] for row in rows) == 1


def test_shared_classes_of_the_last_run_stay_whatever_their_number():
    rows = tried([100]) + tried([140], first=7, is_shared=True)
    assert choose_solution(rows, lambda index: 0.9, FLOORS, LastChoice(0, True, lambda stays, other: 50.0)) == 1
    rows = tried([100, 140]) + tried([95], first=3, is_shared=True)
    # three classes of its own stay, and are not mistaken for three shared ones
    assert choose_solution(rows, lambda index: 0.9, FLOORS, LastChoice(3, False, lambda stays, other: 50.0)) == 1


def test_the_search_ends_after_two_numbers_of_classes_without_a_lower_bic():
    assert not is_search_over([{"bic": bic} for bic in (5, 3, 4)])  # one after the lowest
    assert is_search_over([{"bic": bic} for bic in (5, 3, 4, 4)])
    assert not is_search_over([{"bic": bic} for bic in (5, 3, 4, 2)])


def simulate_ageing(person_count, seed):
    """Three classes that multiply hazards of twelve conditions, which rise with age; and who has two or more."""
    random = np.random.default_rng(seed)
    age = random.choice(np.arange(22.5, 90, 5), size=person_count)
    male = random.integers(0, 2, person_count)
    truth = random.choice(3, size=person_count, p=[0.6, 0.25, 0.15])
    ratios = np.ones((3, 12))
    ratios[1, :6] = 7.0
    ratios[2, 6:] = 9.0
    start = np.linspace(0.04, 0.12, 12)
    hazard = start * ratios[truth] * (age[:, None] / 60) ** 3 * np.where(male[:, None] == 1, 1.3, 1.0)
    matrix = random.random((person_count, 12)) < -np.expm1(-hazard)
    return matrix, np.column_stack([age, male]).astype(float), truth, hazard, matrix.sum(axis=1) >= 2


def reachable_with_age(matrix, covariates, ratios_of, truth_shares):
    log_joint = np.stack(
        [
            np.log(share) + np.where(matrix, np.log(-np.expm1(-hazard)), -hazard).sum(axis=1)
            for share, hazard in zip(truth_shares, ratios_of, strict=True)
        ],
        axis=1,
    )
    return log_joint.argmax(axis=1)


def test_classes_are_ways_conditions_go_together_and_not_age_groups():
    matrix, covariates, truth, hazard, has_two = simulate_ageing(6000, seed=2)
    ratios = np.ones((3, 12))
    ratios[1, :6], ratios[2, 6:] = 7.0, 9.0
    base = hazard / ratios[truth]
    best = reachable_with_age(matrix, covariates, [base * ratios[each] for each in range(3)], [0.6, 0.25, 0.15])
    reachable = adjusted_rand_score(truth[has_two], best[has_two])
    columns = np.hstack([matrix, covariates])
    fitted = PatternClusters(2, 5, covariate_count=2, start_count=4, bootstrap_replicates=1, random_state=0)
    fitted.fit(columns, reported_weight=has_two.astype(float))
    assert fitted.class_count_ == 3
    assert adjusted_rand_score(truth[has_two], fitted.labels_[has_two]) >= 0.95 * reachable
    assert fitted.person_count_ == has_two.sum()
    # without the covariates, classes are partly ages, and people with two conditions are picked by that
    plain = PatternClusters(3, 3, start_count=4, bootstrap_replicates=0, min_entropy=0.0, random_state=0)
    plain.fit(matrix[has_two])
    assert adjusted_rand_score(truth[has_two], plain.labels_) < 0.9 * reachable
    assert fitted.predict_proba(columns).sum(axis=1) == pytest.approx(np.ones(6000))


def test_unseen_covariates_are_taken_as_the_nearest_seen():
    matrix, covariates, *_ = simulate_ageing(2000, seed=4)
    fitted = PatternClusters(
        2, 2, covariate_count=2, start_count=2, bootstrap_replicates=0, min_entropy=0.0, random_state=0
    )
    fitted.fit(np.hstack([matrix, covariates]))
    same = fitted.predict_proba(np.hstack([matrix[:5], np.column_stack([np.full(5, 22.5), np.ones(5)])]))
    younger = fitted.predict_proba(np.hstack([matrix[:5], np.column_stack([np.full(5, 3.0), np.ones(5)])]))
    assert younger.tolist() == same.tolist()
