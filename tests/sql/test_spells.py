"""Provider spells and continuous inpatient spells (CIPS) from drawn episodes. Index date 2026-10-01."""

from collections.abc import Callable
from datetime import date

import numpy as np
import polars as pl
import pytest
from conftest import INDEX_DATE, draw

from mltc.paths import CODELISTS
from mltc.reference import _read_reference

Build = Callable[..., pl.DataFrame]
DEFAULTS = {
    "spell_id": None,
    "episode_order": None,
    "provider_code": "RA1",
    "admission_method": "21",
    "admission_source": None,
    "discharge_method": None,
    "discharge_destination": None,
    "patient_class": "1",
    "specialty": "300",
    "diagnoses": None,
    "cost_gbp": None,
    "admission_date": None,
    "discharge_date": None,
    "episode_start": None,
    "episode_end": None,
}
TYPES = {
    "episode_order": pl.Int64,
    "cost_gbp": pl.Float64,
    "diagnoses": pl.List(pl.String),
    "episode_start": pl.Date,
    "episode_end": pl.Date,
    "discharge_date": pl.Date,
}
NOBODY = "person_id | death_date \n nobody | 2020-01-01"


def draw_episodes(text: str) -> pl.DataFrame:
    """Drawn episodes, typed; a column that is not drawn has its default, and rows are numbered from 1."""
    types = {name: kind for name, kind in TYPES.items() if kind != pl.Date}
    drawn = draw(text.replace("provider |", "provider_code |"), **types)
    return complete_episodes(
        drawn.with_columns(
            pl.col(name).str.to_date("%Y-%m-%d") for name in ("episode_start", "episode_end") if name in drawn.columns
        )
    )


def complete_episodes(drawn: pl.DataFrame) -> pl.DataFrame:
    """Episodes with the defaults of the columns that they lack, and numbered rows."""
    missing = [
        pl.lit(value, dtype=TYPES.get(name, pl.String)).alias(name)
        for name, value in DEFAULTS.items()
        if name not in drawn.columns
    ]
    return drawn.with_columns(missing).with_row_index("row_id", offset=1).with_columns(pl.col("row_id").cast(pl.Int64))


def build_spells(build: Build, text: str, deaths: str = NOBODY) -> pl.DataFrame:
    """register.spell of drawn episodes."""
    return build_spells_of(build, draw_episodes(text), deaths)


def build_spells_of(build: Build, episodes: pl.DataFrame, deaths: str = NOBODY) -> pl.DataFrame:
    """register.spell of a frame of episodes."""
    reference = {
        f"codelist.{name}": _read_reference(CODELISTS / "reference" / f"{name}.csv")
        for name in ("admission_method", "point_of_delivery", "hospital_transfer")
    }
    build("register.spell_episode", {"staging.hospital_episode": episodes})
    return build("register.spell", {"register.death": draw(deaths), **reference})


def build_cips(build: Build, text: str, deaths: str = NOBODY) -> pl.DataFrame:
    """register.continuous_inpatient_spell of drawn episodes."""
    return build_cips_of(build, draw_episodes(text), deaths)


def build_cips_of(build: Build, episodes: pl.DataFrame, deaths: str = NOBODY) -> pl.DataFrame:
    """register.continuous_inpatient_spell of a frame of episodes."""
    build_spells_of(build, episodes, deaths)
    build("register.spell_cips", {})
    return build("register.continuous_inpatient_spell", {})


def by_person(found: pl.DataFrame, *columns: str) -> dict[str, list[tuple[object, ...]]]:
    """Rows of each person in order of admission."""
    answer: dict[str, list[tuple[object, ...]]] = {}
    for person, *values in found.sort("admission_date", "discharge_date").select("person_id", *columns).rows():
        answer.setdefault(person, []).append(tuple(values))
    return answer


def test_death_is_the_earliest_of_the_feeds(build):
    found = build(
        "register.death",
        {
            "staging.death": draw(
                "person_id | death_date \n two | 2026-03-02 \n two | 2026-03-01 \n feed | 2026-01-01 \n undated |"
            ),
            "staging.person": draw(
                "person_id | death_date \n two | 2026-03-03 \n own | 2026-02-01 \n alive | \n feed | 2025-12-31"
            ),
        },
    )
    assert found.rows() == [
        ("feed", date(2025, 12, 31)),
        ("own", date(2026, 2, 1)),
        ("two", date(2026, 3, 1)),
    ]


