"""Indicators of continuity of care, each as a drawn table. Index date 2026-10-01."""

import polars as pl
import pytest
from conftest import draw
from continuity_drawn import build_continuity, complete_contacts, draw_sequences, draw_spine
from drawn_needs import draw_people, read_states

WINDOW = "is_gp_consultation_known_24m"
# Sequences of the clinician of each contact. With n contacts, n_j with clinician j:
# UPC max n_j / n; COC (sum n_j^2 - n) / (n (n - 1)); SECON same consecutive pairs / (n - 1)
SEQUENCES = {
    "AABB": (2 / 4, (4 + 4 - 4) / 12, 2 / 3),
    "ABC": (1 / 3, (3 - 3) / 6, 0 / 2),
    "AAABC": (3 / 5, (9 + 1 + 1 - 5) / 20, 2 / 4),
    "ABABC": (2 / 5, (4 + 4 + 1 - 5) / 20, 0 / 4),
    "AABCD": (2 / 5, (4 + 1 + 1 + 1 - 5) / 20, 1 / 4),
}
FEW = ("AB", "")


@pytest.mark.parametrize(
    ("indicator", "place", "cut"),
    [
        ("low_continuity", 0, 0.5),
        ("low_gp_continuity", 0, 0.5),
        ("low_bice_boxerman", 1, 0.25),
        ("low_sequential_continuity", 2, 0.25),
    ],
)
def test_an_index_is_low_below_its_cut_from_three_contacts_on(build, indicator, place, cut):
    persons = (*SEQUENCES, *FEW)
    build_continuity(build, draw_sequences(persons), draw_spine(persons))
    found = build(f"needs.indicator_{indicator}", {"needs.person": draw_people(*persons)})
    told = {name: "present" if index[place] < cut else "absent" for name, index in SEQUENCES.items()}
    assert read_states(found) == told | dict.fromkeys(FEW, "not_known")
    assert set(told.values()) == {"present", "absent"}
    values = dict(found.select("person_id", "value").rows())
    assert {name: values[name] for name in SEQUENCES} == pytest.approx(
        {name: index[place] for name, index in SEQUENCES.items()}
    )
    assert values["AB"] is None
    # an index needs its whole window
    found = build(f"needs.indicator_{indicator}", {"needs.person": draw_people(*persons, unknown=(WINDOW,))})
    assert set(read_states(found).values()) == {"not_known"}


def test_nurses_count_for_continuity_and_not_for_that_of_gps(build):
    contacts = draw_sequences(["ABC"]).with_columns(clinician_role=pl.lit("nurse"))
    build_continuity(build, contacts, draw_spine(["ABC"]))
    people = {"needs.person": draw_people("ABC")}
    assert read_states(build("needs.indicator_low_continuity", people)) == {"ABC": "present"}
    assert read_states(build("needs.indicator_low_gp_continuity", people)) == {"ABC": "not_known"}


def test_contacts_that_are_old_missed_or_nameless_do_not_count(build):
    drawn = draw(
        """
        person_id | clinician_id | status   | consultation_date
        p         | A            | attended | 2026-01-01
        p         | B            | attended | 2026-01-02
        p         | C            | attended | 2024-10-01
        p         | C            | dna      | 2026-01-03
        p         |              | attended | 2026-01-04
        """
    )
    build_continuity(build, complete_contacts(drawn), draw_spine(["p"]))
    found = build("needs.indicator_low_continuity", {"needs.person": draw_people("p")})
    assert read_states(found) == {"p": "not_known"}  # two contacts are left


def test_no_usual_clinician_in_complex_mltc(build):
    drawn = draw(
        """
        person_id     | clinician_id | consultation_date
        twice         | A            | 2024-10-02
        twice         | A            | 2026-01-01
        old           | A            | 2024-10-01
        old           | A            | 2026-01-01
        nameless      | A            | 2026-01-01
        nameless      |              | 2026-01-02
        nameless_long | A            | 2026-01-01
        nameless_long |              | 2024-10-01
        failed_twice  | A            | 2026-01-01
        failed_twice  | A            | 2026-01-02
        failed_once   | A            | 2026-01-01
        """
    )
    known = ("twice", "old", "nameless", "nameless_long", "none")
    failed = ("failed_twice", "failed_once")
    contacts = complete_contacts(drawn)
    build_continuity(build, contacts, draw_spine([*known, *failed]))
    people = [
        draw_people(*known, is_complex_mltc=True),
        draw_people(*failed, unknown=(WINDOW,), is_complex_mltc=True),
        draw_people("not_complex"),
    ]
    found = build("needs.indicator_no_usual_clinician", {"needs.person": pl.concat(people)})
    assert read_states(found) == {
        "twice": "absent",
        "old": "present",  # one of the two is outside the 24 months
        "nameless": "not_known",  # the nameless contact may have been with A
        "nameless_long": "present",
        "none": "present",
        "failed_twice": "absent",  # a clinician seen twice is enough to know
        "failed_once": "not_known",
    }
    assert dict(found.select("person_id", "value").rows())["twice"] == 2


