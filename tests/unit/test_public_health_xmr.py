"""XmR charts by the rules of Making Data Count."""

from datetime import date

import polars as pl
import pytest

from models.public_health.xmr import build_xmr, summarise_xmr

# the twenty values, and the mean and limits, that the test snapshot of NHSRplotthedots prints (to three digits)
PRINTED = [-0.560, -0.230, 1.56, 0.0705, 0.129, 1.72, 0.461, -1.27, -0.687, -0.446]
PRINTED += [1.22, 0.360, 0.401, 0.111, -0.556, 1.79, 0.498, -1.97, 0.701, -0.473]
STEADY = [10.0, 12, 11, 9, 10, 12, 10, 9, 11, 10, 12, 10]  # mean 10.5


def series(values: list[float | None]) -> pl.DataFrame:
    months = pl.date_range(date(2024, 1, 1), date(2030, 12, 1), "1mo", eager=True).head(len(values))
    return pl.DataFrame({"month": months, "value": values}, schema={"month": pl.Date, "value": pl.Float64})


def chart(values: list[float | None], **options) -> pl.DataFrame:
    return build_xmr(series(values), [], "month", "value", **options)


def flagged(frame: pl.DataFrame, name: str) -> list[int]:
    return [number for number, is_flagged in enumerate(frame[name].to_list(), 1) if is_flagged]


def test_limits_as_the_reference_implementation_prints_them():
    found = chart(PRINTED).row(0, named=True)
    assert (found["mean"], found["lower"], found["upper"]) == pytest.approx(
        (0.142, -3.01, 3.29), abs=0.01
    )  # from values of three digits


def test_limits_by_hand_with_a_range_screened_out():
    values = [1.0, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 21]
    found = chart(values).row(0, named=True)
    # ranges: ten of 1 and one of 20; mean 30 / 11 = 2.73, and 20 is above 3.267 x 2.73 = 8.91: out, the mean is 1
    assert found["mean"] == pytest.approx(36 / 12 + 1 / 12)
    assert (found["lower"], found["upper"]) == pytest.approx((37 / 12 - 2.66, 37 / 12 + 2.66))
    assert flagged(chart(values), "is_outside") == [12]


def test_eleven_points_have_no_limits():
    found = chart(STEADY[:11])
    assert found.select("mean", "lower", "upper", "variation").null_count().row(0) == (11,) * 4
    assert found["reason"].unique().to_list() == ["fewer than 12 points"]
    assert chart(STEADY)["mean"][0] == pytest.approx(126 / 12)


def test_seven_on_one_side_are_a_shift_and_six_are_not():
    six = chart([10.0, 8, 10, 8, 10, 8, 10, 8, 11, 12, 11, 12, 11, 12, 8])
    assert flagged(six, "is_shift") == []
    seven = chart([10.0, 8, 10, 8, 10, 8, 10, 8, 11, 12, 11, 12, 11, 12, 11, 8])
    assert flagged(seven, "is_shift") == [9, 10, 11, 12, 13, 14, 15]


def test_six_rising_points_are_a_trend():
    five = chart([*STEADY, 8.0, 9, 10, 11, 12, 10])
    assert flagged(five, "is_trend") == []
    six = chart([*STEADY, 8.0, 9, 10, 11, 12, 13, 10])
    assert flagged(six, "is_trend") == [13, 14, 15, 16, 17, 18]
    equal = chart([*STEADY, 8.0, 9, 10, 10, 11, 12, 11])
    assert flagged(equal, "is_trend") == []


def test_a_trend_is_judged_by_its_direction():
    values = [*STEADY, 8.0, 9, 10, 11, 12, 13, 10]
    up, down = chart(values, improvement="up"), chart(values, improvement="down")
    # the trend begins below the mean: NHSRplotthedots would call its first points a concern
    assert up["variation"].to_list()[12:18] == ["improvement"] * 6
    assert down["variation"].to_list()[12:18] == ["concern"] * 6
    assert chart(values)["variation"].to_list()[12:19] == ["higher"] * 6 + ["common cause"]


def test_two_of_three_near_the_same_limit():
    # mean 10, ranges of 2: limits 10 -/+ 5.32, two thirds of the way 10 -/+ 3.55
    base = [9.0, 11, 9, 11, 9, 11, 9, 11, 9, 11, 9, 11]
    near = build_xmr(series([*base, 14.0, 10, 14]), [], "month", "value", baseline_points=12)
    assert flagged(near, "is_two_of_three") == [13, 15]
    opposite = build_xmr(series([*base, 14.0, 10, 6]), [], "month", "value", baseline_points=12)
    assert flagged(opposite, "is_two_of_three") == []
    outside = build_xmr(series([*base, 16.0, 10, 14]), [], "month", "value", baseline_points=12)
    assert (flagged(outside, "is_two_of_three"), flagged(outside, "is_outside")) == ([], [13])
    apart = build_xmr(series([*base, 14.0, 10, 10, 14]), [], "month", "value", baseline_points=12)
    assert flagged(apart, "is_two_of_three") == []


def test_a_missing_month_ends_runs_and_ranges():
    with_gap = chart([10.0, 8, 10, 8, 10, 8, 10, 8, 11, 12, 11, None, 12, 11, 12, 11, 8])
    assert flagged(with_gap, "is_shift") == []
    assert with_gap["variation"][11] is None
    lonely = chart([5.0, None] * 12)
    # twelve points and not one range: the limits cannot be wider than the mean
    assert (lonely["lower"][0], lonely["upper"][0]) == (5.0, 5.0)


def test_assurance_against_a_target():
    base = [9.0, 11] * 6  # limits 4.68 to 15.32

    def judge(target: float, improvement: str) -> str | None:
        frame = series(base).with_columns(target=pl.lit(target))
        return build_xmr(frame, [], "month", "value", improvement=improvement, target="target")["assurance"][0]

    assert judge(4.0, "up") == judge(16.0, "down") == "consistently meets the target"
    assert judge(16.0, "up") == judge(4.0, "down") == "consistently fails the target"
    assert judge(10.0, "up") == "meets and fails the target by chance"
    assert judge(10.0, "neither") is None
    assert chart(base, improvement="up")["assurance"][0] is None


def test_many_series_at_once_are_each_as_alone():
    values = {"A": PRINTED, "B": [*STEADY, 8.0, 9, 10, 11, 12, 13, 10], "C": STEADY[:5]}
    frame = pl.concat([series(each).with_columns(place=pl.lit(name)) for name, each in values.items()])
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=1)
    together = build_xmr(shuffled, ["place"], "month", "value", improvement="up")
    for name, each in values.items():
        alone = chart(each, improvement="up")
        assert together.filter(place=name).drop("place").equals(alone.select(together.drop("place").columns)), name
    told = summarise_xmr(together, ["place"], "month", "value")
    assert told["points"].to_list() == [20, 19, 5]
    assert told["variation"].to_list() == ["common cause", "common cause", None]
    assert told["reason"].to_list() == [None, None, "fewer than 12 points"]
    with pytest.raises(ValueError, match="one row per place, month"):
        build_xmr(pl.concat([frame, frame]), ["place"], "month", "value")