def test_spell_joins_episodes_in_any_order(build):
    """First episode: lowest order, whatever the row; last: highest; a gap in the orders is no second spell."""
    found = build_spells(
        build,
        """
        person_id | spell_id | episode_order | admission_method | discharge_destination | discharge_method | diagnoses | cost_gbp | admission_date | discharge_date | episode_start | episode_end
        p         | S        | 5             | 11               | 19                    | 1                | I10       | 10       | 2026-01-01     | 2026-01-09     | 2026-01-06    | 2026-01-09
        p         | S        | 2             | 21               | 98                    | 8                | I21 E11   | 20       | 2026-01-01     |                | 2026-01-01    | 2026-01-04
        p         | S        | 4             | 11               | 98                    | 8                | J18       | 5        | 2026-01-01     |                | 2026-01-04    | 2026-01-06
        """,
    )
    assert found.height == 1
    spell = found.row(0, named=True)
    assert (spell["spell_key"], spell["admission_method"], spell["primary_diagnosis"]) == (2, "21", "I21")
    assert (spell["discharge_destination"], spell["discharge_method"]) == ("19", "1")
    assert (spell["episode_count"], spell["cost_gbp"]) == (3, 35.0)  # 10 + 20 + 5
    assert (spell["length_of_stay_days"], spell["bed_days"]) == (8, 8)  # 1st to 9th
    assert spell["is_unplanned"] and not spell["is_open"]


def test_an_episode_sent_again_counts_once(build):
    """The finished version counts, then the latest row: unfinished (90), finished (100), finished and mended (110)."""
    found = build_spells(
        build,
        """
        person_id | spell_id | episode_order | cost_gbp | admission_date | discharge_date | episode_start | episode_end
        p         | S        | 1             | 100      | 2026-01-01     | 2026-01-05     | 2026-01-01    | 2026-01-05
        p         | S        | 1             | 110      | 2026-01-01     | 2026-01-06     | 2026-01-01    | 2026-01-06
        p         | S        | 1             | 90       | 2026-01-01     |                | 2026-01-01    |
        """,
    )
    assert found.select("episode_count", "cost_gbp", "bed_days").rows() == [(1, 110.0, 5)]


def test_a_spell_number_is_unique_only_within_provider_and_admission(build):
    found = build_spells(
        build,
        """
        person_id | spell_id | provider | episode_order | admission_date | discharge_date | episode_start | episode_end
        reused    | S        | RA1      | 1             | 2026-01-01     | 2026-01-05     |               |
        reused    | S        | RA1      | 1             | 2026-03-01     | 2026-03-02     |               |
        providers | S        | RA1      | 1             | 2026-01-01     | 2026-01-05     |               |
        providers | S        | RB2      | 1             | 2026-01-05     | 2026-01-09     |               |
        none      | S        |          | 1             | 2026-01-01     | 2026-01-05     |               |
        none      | S        | RA1      | 1             | 2026-02-01     | 2026-02-02     |               |
        misdated  | S        | RA1      | 1             | 2026-01-01     |                | 2026-01-01    | 2026-01-03
        misdated  | S        | RA1      | 2             | 2026-01-03     | 2026-01-05     | 2026-01-03    | 2026-01-05
        unended   | S        | RA1      | 1             | 2026-01-01     |                | 2026-01-01    |
        unended   | S        | RA1      | 2             | 2026-01-03     | 2026-01-05     | 2026-01-03    | 2026-01-05
        unnumbered|          | RA1      | 1             | 2026-01-01     | 2026-01-02     |               |
        unnumbered|          | RA1      | 2             | 2026-01-01     | 2026-01-02     |               |
        unnumbered|          | RA1      | 1             | 2026-01-09     | 2026-01-10     |               |
        """,
    )
    assert {person: [row[0] for row in rows] for person, rows in by_person(found, "bed_days").items()} == {
        "reused": [4, 1],
        "providers": [4, 4],
        "none": [4, 1],  # a provider that is not given is one of its own
        "misdated": [4],  # one admission on the 1st: the second episode begins when the first ends
        "unended": [4],  # the first episode has no end: what follows under its number is the same spell
        "unnumbered": [1, 1],  # by admission date
    }


