"""Indicators of access to care, each as a drawn table. Index date 2026-10-01."""

import polars as pl
import pytest
from conftest import draw
from drawn_needs import draw_people, draw_processes, read_states
from process_indicators import draw_known

from mltc.codelists import load_codelists
from mltc.paths import CODELISTS

EMPTY = {
    "staging.gp_consultation": draw("person_id | consultation_date | status"),
    "staging.outpatient": draw("person_id | appointment_date | attendance_status | first_or_followup"),
    "staging.mental_health_contact": draw("person_id | contact_date | status"),
    "staging.community_contact": draw("person_id | contact_date | status"),
    "staging.emergency": draw("person_id | arrival_at", arrival_at=pl.Datetime),
    "register.continuous_inpatient_spell": draw("person_id | admission_date | discharge_date"),
}
COUNTS = ("appointment_count_12m", "missed_count_12m", "untold_count_12m")
OUTPATIENT, PRACTICE = "is_outpatient_known_12m", "is_gp_consultation_known_12m"


def draw_use(text: str) -> pl.DataFrame:
    return draw(text, **dict.fromkeys(COUNTS, pl.Int64))


def test_a_setting_counts_what_was_kept_and_missed_in_its_window(build):
    people = draw_people("p", "care")
    consultation = draw(
        """
        person_id | consultation_date | status
        p         | 2026-10-01        | attended
        p         | 2025-10-02        | dna
        p         | 2025-10-01        | dna
        p         | 2026-10-02        | dna
        p         | 2026-01-01        | cancelled
        p         | 2026-01-01        |
        stranger  | 2026-01-01        | dna
        """
    )
    found = build("needs.setting_use", EMPTY | {"needs.person": people, "staging.gp_consultation": consultation})
    # kept and missed: 2026-10-01 and 2025-10-02; untold: the one without a status
    assert found.select("person_id", "setting", *COUNTS).rows() == [("p", "practice", 2, 1, 1)]
    outpatient = draw(
        """
        person_id | appointment_date | attendance_status | first_or_followup
        p         | 2026-01-01       | 0                 | 1
        p         | 2026-01-01       | 2                 | 1
        p         | 2026-01-02       | 3                 | 1
        p         | 2026-01-03       | 3                 | 5
        p         | 2026-01-04       | 4                 | 1
        p         | 2026-01-05       | 5                 | 1
        p         | 2026-01-06       | 6                 | 2
        p         | 2026-01-07       | 7                 | 2
        p         | 2026-01-08       |                   | 2
        """
    )
    found = build("needs.setting_use", EMPTY | {"needs.person": people, "staging.outpatient": outpatient})
    # 3, 5, 6 and 7 count; 7 came too late to be seen, so that the last contact is that of 6
    assert found.select("setting", *COUNTS).rows() == [("outpatient", 4, 1, 1)]
    assert str(found["last_attended_date"][0]) == "2026-01-06"
    stays = draw(
        """
        person_id | admission_date | discharge_date
        p         | 2025-01-01     | 2025-10-01
        care      | 2025-01-01     |
        """
    )
    contacts = draw("person_id | contact_date | status \n p | 2026-01-01 | dna \n p | 2026-01-02 | attended")
    found = build(
        "needs.setting_use",
        EMPTY
        | {
            "needs.person": people,
            "register.continuous_inpatient_spell": stays,
            "staging.mental_health_contact": contacts,
            "staging.community_contact": contacts,
            "staging.emergency": draw("person_id | arrival_at \n p | 2025-10-02 00:00:00").with_columns(
                pl.col("arrival_at").str.to_datetime()
            ),
        },
    )
    # a stay that ended a year ago is outside; one that goes on is within
    assert found.select("person_id", "setting", *COUNTS).rows() == [
        ("care", "hospital", 1, 0, 0),
        ("p", "community", 2, 1, 0),
        ("p", "emergency", 1, 0, 0),
        ("p", "mental_health", 2, 1, 0),
    ]


