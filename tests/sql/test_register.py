"""The clinical rules of the register, each as a drawn table in and rows out. Index date 2026-10-01."""

import hashlib
import hmac
from datetime import date

import polars as pl
from conftest import draw

from mltc.pseudonym import pad_secret
from mltc.reference import _powers_of_32

NO_SUCCESSION = "organisation_type | code | successor_code | effective_from | effective_to"


def test_spine_counts_who_is_registered_and_alive_on_the_date(build):
    """Starting or ending on the day counts; dying on the day does not; the latest registration wins."""
    found = build(
        "register.spine",
        {
            "meta.index_date": draw("role | index_date \n current | 2026-10-01"),
            "staging.person": draw(
                """
                person_id | birth_date
                starts    | 1960-10-02
                ends      | 1960-10-01
                ended     | 1960-01-01
                dies      | 1960-01-01
                dies_next | 1960-01-01
                two       | 1960-01-01
                unborn    | 2026-10-02
                """
            ),
            "register.death": draw("person_id | death_date \n dies | 2026-10-01 \n dies_next | 2026-10-02"),
            "register.succession": draw(NO_SUCCESSION),
            "register.registration": draw(
                """
                person_id | practice_code | registered_from | registered_to
                starts    | A             | 2026-10-01      |
                ends      | A             | 2000-01-01      | 2026-10-01
                ended     | A             | 2000-01-01      | 2026-09-30
                dies      | A             | 2000-01-01      |
                dies_next | A             | 2000-01-01      |
                two       | A             | 2000-01-01      |
                two       | B             | 2010-01-01      |
                unborn    | A             | 2000-01-01      |
                """
            ),
        },
    )
    assert found.select("person_id", "practice_code", "age_years").rows() == [
        ("dies_next", "A", 66),
        ("ends", "A", 66),  # birthday on the index date: 66
        ("starts", "A", 65),  # birthday tomorrow: still 65
        ("two", "B", 66),
    ]


def test_registration_rule_breaks_ties_by_length_then_practice(build):
    found = build(
        "register.spine",
        {
            "meta.index_date": draw("role | index_date \n current | 2026-10-01"),
            "staging.person": draw("person_id | birth_date \n length | 1960-01-01 \n code | 1960-01-01"),
            "register.death": draw("person_id | death_date \n nobody | 2020-01-01"),
            "register.succession": draw(NO_SUCCESSION),
            "register.registration": draw(
                """
                person_id | practice_code | registered_from | registered_to
                length    | A             | 2010-01-01      | 2027-01-01
                length    | B             | 2010-01-01      |
                code      | C             | 2010-01-01      |
                code      | B             | 2010-01-01      |
                """
            ),
        },
    )
    assert found.select("person_id", "practice_code").rows() == [("code", "B"), ("length", "B")]


CODES = """
    key       | code_system | code     | is_verified
    diabetes  | icd10       | E11      | yes
    diabetes  | snomed      | 73211009 | yes
    diabetes  | snomed      | 99999009 | no
    tia       | icd10       | G45      | yes
    eye       | icd10       | H3600    | yes
"""


def test_condition_event_matches_prefixes_of_three_to_five_characters(build):
    found = build(
        "register.condition_event",
        {
            "codelist.code": draw(CODES),
            "codelist.condition": draw("key \n diabetes \n tia \n eye"),
            "staging.gp_event": draw(
                """
                person_id | code     | code_system | event_date | recorded_date
                gp        | 73211009 | snomed      | 2020-01-01 | 2020-03-01
                early     | 73211009 | snomed      | 2020-03-01 | 2020-01-01
                undated   | 73211009 | snomed      | 2020-01-01 |
                unchecked | 99999009 | snomed      | 2020-01-01 |
                wrong     | 73211009 | ctv3        | 2020-01-01 |
                gp_icd10  | E119     | icd10       | 2020-01-01 |
                """
            ),
            "staging.hospital_diagnosis": draw(
                """
                person_id | code  | admission_date | known_date
                three     | E11   | 2020-01-01     | 2020-01-09
                four      | E119  | 2020-01-01     | 2020-01-09
                five      | H3600 | 2020-01-01     | 2020-01-09
                short     | H360  | 2020-01-01     | 2020-01-09
                other     | E10   | 2020-01-01     | 2020-01-09
                open      | G459  | 2020-01-01     |
                """
            ),
        },
    )
    assert found.select("person_id", "condition", "source", "known_date").rows() == [
        ("early", "diabetes", "gp", date(2020, 3, 1)),  # not known before it happened
        ("five", "eye", "hospital", date(2020, 1, 9)),
        ("four", "diabetes", "hospital", date(2020, 1, 9)),
        ("gp", "diabetes", "gp", date(2020, 3, 1)),
        ("gp_icd10", "diabetes", "gp", date(2020, 1, 1)),
        ("open", "tia", "hospital", date(2020, 1, 1)),  # still admitted: known since the admission
        ("three", "diabetes", "hospital", date(2020, 1, 9)),
        ("undated", "diabetes", "gp", date(2020, 1, 1)),
    ]


