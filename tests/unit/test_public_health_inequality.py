"""Slope and relative index of inequality, distances of groups, Lorenz curve and Gini."""

import numpy as np
import polars as pl
import pytest
from conftest import draw
from scipy.stats import chi2_contingency

from models.public_health.distance import build_distances, compare_with_lowest
from models.public_health.inequality import build_inequality, find_weights

# the two areas that the documentation of PHEindicatormethods' phe_sii works through (life expectancy by decile)
PEOPLE = [
    [7291, 7997, 6105, 7666, 5790, 6934, 5918, 5974, 7147, 7534],
    [21675, 20065, 19750, 24713, 20112, 19618, 22408, 19752, 18939, 19312],
]
VALUES = [
    [75.9, 78.3, 83.8, 83.6, 80.5, 81.1, 81.7, 84.2, 80.6, 86.3],
    [70.5, 71.6, 72.5, 73.5, 73.1, 76.2, 78.7, 80.6, 80.9, 80],
]
ERRORS = [
    [1.64, 1.58, 1.51, 1.78, 1.7, 1.56, 1.37, 1.4, 2.43, 1.57],
    [0.23, 0.26, 0.3, 0.16, 0.79, 0.78, 0.4, 0.28, 0.23, 0.35],
]
Z = 1.959963984540054


def two_areas() -> pl.DataFrame:
    frames = [
        pl.DataFrame({"decile": range(1, 11), "population": people, "value": values, "error": errors}).with_columns(
            area=pl.lit(f"Area{number}")
        )
        for number, (people, values, errors) in enumerate(zip(PEOPLE, VALUES, ERRORS, strict=True), 1)
    ]
    error = pl.col("error") * Z
    return pl.concat(frames).with_columns(lower=pl.col("value") - error, upper=pl.col("value") + error)


def fit_as_published(people: list[int], value: np.ndarray) -> tuple[float, float]:
    """The published form: ordinary least squares of sqrt(a) Y on sqrt(a) and b sqrt(a), without an intercept."""
    share = np.array(people) / sum(people)
    rank = np.cumsum(share) - share / 2
    root = np.sqrt(share)
    start, slope = np.linalg.lstsq(np.column_stack([root, rank * root]), root * value, rcond=None)[0]
    return float(slope), float((start + slope) / start)


def test_the_worked_areas_by_the_published_regression():
    found = build_inequality(two_areas(), ["area"], "decile", kind="normal")
    assert found["quantiles"].to_list() == [10, 10]
    for row, people, value in zip(found.iter_rows(named=True), PEOPLE, VALUES, strict=True):
        slope, ratio = fit_as_published(people, np.array(value))
        assert (row["slope_index"], row["relative_index"]) == (pytest.approx(slope), pytest.approx(ratio))
        assert row["slope_index_lower_998"] < row["slope_index_lower"] < slope < row["slope_index_upper"]
        assert row["reason"] is None


def test_limits_of_a_normal_slope_are_those_of_a_plain_simulation():
    frame = two_areas().filter(area="Area2")
    row = build_inequality(frame, [], "decile", kind="normal").row(0, named=True)
    random = np.random.default_rng(1)
    drawn = random.normal(VALUES[1], ERRORS[1], (20_000, 10))
    slopes, ratios = zip(*(fit_as_published(PEOPLE[1], values) for values in drawn[:4_000]), strict=True)
    spread = row["slope_index_upper"] - row["slope_index_lower"]
    assert row["slope_index_lower"] == pytest.approx(np.quantile(slopes, 0.025), abs=0.03 * spread)
    assert row["slope_index_upper"] == pytest.approx(np.quantile(slopes, 0.975), abs=0.03 * spread)
    spread = row["relative_index_upper"] - row["relative_index_lower"]
    assert row["relative_index_lower"] == pytest.approx(np.quantile(ratios, 0.025), abs=0.03 * spread)
    assert row["relative_index_upper"] == pytest.approx(np.quantile(ratios, 0.975), abs=0.03 * spread)


def quintiles(values: list[float], people: list[int] | None = None, half_width: float = 0.1) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"quintile": range(1, 6), "population": people or [100] * 5, "value": [float(each) for each in values]}
    )
    return frame.with_columns(
        lower=pl.col("value") * (1 - half_width), upper=pl.col("value") / (1 - half_width)
    ).with_columns(pl.col("lower", "upper").cast(pl.Float64))


def test_equal_quintiles_by_hand():
    # mid-ranks 0.1, 0.3 ... 0.9: a line from 30 at rank 0 to 20 at rank 1 is 29, 27, 25, 23, 21
    row = build_inequality(quintiles([29, 27, 25, 23, 21]), [], "quintile").row(0, named=True)
    assert row["slope_index"] == pytest.approx(20 - 30)
    assert row["relative_index"] == pytest.approx(20 / 30)
    turned = build_inequality(quintiles([29, 27, 25, 23, 21]), [], "quintile", multiplier=-100).row(0, named=True)
    assert turned["slope_index"] == pytest.approx(1000)
    assert turned["relative_index"] == pytest.approx(30 / 20)
    assert turned["slope_index_lower"] == pytest.approx(-100 * row["slope_index_upper"])
    assert turned["relative_index_upper"] == pytest.approx(1 / row["relative_index_lower"])


