"""What is published of cohorts: standardised figures on rounded counts, inequality, activity, outlook, months."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from mltc.disclosure import read_profile
from mltc.paths import CODELISTS
from models.cohort.activity import build_activity
from models.cohort.inequality import build_group_rates, build_inequalities
from models.cohort.months import build_months
from models.cohort.outlook import build_outlook
from models.cohort.recorded import build_recorded
from models.cohort.standardised import build_standardised

HES = read_profile("hes")
STANDARD = pl.read_csv(CODELISTS / "reference" / "esp2013.csv").select("age_band", "lower_age_years", "weight")
BANDS = STANDARD["age_band"].to_list()


def place(kind, code, cells):
    """Strata of a place: (sex, age_band, persons, mltc); complex and both are 0."""
    return [
        {
            "geography_type": kind,
            "geography_code": code,
            "geography_name": code,
            "pcn_code": code if kind == "pcn" else "",
            "sub_icb_code": "",
            "resident_area": "",
            "sex": sex,
            "age_band": band,
            "persons": persons,
            "mltc": mltc,
            "complex_mltc": 0,
            "physical_mental": 0,
        }
        for sex, band, persons, mltc in cells
    ]


def every_age(persons, share):
    return [(sex, band, persons, round(persons * share)) for sex in ("1", "2") for band in BANDS]


def row_of(frame, code, cohort="mltc"):
    return frame.filter(geography_code=code, cohort=cohort).row(0, named=True)


def test_equal_share_at_every_age_stands_whatever_the_ages():
    # 20 % of every age and sex: the standardised percentage is 20, the ratio 1
    strata = pl.DataFrame(place("icb", "Q", every_age(1000, 0.2)) + place("pcn", "U1", every_age(500, 0.2)))
    found = build_standardised(strata, STANDARD, HES.round)
    assert row_of(found, "Q")["standardised_percent"] == pytest.approx(20.0)
    assert row_of(found, "U1")["ratio"] == pytest.approx(1.0)
    assert row_of(found, "U1")["ratio_lower"] < 1 < row_of(found, "U1")["ratio_upper"]
    assert row_of(found, "Q")["funnel_position"] is None


def test_what_is_published_is_what_the_rounded_count_would_say():
    # 42 of 200 in each of two cells of one age band; 84 counts as 85, so 20 % becomes 42 / 200 x 85 / 84
    cells = [("1", "65-69", 200, 42), ("2", "65-69", 200, 42)]
    strata = pl.DataFrame(place("icb", "Q", cells) + place("pcn", "U1", cells))
    found = row_of(build_standardised(strata, STANDARD, HES.round), "U1")
    weight = 5500 / 100_000  # of 65-69; both sexes have the same
    assert found["standardised_percent"] == pytest.approx(100 * weight * 42 / 200 * 85 / 84)
    assert found["ratio"] == pytest.approx(85 / 84)
    # anybody who knows the ages and the reference exactly gets 85 back, which is published beside
    assert found["ratio"] * 84 == pytest.approx(float(HES.round(np.array([84]))[0]))


def test_no_standardised_figure_below_ten():
    cells = [("1", "65-69", 200, 9), ("2", "65-69", 200, 0)]
    strata = pl.DataFrame(place("icb", "Q", every_age(1000, 0.2)) + place("pcn", "U1", cells))
    found = row_of(build_standardised(strata, STANDARD, HES.round), "U1")
    assert found["cohort_persons"] == 9
    assert (found["standardised_percent"], found["ratio"], found["funnel_position"]) == (None, None, None)


def test_place_far_from_the_others_lies_outside_the_funnel_and_other_sexes_count_as_people():
    places = [place("pcn", f"U{n}", every_age(500, 0.2)) for n in range(12)]
    high = place("pcn", "UH", [*every_age(500, 0.4), ("9", "65-69", 3, 1)])
    strata = pl.DataFrame(place("icb", "Q", every_age(10_000, 0.2)) + [row for each in places for row in each] + high)
    found = build_standardised(strata, STANDARD, HES.round)
    assert row_of(found, "UH")["funnel_position"] == 2
    assert row_of(found, "U0")["funnel_position"] == 0
    assert row_of(found, "UH")["persons"] == 40 * 500 + 3


def inequality_cells(shares, measure="mltc", persons=400, square=1):
    return pl.DataFrame(
        [
            {
                "geography_type": "icb",
                "geography_code": "Q",
                "geography_name": "Q",
                "measure": measure,
                "breakdown": "imd_quintile",
                "breakdown_value": value,
                "sex": sex,
                "age_band": band,
                "population": persons,
                "events": round(persons * share),
                "squared_count": round(persons * share) * square,
            }
            for value, share in shares.items()
            for sex in ("1", "2")
            for band in BANDS
        ]
    )


def test_slope_is_above_zero_where_the_most_deprived_have_more():
    # rates of 30, 25, 20, 15, 10 % in equal fifths lie on a line from 32.5 at the top to 7.5: 25 points, ratio 4.33
    found = build_inequalities(inequality_cells({"1": 0.30, "2": 0.25, "3": 0.20, "4": 0.15, "5": 0.10}), STANDARD)
    row = found.row(0, named=True)
    assert row["slope_index"] == pytest.approx(25.0)
    assert row["relative_index"] == pytest.approx(32.5 / 7.5)
    assert 20 < row["slope_index_lower"] < 25 < row["slope_index_upper"] < 30
    assert row["mean_difference"] == pytest.approx((20 + 15 + 10 + 5 + 0) / 5)
    assert (row["groups"], row["unit"]) == (5, "percent")


def test_people_of_no_known_group_are_counted_and_give_no_figure():
    cells = inequality_cells({"1": 0.3, "2": 0.25, "3": 0.2, "4": 0.15, "5": 0.1, None: 0.9})
    found = build_inequalities(cells, STANDARD).row(0, named=True)
    assert found["persons"] == 6 * 2 * 20 * 400
    assert found["slope_index"] == pytest.approx(25.0)


def test_fifth_below_ten_gives_no_slope():
    cells = inequality_cells({"1": 0.3, "2": 0.25, "3": 0.2, "4": 0.15})
    few = inequality_cells({"5": 0.0})
    found = build_inequalities(pl.concat([cells, few]), STANDARD).row(0, named=True)
    assert (found["slope_index"], found["relative_index"], found["groups"]) == (None, None, 4)


def test_admissions_are_per_thousand_and_repeats_widen_the_limits():
    alone = build_group_rates(inequality_cells({"1": 0.2}, "unplanned_admission"), STANDARD).row(0, named=True)
    repeated = build_group_rates(inequality_cells({"1": 0.2}, "unplanned_admission", square=4), STANDARD)
    assert alone["rate"] == pytest.approx(200.0) and alone["unit"] == "per 1,000 people with MLTC"
    width = alone["rate_upper"] - alone["rate_lower"]
    # variance times 4: limits twice as wide
    assert repeated["rate_upper"][0] - repeated["rate_lower"][0] == pytest.approx(2 * width)


def test_activity_per_head_cost_and_concentration():
    keys = {"cohort": "mltc", "geography_type": "icb", "geography_code": "Q"}
    sizes = pl.DataFrame([keys | {"geography_name": "Q", "persons": 100}])
    names = ("activity", "activity_name", "unit", "sort_key", "is_known", "has_cost")
    known = pl.DataFrame(
        [
            ("emergency_admission", "E", "admissions", 1, True, True),
            ("practice_contact", "P", "contacts", 2, True, False),
            ("outpatient_attendance", "O", "attendances", 3, False, False),
        ],
        schema=names,
        orient="row",
    )
    counts = pl.DataFrame(
        [
            keys | {"activity": "emergency_admission", "activity_count": 1, "persons": 10, "cost_gbp": 20_000.0},
            keys | {"activity": "emergency_admission", "activity_count": 9, "persons": 10, "cost_gbp": 180_000.0},
        ]
    )
    found = {row["activity"]: row for row in build_activity(sizes, known, counts).iter_rows(named=True)}
    admitted = found["emergency_admission"]
    # 10 x 1 + 10 x 9 = 100 admissions of 100 people; 200,000 pounds; the top 5 of 100 have 45 of 100
    assert (admitted["users"], admitted["mean_per_head"], admitted["gbp_per_head"]) == (20, 1.0, 2000.0)
    assert admitted["top_5_percent"] == pytest.approx(45.0) and admitted["gini"] == pytest.approx(0.88)
    contacts = found["practice_contact"]
    assert (contacts["users"], contacts["mean_per_head"], contacts["gbp_per_head"]) == (0, 0.0, None)
    assert contacts["gini"] is None
    assert "outpatient_attendance" not in found  # not known: no row, never 0


def test_outlook_to_the_nearest_ten_and_none_for_a_small_register():
    cells = [{"sex": sex, "age_years": age} for sex in ("1", "2") for age in range(0, 100)]
    numbers = {"persons": 50, "mltc": 15, "complex_mltc": 5, "physical_mental": 5}
    moved = {"persons_a_year_ago": 50, "deaths": 1, "leavers": 2, "joiners": 3}
    found = build_outlook(pl.DataFrame([cell | numbers | moved for cell in cells]))
    assert found["year"].to_list() == [1, 3, 5] * 3
    assert (found["expected_persons"] % 10 == 0).all()
    assert (found["expected_persons_lower"] <= found["expected_persons"]).all()
    assert build_outlook(pl.DataFrame([cell | numbers | moved for cell in cells[:10]])).is_empty()


def test_months_without_a_feed_have_no_row_and_a_leap_is_special_cause():
    days = [date(2025, month, 1) for month in range(1, 13)] + [date(2026, month, 1) for month in range(1, 13)]
    events = [18, 24] * 11 + [21, 50]
    known = pl.DataFrame({"series": "unplanned_admission", "month_date": days, "persons": 1000, "events": events})
    unknown = known.with_columns(series=pl.lit("emergency_attendance"), events=pl.lit(None, pl.Int64))
    found = build_months(pl.concat([known, unknown]))
    assert found["series"].unique().to_list() == ["unplanned_admission"]
    last = found.filter(is_latest="yes").row(0, named=True)
    assert (last["month"], last["rate_per_1000"], last["variation"]) == ("2026-12", 50.0, "higher")
    assert found["variation"][0] == "common cause"


def test_recorded_against_published_on_the_rounded_count():
    rows = [
        {"practice_code": f"P{n}", "condition": "dementia", "recorded_persons": count, "expected_persons": expected}
        for n, (count, expected) in enumerate([(52, 50.0)] * 11 + [(8, 50.0), (3, 4.0)])
    ]
    found = {row["practice_code"]: row for row in build_recorded(pl.DataFrame(rows), HES.round).iter_rows(named=True)}
    assert found["P0"]["ratio"] == pytest.approx(50 / 50) and found["P0"]["funnel_position"] == 0  # 52 counts as 50
    assert found["P11"]["ratio"] == pytest.approx(10 / 50) and found["P11"]["funnel_position"] == -2
    assert (found["P12"]["ratio"], found["P12"]["funnel_position"]) == (None, None)  # 4 expected
