"""What the people of a cluster use: numerators, denominators and what is not known. Index date 2026-10-01."""

from collections.abc import Callable

import polars as pl
import pytest
from conftest import draw

from mltc.data_dictionary import load_dictionary

Build = Callable[..., pl.DataFrame]


def inputs(**changed: pl.DataFrame) -> dict[str, pl.DataFrame]:
    tables = {
        "clusters.person_cluster": draw(
            """
            stratum | person_id | cluster_id
            all     | ann       | C01
            all     | bob       | C01
            all     | cat       | C02
            80+     | ann       | C01
            """
        ),
        "register.person": draw(
            """
            person_id | imd_quintile
            ann       | 1
            bob       |
            cat       | 2
            """,
            imd_quintile=pl.Int64,
        ),
        "features.use_count": draw(
            """
            index_date | person_id | unplanned_admission_count_12m | emergency_attendance_count_12m | unplanned_bed_days_12m | gp_contact_count_12m | medicine_count_3m
            2026-10-01 | ann       | 2                             |                                | 9                      | 12                   | 10
            2026-10-01 | bob       | 0                             |                                | 0                      | 3                    | 9
            2026-10-01 | cat       | 1                             | 1                              | 4                      | 1                    |
            2025-10-01 | bob       | 7                             | 7                              | 7                      | 7                    | 7
            """,
            unplanned_admission_count_12m=pl.Int64,
            emergency_attendance_count_12m=pl.Int64,
            unplanned_bed_days_12m=pl.Int64,
            gp_contact_count_12m=pl.Int64,
            medicine_count_3m=pl.Int64,
        ),
        "register.continuous_inpatient_spell": draw(
            """
            person_id | cost_gbp | admission_date
            ann       | 1000.5   | 2025-10-02
            ann       | 5000     | 2025-10-01
            bob       | 7000     | 2026-10-02
            """,
            cost_gbp=pl.Float64,
        ),
        "staging.emergency": draw(
            """
            person_id | cost_gbp | arrival_at
            bob       | 150      | 2026-09-30
            cat       |          | 2026-09-30
            """,
            cost_gbp=pl.Float64,
        ),
        "staging.outpatient": draw(
            "person_id | cost_gbp | appointment_date\nann | 99.5 | 2026-10-01", cost_gbp=pl.Float64
        ),
        "register.person_condition": draw(
            """
            person_id | condition
            ann       | depression
            ann       | autism
            bob       | diabetes
            cat       | anxiety
            """
        ),
        "codelist.membership": draw(
            """
            definition  | condition
            delphi-2022 | depression
            delphi-2022 | diabetes
            other       | anxiety
            """
        ),
        "codelist.condition": draw(
            """
            key        | kind
            depression | mental
            autism     | neurodevelopmental
            diabetes   | physical
            anxiety    | mental
            """
        ),
    }
    return tables | changed


def read(built: pl.DataFrame, stratum: str, cluster: str) -> dict[str, tuple[float, int]]:
    rows = built.filter(pl.col("stratum") == stratum, pl.col("cluster_id") == cluster)
    return {outcome: (up, down) for outcome, up, down in rows.select("outcome", "numerator", "denominator").iter_rows()}


def test_sums_and_people_of_whom_the_outcome_is_known(build: Build) -> None:
    built = build("clusters.outcome", inputs(), definition="delphi-2022")
    assert list(built.columns) == list(load_dictionary()["clusters.outcome"].columns)
    assert read(built, "all", "C01") == {
        "unplanned_admission": (1, 2),  # ann of ann and bob
        "unplanned_admissions": (2, 2),  # 2 + 0; not bob's 7 of the year before
        "emergency_attendance": (0, 0),  # not known of either
        "emergency_attendances": (0, 0),
        "unplanned_bed_days": (9, 2),
        "gp_contacts": (15, 2),  # 12 + 3
        "ten_medicines": (1, 2),  # ten, and nine
        "hospital_cost": (1250, 2),  # 1000.50 + 99.50 + 150; the spells a year and a day off the window are not in it
        "most_deprived": (1, 1),  # bob's is not known
        "mental_condition": (1, 2),  # ann
    }
    assert read(built, "all", "C02")["hospital_cost"] == (0, 1)
    assert read(built, "all", "C02")["mental_condition"] == (0, 1)  # anxiety is of another definition
    assert read(built, "all", "C02")["ten_medicines"] == (0, 0)
    assert read(built, "80+", "C01")["gp_contacts"] == (12, 1)


