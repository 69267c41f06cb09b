"""Nights, frequent use, missed appointments and the wide table, from drawn feeds. Index date 2026-10-01."""

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest
from conftest import INDEX_DATE, draw
from continuity_drawn import build_continuity, complete_contacts, draw_spine, read_codelist, with_dates

from mltc.data_dictionary import load_dictionary
from mltc.paths import CODELISTS
from mltc.warehouse import DuckDBWarehouse, load_models

Build = Callable[..., pl.DataFrame]
EARLIER = date(2025, 10, 1)
SPELLS = """
    spell_key | cips_id | person_id | admission_method | is_unplanned | is_regular | bed_days | stay_end_date
    1         | 1       | inside    | 21               | yes          | no         | 3        | 2026-01-04
    2         | 2       | over_edge | 22               | yes          | no         | 10       | 2025-10-06
    3         | 3       | in_now    | 2D               | yes          | no         | 5        |
    4         | 4       | after     | 21               | yes          | no         | 4        | 2026-10-05
    5         | 5       | old       | 21               | yes          | no         | 2        | 2024-10-03
    6         | 6       | older     | 21               | yes          | no         | 2        | 2024-10-01
    7         | 7       | elective  | 11               | no           | no         | 2        | 2026-01-04
    8         | 8       | mother    | 31               | no           | no         | 1        | 2026-01-04
    9         | 9       | unknown   |                  | no           | no         | 1        | 2026-01-04
    10        | 10      | regular   | 11               | no           | yes        | 1        | 2026-01-04
    11        | 11      | joined    | 21               | yes          | no         | 2        | 2026-01-04
    12        | 11      | joined    | 81               | no           | no         | 4        | 2026-01-08
    13        | 13      | no_night  | 21               | yes          | no         | 0        | 2026-01-04
"""


def feeds(**held: bool) -> pl.DataFrame:
    names = ("has_hospital_episode", "has_emergency", "has_outpatient", "has_gp_consultation")
    return pl.DataFrame({name: [held.get(name, True)] for name in names})


def spell_tables() -> dict[str, pl.DataFrame]:
    """Spells whose nights end on the day that they end, or on the index date; a CIPS is that of its first spell."""
    drawn = draw(SPELLS, spell_key=pl.Int64, cips_id=pl.Int64, bed_days=pl.Int64)
    first = drawn.group_by("cips_id", maintain_order=True).first()
    return {
        "register.spell": drawn.select("spell_key", "person_id", "bed_days", "stay_end_date"),
        "register.spell_cips": drawn.select("spell_key", "cips_id"),
        "register.continuous_inpatient_spell": first.select(
            "cips_id", "person_id", "admission_method", "is_unplanned", is_regular_attender=pl.col("is_regular")
        ),
        "codelist.admission_method": pl.read_csv(
            CODELISTS / "reference" / "admission_method.csv", schema_overrides={"code": pl.String}
        ),
    }


def test_nights_before_the_index_date(build: Build):
    persons = spell_tables()["register.spell"]["person_id"].unique().sort().to_list()
    inputs = {**spell_tables(), **with_dates(draw_spine(persons, INDEX_DATE, EARLIER)), "meta.feed": feeds()}
    found = build("utilisation.bed_days", inputs)
    rows = {(row[1]): row[2:] for row in found.filter(index_date=INDEX_DATE).rows()}
    # unplanned 12 and 24 months, planned 12 and 24, other 12 and 24
    assert rows["inside"] == (3, 3, 0, 0, 0, 0)
    assert rows["over_edge"] == (5, 10, 0, 0, 0, 0)  # nights of 2025-09-26 to 2025-10-05; from 2025-10-01 on in 12
    assert rows["in_now"] == (5, 5, 0, 0, 0, 0)  # still in: the five nights before the index date
    assert rows["after"] == (4, 4, 0, 0, 0, 0)  # register.spell counts up to the index date only
    assert rows["old"] == (0, 2, 0, 0, 0, 0)  # nights of 2024-10-01 and 2024-10-02
    assert rows["older"] == (0, 0, 0, 0, 0, 0)
    assert rows["elective"] == (0, 0, 2, 2, 0, 0)
    assert rows["mother"] == (0, 0, 0, 0, 1, 1)
    assert rows["unknown"] == (0, 0, 0, 0, 1, 1)
    assert rows["regular"] == (0, 0, 0, 0, 0, 0)
    assert rows["joined"] == (6, 6, 0, 0, 0, 0)  # a transfer stays unplanned
    assert rows["no_night"] == (0, 0, 0, 0, 0, 0)
    before = {(row[1]): row[2:] for row in found.filter(index_date=EARLIER).rows()}
    assert before["over_edge"] == (5, 5, 0, 0, 0, 0)  # 2025-09-26 to 2025-09-30
    assert before["inside"] == (0, 0, 0, 0, 0, 0)


