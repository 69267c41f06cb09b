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
        outcome             | model | model_name | group_type | group_value | sort_key | persons | events | measure     | estimate | lower | upper
        unplanned_admission | trees | Trees      | sex        | Female      | 4        | 50      | 12     | c_statistic | 0.74     | 0.6   | 0.8
        unplanned_admission | trees | Trees      | pcn        | Oak         | 9        | 50      | 12     | c_statistic | 0.70     | 0.6   | 0.8
        unplanned_admission | trees | Trees      | sex        | Male        | 5        | 3       | 1      | c_statistic |          |       |
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
        ("trees", "sex", "Female", "yes", 50, 0.74, 0.80, None),
        ("trees", "sex", "Male", "yes", 3, None, None, None),
    ]
    assert found["sort_key"].to_list() == [0, 1, 1004, 1005]


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
