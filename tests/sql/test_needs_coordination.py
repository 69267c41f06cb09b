"""Indicators of coordination as drawn tables. Index date 2026-10-01; 12 months begin after 2025-10-01."""

from datetime import date

import polars as pl
import pytest
from conftest import INDEX_DATE, draw
from drawn_needs import draw_contacts, draw_known_processes, draw_people, draw_processes, read_states


def draw_stays(text: str) -> pl.DataFrame:
    """register.continuous_inpatient_spell: no day case or regular attendance but where the table says so."""
    frame = draw(text)
    no = {name: pl.lit(False) for name in ("is_regular_attender", "is_day_case") if name not in frame.columns}
    return frame.with_columns(spell_count=pl.lit(1, pl.Int64), **no)


@pytest.mark.parametrize("unknown", [None, "is_hospital_known_12m"])
def test_two_unplanned_admissions(build, unknown):
    inputs = {
        "needs.person": draw_people("two", "one", "none", unknown=(unknown or "",)),
        "features.hospital_use": draw(
            """
            person_id | index_date | unplanned_admission_count_12m | last_unplanned_admission_date
            two       | 2026-10-01 | 2                             | 2026-05-01
            one       | 2026-10-01 | 1                             | 2026-05-01
            one       | 2025-10-01 | 4                             | 2025-05-01
            """,
            unplanned_admission_count_12m=pl.Int64,
        ),
    }
    found = build("needs.indicator_two_unplanned_admissions", inputs)
    fewer = "not_known" if unknown else "absent"
    assert read_states(found) == {"two": "present", "one": fewer, "none": fewer}
    assert dict(found.select("person_id", "value").rows())["two"] == 2.0


