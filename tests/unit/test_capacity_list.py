"""Lists of a number of places: drawn people, expected values by hand."""

import math

import numpy as np
import polars as pl
import pytest

from models import capacity_list as lists
from models.outcome import Predictions

RISKS = np.array([0.9, 0.5, 0.5, 0.2, 0.1, 0.1, 0.05])
Z = 1.959963984540054


def test_the_first_rows_are_the_list():
    assert lists.choose_highest(RISKS, 3).tolist() == [True, True, True, False, False, False, False]


@pytest.mark.parametrize("places", [0, 8])
def test_a_list_is_not_longer_than_the_people(places):
    with pytest.raises(ValueError, match=f"Expected 1 to 7 places; found {places}"):
        lists.choose_highest(RISKS, places)


def test_people_in_another_order_are_refused():
    with pytest.raises(ValueError, match="highest prediction first"):
        lists.choose_highest(RISKS[::-1], 3)


def test_places_are_shared_by_largest_remainder():
    # 10 x 50/90 = 5.56, 10 x 30/90 = 3.33, 10 x 10/90 = 1.11: wholes 5, 3, 1, and one left for the largest fraction
    assert lists.share_places({"a": 50, "b": 30, "c": 10}, 10) == {"a": 6, "b": 3, "c": 1}


def test_equal_remainders_go_by_name():
    assert lists.share_places({"b": 10, "a": 10, "c": 10}, 4) == {"b": 1, "a": 2, "c": 1}


def test_each_area_lists_its_own_highest():
    area = pl.Series(["x", "x", "y", "x", "y", "y", "z"])
    assert lists.choose_by_area(area, {"x": 1, "y": 2}).tolist() == [True, False, True, False, True, False, False]


def test_what_is_expected_adds_up_and_varies_by_chance():
    found = lists.expect(RISKS, lists.choose_highest(RISKS, 3), "binomial")
    error = Z * math.sqrt(0.9 * 0.1 + 0.5 * 0.5 + 0.5 * 0.5)
    assert (found.persons, found.lowest) == (3, 0.5)
    assert found.found.estimate == pytest.approx(1.9)  # 0.9 + 0.5 + 0.5
    assert found.found.lower == pytest.approx(1.9 - error)
    assert found.found.upper == 3.0  # 1.9 + 1.5 would be more than the three
    assert found.missed.estimate == pytest.approx(0.45)  # 0.2 + 0.1 + 0.1 + 0.05
    assert found.mean.estimate == pytest.approx(1.9 / 3)
    assert found.share == pytest.approx(1.9 / 2.35)


def test_two_lists_differ_by_those_on_one_of_them():
    first = np.array([True, True, False, False, False, False, False])
    second = np.array([True, False, False, True, False, False, False])
    gap = lists.compare_lists(RISKS, first, second, "binomial")
    error = Z * math.sqrt(0.5 * 0.5 + 0.2 * 0.8)
    assert gap == pytest.approx((0.3, 0.3 - error, 0.3 + error))


def test_what_was_observed_at_or_above_the_threshold():
    outcome = np.array([1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    seen = lists.observe(Predictions(outcome, RISKS), 0.5, "binomial")
    assert seen is not None and seen.needed is not None and seen.net_benefit is not None
    assert (seen.people, seen.flagged) == (7, 3)
    assert seen.ppv.estimate == pytest.approx(2 / 3)
    assert seen.sensitivity.estimate == pytest.approx(2 / 3)  # two of the three
    assert seen.needed.estimate == pytest.approx(3 / 2)
    assert seen.needed.lower == pytest.approx(1 / seen.ppv.upper)
    assert seen.net_benefit.estimate == pytest.approx((2 - 1 * 0.5 / 0.5) / 7)
    assert seen.net_benefit_all.estimate == pytest.approx((3 - 4 * 0.5 / 0.5) / 7)


def test_nobody_at_so_high_a_risk():
    assert lists.observe(Predictions(np.zeros(7), RISKS), 0.95, "binomial") is None


def test_counts_have_means_and_no_net_benefit():
    nights = np.array([10.0, 0.0, 2.0, 0.0, 4.0, 0.0, 0.0])
    seen = lists.observe(Predictions(nights, RISKS), 0.5, "poisson")
    assert seen is not None
    assert seen.ppv.estimate == pytest.approx(12 / 3)
    assert seen.sensitivity.estimate == pytest.approx(12 / 16)
    assert seen.needed is None and seen.net_benefit is None


def test_break_even_is_effect_times_admissions_times_cost():
    per_person = lists.Bounded(0.8, -0.1, 1.7)
    assert lists.break_even(per_person, 3000.0, 10.0) == pytest.approx((240.0, 0.0, 510.0))  # 10 % x 0.8 x 3,000
    # admissions of half a year, twice as many a year
    assert lists.break_even(per_person, 3000.0, 10.0, horizon_months=6).estimate == pytest.approx(480.0)


def test_a_mean_of_one_has_no_limits():
    assert lists.average(np.array([2.0])) == (2.0, None, None)


def test_admissions_of_the_highest():
    table = lists.average_of_highest(np.array([0.1, 0.9, 0.5]), np.array([0, 4, 1]), [1, 2, 3])
    # highest first: 4, 1, 0
    assert table["unplanned_admissions_per_person"].to_list() == pytest.approx([4.0, 2.5, 5 / 3])
    assert table["unplanned_admissions_per_person_lower"].to_list()[0] is None


def test_a_group_is_under_listed_only_beyond_chance():
    # 1,000 people; group b holds a third of what is expected, in small risks that never reach the list
    risk = np.concatenate([np.full(100, 0.4), np.full(400, 0.05), np.full(400, 0.05), np.full(100, 0.0)])
    group = pl.Series(["a"] * 500 + ["b"] * 400 + [None] * 100)
    table = lists.weigh_groups(group, risk, lists.choose_highest(risk, 100))
    assert table["group"].to_list() == ["Not known", "a", "b"]
    assert table["persons"].to_list() == [100, 500, 400]
    assert table["expected_share"].to_list() == pytest.approx([0.0, 60 / 80, 20 / 80])  # 40 + 20 and 20 of 80
    assert table["list_share"].to_list() == [0.0, 1.0, 0.0]
    assert table["is_under"].to_list() == [False, False, True]


def test_who_has_no_risk_counts_among_the_people_alone():
    risk, listed = np.array([0.5, 0.3, 0.2]), np.array([True, False, False])
    table = lists.weigh_groups(pl.Series(["a", "a", "b"]), risk, listed, pl.Series(["b", "c"]))
    assert table["group"].to_list() == ["a", "b", "c"]
    assert table["persons"].to_list() == [2, 2, 1]
    assert table["population_share"].to_list() == pytest.approx([2 / 5, 2 / 5, 1 / 5])
    assert table["expected_share"].to_list() == pytest.approx([0.8, 0.2, 0.0])
    whole = lists.weigh_groups(pl.Series(["a", "a", "b"]), risk, listed, pl.Series([], dtype=pl.String))
    assert whole["persons"].to_list() == [2, 1]


def test_areas_say_what_each_list_takes():
    area = pl.Series(["x", "y", "x", "y", "x", "y", "x"])
    by_risk, other = lists.choose_highest(RISKS, 2), np.array([True, False, False, True, False, False, False])
    table = lists.count_by_area(area, RISKS, [by_risk, other])
    assert table.rows() == [("x", 4, 1, 0.9, 0.9, 1, 0.9, 0.9), ("y", 3, 1, 0.5, 0.5, 1, 0.2, 0.2)]
