"""Emergency readmissions within 30 days (NHS Digital I02040): one drawn pair per rule. Index date 2026-10-01."""

from collections.abc import Callable

import polars as pl
from conftest import draw
from continuity_drawn import read_codelist

from mltc.data_dictionary import load_dictionary
from mltc.warehouse import DuckDBWarehouse

Build = Callable[..., pl.DataFrame]
SPELL = {
    "person_id": pl.String,
    "cips_id": pl.Int64,
    "point_of_delivery": pl.String,
    "specialty": pl.String,
    "spell_count": pl.Int64,
    "is_unplanned": pl.Boolean,
    "is_day_case": pl.Boolean,
    "is_regular_attender": pl.Boolean,
    "is_ended_by_death": pl.Boolean,
    "admission_date": pl.Date,
    "discharge_date": pl.Date,
}


def build_readmission(build: Build, text: str) -> dict[str, list[tuple[bool | None, int | None]]]:
    """Per person the index discharges by admission date: readmitted, and after how many days.

    kind: emergency, planned, day_case, regular or maternity; codes: diagnoses in order; note: death or a specialty.
    """
    drawn = draw(text).with_row_index("cips_id", 1)
    kind, note = pl.col("kind"), pl.col("note").fill_null("")
    spells = drawn.with_columns(
        point_of_delivery=pl.when(kind == "maternity").then(pl.lit("maternity")).otherwise(pl.lit("other")),
        specialty=pl.when(note.str.contains(r"^\d{3}$")).then(note).otherwise(None),
        spell_count=pl.when(note == "transferred").then(2).otherwise(1),
        is_unplanned=kind == "emergency",
        is_day_case=kind == "day_case",
        is_regular_attender=kind == "regular",
        is_ended_by_death=note == "death",
    )
    diagnoses = (
        drawn.select(pl.col("cips_id").alias("row_id"), code=pl.col("codes").str.split(" "))
        .with_columns(diagnosis_position=pl.int_ranges(1, pl.col("code").list.len() + 1))
        .explode("code", "diagnosis_position")
        .drop_nulls("code")
    )
    keys = drawn.select(pl.col("cips_id").alias("row_id"), pl.col("cips_id").alias("spell_key"), "cips_id")
    found = build(
        "utilisation.readmission",
        {
            "register.continuous_inpatient_spell": spells.select(
                pl.col(name).cast(kind) for name, kind in SPELL.items()
            ),
            "register.spell_episode": keys.select("row_id", "spell_key"),
            "register.spell_cips": keys.select("spell_key", "cips_id"),
            "staging.hospital_diagnosis": diagnoses,
            "codelist.readmission_code": read_codelist("readmission_code"),
        },
    )
    pairs: dict[str, list[tuple[bool | None, int | None]]] = {}
    for row in found.sort("person_id", "admission_date", "discharge_date").iter_rows(named=True):
        pairs.setdefault(row["person_id"], []).append((row["is_emergency_readmission"], row["readmission_days"]))
    return pairs


def test_zero_to_29_days(build: Build):
    found = build_readmission(
        build,
        """
        person_id | kind      | codes | note | admission_date | discharge_date
        same_day  | planned   |       |      | 2026-01-01     | 2026-01-05
        same_day  | emergency |       |      | 2026-01-05     | 2026-01-06
        day_29    | planned   |       |      | 2026-01-01     | 2026-01-05
        day_29    | emergency |       |      | 2026-02-03     | 2026-02-06
        day_30    | planned   |       |      | 2026-01-01     | 2026-01-05
        day_30    | emergency |       |      | 2026-02-04     | 2026-02-06
        still_in  | emergency |       |      | 2026-01-01     | 2026-01-05
        still_in  | emergency |       |      | 2026-01-10     |
        alone     | emergency |       |      | 2026-01-01     | 2026-01-05
        """,
    )
    assert found["same_day"] == [(True, 0), (False, None)]
    assert found["day_29"][0] == (True, 29)
    assert found["day_30"][0] == (False, None)
    assert found["still_in"] == [(True, 5)]  # the readmission is not finished, so it is no index discharge itself
    assert found["alone"] == [(False, None)]


def test_not_known_until_29_days_have_passed(build: Build):
    found = build_readmission(
        build,
        """
        person_id | kind      | codes | note | admission_date | discharge_date
        recent    | emergency |       |      | 2026-08-30     | 2026-09-03
        settled   | emergency |       |      | 2026-08-30     | 2026-09-02
        recent_in | emergency |       |      | 2026-09-01     | 2026-09-20
        recent_in | emergency |       |      | 2026-10-01     |
        recent_el | emergency |       |      | 2026-09-01     | 2026-09-20
        recent_el | planned   |       |      | 2026-09-25     | 2026-09-26
        to_come   | emergency |       |      | 2026-09-01     | 2026-09-20
        to_come   | emergency |       |      | 2026-10-02     |
        leaves    | emergency |       |      | 2026-09-01     | 2026-10-02
        """,
    )
    assert found["recent"] == [(None, None)]  # 2026-09-03 + 29 days = 2026-10-02, after the index date
    assert found["settled"] == [(False, None)]  # 2026-10-01
    assert found["recent_in"] == [(True, 11)]
    assert found["recent_el"][0] == (False, None)  # the spell that followed was planned
    assert found["to_come"] == [(None, None)]  # what lies after the index date is not known
    assert "leaves" not in found