def test_end_of_a_stay_without_a_discharge_date(build):
    found = build_spells(
        build,
        """
        person_id | spell_id | provider | patient_class | admission_method | admission_source | discharge_method | admission_date | discharge_date | episode_end
        open      | 1        | RA1      | 1             | 21               |                  | 8                | 2026-09-29     |                |
        sentinel  | 1        | RA1      | 1             | 21               |                  |                  | 2026-09-29     | 9999-01-01     |
        oldest    | 1        | RA1      | 1             | 21               |                  |                  | 2026-09-29     | 1801-01-01     |
        today     | 1        | RA1      | 1             | 21               |                  |                  | 2026-10-01     |                |
        leaves    | 1        | RA1      | 1             | 21               |                  | 1                | 2026-09-29     | 2026-10-01     |
        later     | 1        | RA1      | 1             | 21               |                  | 1                | 2026-09-29     | 2026-10-02     |
        future    | 1        | RA1      | 1             | 11               |                  |                  | 2026-10-02     |                |
        died      | 1        | RA1      | 1             | 21               |                  |                  | 2026-01-01     |                |
        died_then | 1        | RA1      | 1             | 21               |                  | 1                | 2026-01-01     | 2026-01-03     |
        over      | 1        | RA1      | 1             | 21               |                  | 1                | 2026-01-01     |                | 2026-01-04
        day_case  | 1        | RA1      | 2             | 11               |                  |                  | 2026-01-01     |                |
        regular   | 1        | RA1      | 3             | 13               |                  |                  | 2026-01-01     |                |
        again     | 1        | RA1      | 1             | 21               | 19               |                  | 2026-01-01     |                | 2026-01-02
        again     | 2        | RA1      | 1             | 21               |                  | 1                | 2026-05-01     | 2026-05-03     |
        home      | 1        | RA1      | 1             | 21               | 19               |                  | 2026-01-01     |                | 2026-01-02
        home      | 2        | RB2      | 1             | 21               | 19               | 1                | 2026-05-01     | 2026-05-03     |
        """,
        deaths="person_id | death_date \n died | 2026-01-08 \n died_then | 2026-01-08 \n open | 2026-10-02",
    )
    columns = ("bed_days", "length_of_stay_days", "is_open", "is_ended_by_death")
    assert by_person(found, *columns) == {
        "open": [(2, None, True, False)],  # two nights up to the index date; dies after it
        "sentinel": [(2, None, True, False)],
        "oldest": [(2, None, True, False)],
        "today": [(0, None, True, False)],
        "leaves": [(2, 2, False, False)],  # discharged on the index date
        "later": [(2, None, True, False)],  # not yet on the index date
        "future": [(0, None, False, False)],
        "died": [(7, 7, False, True)],  # 1st to 8th
        "died_then": [(2, 2, False, False)],  # at home, days later
        "over": [(3, 3, False, False)],  # discharged, day not given: last seen on the 4th
        "day_case": [(0, 0, False, False)],
        "regular": [(0, 0, False, False)],
        "again": [(1, 1, False, False), (2, 2, False, False)],  # cannot be in the same hospital twice
        "home": [(1, 1, False, False), (2, 2, False, False)],  # came from home: was not in hospital
    }


