"""The Cambridge Multimorbidity Score: weights of the paper, and sums over the conditions of a person."""

import tomllib

import numpy as np
import polars as pl
import pytest
from conftest import draw

from mltc.paths import CODELISTS

WEIGHTS = """
    definition   | condition    | outcome             | weight | verified
    cambridge-37 | hypertension | consultations       | 0.83   | partial
    cambridge-37 | hypertension | mortality           | -1.88  | partial
    cambridge-37 | hypertension | unplanned_admission | 11.29  | partial
    cambridge-37 | hypertension | general             | 0.09   | yes
    cambridge-20 | hypertension | general             | 0.08   | yes
    cambridge-20 | hypertension | mortality           | -2.09  | partial
    cambridge-37 | dementia     | consultations       | 4.00   | partial
    cambridge-37 | dementia     | mortality           | 100.10 | no
    cambridge-37 | dementia     | general             | 2.50   | yes
    cambridge-37 | unlisted     | general             | 9.00   | yes
"""
MEMBERSHIP = """
    definition   | condition
    cambridge-37 | hypertension
    cambridge-20 | hypertension
    cambridge-37 | dementia
    delphi-2022  | unlisted
"""
STATUS = """
    index_date | person_id | condition
    2026-10-01 | one       | hypertension
    2026-10-01 | two       | hypertension
    2026-10-01 | two       | dementia
    2026-10-01 | two       | unlisted
    2025-10-01 | two       | hypertension
"""
SPINE = """
    index_date | person_id
    2026-10-01 | none
    2026-10-01 | one
    2026-10-01 | two
    2025-10-01 | two
"""
COLUMNS = [
    "cambridge_37_consultations",
    "cambridge_37_mortality",
    "cambridge_37_unplanned_admission",
    "cambridge_37_general",
    "cambridge_20_general",
    "cambridge_20_mortality",
]


def score_people(build, has_gp_event: bool = True, has_gp_prescription: bool = True) -> dict[tuple, tuple]:
    found = build(
        "scores.cambridge",
        {
            "codelist.cambridge_weight": draw(WEIGHTS, weight=pl.Float64),
            "codelist.membership": draw(MEMBERSHIP),
            "register.condition_status": draw(STATUS),
            "register.spine": draw(SPINE),
            "meta.feed": pl.DataFrame({"has_gp_event": [has_gp_event], "has_gp_prescription": [has_gp_prescription]}),
        },
    )
    assert found.columns == ["index_date", "person_id", *COLUMNS]
    return {(row[1], row[0].year): row[2:] for row in found.iter_rows()}


def test_sums_of_weights(build):
    found = score_people(build)
    assert found["none", 2026] == (0, 0, 0, 0, 0, 0)
    assert found["one", 2026] == (0.83, -1.88, 11.29, 0.09, 0.08, -2.09)
    # 0.83 + 4; the unverified weight of dementia counts not; 0.09 + 2.5; the condition of no Cambridge definition not
    assert found["two", 2026] == (4.83, -1.88, 11.29, 2.59, 0.08, -2.09)
    assert found["two", 2025] == found["one", 2026]
    assert len(found) == 4


@pytest.mark.parametrize("missing", ["has_gp_event", "has_gp_prescription"])
def test_without_a_feed_that_the_rules_need_all_is_null(build, missing):
    found = score_people(build, **{missing: False})
    assert {value for row in found.values() for value in row} == {None}


def read_weights() -> pl.DataFrame:
    return pl.read_csv(CODELISTS / "scores" / "cambridge_weight.csv")


def spread(weights: pl.DataFrame, definition: str) -> pl.DataFrame:
    return weights.filter(pl.col("definition") == definition).pivot(on="outcome", index="condition", values="weight")


def test_general_is_the_average_of_standardised_weights():
    """The paper's definition: one scale for each outcome reproduces all 37 general weights (least squares, refit)."""
    wide = spread(read_weights(), "cambridge-37")
    outcomes = wide.select("consultations", "mortality", "unplanned_admission").to_numpy()
    general = wide["general"].to_numpy()
    scales, *_ = np.linalg.lstsq(outcomes, general, rcond=None)
    assert scales == pytest.approx([0.09656, 0.01355, 0.003883], rel=0.001)
    published = outcomes @ np.array([0.09647, 0.01356, 0.003881])
    assert np.abs(published - general).max() < 0.0084  # weights of two decimals


def test_weights_of_twenty_conditions_follow_those_of_37():
    """Two transcriptions by two groups: what bears out the mortality weights of the short version."""
    both = spread(read_weights(), "cambridge-20").join(spread(read_weights(), "cambridge-37"), on="condition")
    assert both.height == 20
    assert np.corrcoef(both["mortality"], both["mortality_right"])[0, 1] > 0.9998
    assert np.corrcoef(both["general"], both["general_right"])[0, 1] > 0.999


def test_every_condition_of_the_definitions_has_its_weights_and_the_other_way_round():
    conditions = tomllib.loads((CODELISTS / "conditions.toml").read_text(encoding="utf-8"))["condition"]
    outcomes = {"cambridge-37": 4, "cambridge-20": 2}
    expected = {
        (definition, condition["key"], outcomes[definition])
        for condition in conditions
        for definition in outcomes
        if definition in condition["definitions"] and condition["verified"]
    }
    found = read_weights().group_by("definition", "condition").agg(pl.col("outcome").n_unique())
    assert set(found.rows()) == expected
    assert len(expected) == 37 + 20