def test_nights_without_a_hospital_feed_are_null(build: Build):
    inputs = {**spell_tables(), **with_dates(draw_spine(["inside"]))}
    found = build("utilisation.bed_days", {**inputs, "meta.feed": feeds(has_hospital_episode=False)})
    assert found.row(0)[2:] == (None,) * 6


def draw_attendances(counts: dict[str, int]) -> pl.DataFrame:
    rows = [
        (person, f"2026-01-{day + 1:02d} 12:00", "1", "01") for person, count in counts.items() for day in range(count)
    ]
    edges = [
        ("five", "2026-10-02 00:00", "1", "01"),  # after the index date
        ("five", "2025-10-01 23:59", "1", "01"),  # before the 12 months
        ("five", "2026-02-01 12:00", "4", "01"),  # planned
        ("five", "2026-02-02 12:00", "1", "05"),  # same day emergency care
        ("edge", "2026-10-01 23:59", "2", "03"),
        ("edge", "2025-10-02 00:00", None, None),  # not given counts
        ("edge", "2026-02-03 12:00", "X", "04"),
    ]
    names = ["person_id", "arrival_at", "attendance_category", "department_type"]
    return pl.DataFrame(rows + edges, names, orient="row").with_columns(
        pl.col("arrival_at").str.to_datetime("%Y-%m-%d %H:%M")
    )


def draw_visits(counts: dict[str, int], status: str = "attended") -> pl.DataFrame:
    rows = [(person, date(2026, 1, 1), status) for person, count in counts.items() for _ in range(count)]
    return pl.DataFrame(rows, ["person_id", "consultation_date", "status"], orient="row")


def build_high_intensity(
    build: Build, ages: dict[str, int], attendances: pl.DataFrame, visits: pl.DataFrame, **held: bool
) -> dict[str, dict[str, object]]:
    persons = list(ages)
    spine = draw_spine(persons).with_columns(age_years=pl.Series(list(ages.values())))
    found = build(
        "utilisation.high_intensity_use",
        {
            **with_dates(spine),
            "meta.feed": feeds(**held),
            "staging.person": pl.DataFrame({"person_id": persons, "sex": ["2"] * len(persons)}),
            "codelist.age_band": pl.read_csv(CODELISTS / "reference" / "age_band.csv"),
            "staging.emergency": attendances,
            "staging.gp_consultation": visits,
        },
    )
    return {row["person_id"]: row for row in found.iter_rows(named=True)}


def test_frequent_emergency_attenders(build: Build):
    counts = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
    ages = dict.fromkeys([*counts, "edge", "none"], 40)
    found = build_high_intensity(build, ages, draw_attendances(counts), draw_visits({"two": 1}))
    flags = {
        person: (
            row["unplanned_attendance_count_12m"],
            row["is_frequent_attender"],
            row["is_high_intensity_user"],
            row["is_very_frequent_attender"],
        )
        for person, row in found.items()
    }
    assert flags == {
        "none": (0, False, False, False),
        "two": (2, False, False, False),
        "three": (3, True, False, False),
        "edge": (3, True, False, False),
        "four": (4, True, False, False),
        "five": (5, True, True, False),  # the four rows at its edges do not count
        "six": (6, True, True, True),
    }


