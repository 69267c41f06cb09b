"""From a feature frame to a chosen, checked and explained risk."""

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from models.discrimination import compute_c_statistic, discrimination_alarm
from models.errors import TooLittleData
from models.outcome import check_predictions
from models.risk import (
    Candidate,
    RiskFeatures,
    add_intervals,
    evaluate_candidates,
    explain_risks,
    fit_candidates,
    recalibrate,
    select_candidate,
)
from models.risk_model import RiskModel
from models.risk_recalibration import decide_recalibration
from models.validation import compute_performance

NAMES = RiskFeatures(
    names=("admission_count", "bmi", "imd_quintile", "visit_count"),
    score="cambridge",
    log_names=("admission_count", "visit_count"),
    increasing=("admission_count",),
)


def draw_people(person_count, seed, shift=0.0):
    """A logistic truth on age, sex, conditions and past admissions; bmi is missing for a third, visits idle."""
    random = np.random.default_rng(seed)
    age = random.uniform(18, 95, person_count)
    male = random.random(person_count) < 0.5
    conditions = random.poisson(0.03 * age)
    admissions = random.negative_binomial(0.5, 0.6, person_count)
    bmi = np.where(random.random(person_count) < 0.33, None, random.normal(28, 5, person_count))
    quintile = random.integers(1, 6, person_count)
    log_odds = (
        -4.6 + shift + 0.03 * age + 0.15 * male + 0.25 * conditions
        + 0.9 * np.log1p(admissions) - 0.1 * quintile
    )  # fmt: skip
    features = pl.DataFrame(
        {
            "age_years": age,
            "is_male": male,
            "condition_count": conditions,
            "admission_count": admissions,
            "bmi": pl.Series(bmi.tolist(), dtype=pl.Float64),
            "imd_quintile": quintile,
            "visit_count": random.poisson(3, person_count),
            "cambridge": conditions + 2.0 * np.log1p(admissions),
        }
    )
    truth = expit(log_odds)
    return features, pl.Series(random.random(person_count) < truth), truth


@pytest.fixture(scope="module")
def fitted():
    train, outcome, _ = draw_people(8000, seed=1)
    return fit_candidates(train, outcome, NAMES)


def test_recovers_a_logistic_truth(fitted):
    test, outcome, truth = draw_people(12000, seed=2)
    performance = evaluate_candidates(fitted, test, outcome)
    assert performance["model"].to_list() == ["age_sex", "cambridge", "elastic_net", "boosting"]
    # the score says almost all that the other features do, and is enough: the simplest that is as good
    assert select_candidate(fitted, performance, c_statistic_tolerance=0.0).candidate.key == "elastic_net"
    choice = select_candidate(fitted[2:], performance[2:])
    best_possible = compute_c_statistic(check_predictions(outcome.to_numpy(), truth)).estimate
    chosen = performance.row(2, named=True)
    assert chosen["c_statistic"] >= 0.99 * best_possible
    assert 0.9 <= chosen["calibration_slope"] <= 1.1
    assert chosen["ici"] < 0.01
    boosted = performance.row(3, named=True)
    assert boosted["c_statistic"] >= 0.985 * best_possible
    assert performance["c_statistic"][0] < performance["c_statistic"][1] < chosen["c_statistic"]
    risk = choice.candidate.predict_risk(test)
    assert ((risk > 0) & (risk < 1)).all()


def test_fits_are_identical(fitted):
    train, outcome, _ = draw_people(8000, seed=1)
    again = fit_candidates(train, outcome, NAMES)
    for first, second in zip(fitted, again, strict=True):
        assert first.predict_risk(train).tobytes() == second.predict_risk(train).tobytes()


def test_without_a_score_the_second_candidate_counts_conditions():
    train, outcome, _ = draw_people(2000, seed=1)
    names = RiskFeatures(names=("admission_count",))
    found = fit_candidates(train, outcome, names)
    assert [each.key for each in found] == ["age_sex", "condition_count", "elastic_net", "boosting"]
    assert found[1].feature_names == ("age_years", "is_male", "condition_count")
    with_score = fit_candidates(train, outcome, NAMES)
    assert with_score[1].feature_names == ("age_years", "is_male", "cambridge")


def draw_counts(person_count, seed):
    """Nights in hospital: mean exp(-1 + 0.02 age + 0.5 log(1 + admissions)), gamma-mixed: variance far over the mean."""
    features, *_ = draw_people(person_count, seed)
    random = np.random.default_rng(seed + 100)
    log_admissions = np.log1p(features["admission_count"].to_numpy())
    mean = np.exp(-1 + 0.02 * features["age_years"].to_numpy() + 0.5 * log_admissions)
    return features, pl.Series(random.poisson(mean * random.gamma(0.5, 2.0, person_count))), mean