def build_discharges(build, unknown: str | None = None) -> pl.DataFrame:
    persons = ("day_14", "day_15", "same_day", "readmitted", "recent", "planned", "missed", "long_ago", "transferred")
    inputs = {
        "needs.person": draw_people(*persons, unknown=(unknown or "",)),
        "register.continuous_inpatient_spell": draw_stays(
            """
            person_id  | cips_id | is_unplanned | is_regular_attender | admission_date | discharge_date
            day_14     | 1       | yes          | no                  | 2026-03-01     | 2026-03-10
            day_15     | 2       | yes          | no                  | 2026-03-01     | 2026-03-10
            same_day   | 3       | yes          | no                  | 2026-03-01     | 2026-03-10
            readmitted | 4       | yes          | no                  | 2026-03-01     | 2026-03-10
            readmitted | 5       | no           | no                  | 2026-03-24     |
            recent     | 6       | yes          | no                  | 2026-09-10     | 2026-09-18
            planned    | 7       | no           | no                  | 2026-03-01     | 2026-03-10
            missed     | 8       | yes          | no                  | 2026-03-01     | 2026-03-10
            missed     | 9       | no           | yes                 | 2026-03-12     | 2026-03-12
            long_ago   | 10      | yes          | no                  | 2025-09-01     | 2025-10-01
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
    }
    build("needs.unplanned_discharge", inputs)
    return build("needs.indicator_discharge_without_contact", {})


def test_discharge_without_contact(build):
    found = build_discharges(build)
    assert read_states(found) == {
        "day_14": "absent",
        "day_15": "present",
        "same_day": "absent",
        "missed": "present",  # an appointment that was missed is no contact, a regular attendance no admission
        # readmitted on day 14, discharged within the last fortnight, planned, or a year ago: no row
    }
    assert found.filter(person_id="day_15").select("value", "evidence_date").row(0) == (1.0, date(2026, 3, 10))


def test_a_discharge_without_contact_is_not_known_where_appointments_are_not(build):
    assert read_states(build_discharges(build, "is_gp_consultation_known_12m")) == {
        "day_14": "absent",  # a contact that is found counts
        "day_15": "not_known",
        "same_day": "absent",
        "missed": "not_known",
    }


def test_moves_between_places_of_care(build):
    inputs = {
        "needs.person": draw_people("stay", "day_case", "transferred", "wards", "care_home", "dialysis", "edge"),
        "register.continuous_inpatient_spell": draw_stays(
            """
            person_id   | cips_id | is_regular_attender | is_day_case | admission_date | discharge_date
            stay        | s       | no                  | no          | 2026-03-01     | 2026-03-10
            day_case    | d       | no                  | yes         | 2026-03-01     | 2026-03-01
            transferred | t       | no                  | no          | 2026-03-01     |
            wards       | w       | no                  | no          | 2026-03-01     | 2026-03-10
            dialysis    | r       | yes                 | no          | 2026-03-01     | 2026-03-01
            edge        | e       | no                  | no          | 2025-10-01     | 2025-10-02
            """
        ),
        "register.spell_cips": draw(
            """
            cips_id | spell_key | spell_rank
            s       | s1        | 1
            t       | t1        | 1
            t       | t2        | 2
            w       | w1        | 1
            e       | e1        | 1
            """,
            spell_rank=pl.Int64,
        ),
        "register.spell": draw(
            """
            spell_key | admission_date
            s1        | 2026-03-01
            t1        | 2026-03-01
            t2        | 2026-03-05
            w1        | 2026-03-01
            e1        | 2025-10-01
            """
        ),
        "register.spell_episode": draw(
            """
            spell_key | row_id | episode_rank
            s1        | 1      | 1
            w1        | 2      | 1
            w1        | 3      | 2
            w1        | 4      | 3
            w1        | 5      | 4
            """,
            episode_rank=pl.Int64,
            row_id=pl.Int64,
        ),
        "staging.hospital_episode": draw(
            """
            row_id | specialty | episode_start_date
            1      | 300       | 2026-03-01
            2      | 300       | 2026-03-01
            3      | 300       | 2026-03-02
            4      | 430       | 2026-03-03
            5      |           | 2026-03-04
            """,
            row_id=pl.Int64,
        ).rename({"episode_start_date": "episode_start"}),
        "staging.address": draw(
            """
            row_id | person_id | is_care_home | address_from_date
            1      | care_home | no           | 2010-01-01
            2      | care_home | yes          | 2026-01-01
            3      | care_home | yes          | 2026-02-01
            4      | stay      | yes          | 2020-01-01
            5      | day_case  | yes          |
            """,
            row_id=pl.Int64,
        ).rename({"address_from_date": "address_from"}),
    }
    assert build("needs.transition", inputs).rows() == [
        ("care_home", "into_care_home", date(2026, 1, 1)),  # from one care home to the next is none
        ("edge", "out_of_hospital", date(2025, 10, 2)),  # in on a day outside the window
        ("stay", "into_hospital", date(2026, 3, 1)),
        ("stay", "out_of_hospital", date(2026, 3, 10)),
        ("transferred", "into_hospital", date(2026, 3, 1)),  # still in
        ("transferred", "transfer", date(2026, 3, 5)),
        ("wards", "change_of_specialty", date(2026, 3, 3)),  # the same specialty again, or none given, is none
        ("wards", "into_hospital", date(2026, 3, 1)),
        ("wards", "out_of_hospital", date(2026, 3, 10)),
    ]


@pytest.mark.parametrize("unknown", [None, "is_hospital_known_12m"])
def test_five_transitions(build, unknown):
    inputs = {
        "needs.person": draw_people("five", "four", "none", unknown=(unknown or "",)),
        "needs.transition": pl.DataFrame({"person_id": ["five"] * 5 + ["four"] * 4}).with_columns(
            transition=pl.lit("transfer"), transition_date=pl.lit(date(2026, 1, 1))
        ),
    }
    found = build("needs.indicator_five_transitions", inputs)
    fewer = "not_known" if unknown else "absent"
    assert read_states(found) == {"five": "present", "four": fewer, "none": fewer}
    assert dict(found.select("person_id", "value").rows())["four"] == (None if unknown else 4.0)


SERVICE_FEEDS = (
    "is_gp_consultation_known_12m",
    "is_hospital_known_12m",
    "is_emergency_known_12m",
    "is_outpatient_known_12m",
)


@pytest.mark.parametrize("unknown", [None, *SERVICE_FEEDS])
def test_five_services(build, unknown):
    inputs = {
        "needs.person": draw_people("five", "four", unknown=(unknown or "",)),
        "needs.contact": draw_contacts(
            """
            person_id | setting       | service | contact_date
            five      | practice      |         | 2026-01-01
            five      | emergency     |         | 2026-01-01
            five      | outpatient    | 320     | 2026-01-01
            five      | community     | nursing | 2026-01-01
            five      | mental_health | nursing | 2026-01-01
            four      | practice      |         | 2026-01-01
            four      | practice      |         | 2026-01-02
            four      | outpatient    | 320     | 2026-01-01
            four      | hospital      | 320     | 2026-01-01
            four      | community     | nursing | 2026-01-01
            four      | community     | podiatry | 2026-01-01
            four      | social_care   | home care | 2026-01-01
            """
        ),
    }
    found = build("needs.indicator_five_services", inputs)
    assert read_states(found) == {"five": "present", "four": "not_known" if unknown else "absent"}
    # four: practice, specialty 320 in both settings, two community teams; social care is not counted
    assert dict(found.select("person_id", "value").rows()) == {"five": 5.0, "four": None if unknown else 4.0}


@pytest.mark.parametrize("unknown", [None, "is_gp_event_known_12m", "codes"])
def test_frailty_without_assessment(build, unknown):
    processes = ["comprehensive_geriatric_assessment", "mdt_discussion"]
    inputs = {
        "needs.person": draw_people(
            "assessed", "discussed", "year", "by_hospital", "mild", "young", unknown=(unknown or "",)
        ),
        "scores.person_score": draw(
            """
            person_id   | index_date | efi_band | hfrs_band    | efi_is_65_or_over | hfrs_is_75_or_over
            assessed    | 2026-10-01 | moderate | low          | yes               | no
            discussed   | 2026-10-01 | severe   | low          | yes               | yes
            year        | 2026-10-01 | moderate |              | yes               | no
            by_hospital | 2026-10-01 |          | high         | yes               | yes
            mild        | 2026-10-01 | mild     | intermediate | yes               | yes
            mild        | 2025-10-01 | severe   | high         | yes               | yes
            young       | 2026-10-01 | severe   | high         | no                | no
            """
        ).with_columns(pl.col("index_date").cast(pl.Date)),
        "needs.process_record": draw_processes(
            """
            person_id   | care_process                        | last_code | last_date
            assessed    | comprehensive_geriatric_assessment  | 1         | 2025-10-02
            discussed   | mdt_discussion                      | 2         | 2026-01-01
            year        | mdt_discussion                      | 2         | 2025-10-01
            by_hospital | care_plan                           | 3         | 2026-01-01
            """
        ),
        "needs.care_process": draw_known_processes(*(processes[:1] if unknown == "codes" else processes)),
    }
    gap = "not_known" if unknown else "present"
    assert read_states(build("needs.indicator_frailty_without_assessment", inputs)) == {
        "assessed": "absent",
        "discussed": "absent",
        "year": gap,
        "by_hospital": gap,
        # mild, or too young for the score: not frail by score, no row
    }


def draw_waiting(text: str) -> pl.DataFrame:
    return draw(text).rename({"clock_start_date": "clock_start"})


def test_pathways_of_the_latest_snapshot_of_each_provider(build):
    inputs = {
        "needs.person": draw_people("p"),
        "staging.waiting_list": draw_waiting(
            """
            person_id | pathway_id | provider_code | specialty | priority | clock_start_date | snapshot_date
            p         | open       | R1            | 320       | 1        | 2026-01-01       | 2026-09-27
            p         | closed     | R1            | 340       | 1        | 2026-01-01       | 2026-09-20
            p         | open       | R1            | 320       | 1        | 2026-01-01       | 2026-09-20
            p         | slower     | R2            | 361       | 2        |                  | 2026-09-01
            p         | stale      | R3            | 410       | 1        | 2026-01-01       | 2026-06-30
            p         | limit      | R4            | 410       | 1        | 2026-01-01       | 2026-07-01
            p         | future     | R5            | 410       | 1        | 2026-01-01       | 2026-10-02
            stranger  | other      | R1            | 320       | 1        | 2026-01-01       | 2026-09-27
            """
        ),
    }
    found = build("needs.waiting_pathway", inputs)
    # 2026-07-01 is 92 days before the index date, 2026-06-30 is 93
    assert found.select("pathway_id", "specialty", "clock_start_date").rows() == [
        ("limit", "410", date(2026, 1, 1)),
        ("open", "320", date(2026, 1, 1)),
        ("slower", "361", None),
    ]


def draw_pathways(text: str) -> pl.DataFrame:
    return draw(text).with_columns(pathway_id=pl.lit("w"), provider_code=pl.lit("R1"))


@pytest.mark.parametrize("unknown", [None, "is_waiting_list_known"])
def test_waiting_two_specialties(build, unknown):
    inputs = {
        "needs.person": draw_people("two", "one", "none", unknown=(unknown or "",)),
        "needs.waiting_pathway": draw_pathways(
            """
            person_id | specialty | clock_start_date
            two       | 320       | 2026-01-01
            two       | 340       | 2026-02-01
            one       | 320       | 2026-01-01
            one       | 320       | 2026-02-01
            """
        ),
    }
    fewer = "not_known" if unknown else "absent"
    found = build("needs.indicator_waiting_two_specialties", inputs)
    assert read_states(found) == {"two": "present", "one": fewer, "none": fewer}


@pytest.mark.parametrize("unknown", [None, "is_hospital_known_12m"])
def test_unplanned_admission_while_waiting(build, unknown):
    inputs = {
        "needs.person": draw_people(
            "during", "first_day", "planned", "no_clock", "year", "not_on", unknown=(unknown or "",)
        ),
        "needs.waiting_pathway": draw_pathways(
            """
            person_id | specialty | clock_start_date
            during    | 320       | 2026-05-01
            during    | 340       | 2026-01-01
            first_day | 320       | 2026-01-01
            planned   | 320       | 2026-01-01
            no_clock  | 320       |
            year      | 320       | 2024-01-01
            """
        ),
        "register.continuous_inpatient_spell": draw_stays(
            """
            person_id | cips_id | is_unplanned | admission_date | discharge_date
            during    | 1       | yes          | 2026-01-02     | 2026-01-03
            during    | 2       | yes          | 2026-10-02     |
            first_day | 3       | yes          | 2026-01-01     | 2026-01-03
            planned   | 4       | no           | 2026-02-01     | 2026-02-03
            no_clock  | 5       | yes          | 2026-02-01     | 2026-02-03
            year      | 6       | yes          | 2025-10-01     | 2025-10-03
            not_on    | 7       | yes          | 2026-02-01     | 2026-02-03
            """
        ),
    }
    found = build("needs.indicator_unplanned_admission_while_waiting", inputs)
    none = "not_known" if unknown else "absent"
    assert read_states(found) == {
        "during": "present",
        "first_day": none,
        "planned": none,
        "no_clock": "not_known",  # nobody can say since when the person waits
        "year": none,
    }
    assert dict(found.select("person_id", "value").rows())["during"] == 1.0


CONTACT_FEEDS = (
    "is_gp_consultation_known_12m",
    "is_outpatient_known_12m",
    "is_emergency_known_12m",
    "is_hospital_known_12m",
)


@pytest.mark.parametrize("unknown", [None, *CONTACT_FEEDS])
def test_waiting_without_contact(build, unknown):
    inputs = {
        "needs.person": draw_people("seen", "by_community", "half_year", "unseen", "new", unknown=(unknown or "",)),
        "needs.waiting_pathway": draw_pathways(
            """
            person_id    | specialty | clock_start_date
            seen         | 320       | 2026-01-01
            by_community | 320       | 2026-04-01
            half_year    | 320       | 2026-01-01
            unseen       | 320       | 2026-01-01
            new          | 320       | 2026-04-02
            """
        ),
        "needs.contact": draw_contacts(
            """
            person_id    | setting   | contact_date
            seen         | practice  | 2026-04-02
            by_community | community | 2026-09-01
            half_year    | practice  | 2026-04-01
            """
        ),
    }
    gap = "not_known" if unknown else "present"
    assert read_states(build("needs.indicator_waiting_without_contact", inputs)) == {
        "seen": "absent",
        "by_community": "absent",
        "half_year": gap,  # the last contact is six months ago to the day
        "unseen": gap,
        # new: waiting for a day less than six months, no row
    }


@pytest.mark.parametrize("unknown", [None, "is_gp_event_known_12m", "codes"])
def test_complex_without_care_plan(build, unknown):
    inputs = {
        "needs.person": draw_people(
            "plan", "year", "none", "simple", unknown=(unknown or "",), is_complex_mltc=[True, True, True, False]
        ),
        "needs.process_record": draw_processes(
            """
            person_id | care_process | last_code | last_date
            plan      | care_plan    | 1         | 2025-10-02
            year      | care_plan    | 1         | 2025-10-01
            """
        ),
        "needs.care_process": draw_known_processes() if unknown == "codes" else draw_known_processes("care_plan"),
    }
    gap = "not_known" if unknown else "present"
    found = build("needs.indicator_complex_without_care_plan", inputs)
    assert read_states(found) == {"plan": "absent", "year": gap, "none": gap}


@pytest.mark.parametrize("unknown", [None, "is_hospital_known_12m"])
def test_repeated_readmission(build, unknown):
    inputs = {
        "needs.person": draw_people("two", "one", "none", unknown=(unknown or "",)),
        "utilisation.readmission": draw(
            """
            person_id | readmission_date
            two       | 2025-10-02
            two       | 2026-10-01
            one       | 2025-10-01
            one       | 2026-01-01
            one       |
            """
        ),
    }
    build("needs.readmission", inputs)
    fewer = "not_known" if unknown else "absent"
    assert read_states(build("needs.indicator_repeated_readmission", {})) == {
        "two": "present",
        "one": fewer,
        "none": fewer,
    }
    once = build("needs.indicator_emergency_readmission", {})
    assert read_states(once) == {"two": "present", "one": "present", "none": fewer}
    assert dict(once.select("person_id", "value").rows()) == {"two": 2.0, "one": 1.0, "none": None if unknown else 0.0}


EVERYBODY = (
    "two_unplanned_admissions",
    "five_transitions",
    "five_services",
    "waiting_two_specialties",
    "repeated_readmission",
)
SOME = (
    "discharge_without_contact",
    "frailty_without_assessment",
    "unplanned_admission_while_waiting",
    "waiting_without_contact",
    "complex_without_care_plan",
)


def build_composite(build, states: dict[str, dict[str, str]], **facts: object) -> tuple[pl.DataFrame, pl.DataFrame]:
    """States by person and part; what is not given is absent for parts of everybody, and no row for the rest."""
    schema = {"person_id": pl.String, "state": pl.String}
    inputs = {
        "needs.person": draw_people(*states, **facts),
        "scores.person_score": pl.DataFrame(
            {"person_id": list(states), "index_date": INDEX_DATE, "efi_band": "fit", "hfrs_band": "low"}
        ),
    }
    for part in (*EVERYBODY, *SOME):
        rows = [
            (person, given.get(part, "absent"))
            for person, given in states.items()
            if part in given or part in EVERYBODY
        ]
        inputs[f"needs.indicator_{part}"] = pl.DataFrame(rows, schema=schema, orient="row")
    return build("needs.coordination", inputs), build("needs.indicator_coordination_composite", {})


def test_three_of_ten_parts(build):
    three = dict.fromkeys(("five_services", "discharge_without_contact", "complex_without_care_plan"), "present")
    parts, found = build_composite(
        build,
        {
            "three": three,
            "two": {name: three[name] for name in ("five_services", "discharge_without_contact")},
            "half": {"five_services": "present"} | dict.fromkeys((*SOME,), "not_known"),
            "fewer": {"five_services": "not_known"} | dict.fromkeys((*SOME,), "not_known"),
            "three_anyway": dict.fromkeys(EVERYBODY[:3], "present")
            | dict.fromkeys((*EVERYBODY[3:], *SOME), "not_known"),
        },
    )
    assert dict(parts.select("person_id", pl.concat_list("present_count", "known_count")).rows()) == {
        "three": [3, 10],  # a part that does not apply is known
        "two": [2, 10],
        "half": [1, 5],
        "fewer": [0, 4],
        "three_anyway": [3, 3],
    }
    assert read_states(found) == {
        "three": "present",
        "two": "absent",
        "half": "absent",
        "fewer": "not_known",
        "three_anyway": "present",
    }
    assert dict(found.select("person_id", "value").rows())["fewer"] is None


def test_whether_a_part_applies_is_not_known_without_its_feed(build):
    parts, _ = build_composite(build, {"p": {}}, unknown=("is_hospital_known_12m", "is_waiting_list_known"))
    row = parts.row(0, named=True)
    assert row["discharge_without_contact"] == row["waiting_without_contact"] == "not_known"
    assert row["complex_without_care_plan"] is None and row["frailty_without_assessment"] is None
    assert row["known_count"] == 7  # 10 - discharge, admission while waiting, waiting without contact
