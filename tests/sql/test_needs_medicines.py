"""Indicators of medicines, each as a drawn table. Index date 2026-10-01."""

from datetime import date

import polars as pl
import pytest
from conftest import INDEX_DATE, draw
from drawn_needs import draw_people, draw_processes, read_states
from process_indicators import draw_known

PRESCRIBED = "is_gp_prescription_known_12m"
RECORDED = "is_gp_event_known_12m"


def add_index_date(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(index_date=pl.lit(INDEX_DATE))


@pytest.mark.parametrize(("word", "count"), [("five", 5), ("eight", 8), ("ten", 10), ("fifteen", 15)])
def test_counts_of_medicines_at_their_boundary(build, word, count):
    people = pl.concat(
        [draw_people("at", "below", "unread"), draw_people("failed_at", "failed_below", unknown=(PRESCRIBED,))]
    )
    use = draw(
        f"""
        person_id    | medicine_count_3m
        at           | {count}
        below        | {count - 1}
        unread       |
        failed_at    | {count}
        failed_below | {count - 1}
        """,
        medicine_count_3m=pl.Int64,
    )
    last_year = use.with_columns(index_date=pl.lit(date(2025, 10, 1)), medicine_count_3m=pl.lit(99, pl.Int64))
    inputs = {"needs.person": people, "features.use_count": pl.concat([add_index_date(use), last_year], how="diagonal")}
    found = build(f"needs.indicator_{word}_medicines", inputs)
    assert read_states(found) == {
        "at": "present",
        "below": "absent",
        "unread": "not_known",
        "failed_at": "present",  # so many that are found are enough
        "failed_below": "not_known",
    }
    assert dict(found.select("person_id", "value").rows())["failed_below"] is None


def test_anticholinergic_burden(build):
    people = pl.concat(
        [
            draw_people("three", "two", "product", "unread"),
            draw_people("failed_three", "failed_two", unknown=(PRESCRIBED,)),
        ]
    )
    scores = draw(
        """
        person_id    | anticholinergic_burden_3m | product_count_3m
        three        | 3                         | 0
        two          | 2                         | 0
        product      | 2                         | 1
        unread       |                           |
        failed_three | 3                         | 5
        failed_two   | 2                         | 0
        """,
        anticholinergic_burden_3m=pl.Int64,
        product_count_3m=pl.Int64,
    )
    inputs = {"needs.person": people, "scores.person_score": add_index_date(scores)}
    assert read_states(build("needs.indicator_anticholinergic_burden", inputs)) == {
        "three": "present",
        "two": "absent",
        "product": "not_known",  # the name of a brand matches no drug
        "unread": "not_known",
        "failed_three": "present",
        "failed_two": "not_known",
    }


REVIEWS = """
    person_id     | care_process                 | last_code | last_date
    today         | medication_review            | 1         | 2026-10-01
    in_year       | structured_medication_review | 2         | 2025-10-02
    year          | medication_review            | 1         | 2025-10-01
    failed_review | structured_medication_review | 2         | 2026-01-01
    few           | medication_review            | 1         | 2020-01-01
"""
TEN = ("today", "in_year", "year", "never")
FAILED = ("failed_review", "failed")


def reviews(*unverified: str) -> dict[str, pl.DataFrame]:
    people = [draw_people(*TEN, "few", "home", "severe", "mild"), draw_people(*FAILED, unknown=(RECORDED,))]
    return {
        "needs.person": pl.concat(people),
        "needs.process_record": draw_processes(REVIEWS),
        "needs.care_process": draw_known(*unverified),
        "needs.indicator_ten_medicines": pl.DataFrame(
            [(name, "present") for name in (*TEN, *FAILED)] + [("few", "absent")], ["person_id", "state"], orient="row"
        ),
        "scores.person_score": add_index_date(
            draw("person_id | efi_band | efi_is_65_or_over \n severe | severe | yes \n mild | mild | yes")
        ).with_columns(pl.col("efi_is_65_or_over") == "yes"),
        "register.person": draw("person_id | is_care_home \n home | yes \n few | no \n mild |"),
    }


@pytest.mark.parametrize(("unverified", "missing"), [((), "present"), (("structured_medication_review",), "not_known")])
def test_no_medication_review(build, unverified, missing):
    found = build("needs.indicator_no_medication_review", reviews(*unverified))
    assert read_states(found) == {
        "today": "absent",
        "in_year": "absent",
        "year": missing,
        "never": missing,
        "failed_review": "absent",
        "failed": "not_known",
    }
    days = dict(found.select("person_id", "value").rows())
    assert (days["today"], days["year"], days["never"]) == (0, 365, None)


@pytest.mark.parametrize(("unverified", "missing"), [((), "present"), (("structured_medication_review",), "not_known")])
def test_no_structured_medication_review(build, unverified, missing):
    found = build("needs.indicator_no_structured_medication_review", reviews(*unverified))
    assert read_states(found) == {
        "today": missing,  # an ordinary review is none
        "in_year": "absent",
        "year": missing,
        "never": missing,
        "home": missing,
        "severe": missing,
        "failed_review": "absent",
        "failed": "not_known",
    }


GROUPS = {
    "codelist.medicine_group": pl.DataFrame({"key": ["cardiovascular", "unsure"], "verified": [True, False]}),
    "codelist.medicine_group_part": draw(
        """
        medicine_group | part | evidence
        cardiovascular | drug | heart
        cardiovascular | test | pressure
        unsure         | drug | heart
        """
    ),
    "codelist.medicine_code": draw(
        """
        kind    | evidence | code_system | code   | is_prefix
        drug    | heart    | bnf         | 02     | yes
        drug    | heart    | bnf         | 0205   | yes
        measure | heart    | snomed      | 03     | no
        """
    ),
    "codelist.possession_exclusion": draw("code \n 0206010F0"),
}
# 2025-11-05 is 330 days before the index date, 2026-07-03 is 90 days before it.
ISSUES = """
    person_id | issue_date | code            | code_system | days
    held      | 2025-11-05 | 0205051R0AAAAAA | bnf         | 132
    held      | 2026-04-02 | 0205051R0BBAAAA | bnf         | 132
    low       | 2025-11-05 | 0205051R0AAAAAA | bnf         | 132
    low       | 2026-04-02 | 0205051R0AAAAAA | bnf         | 131
    capped    | 2025-11-05 | 0205051R0AAAAAA | bnf         | 400
    capped    | 2026-09-01 | 0205051R0AAAAAA | bnf         | 28
    capped    | 2025-11-05 | 0212000B0AAAAAA | bnf         | 66
    capped    | 2026-09-01 | 0212000B0AAAAAA | bnf         | 66
    untold    | 2025-11-05 | 0205051R0AAAAAA | bnf         |
    untold    | 2026-04-02 | 0205051R0AAAAAA | bnf         | 28
    enough    | 2025-11-05 | 0205051R0AAAAAA | bnf         |
    enough    | 2026-04-02 | 0205051R0AAAAAA | bnf         | 300
    once      | 2025-11-05 | 0205051R0AAAAAA | bnf         | 28
    once      | 2025-11-05 | 0205051R0BBAAAA | bnf         | 28
    stopped   | 2025-11-05 | 0205051R0AAAAAA | bnf         | 28
    stopped   | 2026-04-01 | 0205051R0AAAAAA | bnf         | 28
    day_90    | 2026-07-03 | 0205051R0AAAAAA | bnf         | 28
    day_90    | 2026-09-01 | 0205051R0AAAAAA | bnf         | 28
    day_89    | 2026-07-04 | 0205051R0AAAAAA | bnf         | 28
    day_89    | 2026-09-01 | 0205051R0AAAAAA | bnf         | 28
    spray     | 2025-11-05 | 0206010F0AAAAAA | bnf         | 28
    spray     | 2026-09-01 | 0206010F0AAAAAA | bnf         | 28
    lungs     | 2025-11-05 | 0302000C0AAAAAA | bnf         | 28
    lungs     | 2026-09-01 | 0302000C0AAAAAA | bnf         | 28
    before    | 2025-10-01 | 0205051R0AAAAAA | bnf         | 300
    before    | 2025-11-05 | 0205051R0AAAAAA | bnf         | 132
    before    | 2026-04-02 | 0205051R0AAAAAA | bnf         | 132
    product   | 2025-11-05 | 0205            | dmd         | 28
    product   | 2026-09-01 | 0205            | dmd         | 28
    failed    | 2025-11-05 | 0205051R0AAAAAA | bnf         | 28
    failed    | 2026-09-01 | 0205051R0AAAAAA | bnf         | 28
"""


def build_possession(build) -> pl.DataFrame:
    issues = draw(ISSUES, days=pl.Int64)
    taken = issues.select(
        "person_id", medicine=pl.col("code").str.head(9), is_bnf_coded=pl.col("code_system") == "bnf"
    ).unique()
    people = [name for name in dict.fromkeys(issues["person_id"]) if name != "failed"]
    return build(
        "needs.medicine_possession",
        GROUPS
        | {
            "staging.gp_prescription": issues,
            "scores.person_medicine": add_index_date(taken),
            "needs.person": pl.concat(
                [draw_people(*people, "none"), draw_people("failed", "no_feed", unknown=(PRESCRIBED,))]
            ),
        },
    )


def test_possession_is_supplied_of_held_days(build):
    found = build_possession(build).filter(medicine_group="cardiovascular")
    ratios = dict(found.select("person_id", "possession_ratio").rows())
    assert ratios == pytest.approx(
        {
            "held": 264 / 330,
            "low": 263 / 330,
            "capped": (330 + 132) / (330 + 330),  # of the first no more than was held
            "untold": 28 / 330,
            "enough": 300 / 330,
            "day_90": 56 / 90,
            "before": 264 / 330,  # from the first issue within the year
            "failed": 56 / 330,
        }
    )
    assert set(build_possession(build)["medicine_group"]) == {"cardiovascular"}  # the other group is not verified


def test_possession_below_four_fifths(build):
    build_possession(build)
    scores = draw("person_id | product_count_3m \n product | 1 \n held | 0", product_count_3m=pl.Int64)
    found = build("needs.indicator_low_possession_cardiovascular", {"scores.person_score": add_index_date(scores)})
    assert read_states(found) == {
        "held": "absent",  # 0.8
        "low": "present",
        "capped": "present",
        "untold": "not_known",  # an issue without its days
        "enough": "absent",  # which makes the ratio a lower bound
        "day_90": "present",
        "before": "absent",
        "product": "not_known",
        "failed": "not_known",
        "no_feed": "not_known",
    }
    found = build("needs.indicator_low_possession_diabetes", {})
    assert read_states(found) == dict.fromkeys(("product", "failed", "no_feed"), "not_known")


RULES = {
    "codelist.medicine_rule": draw(
        """
        key     | months | minimum_age_years | test_months | verified
        pair    | 3      |                   |             | yes
        guarded | 3      | 65                |             | yes
        heart   | 3      |                   |             | yes
        tested  | 3      |                   | 6           | yes
        unsure  | 3      |                   |             | no
        """,
        months=pl.Int64,
        minimum_age_years=pl.Int64,
        test_months=pl.Int64,
    ).with_columns(pl.col("verified") == "yes"),
    "codelist.medicine_rule_part": draw(
        """
        rule    | part      | number | evidence
        pair    | group     | 1      | thinner
        pair    | group     | 1      | thinner_too
        pair    | group     | 2      | nsaid
        guarded | group     | 1      | nsaid
        guarded | without   | 1      | stomach
        heart   | group     | 1      | nsaid
        heart   | condition | 1      | heart_failure
        heart   | condition | 1      | heart_failure_register
        tested  | group     | 1      | methotrexate
        tested  | test      | 1      | haemoglobin
        unsure  | group     | 1      | nsaid
        """,
        number=pl.Int64,
    ),
    "codelist.medicine_code": draw(
        """
        kind    | evidence     | code_system | code      | is_prefix
        drug    | thinner      | bnf         | 0208020V0 | yes
        drug    | thinner_too  | bnf         | 020802    | yes
        drug    | nsaid        | bnf         | 100101    | yes
        drug    | nsaid        | dmd         | 777       | no
        drug    | stomach      | bnf         | 0103      | yes
        drug    | methotrexate | bnf         | 1001030U0 | yes
        measure | haemoglobin  | snomed      | 1         | no
        """
    ),
}
TAKEN = """
    person_id      | medicine  | last_issue_date
    pair           | 0208020V0 | 2026-07-02
    pair           | 1001010J0 | 2026-09-01
    old            | 0208020V0 | 2026-07-01
    old            | 1001010J0 | 2026-09-01
    two_thinners   | 0208020V0 | 2026-09-01
    two_thinners   | 0208020X0 | 2026-09-01
    product        | 0208020V0 | 2026-09-01
    product        | 777       | 2026-09-01
    young          | 1001010J0 | 2026-09-01
    sixty_five     | 1001010J0 | 2026-09-01
    guarded        | 1001010J0 | 2026-09-01
    guarded        | 0103050P0 | 2026-09-01
    unguarded      | 1001010J0 | 2026-09-01
    unguarded      | 0103050P0 | 2026-07-01
    heart          | 1001010J0 | 2026-09-01
    untested       | 1001030U0 | 2026-09-01
    tested         | 1001030U0 | 2026-09-01
    tested_long    | 1001030U0 | 2026-09-01
    failed         | 1001010J0 | 2026-09-01
    failed_pair    | 0208020V0 | 2026-09-01
    failed_pair    | 1001010J0 | 2026-09-01
    failed_guarded | 1001010J0 | 2026-09-01
    failed_guarded | 0103050P0 | 2026-09-01
    failed_test    | 1001030U0 | 2026-09-01
"""
PRODUCTS = {"product": 1}


def build_pairs(build) -> pl.DataFrame:
    taken = draw(TAKEN).with_columns(is_bnf_coded=pl.col("medicine") != "777")
    names = [*dict.fromkeys(taken["person_id"]), "none"]
    failed = [name for name in names if name.startswith("failed")]
    known = [name for name in names if not name.startswith("failed")]
    unknown = (PRESCRIBED, RECORDED, "is_gp_event_known_24m")
    ages = [64 if name == "young" or name in {"pair", "old", "product", "heart"} else 65 for name in known]
    scores = pl.DataFrame({"person_id": names}).with_columns(
        product_count_3m=pl.col("person_id").replace_strict(PRODUCTS, default=0, return_dtype=pl.Int64)
    )
    return build(
        "needs.medicine_pair",
        RULES
        | {
            "needs.person": pl.concat([draw_people(*known, age_years=ages), draw_people(*failed, unknown=unknown)]),
            "scores.person_medicine": add_index_date(taken),
            "scores.person_score": add_index_date(scores),
            "register.person_condition": draw(
                """
                person_id | condition
                heart     | heart_failure
                heart     | heart_failure_register
                pair      | asthma
                """
            ),
            "staging.gp_event": draw(
                """
                person_id   | code | code_system | event_date
                tested      | 1    | snomed      | 2026-04-02
                tested      | 1    | snomed      | 2026-05-02
                tested_long | 1    | snomed      | 2026-04-01
                tested_long | 1    | snomed      | 2026-10-02
                tested_long | 2    | snomed      | 2026-05-01
                """
            ),
        },
    )


def test_rules_of_prescribing_safety(build):
    found = {
        (name, rule): unsafe
        for name, rule, unsafe in build_pairs(build).select("person_id", "rule", "is_unsafe").rows()
    }
    assert found == {
        ("pair", "pair"): True,  # both within three months: since 2026-07-02
        ("product", "pair"): True,  # a product that the list holds
        ("sixty_five", "guarded"): True,
        ("guarded", "guarded"): False,
        ("unguarded", "guarded"): True,  # protected until more than three months ago
        ("heart", "heart"): True,  # two names of one condition, one row
        ("untested", "tested"): True,
        ("tested", "tested"): False,
        ("tested_long", "tested"): True,  # six months to the day, after the index date, or another code
        ("failed", "guarded"): None,
        ("failed_pair", "pair"): True,
        ("failed_pair", "guarded"): None,
        ("failed_guarded", "guarded"): False,
        ("failed_test", "tested"): None,
        # old: one of the pair is too long ago; two_thinners: one of the two groups; young: 64 years
    }


def test_a_rule_met_is_enough_to_know(build):
    build_pairs(build)
    found = build("needs.indicator_high_risk_medicine_pair", {})
    states = read_states(found)
    met = ("pair", "product", "sixty_five", "unguarded", "heart", "failed_pair")
    assert {name for name, state in states.items() if state == "present"} == set(met)
    assert {name for name, state in states.items() if state == "not_known"} == {
        "failed",
        "failed_guarded",
        "failed_test",
    }
    assert dict(found.select("person_id", "evidence_code").rows())["heart"] == "heart"
    monitored = read_states(build("needs.indicator_medicine_without_monitoring", {}))
    assert {name for name, state in monitored.items() if state == "present"} == {"untested", "tested_long"}
    assert monitored["tested"] == "absent" and monitored["failed_test"] == "not_known"
    assert monitored["product"] == "not_known"  # what a product is, the code does not tell


STAYS = """
    person_id    | cips_id | is_unplanned | is_regular_attender | admission_date | discharge_date
    new          | 1       | yes          | no                  | 2026-06-01     | 2026-06-10
    same         | 2       | yes          | no                  | 2026-06-01     | 2026-06-10
    antibiotic   | 3       | yes          | no                  | 2026-06-01     | 2026-06-10
    late         | 4       | yes          | no                  | 2026-06-01     | 2026-06-10
    day_14       | 5       | yes          | no                  | 2026-06-01     | 2026-06-10
    day_30       | 6       | yes          | no                  | 2026-06-01     | 2026-06-10
    day_31       | 7       | yes          | no                  | 2026-06-01     | 2026-06-10
    long_before  | 8       | yes          | no                  | 2026-06-01     | 2026-06-10
    readmitted   | 9       | yes          | no                  | 2026-06-01     | 2026-06-10
    readmitted   | 10      | no           | no                  | 2026-07-10     |
    planned      | 11      | no           | no                  | 2026-06-01     | 2026-06-10
    recent       | 12      | yes          | no                  | 2026-08-01     | 2026-09-02
    half_a_year  | 13      | yes          | no                  | 2026-04-01     | 2026-04-10
    product      | 14      | yes          | no                  | 2026-06-01     | 2026-06-10
    failed       | 15      | yes          | no                  | 2026-06-01     | 2026-06-10
    failed_done  | 16      | yes          | no                  | 2026-06-01     | 2026-06-10
    unread       | 17      | yes          | no                  | 2026-06-01     | 2026-06-10
"""
STARTED = """
    person_id    | issue_date | code            | code_system
    new          | 2026-07-10 | 0205051R0AAAAAA | bnf
    new          | 2026-07-01 | 0205051R0BBAAAA | bnf
    same         | 2026-06-20 | 0205051R0AAAAAA | bnf
    same         | 2025-12-01 | 0205051R0BBAAAA | bnf
    antibiotic   | 2026-06-20 | 0501013B0AAAAAA | bnf
    late         | 2026-07-11 | 0205051R0AAAAAA | bnf
    day_14       | 2026-06-20 | 0205051R0AAAAAA | bnf
    day_30       | 2026-06-20 | 0205051R0AAAAAA | bnf
    day_31       | 2026-06-20 | 0205051R0AAAAAA | bnf
    long_before  | 2026-06-20 | 0205051R0AAAAAA | bnf
    long_before  | 2025-11-30 | 0205051R0AAAAAA | bnf
    readmitted   | 2026-06-20 | 0205051R0AAAAAA | bnf
    planned      | 2026-06-20 | 0205051R0AAAAAA | bnf
    recent       | 2026-09-20 | 0205051R0AAAAAA | bnf
    half_a_year  | 2026-04-20 | 0205051R0AAAAAA | bnf
    product      | 2026-06-20 | 0501            | dmd
    failed       | 2026-06-20 | 0205051R0AAAAAA | bnf
    failed_done  | 2026-06-20 | 0205051R0AAAAAA | bnf
"""


def build_discharges(build, *unverified: str) -> pl.DataFrame:
    stays = draw(STAYS, cips_id=pl.Int64)
    known = [name for name in dict.fromkeys(stays["person_id"]) if name not in {"failed", "failed_done", "unread"}]
    people = [
        draw_people(*known),
        draw_people("failed", "failed_done", unknown=(RECORDED,)),
        draw_people("unread", unknown=(PRESCRIBED,)),
    ]
    return build(
        "needs.discharge_medicine",
        {
            "needs.person": pl.concat(people),
            "register.continuous_inpatient_spell": stays,
            "staging.gp_prescription": draw(STARTED),
            "codelist.polypharmacy_chapter": draw("bnf_prefix | is_counted \n 02 | _ \n 05 | _").with_columns(
                is_counted=pl.Series(["yes", "no"])
            ),
            "needs.care_process": draw_known(*unverified),
            "codelist.code": draw(
                """
                key                      | code | code_system | is_verified
                medicines_reconciliation | 1    | snomed      | yes
                medication_review        | 2    | snomed      | yes
                medicines_reconciliation | 3    | snomed      | no
                asthma                   | 4    | snomed      | yes
                """
            ),
            "staging.gp_event": draw(
                """
                person_id   | code | code_system | event_date
                new         | 1    | snomed      | 2026-06-09
                new         | 3    | snomed      | 2026-06-12
                new         | 4    | snomed      | 2026-06-12
                day_14      | 1    | snomed      | 2026-06-24
                day_30      | 2    | snomed      | 2026-07-10
                day_31      | 1    | snomed      | 2026-07-11
                failed_done | 1    | snomed      | 2026-06-10
                """
            ),
        },
    )


def test_medicines_started_after_a_stay(build):
    found = dict(build_discharges(build).select("person_id", "started_medicine_count").rows())
    ones = ("new", "day_14", "day_30", "day_31", "long_before", "product", "failed", "failed_done")
    # same: issued six months before; antibiotic: no lasting medicine; late: issued on day 31
    assert found == dict.fromkeys(ones, 1) | dict.fromkeys(("same", "antibiotic", "late", "unread"), 0)
    # readmitted on day 30, planned, discharged less than 30 days or admitted six months ago: left out


@pytest.mark.parametrize(("days", "in_time"), [(14, {"day_14"}), (30, {"day_14", "day_30"})])
@pytest.mark.parametrize(("unverified", "missing"), [((), "present"), (("medicines_reconciliation",), "not_known")])
def test_no_reconciliation(build, days, in_time, unverified, missing):
    build_discharges(build, *unverified)
    found = build(f"needs.indicator_no_reconciliation_{days}d", {})
    changed = ("new", "day_14", "day_30", "day_31", "long_before", "product")
    assert read_states(found) == {name: "absent" if name in in_time else missing for name in changed} | {
        "failed": "not_known",
        "failed_done": "absent",
        "unread": "not_known",  # whether a medicine was started is not known
    }