STAYS = """
    person_id  | cips_id | is_unplanned | is_regular_attender | admission_date | discharge_date
    day_14     | 1       | yes          | no                  | 2026-03-01     | 2026-03-10
    day_15     | 2       | yes          | no                  | 2026-03-01     | 2026-03-10
    day_28     | 3       | yes          | no                  | 2026-03-01     | 2026-03-10
    day_29     | 4       | yes          | no                  | 2026-03-01     | 2026-03-10
    other      | 5       | yes          | no                  | 2026-03-01     | 2026-03-10
    nameless   | 6       | yes          | no                  | 2026-03-01     | 2026-03-10
    once       | 7       | yes          | no                  | 2026-03-01     | 2026-03-10
    long_ago   | 8       | yes          | no                  | 2026-03-01     | 2026-03-10
    readmitted | 9       | yes          | no                  | 2026-03-01     | 2026-03-10
    readmitted | 10      | no           | no                  | 2026-04-07     |
    dialysis   | 11      | yes          | no                  | 2026-03-01     | 2026-03-10
    dialysis   | 12      | no           | yes                 | 2026-03-12     | 2026-03-12
    planned    | 13      | no           | no                  | 2026-03-01     | 2026-03-10
    recent     | 14      | yes          | no                  | 2026-08-01     | 2026-09-04
    last_year  | 15      | yes          | no                  | 2025-09-01     | 2025-10-01
    tie        | 16      | yes          | no                  | 2026-03-01     | 2026-03-10
"""
AFTER = {
    "day_14": ("A", "2026-03-24"),
    "day_15": ("A", "2026-03-25"),
    "day_28": ("A", "2026-04-07"),
    "day_29": ("A", "2026-04-08"),
    "other": ("B", "2026-03-11"),
    "nameless": (None, "2026-03-20"),
}


def build_discharges(build) -> pl.DataFrame:
    """Everybody saw A twice in the year before; `once` one time, `long_ago` more than a year before."""
    persons = dict.fromkeys(row.split("|")[0].strip() for row in STAYS.strip().splitlines()[1:])
    seen_in = dict.fromkeys(persons, ("2025-09-01", "2026-02-01")) | {"last_year": ("2025-01-01", "2025-08-01")}
    before = [(name, "A", day) for name, days in seen_in.items() if name not in {"once", "long_ago"} for day in days]
    before += [("once", "A", "2026-02-01"), ("long_ago", "A", "2025-02-28"), ("long_ago", "A", "2026-02-01")]
    before += [("tie", "B", "2025-10-01"), ("tie", "B", "2026-02-02")]
    contacts = [*before, *((name, *contact) for name, contact in AFTER.items())]
    drawn = pl.DataFrame(contacts, ["person_id", "clinician_id", "consultation_date"], orient="row")
    return build(
        "needs.discharge_usual_clinician",
        {
            "needs.person": draw_people(*persons),
            "register.continuous_inpatient_spell": draw(STAYS, cips_id=pl.Int64),
            "staging.gp_consultation": complete_contacts(drawn.with_columns(pl.col("consultation_date").str.to_date())),
        },
    )


def test_discharges_of_people_who_had_a_usual_clinician(build):
    found = build_discharges(build)
    # once, long_ago: no clinician seen twice in the year before; recent: less than 28 days; last_year: a year ago
    assert set(found["person_id"]) == {*AFTER, "dialysis", "tie"}
    usual = dict(found.select("person_id", "usual_clinician_id").rows())
    assert usual["tie"] == "B"  # as often as A, and seen last
    assert usual["day_14"] == "A"


@pytest.mark.parametrize(("days", "in_time"), [(14, {"day_14"}), (28, {"day_14", "day_15", "day_28"})])
def test_discharge_without_the_usual_clinician(build, days, in_time):
    people = build_discharges(build)["person_id"].to_list()
    found = build(f"needs.indicator_discharge_without_usual_clinician_{days}d", {})
    told = {name: "absent" if name in in_time else "present" for name in people}
    assert read_states(found) == told | {"nameless": "not_known"}
    assert dict(found.select("person_id", "value").rows())["other"] == 1
    inputs = {"needs.person": draw_people(*people, unknown=(WINDOW,))}
    found = build(f"needs.indicator_discharge_without_usual_clinician_{days}d", inputs)
    assert read_states(found) == {name: "absent" if name in in_time else "not_known" for name in people}