@pytest.mark.parametrize(
    ("method", "patient_class", "discharge", "expected", "is_unplanned"),
    [
        ("11", "1", "2026-01-01", "elective_ordinary", False),
        ("12", "2", "2026-01-01", "day_case", False),
        ("12", "2", "2026-01-02", "elective_ordinary", False),  # stayed overnight after all
        ("13", "3", "2026-01-01", "regular_attender", False),
        ("13", "3", "2026-01-02", "elective_ordinary", False),
        ("13", "4", "2026-01-02", "regular_attender", False),
        ("13", "4", "2026-01-03", "elective_ordinary", False),
        ("11", "5", "2026-01-02", "maternity", False),
        ("11", "8", "2026-01-02", "not_known", False),
        ("11", "", "2026-01-02", "not_known", False),
        ("21", "1", "2026-01-01", "emergency", True),
        ("2B", "", "2026-01-01", "emergency", True),
        ("28", "2", "2026-01-01", "emergency", True),  # a day case is elective by definition
        ("31", "5", "2026-01-02", "maternity", False),
        ("82", "1", "2026-01-02", "maternity", False),
        ("81", "1", "2026-01-02", "other_non_elective", False),
        ("98", "1", "2026-01-02", "not_known", False),
        ("", "1", "2026-01-02", "not_known", False),
    ],
)
def test_point_of_delivery(build, method, patient_class, discharge, expected, is_unplanned):
    spell = build_spells(
        build,
        f"""
        person_id | admission_method | patient_class   | admission_date | discharge_date
        p         | {method}         | {patient_class} | 2026-01-01     | {discharge}
        """,
    ).row(0, named=True)
    assert (spell["point_of_delivery"], spell["is_unplanned"]) == (expected, is_unplanned)
    assert spell["is_day_case"] == (expected == "day_case")
    assert spell["is_regular_attender"] == (expected == "regular_attender")


def test_no_night_counts_twice(build):
    found = build_spells(
        build,
        """
        person_id | provider | admission_date | discharge_date
        nested    | RA1      | 2026-01-01     | 2026-01-11
        nested    | RB2      | 2026-01-03     | 2026-01-05
        partly    | RA1      | 2026-01-01     | 2026-01-05
        partly    | RB2      | 2026-01-03     | 2026-01-08
        twice     | RA1      | 2026-01-01     | 2026-01-05
        twice     | RB2      | 2026-01-01     | 2026-01-05
        touching  | RA1      | 2026-01-01     | 2026-01-05
        touching  | RB2      | 2026-01-05     | 2026-01-06
        """,
    )
    nights = {person: [row[0] for row in rows] for person, rows in by_person(found, "bed_days").items()}
    assert nights == {
        "nested": [10, 0],
        "partly": [4, 3],  # 1st to 5th, then 5th to 8th
        "twice": [4, 0],
        "touching": [4, 1],
    }
    assert found.filter(person_id="nested")["length_of_stay_days"].sort().to_list() == [2, 10]


TRANSFERS = """
    person_id     | provider | admission_method | admission_source | discharge_destination | admission_date | discharge_date
    gap_3         | RA1      | 21               | 19               | 51                    | 2026-01-01     | 2026-01-05
    gap_3         | RB2      | 11               | 19               | 19                    | 2026-01-08     | 2026-01-10
    gap_4         | RA1      | 21               | 19               | 51                    | 2026-01-01     | 2026-01-05
    gap_4         | RB2      | 11               | 19               | 19                    | 2026-01-09     | 2026-01-10
    home          | RA1      | 21               | 19               | 19                    | 2026-01-01     | 2026-01-05
    home          | RB2      | 21               | 19               | 19                    | 2026-01-05     | 2026-01-07
    source        | RA1      | 21               | 19               |                       | 2026-01-01     | 2026-01-05
    source        | RB2      | 11               | 53               | 19                    | 2026-01-05     | 2026-01-07
    method_2b     | RA1      | 21               | 19               | 19                    | 2026-01-01     | 2026-01-05
    method_2b     | RB2      | 2B               | 19               | 19                    | 2026-01-06     | 2026-01-07
    method_81     | RA1      | 21               | 19               | 19                    | 2026-01-01     | 2026-01-05
    method_81     | RB2      | 81               | 19               | 19                    | 2026-01-06     | 2026-01-07
    miscoded      | RA1      | 21               | 19               | 19                    | 2026-01-01     | 2026-01-05
    miscoded      | RB2      | 21               | 51               | 19                    | 2026-01-06     | 2026-01-07
    independent   | RA1      | 21               | 19               | 87                    | 2026-01-01     | 2026-01-05
    independent   | RB2      | 11               | 19               | 19                    | 2026-01-05     | 2026-01-06
    nothing       | RA1      | 21               |                  |                       | 2026-01-01     | 2026-01-05
    nothing       | RB2      | 21               |                  |                       | 2026-01-05     | 2026-01-07
    there_and_back| RA1      | 21               | 19               | 51                    | 2026-01-01     | 2026-01-05
    there_and_back| RB2      | 2B               | 51               | 51                    | 2026-01-05     | 2026-01-08
    there_and_back| RA1      | 81               | 51               | 19                    | 2026-01-09     | 2026-01-12
    same_day      | RB2      | 2B               | 51               | 19                    | 2026-01-01     | 2026-01-01
    same_day      | RA1      | 21               | 19               | 51                    | 2026-01-01     | 2026-01-01
    then_home     | RA1      | 21               | 19               | 51                    | 2026-01-01     | 2026-01-05
    then_home     | RB2      | 2B               | 51               | 19                    | 2026-01-05     | 2026-01-05
    then_home     | RA1      | 21               | 19               | 19                    | 2026-01-06     | 2026-01-07
    unknown       |          | 21               | 19               | 51                    | 2026-01-01     | 2026-01-02
    unknown       | RB2      | 81               | 51               | 19                    | 2026-01-02     | 2026-01-03
"""


