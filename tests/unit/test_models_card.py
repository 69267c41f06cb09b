"""The model card is filled from the run; what a run cannot know is left to the ICB in so many words."""

import datetime as dt
import json

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from models.card import build_card, round_people
from models.intended_purpose import FOR_THE_ICB
from models.registry import training_manifest
from models.validation import build_subgroup_table, compute_performance

MANIFEST = training_manifest(
    model_key="elastic_net",
    model_name="Logistic regression on all features",
    outcome="unplanned_admission",
    feature_names=["age_years", "is_male"],
    codelist_version="abc123",
    training_date=dt.date(2024, 10, 1),
    validation_date=dt.date(2025, 10, 1),
    horizon_months=12,
    person_count=12347,
    event_count=1002,
    seed=7,
    model_bytes=b"model",
)


def draw_tables():
    """Risks too low by 0.8 on the log-odds scale for the most deprived; three people aged 90+."""
    random = np.random.default_rng(3)
    log_odds = random.normal(-1.5, 1, 4003)
    deprived = np.arange(4003) % 20 == 0
    outcome = (random.random(4003) < expit(log_odds + 0.8 * deprived)).astype(int)
    groups = pl.DataFrame(
        {
            "imd_quintile": np.where(deprived, "1", "2").tolist(),
            "age_band": ["90+"] * 3 + ["18-89"] * 4000,
        }
    )
    performance = pl.DataFrame(
        [
            {"model": "age_sex", "model_name": "Age and sex", **compute_performance(outcome, expit(log_odds / 2))},
            {"model": "elastic_net", "model_name": "All", **compute_performance(outcome, expit(log_odds))},
        ]
    )
    return performance, build_subgroup_table(outcome, expit(log_odds), groups)


@pytest.mark.parametrize(("count", "rounded"), [(0, 0), (2, 0), (3, 5), (7, 5), (8, 10), (12347, 12345), (None, None)])
def test_people_are_rounded_to_the_nearest_five(count, rounded):
    assert round_people(count) == rounded


def test_card_is_filled_from_the_run():
    performance, subgroups = draw_tables()
    card = build_card(MANIFEST, performance, subgroups, decision="Chosen because.", leakage_check="No sign of leakage.")
    assert list(card) == [
        "specification",
        "intended_use",
        "data",
        "methodology_and_training",
        "evaluation_and_performance",
        "ethical_considerations",
        "caveats",
    ]
    assert card["data"]["training_people"] == 12345
    assert card["data"]["training_people_with_outcome"] == 1000
    assert card["data"]["validation_people"] == 4005  # 4003
    assert card["data"]["legal_basis"] == FOR_THE_ICB
    assert card["methodology_and_training"]["selection"] == "Chosen because."
    assert card["intended_use"]["predicts"] == "unplanned_admission within 12 months of the index date"
    assert json.loads(json.dumps(card)) == card


def test_no_count_of_people_is_exact():
    performance, subgroups = draw_tables()
    card = build_card(MANIFEST, performance, subgroups, decision="x")
    rows = card["evaluation_and_performance"]["candidates"] + card["evaluation_and_performance"]["subgroups"]
    assert len(rows) == performance.height + subgroups.height
    for row in rows:
        if row.get("group_value") == "90+":  # 3 persons
            assert row["persons"] is None and row["events"] is None
        else:
            assert row["persons"] % 5 == 0 and row["events"] % 5 == 0


def test_groups_with_wrong_risks_and_groups_too_small_are_named():
    performance, subgroups = draw_tables()
    ethics = build_card(MANIFEST, performance, subgroups, decision="x")["ethical_considerations"]
    assert len(ethics["groups_with_wrong_risks"]) == 1
    assert ethics["groups_with_wrong_risks"][0].startswith("imd_quintile 1: risks are too low (observed/expected 1.")
    assert ethics["groups_too_small_to_test"] == ["age_band 90+"]


def test_refuses_a_model_that_was_not_evaluated():
    performance, subgroups = draw_tables()
    with pytest.raises(ValueError, match="elastic_net; found 0 among age_sex"):
        build_card(MANIFEST, performance.head(1), subgroups, decision="x")
