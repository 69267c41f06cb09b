"""Indicators of need, each as a drawn table. Index date 2026-10-01; state present, absent or not known."""

import tomllib

import polars as pl
import pytest
from conftest import draw
from continuity_drawn import build_continuity, complete_contacts, draw_spine

from mltc.paths import CODELISTS, SQL
from mltc.warehouse import load_models

MLTC = """
    person_id | definition | is_mltc | condition_count | has_physical_mental | mltc_onset_date
    {rows}
"""


def mltc(*persons: str) -> pl.DataFrame:
    rows = "\n".join(f"{person} | d | yes | 2 | no | 2020-01-01" for person in persons)
    return draw(MLTC.format(rows=rows), condition_count=pl.Int64)


def feeds(**held: bool) -> pl.DataFrame:
    return pl.DataFrame({name: [value] for name, value in held.items()})


def use(text: str) -> pl.DataFrame:
    frame = draw(text)
    counts = [name for name in frame.columns if "_count_" in name]
    return frame.with_columns(pl.col(counts).cast(pl.Int64), index_date=pl.lit("2026-10-01").str.to_date())


def states(frame: pl.DataFrame) -> dict[str, str]:
    return dict(frame.select("person_id", "state").rows())


def test_every_indicator_of_the_catalogue_has_its_file_and_is_in_the_union():
    catalogue = tomllib.loads((CODELISTS / "needs.toml").read_text(encoding="utf-8"))
    keys = {indicator["key"] for need in catalogue["need"] for indicator in need.get("indicator", [])}
    files = {path.stem.removeprefix("indicator_") for path in (SQL / "needs").glob("indicator_*.sql")}
    union = load_models()["needs.person_indicator"].sql
    assert keys == files
    assert all(f"needs.indicator_{key}\n" in union for key in keys)


def test_physical_and_mental(build):
    found = build(
        "needs.indicator_physical_and_mental",
        {
            "register.mltc": draw(
                """
                person_id | definition | is_mltc | condition_count | has_physical_mental | mltc_onset_date
                both      | d          | yes     | 2               | yes                 | 2020-01-01
                physical  | d          | yes     | 2               | no                  | 2020-01-01
                no_mltc   | d          | no      | 1               | no                  |
                other     | e          | yes     | 2               | yes                 | 2020-01-01
                """,
                condition_count=pl.Int64,
            )
        },
        definition="d",
    )
    assert states(found) == {"both": "present", "physical": "absent"}


@pytest.mark.parametrize(
    ("indicator", "column", "below", "at"),
    [
        ("three_specialties", "outpatient_specialty_count_12m", 2, 3),
        ("two_unplanned_admissions", "unplanned_admission_count_12m", 1, 2),
        ("ten_medicines", "medicine_count_3m", 9, 10),
    ],
)
def test_counts_at_their_boundary(build, indicator, column, below, at):
    found = build(
        f"needs.indicator_{indicator}",
        {
            "register.mltc": mltc("below", "at", "unread"),
            "features.use_count": use(
                f"""
                person_id | {column} | last_unplanned_admission_date
                below     | {below}  |
                at        | {at}     |
                unread    |          |
                """
            ),
        },
        definition="d",
    )
    assert states(found) == {"below": "absent", "at": "present", "unread": "not_known"}


def test_no_contact_needs_both_main_feeds_to_say_so(build):
    found = build(
        "needs.indicator_no_contact",
        {
            "register.mltc": mltc("none", "dialysis", "seen", "no_gp", "no_hospital", "no_gp_seen"),
            "features.use_count": use(
                """
                person_id  | gp_contact_count_12m | outpatient_attended_count_12m | emergency_attendance_count_12m | unplanned_admission_count_12m | planned_admission_count_12m | regular_attendance_count_12m
                none       | 0                    | 0                             | 0                              | 0                             | 0                           | 0
                dialysis   | 0                    | 0                             | 0                              | 0                             | 0                           | 150
                seen       | 0                    | 1                             | 0                              | 0                             | 0                           | 0
                no_gp      |                      | 0                             | 0                              | 0                             | 0                           | 0
                no_hospital| 0                    | 0                             | 0                              |                               |                             |
                no_gp_seen |                      | 0                             | 1                              | 0                             | 0                           | 0
                """
            ),
        },
        definition="d",
    )
    assert states(found) == {
        "none": "present",
        "dialysis": "absent",  # a regular attendance is a contact
        "seen": "absent",
        "no_gp": "not_known",
        "no_hospital": "not_known",
        "no_gp_seen": "absent",  # one contact is enough to know
    }


def test_missed_appointments(build):
    found = build(
        "needs.indicator_missed_appointments",
        {
            "register.mltc": mltc("one_each", "one", "two_known", "one_known"),
            "utilisation.missed_appointments": use(
                """
                person_id | gp_missed_count_12m | outpatient_missed_count_12m
                one_each  | 1                   | 1
                one       | 1                   | 0
                two_known | 2                   |
                one_known | 1                   |
                """
            ),
        },
        definition="d",
    )
    assert states(found) == {
        "one_each": "present",
        "one": "absent",
        "two_known": "present",  # two in one feed are enough
        "one_known": "not_known",
    }