def test_condition_status_applies_window_age_and_knowledge(build):
    found = build(
        "register.condition_status",
        {
            "register.spine": draw(
                """
                index_date | person_id | age_years
                2026-10-01 | p         | 17
                2026-10-01 | q         | 18
                """,
                age_years=pl.Int64,
            ),
            "codelist.condition": draw(
                """
                key      | rule          | lookback_months | minimum_age_years
                ever     | ever          |                 |
                window   | within_months | 12              |
                adult    | ever          |                 | 18
                """,
                lookback_months=pl.Int64,
                minimum_age_years=pl.Int64,
            ),
            "register.condition_event": draw(
                """
                person_id | condition | source   | evidence_code | evidence_count | event_date | known_date
                p         | ever      | gp       | 1             | 1              | 1990-01-01 | 1990-01-01
                p         | ever      | hospital | 2             | 2              | 1999-01-01 | 1999-01-01
                p         | window    | gp       | 1             | 1              | 2025-10-01 | 2025-10-01
                p         | adult     | gp       | 1             | 1              | 2020-01-01 | 2020-01-01
                q         | ever      | gp       | 1             | 1              | 2026-09-30 | 2026-10-02
                q         | window    | gp       | 1             | 1              | 2025-10-02 | 2025-10-02
                q         | adult     | gp       | 1             | 1              | 2020-01-01 | 2026-10-01
                """,
                evidence_count=pl.Int64,
            ),
        },
    )
    assert found.select("person_id", "condition", "source", "evidence_count").rows() == [
        ("p", "ever", "gp, hospital", 3),  # 1 + 2 records
        # p window: exactly 12 months ago is outside; p adult: 17 years old
        ("q", "adult", "gp", 1),  # known on the index date itself
        # q ever: known only the day after
        ("q", "window", "gp", 1),
    ]


def test_mltc_counts_onset_complexity_and_signature(build):
    conditions = draw(
        """
        key     | body_system    | kind     | position
        stroke  | cardiovascular | physical | 0
        af      | cardiovascular | physical | 1
        asthma  | respiratory    | physical | 2
        gout    | musculoskeletal| physical | 3
        autism  | mental         | neurodevelopmental | 4
        anxiety | mental         | mental   | 5
        """,
        position=pl.Int64,
    )
    found = build(
        "register.mltc",
        {
            "register.person": draw("person_id \n none \n one \n two \n three_systems \n two_systems"),
            "register.person_pseudonym": draw(
                "person_id | mltc_id \n none | N \n one | O \n two | T \n three_systems | X \n two_systems | Y"
            ),
            "codelist.condition": conditions,
            "codelist.membership": conditions.select(condition="key", definition=pl.lit("d")),
            "register.person_condition": draw(
                """
                person_id     | condition | first_known_date
                one           | stroke    | 2020-01-01
                two           | autism    | 2020-01-01
                two           | asthma    | 2021-01-01
                three_systems | stroke    | 2020-01-01
                three_systems | af        | 2020-02-01
                three_systems | asthma    | 2020-03-01
                three_systems | anxiety   | 2020-04-01
                two_systems   | stroke    | 2020-01-01
                two_systems   | af        | 2020-02-01
                two_systems   | autism    | 2020-03-01
                two_systems   | anxiety   | 2020-04-01
                """
            ),
        },
        complex_conditions=4,
        complex_systems=3,
        codelist_version="v",
    )
    columns = (
        "person_id",
        "condition_count",
        "is_mltc",
        "is_complex_mltc",
        "has_physical_mental",
        "condition_signature",
    )
    assert found.select(columns).rows() == [
        ("none", 0, False, False, False, "0"),
        ("one", 1, False, False, False, "1"),  # 2^0
        ("three_systems", 4, True, True, True, "39"),  # 1 + 2 + 4 + 32
        ("two", 2, True, False, False, "20"),  # 4 + 16; autism is not a mental condition
        ("two_systems", 4, True, False, True, "51"),  # 1 + 2 + 16 + 32; cardiovascular and mental only
    ]
    onset = dict(
        zip(found["person_id"], zip(found["mltc_onset_date"], found["complex_onset_date"], strict=True), strict=True)
    )
    assert onset["two"] == (date(2021, 1, 1), None)  # the day the second was known
    assert onset["three_systems"] == (date(2020, 2, 1), date(2020, 4, 1))
    assert onset["one"] == (None, None)


def test_pseudonym_is_hmac_sha256_in_crockford_base_32(build):
    """Against Python's own hmac and a base-32 conversion by whole-number arithmetic."""
    secret = "a secret of the ICB"
    persons = ["1", "person-2", "ünïcode"]
    found = build(
        "register.person_pseudonym",
        {"register.person": pl.DataFrame({"person_id": persons}), "codelist.power_of_32": _powers_of_32()},
        **pad_secret(secret),
    )
    assert dict(found.rows()) == {person: _pseudonym_of(person, secret) for person in persons}
    assert all(len(pseudonym) == 26 for pseudonym in found["mltc_id"])


def _pseudonym_of(person: str, secret: str) -> str:
    digest = hmac.new(secret.encode(), person.encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest, "big") >> (256 - 125)
    body, rest = "", number
    for _ in range(25):
        body = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[rest % 32] + body
        rest //= 32
    return body + "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U"[number % 37]