def test_the_top_tenth_of_age_band_and_sex(build: Build):
    young = {f"y{number}": number for number in range(20)}  # 0 to 19 contacts, 20 people: the top two
    old = {f"o{number}": 30 for number in range(18)} | {"o18": 31, "o19": 30}  # one above a tie of 19
    even = {f"e{number}": 3 for number in range(10)}  # all alike: nobody
    few = {f"f{number}": number for number in range(9)}  # a tenth of nine is less than one: nobody
    ages = dict.fromkeys(young, 30) | dict.fromkeys(old, 70) | dict.fromkeys(even, 50)
    ages |= dict.fromkeys(few, 90)
    visits = pl.concat([draw_visits(young | old | even | few), draw_visits({"y1": 50}, "dna")])
    found = build_high_intensity(build, ages, draw_attendances({}), visits)
    frequent = {person for person, row in found.items() if row["is_practice_frequent_attender"]}
    assert frequent == {"y18", "y19", "o18"}


def test_nobody_is_frequent_where_nobody_came_and_feeds_are_null(build: Build):
    ages = {f"p{number}": 40 for number in range(10)}
    found = build_high_intensity(
        build, ages, draw_attendances({}), draw_visits({}).cast({"consultation_date": pl.Date})
    )
    assert not any(row["is_practice_frequent_attender"] for row in found.values())
    held = {"has_emergency": False, "has_gp_consultation": False}
    row = build_high_intensity(build, ages, draw_attendances({}), draw_visits({"p1": 1}), **held)["p1"]
    assert [value for name, value in row.items() if name not in ("index_date", "person_id")] == [None] * 6


MISSED_GP = """
    person_id | consultation_date | status
    p         | 2026-10-01        | dna
    p         | 2025-10-02        | dna
    p         | 2025-10-01        | dna
    p         | 2026-10-02        | dna
    p         | 2026-01-01        | attended
    p         | 2026-01-02        | attended
    p         | 2026-01-03        | cancelled
    p         | 2026-01-04        |
    kept      | 2026-01-01        | attended
    cancelled | 2026-01-01        | cancelled
"""
MISSED_HOSPITAL = """
    person_id | appointment_date | attendance_status | first_or_followup
    p         | 2026-10-01       | 3                 | 1
    p         | 2025-10-01       | 3                 | 1
    p         | 2026-01-01       | 5                 | 2
    p         | 2026-01-02       | 6                 |
    p         | 2026-01-03       | 7                 | 2
    p         | 2026-01-04       | 2                 | 2
    p         | 2026-01-05       | 4                 | 2
    p         | 2026-01-06       | 0                 | 2
    p         | 2026-01-07       | 3                 | 5
    p         | 2026-01-08       |                   | 1
    cancelled | 2026-01-01       | 2                 | 1
"""


def build_missed(build: Build, **held: bool) -> dict[str, tuple[object, ...]]:
    found = build(
        "utilisation.missed_appointments",
        {
            **with_dates(draw_spine(["p", "kept", "cancelled", "none"])),
            "meta.feed": feeds(**held),
            "staging.gp_consultation": draw(MISSED_GP),
            "staging.outpatient": draw(MISSED_HOSPITAL),
        },
    )
    return {row[1]: row[2:] for row in found.rows()}


def test_missed_appointments(build: Build):
    found = build_missed(build)
    # practice: 2 missed of 4; outpatients: 1 missed of 4 (3, 5, 6 and 7)
    assert found["p"] == (4, 2, 2 / 4, 4, 1, 1 / 4)
    assert found["kept"] == (1, 0, 0.0, 0, 0, None)
    assert found["cancelled"] == (0, 0, None, 0, 0, None)
    assert found["none"] == (0, 0, None, 0, 0, None)


def test_missed_appointments_of_a_missing_feed_are_null(build: Build):
    found = build_missed(build, has_outpatient=False)
    assert found["none"] == (0, 0, None, None, None, None)
    found = build_missed(build, has_gp_consultation=False)
    assert found["none"] == (None, None, None, 0, 0, None)


