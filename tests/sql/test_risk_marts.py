"""What is published of risk: the outcome that reports lead with, and none of the others."""

import polars as pl
from conftest import draw

OUTCOMES = draw(
    """
    outcome             | is_main
    unplanned_admission | yes
    death               | no
    """
)


def test_performance_is_wide_again_with_groups_that_are_published(build):
    numbers = dict.fromkeys(("estimate", "lower", "upper"), pl.Float64)
    counts = dict.fromkeys(("sort_key", "persons", "events"), pl.Int64)
    performance = draw(
        """
        outcome             | model   | model_name | sort_key | is_chosen | persons | events | measure     | estimate | lower | upper
        unplanned_admission | age_sex | Age, sex   | 0        | no        | 100     | 20     | c_statistic | 0.70     | 0.65  | 0.75
        unplanned_admission | age_sex | Age, sex   | 0        | no        | 100     | 20     | ici         | 0.01     |       |
        unplanned_admission | trees   | Trees      | 1        | yes       | 100     | 20     | c_statistic | 0.75     | 0.70  | 0.80
        death               | trees   | Trees      | 1        | yes       | 100     | 20     | c_statistic | 0.90     | 0.85  | 0.95
        """,
        is_chosen=pl.String,
        **numbers,
        **counts,
    )
    subgroup = draw(
        """
        outcome             | model | model_name | group_type | group_value | sort_key | warning        | persons | events | measure     | estimate | lower | upper
        unplanned_admission | trees | Trees      | sex        | Female      | 4        |                | 50      | 12     | c_statistic | 0.74     | 0.6   | 0.8
        unplanned_admission | trees | Trees      | pcn        | Oak         | 9        | over-predicted | 50      | 12     | c_statistic | 0.70     | 0.6   | 0.8
        unplanned_admission | trees | Trees      | sex        | Male        | 5        |                | 3       | 1      | c_statistic |          |       |
        """,
        **numbers,
        **counts,
    )
    found = build(
        "marts.risk_performance",
        {"risk.outcome": OUTCOMES, "risk.performance": performance, "risk.subgroup": subgroup},
    )
    columns = ("model", "group_type", "group_value", "is_chosen", "persons", "c_statistic", "c_statistic_upper", "ici")
    assert found.select(columns).rows() == [
        ("age_sex", "all", "all", "no", 100, 0.70, 0.75, 0.01),
        ("trees", "all", "all", "yes", 100, 0.75, 0.80, None),
        ("trees", "pcn", "Oak", "yes", 50, 0.70, 0.80, None),
        ("trees", "sex", "Female", "yes", 50, 0.74, 0.80, None),
        ("trees", "sex", "Male", "yes", 3, None, None, None),
    ]
    assert found["sort_key"].to_list() == [0, 1, 1009, 1004, 1005]
    assert found["warning"].to_list() == ["", "", "over-predicted", "", ""]


def test_calibration_shows_tenths_of_the_main_outcome(build):
    calibration = draw(
        """
        outcome             | kind   | position | persons | events | predicted
        unplanned_admission | tenth  | 1        | 10      | 1      | 0.05
        unplanned_admission | smooth | 1        |         |        | 0.01
        death               | tenth  | 1        | 10      | 0      | 0.02
        """,
        position=pl.Int64,
        persons=pl.Int64,
        events=pl.Int64,
        predicted=pl.Float64,
    )
    found = build("marts.risk_calibration", {"risk.outcome": OUTCOMES, "risk.calibration": calibration})
    assert found.rows() == [(1, 10, 1, 5.0)]


def test_bands_count_those_scored_for_the_main_outcome(build):
    people = draw(
        """
        outcome             | person_id | risk_band | predicted_risk | status
        unplanned_admission | a         | High      | 0.4            | scored
        unplanned_admission | b         | High      | 0.2            | scored
        unplanned_admission | c         |           |                | coverage
        death               | a         | High      | 0.9            | scored
        """,
        predicted_risk=pl.Float64,
    )
    register = pl.DataFrame({"person_id": ["a", "b", "c"], "imd_quintile": [1, 5, None]})
    mltc = pl.DataFrame({"person_id": ["a", "b", "c"], "definition": ["d"] * 3, "is_mltc": [True, False, True]})
    bands = pl.DataFrame({"risk_band": ["High"], "sort_key": [1]})
    found = build(
        "marts.risk_band",
        {
            "risk.person_risk": people,
            "risk.outcome": OUTCOMES,
            "register.person": register,
            "register.mltc": mltc,
            "codelist.risk_band": bands,
        },
        definition="d",
    )
    row = found.row(0, named=True)
    assert found.height == 1
    assert (row["persons"], row["mltc_persons"], row["most_deprived_persons"]) == (2, 1, 1)
    assert abs(row["mean_predicted_percent"] - 100 * (0.4 + 0.2) / 2) < 1e-9


