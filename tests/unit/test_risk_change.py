"""What moved a risk: the parts add up, and each cause alone is told as that cause alone."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from models.risk_candidates import Candidate
from models.risk_change import CHANGE_SCHEMA, Movers, _carry_to_risk, explain_change
from models.risk_model import RiskModel

NAMES = ("age_years", "admission_count", "bmi_months", "has_copd")
MOVERS = Movers(age=frozenset({"age_years"}), since=frozenset({"bmi_months"}))
PARTS = list(CHANGE_SCHEMA)[2:]


def draw_people(count, seed):
    """A logistic truth in which admissions weigh more in the old; a third have no measurement."""
    random = np.random.default_rng(seed)
    age, admissions, copd = (
        random.uniform(20, 95, count).round(),
        random.poisson(0.7, count),
        random.random(count) < 0.2,
    )
    months = np.where(random.random(count) < 0.3, np.nan, random.integers(0, 40, count))
    log_odds = -5 + 0.03 * age + 0.02 * age / 50 * admissions + 0.5 * admissions + 0.7 * copd
    matrix = np.column_stack([age, admissions, months, copd]).astype(float)
    return pl.DataFrame(matrix, schema=list(NAMES)).fill_nan(None), random.random(count) < expit(log_odds)


def fit(kind, seed=1):
    features, outcome = draw_people(4000, seed)
    matrix = features.to_numpy()
    return Candidate(kind, kind, 1, NAMES, RiskModel(kind, spline_columns=(0,)).fit(matrix, outcome), 4000, 1)


@pytest.fixture(scope="module", params=["logistic", "boosting"])
def model(request):
    return fit(request.param)


def explain_one(model, last, now, movers=MOVERS, new=None):
    frames = [pl.DataFrame([each], schema=dict.fromkeys(NAMES, pl.Float64), orient="row") for each in (last, now)]
    return explain_change(model, new or model, *frames, movers).row(0, named=True)


def causes(found):
    """Parts that are not nought."""
    return {name for name in PARTS if found[name] != 0}


BASE = (70.0, 1.0, 5.0, 0.0)


def test_who_has_not_changed_has_no_parts(model):
    found = explain_one(model, BASE, BASE)
    assert (
        found["last_risk"]
        == found["risk"]
        == pytest.approx(model.predict_risk(pl.DataFrame([BASE], NAMES, orient="row"))[0])
    )
    assert causes(found) == set()


@pytest.mark.parametrize(
    ("now", "cause"),
    [
        ((71.0, 1.0, 5.0, 0.0), "from_ageing"),  # a birthday
        ((70.0, 3.0, 5.0, 0.0), "from_events"),  # two admissions
        ((70.0, 0.0, 5.0, 0.0), "from_events"),  # an admission has left its window
        ((70.0, 1.0, 5.0, 1.0), "from_events"),  # a diagnosis
    ],
)
def test_one_cause_alone_is_all_of_the_change(model, now, cause):
    found = explain_one(model, BASE, now)
    assert causes(found) <= {cause}
    assert found[cause] == pytest.approx(found["risk"] - found["last_risk"], abs=1e-15)
    if cause == "from_events":
        assert found[cause] != 0


def test_time_since_a_record_grows_with_age_and_falls_by_an_event():
    model = fit("logistic")
    assert causes(explain_one(model, BASE, (70.0, 1.0, 6.0, 0.0))) == {"from_ageing"}
    assert causes(explain_one(model, BASE, (70.0, 1.0, 0.0, 0.0))) == {"from_events"}
    assert causes(explain_one(model, (70.0, 1.0, None, 0.0), BASE)) == {"from_events"}  # measured for the first time


def test_another_model_on_the_same_person_is_the_model_alone(model):
    other = fit("logistic", seed=2)
    found = explain_one(model, BASE, BASE, new=other)
    assert causes(found) == {"from_model"}
    assert found["risk"] == pytest.approx(other.predict_risk(pl.DataFrame([BASE], NAMES, orient="row"))[0])
    moved = dataclasses.replace(model, model=model.model.with_recalibration(0.3, 1.0))
    found = explain_one(model, BASE, BASE, new=moved)
    assert causes(found) == {"from_model"} and found["from_model"] > 0


def test_a_condition_whose_list_changed_counts_as_code_list(model):
    changed = dataclasses.replace(MOVERS, codelist=frozenset({"has_copd"}))
    diagnosed = (70.0, 1.0, 5.0, 1.0)
    found = explain_one(model, BASE, diagnosed, movers=changed)
    assert causes(found) == {"from_codelist"} and found["from_codelist"] > 0
    assert found["from_codelist"] == explain_one(model, BASE, diagnosed)["from_events"]
    assert explain_one(model, BASE, (70.0, 2.0, 5.0, 0.0), movers=changed)["from_codelist"] == 0


def test_parts_add_up_for_everybody(model):
    last, _ = draw_people(500, seed=3)
    now, _ = draw_people(500, seed=4)
    changed = dataclasses.replace(MOVERS, codelist=frozenset({"has_copd"}))
    found = explain_change(model, fit("logistic", seed=2), last, now, changed)
    total = found.select(pl.sum_horizontal(PARTS)).to_series().to_numpy()
    assert np.abs(total - (found["risk"] - found["last_risk"]).to_numpy()).max() < 1e-15
    assert (found.select(pl.col(PARTS).abs().max()).row(0) > np.array([0.01] * 4)).all()


def test_parts_are_carried_to_the_risk_by_hand():
    """From 20 % to 50 %: log-odds -1.386 to 0, of which 2 up and -0.614 down; each times 0.3 / 1.386."""
    steps = np.array([[2.0, np.log(4) - 2.0, 0.0, 0.0]])
    found = _carry_to_risk(steps, np.array([0.2]), np.array([0.5]))
    assert found[0] == pytest.approx([2 * 0.3 / np.log(4), 0.3 - 2 * 0.3 / np.log(4), 0, 0])


def test_parts_that_cancel_are_still_told():
    """An event of 0.3 and a model of -0.3 log-odds leave a risk of 20 %: 0.3 x 0.2 x 0.8 = 0.048 each way."""
    found = _carry_to_risk(np.array([[0.3, 0.0, -0.3, 0.0]]), np.array([0.2]), np.array([0.2]))
    assert found[0] == pytest.approx([0.048, 0, -0.048, 0])