def test_candidates_of_a_count_find_its_mean():
    train, counts, _ = draw_counts(8000, seed=31)
    test, later, mean = draw_counts(8000, seed=32)
    fitted = fit_candidates(train, counts, NAMES, family="poisson")
    assert [each.family for each in fitted] == ["poisson"] * 4
    performance = evaluate_candidates(fitted, test, later, replicate_count=20)
    assert performance["events"].unique().to_list() == [later.sum()]
    assert performance["auprc"].null_count() == 4 and performance["deviance_explained"].null_count() == 0
    best = performance.filter(model="elastic_net").row(0, named=True)
    assert best["observed_expected"] == pytest.approx(1, abs=0.08)
    assert best["calibration_slope_lower"] < 1 < best["calibration_slope_upper"]
    risk = fitted[2].predict_risk(test)
    assert np.corrcoef(risk, mean)[0, 1] > 0.97
    # a canonical link with a free intercept reaches the observed total in training; trees are scaled to it
    for each in (fitted[0], fitted[3]):
        assert each.predict_risk(train).sum() == pytest.approx(counts.sum(), rel=1e-3)
    reasons = explain_risks(fitted[2], test.head(20), pl.Series(range(20)))
    assert reasons.height > 20


def draw_performance(rows):
    return pl.DataFrame(rows, schema=["model", "model_name", "complexity", "c_statistic", "ici"], orient="row")


def draw_candidates():
    return [Candidate(key, key, 1, (), RiskModel(), 0, 0) for key in ("plain", "middle", "rich")]


@pytest.mark.parametrize(
    ("plain", "middle", "rich", "chosen", "words"),
    [
        ((0.745, 0.01), (0.748, 0.01), (0.750, 0.01), "plain", "simplest candidate within 0.005"),
        ((0.744, 0.01), (0.748, 0.01), (0.750, 0.01), "middle", "simplest candidate within 0.005"),
        ((0.748, 0.0151), (0.748, 0.0149), (0.750, 0.01), "middle", "not worse calibrated"),
        ((0.7, 0.01), (0.7, 0.01), (0.750, 0.01), "rich", "no simpler candidate is within"),
        ((0.750, 0.01), (0.748, 0.001), (0.750, 0.01), "plain", "no simpler candidate"),
    ],
)
def test_the_simplest_that_is_as_good_wins(plain, middle, rich, chosen, words):
    performance = draw_performance(
        [
            ("rich", "Rich", 3, *rich),
            ("plain", "Plain", 1, *plain),
            ("middle", "Middle", 2, *middle),
        ]
    )
    choice = select_candidate(draw_candidates(), performance)
    assert choice.candidate.key == chosen
    assert words in choice.decision
    assert choice.decision.startswith(chosen.title())


@pytest.mark.parametrize(
    ("events", "others", "is_enough"), [(99, 500, False), (100, 99, False), (100, 100, True), (0, 0, False)]
)
def test_too_few_events_are_refused_with_figures(events, others, is_enough):
    features, *_ = draw_people(max(events + others, 1), seed=3)
    outcome = [1] * events + [0] * others
    if is_enough:
        assert len(fit_candidates(features, outcome, NAMES)) == 4
        return
    with pytest.raises(TooLittleData, match=f"100 people with .* training; found {events} with and {others} without"):
        fit_candidates(features.head(events + others), outcome, NAMES)


def test_validation_needs_events_too(fitted):
    features, *_ = draw_people(1000, seed=3)
    with pytest.raises(TooLittleData, match=r"at least 50 people .* validation; found 49 with"):
        evaluate_candidates(fitted, features, [1] * 49 + [0] * 951)
    with pytest.raises(ValueError, match="missing or other values"):
        evaluate_candidates(fitted, features, pl.Series([None] + [1] * 499 + [0] * 500))


def test_a_drifted_model_is_recalibrated_and_one_that_has_not_is_left_alone(fitted):
    model = fitted[2]
    same, outcome, _ = draw_people(8000, seed=12)
    kept, decision = recalibrate(model, same, outcome)
    assert kept is model and not decision.is_applied
    assert decision.decision.startswith("Not recalibrated: calibration has not drifted (observed/expected")
    later, outcome, _ = draw_people(6000, seed=12, shift=0.7)
    moved, decision = recalibrate(model, later, outcome)
    assert decision.is_applied
    assert "Recalibrated: new log-odds" in decision.decision
    assert decision.intercept == pytest.approx(0.7, abs=0.25)
    test, outcome, _ = draw_people(8000, seed=13, shift=0.7)
    before = compute_performance(outcome.to_numpy(), model.predict_risk(test))
    after = compute_performance(outcome.to_numpy(), moved.predict_risk(test))
    assert before["observed_expected"] > 1.2
    assert after["observed_expected"] == pytest.approx(1, abs=0.08)
    assert after["c_statistic"] == pytest.approx(before["c_statistic"])


def test_a_model_that_ranks_the_wrong_way_is_never_turned_round():
    random = np.random.default_rng(0)
    log_odds = random.normal(-1, 1, 4000)
    outcome = random.random(4000) < expit(log_odds)
    decision = decide_recalibration(outcome, expit(-1 - log_odds))
    assert not decision.is_applied
    assert "do not use this model" in decision.decision