def test_lists_are_counted_and_what_they_cost_comes_from_rounded_counts(build):
    capacity = draw(
        """
        outcome             | capacity_percent | threshold | persons | measure                         | estimate | lower | upper
        unplanned_admission | 0.5              | 0.5       | 48      | ppv                             | 0.75     | 0.6   | 0.9
        unplanned_admission | 0.5              | 0.5       | 48      | unplanned_admissions_per_person | 1.25     | 1.0   | 1.5
        unplanned_admission | 0.5              | 0.5       | 48      | net_benefit                     | 0.01     | 0.0   | 0.1
        unplanned_admission | 2.0              | 0.2       | 192     | ppv                             | 0.5      | 0.4   | 0.6
        death               | 2.0              | 0.2       | 192     | ppv                             | 0.9      | 0.4   | 0.6
        """,
        **dict.fromkeys(("capacity_percent", "threshold", "estimate", "lower", "upper"), pl.Float64),
        persons=pl.Int64,
    )
    performance = draw(
        """
        outcome             | is_chosen | persons
        unplanned_admission | yes       | 9602
        unplanned_admission | no        | 9602
        """,
        is_chosen=pl.String,
        persons=pl.Int64,
    )
    cost = draw(
        """
        unit                | gbp  | gbp_per_year | source
        unplanned admission | 2000 | 2000         | A source of 2026
        night in hospital   | 400  | 400          | A source of 2026
        """,
        gbp=pl.Float64,
        gbp_per_year=pl.Float64,
    )
    found = build(
        "marts.risk_capacity",
        {
            "risk.capacity": capacity,
            "risk.performance": performance,
            "risk.outcome": OUTCOMES,
            "risk.unit_cost": cost,
        },
    ).sort("sort_key")
    assert found.select("capacity_percent", "sort_key", "persons", "admitted_persons").rows() == [
        ("0.5", 1, 48, 36),  # 0.75 x 48
        ("2", 2, 192, 96),  # 0.5 x 192
    ]
    first, second = found.rows(named=True)
    # to fives: 36 -> 35 admitted, 48 -> 50 listed, 9,602 -> 9,600 people; at a threshold of 0.5 one in vain costs one
    assert abs(first["net_benefit"] - (35 - (50 - 35) * 1) / 9600) < 1e-12
    assert first["admissions_per_person"] == 60 / 50  # 1.25 x 48 = 60
    assert first["break_even_10_gbp"] == 0.1 * 60 / 50 * 2000
    assert first["cost_source"] == "A source of 2026"
    assert second["admissions_per_person"] is None and second["break_even_5_gbp"] is None


def test_the_list_of_five_percent_is_counted_by_group(build):
    people = draw(
        """
        outcome             | person_id | risk_band | predicted_risk | status
        unplanned_admission | a         | Highest   | 0.6            | scored
        unplanned_admission | b         | High      | 0.2            | scored
        unplanned_admission | c         | Other     | 0.1            | scored
        unplanned_admission | d         | Other     | 0.1            | scored
        unplanned_admission | e         |           |                | coverage
        """,
        predicted_risk=pl.Float64,
    )
    register = pl.DataFrame(
        {
            "person_id": ["a", "b", "c", "d", "e"],
            "imd_quintile": [5, 1, 1, None, 1],
            "ethnic_group": ["White", "Black", "White", "Unknown", "White"],
        }
    )
    bands = pl.DataFrame(
        {"risk_band": ["Highest", "High", "Other"], "upper_share": [0.005, 0.05, 1.0], "sort_key": [1, 3, 5]}
    )
    found = build(
        "marts.risk_equity",
        {
            "risk.person_risk": people,
            "risk.outcome": OUTCOMES,
            "register.person": register,
            "codelist.risk_band": bands,
        },
    ).sort("breakdown", "sort_key")
    columns = ("breakdown", "breakdown_value", "persons", "listed_persons", "list_persons")
    assert found.select(columns).rows() == [
        ("all", "all", 4, 2, 2),
        ("ethnic_group", "White", 2, 1, 2),
        ("ethnic_group", "Black", 1, 1, 2),
        ("ethnic_group", "Unknown", 1, 0, 2),
        ("imd_quintile", "1 (most deprived)", 2, 1, 2),
        ("imd_quintile", "5 (least deprived)", 1, 1, 2),
        ("imd_quintile", "Not known", 1, 0, 2),
    ]
    assert [round(each, 6) for each in found["expected_share_percent"]] == [100, 70, 20, 10, 30, 60, 10]


def test_months_are_counted_for_everyone_and_worded_for_tenths(build):
    monthly = draw(
        """
        outcome             | model_version | known_date | decile | persons | observed | expected | ratio | lower | upper
        unplanned_admission | m             | 2026-09-01 |        | 100     | 12       | 10       | 1.2   | 0.7   | 2.0
        unplanned_admission | m             | 2026-10-01 |        | 100     | 9        | 10       | 0.9   | 0.5   | 1.7
        unplanned_admission | m             | 2026-10-01 | 9      | 10      | 1        | 4        | 0.25  | 0.1   | 0.8
        unplanned_admission | m             | 2026-10-01 | 10     | 10      | 8        | 4        | 2.0   | 1.1   | 3.9
        unplanned_admission | m             | 2026-10-01 | 1      | 10      | 0        | 0.1      |       |       |
        """,
        decile=pl.Int64,
        persons=pl.Int64,
        **dict.fromkeys(("observed", "expected", "ratio", "lower", "upper"), pl.Float64),
    )
    inputs = {"risk.monthly": monthly, "risk.outcome": OUTCOMES}
    months = build("marts.risk_month", inputs).sort("known_month")
    assert months.select("known_month", "is_latest", "persons", "events", "observed_expected").rows() == [
        ("2026-09", "no", 100, 12, 1.2),
        ("2026-10", "yes", 100, 9, 0.9),
    ]
    tenths = build("marts.risk_month_decile", inputs).sort("decile")
    assert tenths.columns == ["known_month", "model_version", "decile", "reading"]
    assert tenths["reading"].to_list() == [
        "too few to tell",
        "fewer than predicted, beyond chance",
        "more than predicted, beyond chance",
    ]