def test_no_cost_anywhere_is_not_known_and_not_zero(build: Build) -> None:
    tables = inputs()
    for name in ("register.continuous_inpatient_spell", "staging.emergency", "staging.outpatient"):
        tables[name] = tables[name].with_columns(cost_gbp=pl.lit(None, pl.Float64))
    built = build("clusters.outcome", tables, definition="delphi-2022")
    assert set(built.filter(pl.col("outcome") == "hospital_cost")["denominator"]) == {0}


def test_deviation_is_that_of_people(build: Build) -> None:
    built = build("clusters.outcome", inputs(), definition="delphi-2022")
    contacts = built.filter(pl.col("stratum") == "all", pl.col("outcome") == "gp_contacts").sort("cluster_id")
    # ann 12 and bob 3: mean 7.5, squares 4.5^2 + 4.5^2 = 40.5, over 2 - 1; one person has no deviation
    assert contacts["deviation"].to_list() == [pytest.approx(40.5**0.5), None]


PROFILE = draw("stratum | cluster_id | cluster_name\nall | C01 | Heart\nall | C01 | Heart\n80+ | C01 | Other")


def test_what_is_true_of_people_is_published_where_it_is_known(build: Build) -> None:
    outcome = draw(
        """
        stratum | cluster_id | outcome              | unit    | numerator | denominator
        all     | C01        | emergency_attendance | persons | 0         | 0
        all     | C01        | mental_condition     | persons | 1         | 2
        all     | C01        | most_deprived        | persons | 1         | 2
        all     | C01        | gp_contacts          | contacts | 9        | 2
        80+     | C01        | mental_condition     | persons | 5         | 7
        """,
        numerator=pl.Float64,
        denominator=pl.Int64,
    )
    people = draw(
        """
        stratum | person_id | cluster_id | is_certain
        all     | ann       | C01        | yes
        all     | bob       | C01        | no
        80+     | ann       | C01        | no
        """
    )
    tables = {"clusters.outcome": outcome, "clusters.person_cluster": people, "clusters.profile": PROFILE}
    built = build("marts.cluster_outcome", tables).sort("outcome")
    assert built.rows() == [("C01", "Heart", "mental_condition", 2, 1), ("C01", "Heart", "uncertain", 2, 1)]


def test_means_have_intervals_that_do_not_go_below_nothing(build: Build) -> None:
    outcome = draw(
        """
        stratum | cluster_id | outcome            | unit     | numerator | denominator | deviation
        all     | C01        | gp_contacts        | contacts | 400       | 100         | 5
        all     | C01        | unplanned_bed_days | nights   | 10        | 100         | 1
        all     | C01        | hospital_cost      | pounds   | 0         | 0           |
        all     | C01        | most_deprived      | persons  | 5         | 100         | 0.2
        """,
        numerator=pl.Float64,
        denominator=pl.Int64,
        deviation=pl.Float64,
    )
    built = build("marts.cluster_use", {"clusters.outcome": outcome, "clusters.profile": PROFILE}).sort("outcome")
    columns = ("outcome", "mean_use", "mean_use_lower", "mean_use_upper")
    # 400 / 100 = 4, 1.96 x 5 / 10 = 0.98; 10 / 100 = 0.1, 1.96 x 1 / 10 = 0.196, cut off at 0
    assert built.select(columns).rows() == [
        ("gp_contacts", 4.0, pytest.approx(3.02), pytest.approx(4.98)),
        ("unplanned_bed_days", 0.1, 0.0, pytest.approx(0.296)),
    ]