@pytest.mark.parametrize("position", [2, 3])
def test_reasons_are_the_strongest_contributions(fitted, position):
    candidate = fitted[position]
    people, *_ = draw_people(400, seed=21)
    ids = pl.Series([f"p{each:03d}" for each in range(400)])
    reasons = explain_risks(candidate, people, ids)
    assert reasons.columns == ["person_id", "direction", "rank", "feature", "value", "contribution"]
    assert reasons.group_by("person_id", "direction").len()["len"].max() <= 3
    assert (reasons.filter(direction="up")["contribution"] > 0).all()
    assert (reasons.filter(direction="down")["contribution"] < 0).all()
    oldest = int(np.argmax(people["age_years"].to_numpy()))
    up = reasons.filter(person_id=ids[oldest], direction="up")
    assert "age_years" in up["feature"].to_list()
    assert up.filter(feature="age_years")["value"].item() == people["age_years"][oldest]
    contributions = candidate.model.compute_contributions(
        people.select(candidate.feature_names).cast(pl.Float64).to_numpy()
    )
    strongest = up.sort("rank")["contribution"].to_list()
    assert strongest == sorted(contributions[oldest], reverse=True)[: len(strongest)]


@pytest.mark.parametrize("position", [2, 3])
def test_features_of_one_fact_give_one_reason_with_the_weight_of_all(fitted, position):
    candidate = fitted[position]
    people, *_ = draw_people(400, seed=22)
    ids = pl.Series(range(400)).cast(pl.String)
    together = {"admission_count": "illness", "condition_count": "illness", "cambridge": "illness"}
    reasons = explain_risks(candidate, people, ids, facts=together)
    matrix = people.select(candidate.feature_names).cast(pl.Float64).to_numpy()
    contributions = pl.DataFrame(candidate.model.compute_contributions(matrix), schema=list(candidate.feature_names))
    ill = reasons.filter(pl.col("feature").is_in(list(together)))
    assert ill.height > 100 and ill["person_id"].is_unique().all()
    members = [name for name in together if name in candidate.feature_names]
    for row in ill.head(50).iter_rows(named=True):
        parts = contributions.select(members).row(int(row["person_id"]), named=True)
        assert row["contribution"] == pytest.approx(sum(parts.values()))
        says_most = max(parts.values()) if row["direction"] == "up" else min(parts.values())
        assert parts[row["feature"]] == says_most
    ranks = reasons.group_by("person_id", "direction").agg(pl.col("rank").sort(), strongest=pl.len())
    assert all(row["rank"] == list(range(1, row["strongest"] + 1)) for row in ranks.iter_rows(named=True))


def test_a_missing_value_can_be_a_reason_and_is_shown_as_missing():
    train, outcome, _ = draw_people(3000, seed=5)
    odds = np.where(train["bmi"].is_null().to_numpy(), 0.6, 0.1)
    outcome = np.random.default_rng(1).random(3000) < odds
    candidate = fit_candidates(train, outcome, NAMES)[2]
    reasons = explain_risks(candidate, train.head(50), pl.Series(range(50)))
    unknown = [str(each) for each in np.flatnonzero(train["bmi"].is_null().to_numpy()[:50])]
    first = reasons.filter((pl.col("direction") == "up") & (pl.col("rank") == 1) & pl.col("person_id").is_in(unknown))
    assert first["feature"].unique().to_list() == ["bmi"]
    assert first["value"].is_null().all()
    assert first.height == len(unknown)


def test_intervals_come_with_refits(fitted):
    train, outcome, _ = draw_people(2000, seed=1)
    candidate = fit_candidates(train, outcome, NAMES)[2]
    candidate = add_intervals(candidate, train, outcome, refit_count=3)
    lower, upper = candidate.predict_interval(train)
    risk = candidate.predict_risk(train)
    assert ((lower >= 0) & (lower <= risk) & (risk <= upper) & (upper <= 1)).all()
    assert (upper > lower).all()


def test_a_planted_leak_raises_the_alarm():
    train, outcome, _ = draw_people(4000, seed=1)
    test, later, _ = draw_people(4000, seed=2)
    names = RiskFeatures(names=(*NAMES.names, "bed_days_next_year"))
    random = np.random.default_rng(0)

    def plant(features, happened):
        days = np.where(happened.to_numpy() & (random.random(4000) < 0.9), 5, 0)
        return features.with_columns(bed_days_next_year=pl.Series(days))

    leaked = fit_candidates(plant(train, outcome), outcome, names)
    performance = evaluate_candidates(leaked, plant(test, later), later)
    choice = select_candidate(leaked, performance)
    found = performance.filter(model=choice.candidate.key)["c_statistic"].item()
    assert discrimination_alarm(found).is_raised
    honest = evaluate_candidates(fit_candidates(train, outcome, NAMES), test, later)
    assert not discrimination_alarm(honest["c_statistic"].max()).is_raised
