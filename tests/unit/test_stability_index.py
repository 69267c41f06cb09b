"""Have the people changed since training?"""

import numpy as np
import polars as pl
import pytest

from models.stability_index import build_stability_table, count_bins, describe_reference


def test_index_by_hand():
    then = pl.DataFrame({"has_copd": [0] * 80 + [1] * 20})
    now = pl.DataFrame({"has_copd": [0] * 60 + [1] * 40})
    reference = describe_reference(then, ["has_copd"])
    assert reference == {"has_copd": {"edges": [0.0], "counts": [80.0, 20.0, 0.0]}}
    row = build_stability_table(reference, now).row(0, named=True)
    # (0.6 - 0.8) ln(0.6 / 0.8) + (0.4 - 0.2) ln(0.4 / 0.2)
    assert row["stability_index"] == pytest.approx(-0.2 * np.log(0.75) + 0.2 * np.log(2))
    # two bins, one degree of freedom: 3.841 x (1/100 + 1/100)
    assert row["chance_upper"] == pytest.approx(3.841459 * 0.02)
    assert (row["reading"], row["persons_then"], row["persons_now"]) == ("notable", 100, 100)


def test_the_same_people_do_not_move_and_the_largest_index_comes_first():
    random = np.random.default_rng(1)
    then = pl.DataFrame({"age": random.normal(50, 20, 4000), "efi": random.random(4000), "gone": [1] * 4000})
    now = pl.DataFrame({"age": random.normal(65, 20, 3000), "efi": random.random(3000)})
    table = build_stability_table(describe_reference(then, then.columns), now)
    assert table["feature"].to_list() == ["gone", "age", "efi"]
    assert table["reading"].to_list() == ["gone", "large", "stable"]
    same = build_stability_table(describe_reference(then, ["age", "efi"]), then)
    assert same["stability_index"].to_list() == [0.0, 0.0]


def test_missing_values_are_a_bin_of_their_own():
    then = pl.DataFrame({"bmi": [20.0, 25.0, 30.0, 35.0] * 25})
    now = pl.DataFrame({"bmi": [20.0, None, 30.0, None] * 25})
    row = build_stability_table(describe_reference(then, ["bmi"]), now).row(0, named=True)
    assert row["reading"] == "large"
    assert count_bins(now["bmi"], [25.0])[-1] == 50
    empty = describe_reference(pl.DataFrame({"bmi": [None, None]}, schema={"bmi": pl.Float64}), ["bmi"])
    assert empty == {"bmi": {"edges": [], "counts": [0.0, 2.0]}}