@pytest.mark.parametrize(
    ("setting", "window"),
    [
        ("practice", PRACTICE),
        ("outpatient", OUTPATIENT),
        ("mental_health", "is_mental_health_known_12m"),
        ("community", "is_community_known_12m"),
    ],
)
def test_the_share_missed_of_a_setting(build, setting, window):
    use = draw_use(
        f"""
        person_id | setting   | appointment_count_12m | missed_count_12m | untold_count_12m | last_missed_date
        fifth     | {setting} | 10                    | 2                | 0                | 2026-01-01
        less      | {setting} | 11                    | 2                | 0                | 2026-01-01
        one       | {setting} | 1                     | 1                | 0                | 2026-01-01
        untold    | {setting} | 2                     | 2                | 1                | 2026-01-01
        elsewhere | hospital  | 10                    | 0                | 0                |
        failed    | {setting} | 2                     | 2                | 0                | 2026-01-01
        """
    )
    people = pl.concat(
        [
            draw_people("fifth", "less", "one", "untold", "elsewhere", "none"),
            draw_people("failed", "no_feed", unknown=(window,)),
        ]
    )
    found = build(f"needs.indicator_missed_{setting}", {"needs.person": people, "needs.setting_use": use})
    assert read_states(found) == {
        "fifth": "present",  # 2 of 10
        "less": "absent",  # 2 of 11
        "one": "absent",  # all of one appointment: two missed at least
        "untold": "not_known",
        "failed": "not_known",  # a share needs its whole window
        "no_feed": "not_known",
        # without an appointment, and the feed read: it does not apply
    }
    values = dict(found.select("person_id", "value").rows())
    assert values["fifth"] == pytest.approx(0.2)
    assert values["untold"] is None


MISSED = """
    person_id   | setting       | appointment_count_12m | missed_count_12m | untold_count_12m | last_missed_date | last_attended_date
    one_each    | practice      | 5                     | 1                | 0                | 2026-01-01       |
    one_each    | outpatient    | 5                     | 1                | 0                | 2026-02-01       |
    one         | practice      | 5                     | 1                | 0                | 2026-01-01       |
    psychiatric | mental_health | 5                     | 2                | 0                | 2026-01-01       |
    untold      | practice      | 5                     | 1                | 3                | 2026-01-01       |
    two_failed  | practice      | 5                     | 2                | 0                | 2026-01-01       |
    one_failed  | practice      | 5                     | 1                | 0                | 2026-01-01       |
"""
MISSING = ("one_each", "one", "psychiatric", "untold", "none")
FAILED = ("two_failed", "one_failed", "no_feed")


@pytest.mark.parametrize("window", [PRACTICE, OUTPATIENT])
def test_two_missed_appointments(build, window):
    people = pl.concat([draw_people(*MISSING), draw_people(*FAILED, unknown=(window,))])
    inputs = {"needs.person": people, "needs.setting_use": draw_use(MISSED)}
    found = build("needs.indicator_missed_appointments", inputs)
    assert read_states(found) == {
        "one_each": "present",
        "one": "absent",
        "psychiatric": "absent",  # practice and outpatients alone
        "untold": "not_known",
        "none": "absent",
        "two_failed": "present",  # two that are found are enough
        "one_failed": "not_known",
        "no_feed": "not_known",
    }
    assert dict(found.select("person_id", "value").rows())["none"] == 0


def test_any_appointment_missed_with_a_learning_disability_or_severe_mental_illness(build):
    persons = ("one_each", "one", "psychiatric", "untold", "none", "well")
    people = pl.concat([draw_people(*persons), draw_people(*FAILED, unknown=(PRACTICE,))])
    held = [(name, "learning_disability") for name in (*persons[:-1], *FAILED)] + [("one", "mental_illness_register")]
    inputs = {
        "needs.person": people,
        "needs.setting_use": draw_use(MISSED),
        "register.person_condition": pl.DataFrame(held, ["person_id", "condition"], orient="row"),
    }
    assert read_states(build("needs.indicator_vulnerable_missed", inputs)) == {
        "one_each": "present",
        "one": "present",
        "psychiatric": "present",
        "untold": "present",
        "none": "absent",
        "two_failed": "present",
        "one_failed": "present",
        "no_feed": "not_known",
    }


