"""Prevalence held against England and against the ICB's own rates."""

import polars as pl
import pytest
from conftest import draw

from mltc.config.gate import PlausibilitySettings
from mltc.quality.funnel import find_outliers
from mltc.quality.plausibility import compare_practices, compare_published

PUBLISHED = pl.DataFrame({"condition": ["copd"], "published_percent": [2.0], "source": ["QOF"]})
NUMBERS = {"persons": pl.Int64, "persons_with_condition": pl.Int64}


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (200, "ok"),  # 2 % of 10,000
        (71, "ok"),  # 200 / 2 = 100, less 3 x sqrt(100) = 70
        (69, "low"),
        (459, "ok"),  # 200 x 2 = 400, and 3 x sqrt(400) = 460
        (461, "high"),
        (0, "low"),
    ],
)
def test_the_icb_against_england(found, status):
    counts = draw(
        f"""
        practice_code | age_band | sex | condition | is_of_age | persons | persons_with_condition
        A             | 40-49    | 1   | copd      | yes       | 6000    | {found}
        B             | 40-49    | 1   | copd      | yes       | 4000    | 0
        B             | 10-17    | 1   | copd      | no        | 9000    | 50
        B             | 10-17    | 1   | asthma    | yes       | 9000    | 50
        """,
        **NUMBERS,
    )
    told = compare_published(counts, PUBLISHED, "QAA", PlausibilitySettings())
    assert told.select("condition", "persons", "persons_with_condition", "status").rows() == [
        ("copd", 10_000, found, status)
    ]


def test_a_practice_is_held_against_its_own_ages():
    """Older people: 0.5 x 1,000 = 500 expected. Younger: 0.01. Nobody is outside for being old."""
    rows = [(name, "80+", "1", "copd", True, 1000, 500) for name in "ABCDE"]
    rows += [(name, "18-29", "1", "copd", True, 1000, 10) for name in "FGHIJ"]
    names = ["practice_code", "age_band", "sex", "condition", "is_of_age", "persons", "persons_with_condition"]
    counts = pl.DataFrame(rows, schema=names, orient="row")
    assert set(compare_practices(counts, PlausibilitySettings())["status"]) == {"ok"}
    missing = counts.with_columns(
        persons_with_condition=pl.when(pl.col("practice_code") == "A").then(250).otherwise("persons_with_condition")
    )
    told = compare_practices(missing, PlausibilitySettings())
    # rate of the old: (250 + 4 x 500) / 5,000 = 0.45; 450 expected in A, 250 found
    outside = told.filter(pl.col("status") != "ok").select("place_code", "status", "expected").rows()
    assert outside == [("A", "low", pytest.approx(450))]


def test_overdispersion_widens_the_funnel_for_all():
    def judge(spread: float) -> list[bool]:
        signs = [-1.2, -1, -0.8, -0.4, 0, 0.2, 0.5, 0.9, 1.1, 4.5]
        observed = [100 + spread * sign * 10 for sign in signs]
        frame = pl.DataFrame({"condition": "copd", "observed": observed, "expected": 100.0})
        return find_outliers(frame.with_columns(practice_code=pl.lit("A")), 3.0)["is_outside"].to_list()

    assert judge(1) == [False] * 9 + [True]  # 145 where 100 +- 3 x 10 are expected
    assert sum(judge(3)) <= 1  # the others vary threefold: 133 is what practices do here


def test_few_practices_or_few_people_make_no_outlier():
    few = pl.DataFrame({"condition": "copd", "practice_code": "A", "observed": [0.0, 100.0], "expected": [50.0, 50.0]})
    assert find_outliers(few, 3.0)["is_outside"].to_list() == [False, False]
    rare = pl.DataFrame({"condition": "rare", "practice_code": "A", "observed": [0.0] * 9, "expected": [9.0] * 9})
    assert find_outliers(rare, 3.0)["is_outside"].to_list() == [False] * 9


def test_nobody_gives_no_row():
    counts = draw(
        "practice_code | age_band | sex | condition | is_of_age | persons | persons_with_condition", **NUMBERS
    )
    settings = PlausibilitySettings()
    assert compare_published(counts, PUBLISHED, "QAA", settings).is_empty()
    assert compare_practices(counts, settings).is_empty()