def test_a_transfer_goes_on_with_the_stay(build):
    found = build_cips(build, TRANSFERS)
    assert by_person(found, "spell_count", "provider_count", "nights") == {
        "gap_3": [(2, 2, 6)],  # 4 + 2; the three days between are not nights
        "gap_4": [(1, 1, 4), (1, 1, 1)],
        "home": [(1, 1, 4), (1, 1, 2)],  # destination 19 and no sign of a transfer: admitted again
        "source": [(2, 2, 6)],
        "method_2b": [(2, 2, 5)],
        "method_81": [(2, 2, 5)],
        "miscoded": [(1, 1, 4), (1, 1, 1)],  # home, then by way of the own emergency department
        "independent": [(2, 2, 5)],
        "nothing": [(1, 1, 4), (1, 1, 2)],
        "there_and_back": [(3, 2, 10)],  # 4 + 3 + 3
        "same_day": [(2, 2, 0)],  # the transfer comes second, whatever the row
        "then_home": [(2, 2, 4), (1, 1, 1)],  # of two that end on one day, the later one says where to
        "unknown": [(2, 2, 2)],  # a provider not given counts as one
    }
    back = found.filter(person_id="there_and_back").row(0, named=True)
    assert (back["admission_date"], back["discharge_date"]) == (date(2026, 1, 1), date(2026, 1, 12))
    assert (back["admission_method"], back["discharge_destination"], back["is_unplanned"]) == ("21", "19", True)


def test_overlapping_and_open_stays_are_one(build):
    found = build_cips(
        build,
        """
        person_id  | provider | admission_method | admission_source | patient_class | admission_date | discharge_date
        nested     | RA1      | 11               | 19               | 1             | 2026-01-01     | 2026-01-11
        nested     | RB2      | 21               | 19               | 1             | 2026-01-03     | 2026-01-05
        nested     | RC3      | 81               | 51               | 1             | 2026-01-13     | 2026-01-14
        partly     | RA1      | 21               | 19               | 1             | 2026-01-01     | 2026-01-05
        partly     | RB2      | 21               | 19               | 1             | 2026-01-04     | 2026-01-08
        day_inside | RA1      | 21               | 19               | 1             | 2026-01-01     | 2026-01-11
        day_inside | RB2      | 11               | 19               | 2             | 2026-01-05     | 2026-01-05
        day_before | RA1      | 11               | 19               | 2             | 2026-01-01     | 2026-01-01
        day_before | RB2      | 21               | 19               | 1             | 2026-01-01     | 2026-01-04
        open       | RA1      | 21               | 19               | 1             | 2026-09-01     |
        open       | RB2      | 2B               | 51               | 1             | 2026-09-11     | 2026-09-21
        open_last  | RA1      | 21               | 19               | 1             | 2026-09-01     | 2026-09-11
        open_last  | RB2      | 2B               | 51               | 1             | 2026-09-11     |
        dialysis   | RA1      | 13               | 19               | 3             | 2026-01-01     | 2026-01-01
        dialysis   | RA1      | 13               | 51               | 3             | 2026-01-03     | 2026-01-03
        ward       | RA1      | 21               | 19               | 1             | 2026-01-01     | 2026-01-11
        ward       | RB2      | 13               | 51               | 3             | 2026-01-05     | 2026-01-05
        nights_out | RA1      | 21               | 19               | 1             | 2026-01-01     | 2026-01-11
        nights_out | RB2      | 13               | 51               | 4             | 2026-01-05     | 2026-01-06
        """,
    )
    columns = ("spell_count", "nights", "is_unplanned", "is_regular_attender", "is_open")
    assert by_person(found, *columns) == {
        "nested": [(3, 11, False, False, False)],  # 10 + 0 + 1; the transfer is 2 days after the end of the outer one
        "partly": [(2, 7, True, False, False)],  # 4 + 3
        "day_inside": [(2, 10, True, False, False)],
        "day_before": [(1, 0, False, False, False), (1, 3, True, False, False)],
        "open": [(2, 30, True, False, True)],  # September has 30 nights
        "open_last": [(2, 30, True, False, True)],  # 10 + 20
        "dialysis": [(1, 0, False, True, False)] * 2,  # a regular attendance is never joined
        "ward": [(1, 10, True, False, False), (1, 0, False, True, False)],
        "nights_out": [(1, 10, True, False, False), (1, 0, False, True, False)],  # the night counts on the ward
    }
    assert found.filter(pl.col("is_open"))["discharge_date"].to_list() == [None, None]