def test_what_is_no_index_discharge(build: Build):
    found = build_readmission(
        build,
        """
        person_id   | kind      | codes       | note        | admission_date | discharge_date
        died        | emergency |             | death       | 2026-01-01     | 2026-01-05
        day_case    | day_case  |             |             | 2026-01-01     | 2026-01-01
        regular     | regular   |             |             | 2026-01-01     | 2026-01-01
        birth       | maternity |             |             | 2026-01-01     | 2026-01-03
        obstetrics  | emergency |             | 501         | 2026-01-01     | 2026-01-03
        midwife     | planned   |             | 560         | 2026-01-01     | 2026-01-03
        pregnant    | emergency | O200        |             | 2026-01-01     | 2026-01-03
        also        | emergency | S720 O994   |             | 2026-01-01     | 2026-01-03
        psychiatry  | emergency | F200        | 710         | 2026-01-01     | 2026-01-03
        medicine    | emergency | J180        | 300         | 2026-01-01     | 2026-01-03
        cancer      | emergency | J180 E11 C349 |           | 2026-01-01     | 2026-01-03
        uncertain   | emergency | D489        |             | 2026-01-01     | 2026-01-03
        in_situ     | emergency | D099        |             | 2026-01-01     | 2026-01-03
        benign      | emergency | D360        |             | 2026-01-01     | 2026-01-03
        chemo       | planned   | J180 Z511   |             | 2026-01-01     | 2026-01-03
        aftercare   | planned   | J180 Z512   |             | 2026-01-01     | 2026-01-03
        joined      | day_case  |             | transferred | 2026-01-01     | 2026-01-03
        """,
    )
    assert set(found) == {"also", "medicine", "in_situ", "benign", "aftercare", "joined"}


def test_cancer_in_the_365_days_before(build: Build):
    found = build_readmission(
        build,
        """
        person_id | kind      | codes | note | admission_date | discharge_date
        day_365   | emergency | C349  |      | 2024-12-01     | 2025-01-01
        day_365   | emergency | J18   |      | 2026-01-01     | 2026-01-03
        day_366   | emergency | C349  |      | 2024-12-01     | 2024-12-31
        day_366   | emergency | J18   |      | 2026-01-01     | 2026-01-03
        day_case  | day_case  | Z511  |      | 2025-12-01     | 2025-12-01
        day_case  | emergency | J18   |      | 2026-01-01     | 2026-01-03
        later     | emergency | J18   |      | 2026-01-01     | 2026-01-03
        later     | emergency | C349  |      | 2026-03-01     | 2026-03-03
        """,
    )
    assert set(found) == {"day_366", "later"}
    assert found["later"] == [(False, None)]  # the spell with cancer is not an index discharge either


def test_what_is_no_readmission(build: Build):
    found = build_readmission(
        build,
        """
        person_id  | kind      | codes     | note  | admission_date | discharge_date
        planned    | emergency |           |       | 2026-01-01     | 2026-01-05
        planned    | planned   |           |       | 2026-01-10     | 2026-01-12
        obstetric  | emergency |           |       | 2026-01-01     | 2026-01-05
        obstetric  | emergency |           | 501   | 2026-01-10     | 2026-01-12
        psychiatry | emergency |           |       | 2026-01-01     | 2026-01-05
        psychiatry | emergency |           | 710   | 2026-01-10     | 2026-01-12
        cancer     | emergency |           |       | 2026-01-01     | 2026-01-05
        cancer     | emergency | R52 C61   |       | 2026-01-10     | 2026-01-12
        dies       | emergency |           |       | 2026-01-01     | 2026-01-05
        dies       | emergency |           | death | 2026-01-10     | 2026-01-12
        """,
    )
    assert found["planned"][0] == (False, None)
    assert found["obstetric"] == [(False, None)]
    assert found["psychiatry"] == [(True, 5)]  # left out as an index discharge, not as a readmission
    assert found["cancer"] == [(False, None)]
    assert found["dies"] == [(True, 5)]


def test_the_next_spell_decides(build: Build):
    found = build_readmission(
        build,
        """
        person_id | kind      | codes | note | admission_date | discharge_date
        between   | emergency |       |      | 2026-01-01     | 2026-01-05
        between   | planned   |       |      | 2026-01-08     | 2026-01-09
        between   | emergency |       |      | 2026-01-12     | 2026-01-13
        dialysis  | emergency |       |      | 2026-01-01     | 2026-01-05
        dialysis  | regular   |       |      | 2026-01-06     | 2026-01-06
        dialysis  | day_case  |       |      | 2026-01-07     | 2026-01-07
        dialysis  | emergency |       |      | 2026-01-08     | 2026-01-09
        chain     | emergency |       |      | 2026-01-01     | 2026-01-05
        chain     | emergency |       |      | 2026-01-10     | 2026-01-11
        chain     | emergency |       |      | 2026-01-20     | 2026-01-21
        """,
    )
    assert found["between"] == [(False, None), (True, 3), (False, None)]  # counts once, for the last discharge before
    assert found["dialysis"] == [(True, 3), (False, None)]
    assert found["chain"] == [(True, 5), (True, 9), (False, None)]


def test_built_columns_are_documented(build: Build, warehouse: DuckDBWarehouse):
    build_readmission(
        build,
        "person_id | kind | codes | note | admission_date | discharge_date \n p | emergency | | | 2026-01-01 | 2026-01-05",
    )
    documented = load_dictionary()["utilisation.readmission"].columns
    assert list(warehouse.columns("utilisation.readmission")) == list(documented)


def test_codes_are_what_the_indicator_names():
    codes = read_codelist("readmission_code").filter(pl.col("verified") == "yes")
    cancer = set(codes.filter(pl.col("exclusion") == "cancer")["code"])
    assert cancer == {"C", "Z511"} | {f"D{number}" for number in range(37, 49)}
    assert set(codes.filter(exclusion="maternity", field="specialty")["code"]) == {"501", "560"}