def test_low_continuity_is_below_half_of_three_or_more_contacts(build):
    rows = [
        *[("half", "A", 2), ("half", "B", 2)],  # 2 / 4 = 0.5: not below
        *[("low", "A", 1), ("low", "B", 1), ("low", "C", 1)],  # 1 / 3
        *[("few", "A", 1), ("few", "B", 1)],  # two contacts: not known
    ]
    contacts = [
        {"person_id": person, "clinician_id": clinician, "status": "attended", "consultation_date": "2026-01-01"}
        for person, clinician, count in rows
        for _ in range(count)
    ]
    contacts += [  # outside the 24 months, not attended, or without a name: none of them counts
        {"person_id": "few", "clinician_id": "A", "status": "attended", "consultation_date": "2024-10-01"},
        {"person_id": "few", "clinician_id": "A", "status": "dna", "consultation_date": "2026-01-01"},
        {"person_id": "few", "clinician_id": None, "status": "attended", "consultation_date": "2026-01-01"},
    ]
    drawn = pl.DataFrame(contacts).with_columns(pl.col("consultation_date").str.to_date())
    persons = ("half", "low", "few", "none")
    build_continuity(build, complete_contacts(drawn.with_columns(clinician_role=pl.lit("nurse"))), draw_spine(persons))
    found = build("needs.indicator_low_continuity", {"register.mltc": mltc(*persons)}, definition="d")
    assert states(found) == {"half": "absent", "low": "present", "few": "not_known", "none": "not_known"}
    assert dict(found.select("person_id", "value").rows())["low"] == pytest.approx(1 / 3)


def discharges(build, has_consultations: bool) -> dict[str, str]:
    found = build(
        "needs.indicator_discharge_without_contact",
        {
            "register.mltc": mltc(
                "day_14", "day_15", "same_day", "readmitted", "recent", "planned", "missed", "long_ago"
            ),
            "meta.feed": feeds(has_gp_consultation=has_consultations),
            "register.continuous_inpatient_spell": draw(
                """
                person_id  | cips_id | is_unplanned | is_regular_attender | admission_date | discharge_date
                day_14     | 1       | yes          | no                  | 2026-03-01     | 2026-03-10
                day_15     | 1       | yes          | no                  | 2026-03-01     | 2026-03-10
                same_day   | 1       | yes          | no                  | 2026-03-01     | 2026-03-10
                readmitted | 1       | yes          | no                  | 2026-03-01     | 2026-03-10
                readmitted | 2       | no           | no                  | 2026-03-24     |
                recent     | 1       | yes          | no                  | 2026-09-10     | 2026-09-18
                planned    | 1       | no           | no                  | 2026-03-01     | 2026-03-10
                missed     | 1       | yes          | no                  | 2026-03-01     | 2026-03-10
                missed     | 2       | no           | yes                 | 2026-03-12     | 2026-03-12
                long_ago   | 1       | yes          | no                  | 2025-09-01     | 2025-10-01
                """
            ),
            "staging.gp_consultation": draw(
                """
                person_id | status   | consultation_date
                day_14    | attended | 2026-03-24
                day_15    | attended | 2026-03-25
                same_day  | attended | 2026-03-10
                missed    | dna      | 2026-03-12
                """
            ),
        },
        definition="d",
    )
    return states(found)


def test_discharge_without_contact(build):
    assert discharges(build, has_consultations=True) == {
        "day_14": "absent",
        "day_15": "present",
        "same_day": "absent",
        "missed": "present",  # an appointment that was missed is no contact, a regular attendance no admission
        # readmitted on day 14, discharged within the last fortnight, planned, or a year ago: left out
    }


def test_discharge_without_contact_is_not_known_without_the_feed(build):
    assert set(discharges(build, has_consultations=False).values()) == {"not_known"}


@pytest.mark.parametrize(
    ("has_events", "expected"),
    [
        (True, {"today": "absent", "year": "present", "other": "present", "unchecked": "present"}),
        (False, dict.fromkeys(("today", "year", "other", "unchecked"), "not_known")),
    ],
)
def test_no_medication_review(build, has_events, expected):
    found = build(
        "needs.indicator_no_medication_review",
        {
            "needs.indicator_ten_medicines": draw(
                "person_id | state | value \n today | present | 10 \n year | present | 10 \n other | present | 10"
                " \n unchecked | present | 10 \n few | absent | 9",
                value=pl.Float64,
            ),
            "meta.feed": feeds(has_gp_event=has_events),
            "codelist.code": draw(
                "key | code_system | code | is_verified \n medication_review | snomed | 1 | yes"
                " \n medication_review | snomed | 2 | no \n diabetes | snomed | 3 | yes"
            ),
            "staging.gp_event": draw(
                """
                person_id | code | code_system | event_date
                today     | 1    | snomed      | 2026-10-01
                year      | 1    | snomed      | 2025-10-01
                other     | 3    | snomed      | 2026-01-01
                unchecked | 2    | snomed      | 2026-01-01
                """
            ),
        },
    )
    assert states(found) == expected


def test_person_need_is_present_then_not_known_then_absent(build):
    found = build(
        "needs.person_need",
        {
            "codelist.indicator": draw("indicator | need | is_need \n a | n | yes \n b | n | yes \n support | s | no"),
            "needs.person_indicator": draw(
                """
                person_id | indicator         | state
                p         | a                 | present
                p         | b                 | not_known
                q         | a                 | absent
                q         | b                 | not_known
                r         | a                 | absent
                r         | support           | present
                """
            ),
        },
    )
    assert found.select("person_id", "need", "state").rows() == [
        ("p", "n", "present"),
        ("q", "n", "not_known"),
        ("r", "n", "absent"),
    ]