def test_every_spell_is_in_one_cips_and_nights_add_up(build, warehouse):
    found = build_cips(build, TRANSFERS)
    spells = warehouse.read("select * from register.spell")
    members = warehouse.read("select * from register.spell_cips")
    assert sorted(members["spell_key"]) == sorted(spells["spell_key"])
    assert set(members["cips_id"]) == set(found["cips_id"])
    assert found["spell_count"].sum() == spells.height
    assert found["nights"].sum() == spells["bed_days"].sum()
    assert found["is_unplanned"].sum() < spells["is_unplanned"].sum()  # an emergency transfer is not a new admission


def test_death_in_a_later_hospital_ends_the_cips(build):
    found = build_cips(
        build,
        """
        person_id | provider | admission_source | discharge_method | discharge_destination | admission_date | discharge_date
        p         | RA1      | 19               | 1                | 51                    | 2026-01-01     | 2026-01-03
        p         | RB2      | 51               | 4                | 79                    | 2026-01-03     | 2026-01-05
        q         | RA1      | 19               | 8                | 98                    | 2026-01-01     |
        """,
        deaths="person_id | death_date \n p | 2026-01-05 \n q | 2026-01-02",
    )
    assert by_person(found, "is_ended_by_death", "is_open", "discharge_date") == {
        "p": [(True, False, date(2026, 1, 5))],
        "q": [(True, False, date(2026, 1, 2))],
    }


def test_nights_are_the_distinct_nights_of_each_person(build, warehouse):
    """Against a count night by night, over 3,000 spells of 150 persons that overlap at random."""
    random = np.random.default_rng(7)
    first = np.datetime64("2025-06-01") + random.integers(0, 480, 3_000)
    stay = random.geometric(0.2, 3_000) - 1
    frame = pl.DataFrame(
        {
            "person_id": random.integers(0, 150, 3_000).astype(str),
            "provider_code": random.choice(["RA1", "RB2", "RC3"], 3_000),
            "admission_method": random.choice(["21", "11", "13", "2B", "81"], 3_000),
            "admission_source": random.choice(["19", "51"], 3_000),
            "discharge_destination": random.choice(["19", "51"], 3_000),
            "patient_class": random.choice(["1", "2", "4"], 3_000),
            "spell_id": np.arange(3_000).astype(str),
            "admission_date": first,
            "discharge_date": first + stay,
        }
    ).with_columns(pl.col("admission_date", "discharge_date").cast(pl.Date))
    build_cips_of(build, complete_episodes(frame))
    night = pl.date_ranges("admission_date", pl.min_horizontal("discharge_date", INDEX_DATE), closed="left")
    stays = frame.filter(pl.col("admission_date") < INDEX_DATE).select("person_id", night=night)
    expected = stays.explode("night").drop_nulls().unique().group_by("person_id").len().sort("person_id")
    found = warehouse.read(
        "select person_id, cast(sum(nights) as bigint) as nights from register.continuous_inpatient_spell"
        " group by person_id having sum(nights) > 0 order by person_id"
    )
    assert found.rows() == expected.rows()