CONTACTS = """
    person_id | setting       | appointment_count_12m | missed_count_12m | untold_count_12m | last_attended_date
    practice  | practice      | 1                     | 0                | 0                | 2026-01-01
    dialysis  | hospital      | 9                     | 0                | 0                | 2026-01-01
    community | community     | 1                     | 0                | 0                | 2026-01-01
    missed    | practice      | 1                     | 1                | 0                |
    untold    | practice      | 0                     | 0                | 1                |
    failed    | practice      | 1                     | 0                | 0                | 2026-01-01
"""
CONTACTED = ("practice", "dialysis", "community", "missed", "untold", "none")


@pytest.mark.parametrize("window", [PRACTICE, OUTPATIENT, "is_emergency_known_12m", "is_hospital_known_12m"])
def test_no_contact_needs_all_four_main_feeds_to_say_so(build, window):
    people = pl.concat([draw_people(*CONTACTED), draw_people("failed", "no_feed", unknown=(window,))])
    inputs = {"needs.person": people, "needs.setting_use": draw_use(CONTACTS)}
    found = build("needs.indicator_no_contact", inputs)
    assert read_states(found) == {
        "practice": "absent",
        "dialysis": "absent",
        "community": "absent",
        "missed": "present",  # a missed appointment is no contact
        "untold": "not_known",
        "none": "present",
        "failed": "absent",  # one contact is enough to know
        "no_feed": "not_known",
    }


def test_feeds_of_mental_health_and_community_services_are_not_asked_for(build):
    people = draw_people("none", unknown=("is_mental_health_known_12m", "is_community_known_12m"))
    inputs = {"needs.person": people, "needs.setting_use": draw_use(CONTACTS)}
    assert read_states(build("needs.indicator_no_contact", inputs)) == {"none": "present"}


def test_no_contact_with_the_practice(build):
    people = pl.concat([draw_people(*CONTACTED), draw_people("failed", "no_feed", unknown=(PRACTICE,))])
    inputs = {"needs.person": people, "needs.setting_use": draw_use(CONTACTS)}
    assert read_states(build("needs.indicator_no_practice_contact", inputs)) == {
        "practice": "absent",
        "dialysis": "present",
        "community": "present",
        "missed": "present",
        "untold": "not_known",
        "none": "present",
        "failed": "absent",
        "no_feed": "not_known",
    }


def test_five_emergency_attendances(build):
    people = pl.concat(
        [
            draw_people("five", "four", "unread"),
            draw_people("five_failed", "four_failed", unknown=("is_emergency_known_12m",)),
        ]
    )
    use = draw(
        """
        person_id   | index_date | unplanned_attendance_count_12m
        five        | 2026-10-01 | 5
        four        | 2026-10-01 | 4
        four        | 2025-10-01 | 9
        unread      | 2026-10-01 |
        five_failed | 2026-10-01 | 5
        four_failed | 2026-10-01 | 4
        """,
        unplanned_attendance_count_12m=pl.Int64,
    )
    inputs = {"needs.person": people, "needs.setting_use": draw_use(CONTACTS), "utilisation.high_intensity_use": use}
    assert read_states(build("needs.indicator_high_intensity_emergency", inputs)) == {
        "five": "present",
        "four": "absent",
        "unread": "not_known",
        "five_failed": "present",
        "four_failed": "not_known",
    }


PATHWAYS = """
    person_id | clock_start_date | snapshot_date
    days_126  | 2026-05-14       | 2026-09-17
    days_127  | 2026-05-13       | 2026-09-17
    days_364  | 2025-09-18       | 2026-09-17
    days_365  | 2025-09-17       | 2026-09-17
    days_365  | 2026-09-01       | 2026-09-17
    undated   |                  | 2026-09-17
    undated   | 2026-09-01       | 2026-09-17
    ahead     | 2026-12-01       | 2026-09-17
"""
WAITING = ("days_126", "days_127", "days_364", "days_365", "undated", "ahead", "none")


