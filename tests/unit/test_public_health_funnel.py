"""Funnels against the published worked values of PHEindicatormethods (tests/testthat/testdata_funnel_*.csv)."""

import numpy as np
import polars as pl
import pytest
from conftest import draw

from mltc.quality.funnel import find_outliers
from models.public_health.funnel import add_overdispersed_funnel, add_proportion_funnel, add_ratio_funnel

BASELINE = 80.642448
PROPORTIONS = """
    population | lower      | upper     | lower_998  | upper_998
    1          | 3.204264   | 100       | 0          | 100
    3          | 35.933491  | 100       | 10.150815  | 100
    16         | 61.282902  | 100       | 50.118675  | 100
    102        | 72.974925  | 88.309971 | 68.553233  | 92.731663
    3911       | 79.40419   | 81.880706 | 78.690113  | 82.594783
    110000     | 80.408963  | 80.875933 | 80.274317  | 81.010578
"""
# observed, and the expected counts at which it lies on the lower and on the upper limit, 95 % then 99.8 %
RATIOS = """
    observed | lower       | upper       | lower_998   | upper_998
    1        | 5.571644585 | 0.025317898 | 9.233410143 | 0.001000547
    4        | 10.24158653 | 1.089865762 | 14.79414916 | 0.42855244
    10       | 18.39035799 | 4.795387629 | 24.13397235 | 2.960519925
    100      | 121.6268111 | 81.36400699 | 134.9243187 | 71.92139974
    716      | 770.4222128 | 664.5083011 | 802.60414   | 636.1521174
"""


def test_proportion_limits_as_published():
    rows = draw(PROPORTIONS, **dict.fromkeys(["population", "lower", "upper", "lower_998", "upper_998"], pl.Float64))
    # a large place holds the centre at the published baseline
    whole = pl.concat([rows.select("population"), pl.DataFrame({"population": [1e12]})])
    frame = whole.with_columns(part=pl.col("population") * BASELINE / 100)
    found = add_proportion_funnel(frame, "part", "population").head(rows.height)
    for name in ("lower", "upper", "lower_998", "upper_998"):
        assert (found[f"funnel_{name}"] * 100).to_list() == pytest.approx(rows[name].to_list(), abs=2e-6), name


def test_ratio_limits_as_published():
    rows = draw(RATIOS, **dict.fromkeys(["observed", "lower", "upper", "lower_998", "upper_998"], pl.Float64))
    for name in ("lower", "upper", "lower_998", "upper_998"):
        frame = rows.select("observed", expected=name)
        found = add_ratio_funnel(frame)
        ratio = (rows["observed"] / rows[name]).to_list()
        assert found[f"funnel_{name}"].to_list() == pytest.approx(ratio, rel=2e-5), name


def test_position_in_words():
    frame = draw(
        """
        place | part | whole
        A     | 500  | 1000
        B     | 540  | 1000
        C     | 560  | 1000
        D     | 400  | 1000
        E     | 0    | 0
        """,
        part=pl.Int64,
        whole=pl.Int64,
    )
    # centre 0.5, standard error 0.0158: 95 % to 0.531, 99.8 % to 0.549
    words = add_proportion_funnel(frame, "part", "whole")["position"].to_list()
    assert words == ["within limits", "high, beyond 95 %", "high, beyond 99.8 %", "low, beyond 99.8 %", None]


def test_small_expected_counts():
    found = add_ratio_funnel(pl.DataFrame({"observed": [0, 0, 5], "expected": [0.0, 3.0, 1.0]}))
    # of 3 expected none is seen in exp(-3) = 5 %: within; 5 where 1 is expected is not (0.4 %, and 0.1 % is asked)
    assert found["position"].to_list() == [None, "within limits", "high, beyond 95 %"]
    assert found["funnel_lower"].to_list() == [None, 0.0, 0.0]


def test_overdispersion_is_the_rule_of_the_gate():
    random = np.random.default_rng(3)
    observed = np.round(100 + 30 * random.standard_normal(30)).clip(1)
    frame = pl.DataFrame({"observed": observed, "expected": 100.0})
    found = add_overdispersed_funnel(frame)
    assert found["phi"][0] > 4  # 30 where chance gives 10: (30 / 10)^2 before drawing in
    gate = find_outliers(frame.with_columns(condition=pl.lit("copd"), practice_code=pl.lit("A")), 1.959963984540054)
    assert (found["funnel_lower"] * 100).to_list() == pytest.approx(gate["lower"].to_list())
    assert found["funnel_lower_998"][0] < found["funnel_lower"][0] < 1 < found["funnel_upper"][0]
    exact = add_ratio_funnel(frame)
    assert (exact["position"] != "within limits").sum() > 2 * (found["position"] != "within limits").sum()