def build_person_use(build: Build, **held: bool) -> dict[tuple[date, str], dict[str, object]]:
    """The wide table of everything above, for the same persons, on two index dates."""
    persons = ["over_edge", "joined", "none"]
    spine = draw_spine(persons, EARLIER, INDEX_DATE).with_columns(age_years=40)
    build("utilisation.bed_days", {**spell_tables(), **with_dates(spine), "meta.feed": feeds(**held)})
    people = pl.DataFrame({"person_id": persons, "sex": ["1"] * 3})
    bands = pl.read_csv(CODELISTS / "reference" / "age_band.csv")
    visits = complete_contacts(
        draw(
            """
            person_id | clinician_id | consultation_date
            joined    | A            | 2026-01-01
            joined    | A            | 2026-01-02
            joined    | B            | 2026-01-03
            """
        )
    )
    build_continuity(build, visits, spine)
    emergency = draw_attendances({"joined": 5})
    build(
        "utilisation.high_intensity_use",
        {
            "staging.person": people,
            "codelist.age_band": bands,
            "staging.emergency": emergency,
            "meta.feed": feeds(**held),
        },
    )
    build("utilisation.missed_appointments", {"staging.outpatient": draw(MISSED_HOSPITAL)})
    admissions = draw(
        "code_set | person_id | acsc_group | admission_date \n ccg_ois_2.6 | joined | chronic | 2026-01-02"
    )
    build("utilisation.ambulatory_care_sensitive", {"utilisation.acsc_admission": admissions})
    discharges = draw(
        """
        person_id | discharge_date | readmission_date
        joined    | 2026-10-01     |
        joined    | 2025-10-02     | 2025-10-05
        joined    | 2025-10-01     | 2025-10-02
        joined    | 2024-10-02     | 2024-10-03
        """
    )
    found = build("utilisation.person_use", {"utilisation.readmission": discharges})
    return {(row["index_date"], row["person_id"]): row for row in found.iter_rows(named=True)}


def test_the_wide_table(build: Build):
    found = build_person_use(build)
    assert len(found) == 6  # one row per index date and person
    row = found[INDEX_DATE, "joined"]
    assert (row["usual_provider_index_24m"], row["sequential_index_12m"]) == (2 / 3, 1 / 2)
    assert (row["acsc_admission_count_12m"], row["last_acsc_admission_date"]) == (1, date(2026, 1, 2))
    assert (row["unplanned_night_count_12m"], row["is_high_intensity_user"]) == (6, True)
    assert row["gp_missed_rate_12m"] == 0
    nobody = found[INDEX_DATE, "none"]
    assert (nobody["usual_provider_index_24m"], nobody["gp_missed_rate_12m"]) == (None, None)
    assert (nobody["acsc_admission_count_12m"], nobody["unplanned_night_count_24m"]) == (0, 0)


def test_readmissions_by_person_count_by_their_own_day(build: Build):
    found = build_person_use(build)
    names = ("index_discharge_count_12m", "emergency_readmission_count_12m", "last_readmission_date")
    counts = {key: tuple(row[name] for name in names) for key, row in found.items()}
    assert counts[INDEX_DATE, "joined"] == (2, 2, date(2025, 10, 5))  # readmitted on 2025-10-05 and on 2025-10-02
    assert counts[EARLIER, "joined"] == (2, 1, date(2024, 10, 3))  # the one of 2025-10-02 was not known then
    assert counts[INDEX_DATE, "none"] == (0, 0, None)


@pytest.mark.parametrize("name", ["acsc_code", "acsc_related_code", "acsc_rule", "readmission_code", "gp_role"])
def test_every_row_of_a_list_has_its_source(name: str):
    rows = read_codelist(name)
    assert rows["source"].str.len_chars().min() > 3
    assert set(rows["verified"]) <= {"yes", "partial", "no"}
    assert rows["code"].str.contains("[.]").not_().all()


def test_built_columns_are_documented(build: Build, warehouse: DuckDBWarehouse):
    build_person_use(build)
    documented = load_dictionary()
    drawn = {"utilisation.acsc_admission", "utilisation.readmission"}
    built = {name for name in load_models() if name.startswith("utilisation.")} - drawn
    for name in built:
        assert list(warehouse.columns(name)) == list(documented[name].columns), name