@pytest.mark.parametrize(("weeks", "longer"), [(18, {"days_127", "days_364", "days_365"}), (52, {"days_365"})])
def test_long_waits(build, weeks, longer):
    inputs = {"needs.person": draw_people(*WAITING), "needs.waiting_pathway": draw(PATHWAYS)}
    found = build(f"needs.indicator_waiting_{weeks}_weeks", inputs)
    told = {name: "present" if name in longer else "absent" for name in WAITING}
    assert read_states(found) == told | {"undated": "not_known", "ahead": "not_known"}
    values = dict(found.select("person_id", "value").rows())
    assert values["days_365"] == 365 and values["none"] is None
    inputs["needs.person"] = draw_people("days_365", "none", unknown=("is_waiting_list_known",))
    found = build(f"needs.indicator_waiting_{weeks}_weeks", inputs)
    assert read_states(found) == {"days_365": "present", "none": "not_known"}
    # no list of the last 92 days
    inputs |= {"needs.person": draw_people("none"), "needs.waiting_pathway": draw(PATHWAYS).clear()}
    assert read_states(build(f"needs.indicator_waiting_{weeks}_weeks", inputs)) == {"none": "not_known"}


REVIEWS = draw(
    """
    condition   | care_process         | is_met_by_any | verified
    asthma      | asthma_review        | yes           | yes
    asthma_code | asthma_review        | yes           | yes
    psychosis   | mental_health_review | no            | yes
    cancer      | cancer_care_review   | yes           | no
    """
)
HELD = """
    person_id   | condition   | onset_date
    fresh       | asthma      | 2020-01-01
    late        | asthma      | 2020-01-01
    late        | asthma_code | 2020-01-01
    never       | asthma      | 2025-07-01
    new         | asthma      | 2025-07-02
    any         | asthma      | 2020-01-01
    any         | psychosis   | 2020-01-01
    cancer      | cancer      | 2020-01-01
    failed      | asthma      | 2020-01-01
    failed_done | asthma      | 2020-01-01
"""
REVIEWED = """
    person_id   | care_process      | last_code | last_date
    fresh       | asthma_review     | 1         | 2025-07-02
    late        | asthma_review     | 1         | 2025-07-01
    any         | annual_review_any | 2         | 2026-01-01
    failed_done | asthma_review     | 1         | 2026-01-01
"""


def build_reviews(build, *unverified: str) -> pl.DataFrame:
    known = ("fresh", "late", "never", "new", "any", "cancer")
    people = [draw_people(*known), draw_people("failed", "failed_done", unknown=("is_gp_event_known_24m",))]
    return build(
        "needs.annual_review",
        {
            "needs.person": pl.concat(people),
            "needs.process_record": draw_processes(REVIEWED),
            "needs.care_process": draw_known(*unverified),
            "codelist.condition_review": REVIEWS,
            "register.person_condition": draw(HELD),
        },
    )


def test_annual_reviews_by_condition(build):
    found = {
        (name, process): overdue
        for name, process, overdue in build_reviews(build).select("person_id", "care_process", "is_overdue").rows()
    }
    assert found == {
        ("fresh", "asthma_review"): False,  # within 15 months: since 2025-07-01
        ("late", "asthma_review"): True,  # two conditions that ask for one review
        ("never", "asthma_review"): True,  # held for 15 months to the day
        ("any", "asthma_review"): False,  # a review of all conditions
        ("any", "mental_health_review"): True,  # which does not stand for this one
        ("failed", "asthma_review"): None,
        ("failed_done", "asthma_review"): False,
        # new: held for less than 15 months; cancer: no yearly review
    }


@pytest.mark.parametrize(
    ("unverified", "expected"),
    [
        ((), {"fresh": "absent", "late": "present", "never": "present", "any": "present"}),
        (("asthma_review",), {"fresh": "absent", "late": "not_known", "never": "not_known", "any": "present"}),
        (("mental_health_review",), {"fresh": "absent", "late": "present", "never": "present", "any": "not_known"}),
    ],
)
def test_an_annual_review_is_overdue(build, unverified, expected):
    build_reviews(build, *unverified)
    found = build("needs.indicator_annual_review_overdue", {})
    assert read_states(found) == expected | {"failed": "not_known", "failed_done": "absent"}


def test_shipped_reviews_name_conditions_and_care_processes_that_there_are():
    shipped = pl.read_csv(CODELISTS / "reference" / "condition_review.csv")
    codelists = load_codelists()
    assert set(shipped["condition"]) <= set(codelists.conditions["key"])
    assert set(shipped["care_process"]) <= set(codelists.care_processes["key"])
    assert shipped["condition"].is_unique().all()