def test_on_the_log_a_constant_ratio_is_a_straight_line():
    # exp(3 - rank): slope index exp(2) - exp(3), relative index exp(-1)
    values = [float(np.exp(3 - rank)) for rank in (0.1, 0.3, 0.5, 0.7, 0.9)]
    row = build_inequality(quintiles(values), [], "quintile", is_transformed=True).row(0, named=True)
    assert row["slope_index"] == pytest.approx(np.exp(2) - np.exp(3))
    assert row["relative_index"] == pytest.approx(np.exp(-1))
    # error of each log: log(1 / 0.81) / 2z; the slope of five equal quintiles has variance 5 error^2 / (25 x 0.08 x 2.5)
    weights = find_weights(np.full(5, 1.0)).slope
    error = np.log(1 / 0.81) / (2 * Z) * np.sqrt((weights**2).sum())
    assert row["relative_index_lower"] == pytest.approx(np.exp(-1 - Z * error), rel=0.01)
    assert row["relative_index_upper"] == pytest.approx(np.exp(-1 + Z * error), rel=0.01)


def test_equal_figures_give_equal_limits():
    first, again = (build_inequality(quintiles([5, 4, 4, 3, 2.0]), [], "quintile") for _ in range(2))
    assert first.equals(again)


def test_proportions_stay_within_their_range():
    frame = quintiles([0.4, 0.3, 0.3, 0.2, 0.1], people=[300, 200, 200, 200, 100])
    row = build_inequality(frame, [], "quintile", kind="proportion").row(0, named=True)
    slope, ratio = fit_as_published([300, 200, 200, 200, 100], np.array([0.4, 0.3, 0.3, 0.2, 0.1]))
    assert (row["slope_index"], row["relative_index"]) == (pytest.approx(slope), pytest.approx(ratio))
    assert row["slope_index_lower"] < slope < row["slope_index_upper"] < 0


def test_what_cannot_be_computed_is_null_with_the_reason():
    whole = quintiles([5, 4, 4, 3, 2.0]).with_columns(place=pl.lit("whole"))
    parts = [
        whole,
        whole.filter(pl.col("quintile") < 5).with_columns(place=pl.lit("four")),
        whole.with_columns(place=pl.lit("nobody"), population=pl.when(pl.col("quintile") == 1).then(0).otherwise(9)),
        whole.with_columns(place=pl.lit("hidden"), value=pl.when(pl.col("quintile") > 1).then("value")),
        whole.with_columns(place=pl.lit("nought"), lower=pl.when(pl.col("quintile") > 1).then("lower").otherwise(0.0)),
    ]
    frame = pl.concat([part.with_columns(pl.col("population").cast(pl.Int64)) for part in parts])
    found = build_inequality(frame, ["place"], "quintile")
    assert found["place"].sort().to_list() == ["four", "hidden", "nobody", "nought", "whole"]
    reasons = dict(found.select("place", "reason").iter_rows())
    assert reasons == {
        "whole": None,
        "four": "a quantile is missing or there are fewer than five",
        "nobody": "a quantile without people",
        "hidden": "a quantile without a value or limits",
        "nought": "a quantile with a value or limit of 0",
    }
    assert found.filter(pl.col("place") != "whole")["slope_index"].null_count() == 4
    with pytest.raises(ValueError, match="one row per quintile"):
        build_inequality(pl.concat([whole, whole]), ["place"], "quintile")


GROUPS = """
    area | ethnic_group | persons_with | persons | proportion | proportion_upper
    A    | White        | 20           | 100     | 0.2        | 0.29
    A    | Asian        | 45           | 150     | 0.3        | 0.38
    A    | Black        | 8            | 20      | 0.4        | 0.61
    B    | White        | 5            | 50      | 0.1        | 0.21
    B    | Mixed        |              |         |            |
"""
TYPES = {"persons_with": pl.Int64, "persons": pl.Int64, "proportion": pl.Float64, "proportion_upper": pl.Float64}


def test_mean_distance_from_the_lowest_group():
    found = build_distances(draw(GROUPS, **TYPES), ["area"])
    area_a, area_b = found.iter_rows(named=True)
    assert area_a["mad_mean"] == pytest.approx((0 + 0.1 + 0.2) / 3)
    assert area_a["rmad_mean"] == pytest.approx(0.1 / 0.61)
    assert (area_b["groups"], area_b["mad_mean"], area_b["rmad_mean"]) == (1, None, None)


def test_groups_against_the_lowest_with_holm():
    rows = draw(GROUPS, **TYPES).filter(pl.col("persons").is_not_null())
    found = compare_with_lowest(rows, ["area"], "persons_with", "persons").filter(area="A")
    assert found["is_lowest"].to_list() == [True, False, False]
    assert found["difference"].to_list() == [None, pytest.approx(0.1), pytest.approx(0.2)]
    asian = chi2_contingency([[45, 105], [20, 80]]).pvalue
    black = chi2_contingency([[8, 12], [20, 80]]).pvalue
    assert found["p_value"].to_list() == [None, pytest.approx(asian), pytest.approx(black)]
    smaller, larger = sorted([asian, black])
    held = {smaller: min(1, 2 * smaller), larger: min(1, max(2 * smaller, larger))}
    assert found["p_adjusted"].to_list() == [None, pytest.approx(held[asian]), pytest.approx(held[black])]
