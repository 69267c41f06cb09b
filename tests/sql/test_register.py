"""The clinical rules of the register, each as a drawn table in and rows out. Index date 2026-10-01."""

import hashlib
import hmac
from datetime import date

import polars as pl
import pytest
from conftest import draw

from mltc.pseudonym import pad_secret

NO_SUCCESSION = "organisation_type | code | successor_code | effective_from | effective_to"


def test_who_is_registered_and_alive_on_the_date(build):
    """Starting or ending on the day counts; dying on the day does not; the latest registration wins."""
    found = build(
        "register.observation",
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
        "register.observation",
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
            "codelist.definition": draw("definition | version \n d | v"),
            "codelist.membership": conditions.select("position", condition="key", definition=pl.lit("d")),
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


def test_spine_leaves_the_date_of_the_last_run_out(build):
    """A date that has two roles is one date."""
    found = build(
        "register.spine",
        {
            "meta.index_date": draw(
                "role | index_date \n current | 2026-10-01 \n last_run | 2026-09-01 \n training | 2026-10-01"
            ),
            "register.observation": draw(
                """
                index_date | person_id | practice_code | succeeded_from | age_years | birth_date | registered_from | \
registered_to
                2026-10-01 | p         | A             |                | 50        | 1976-01-01 | 2000-01-01      |
                2026-09-01 | p         | A             |                | 50        | 1976-01-01 | 2000-01-01      |
                """
            ),
        },
    )
    assert found.select("index_date", "person_id").rows() == [(date(2026, 10, 1), "p")]


def test_concordance_counts_and_kappa(build):
    """20 people: both say MLTC of 5, only a of 2, only b of 3, neither of 10."""
    said = [(True, True)] * 5 + [(True, False)] * 2 + [(False, True)] * 3 + [(False, False)] * 10
    rows = [
        {"person_id": str(number), "definition": name, "is_mltc": value}
        for number, pair in enumerate(said)
        for name, value in zip("abc", (*pair, False), strict=True)
    ]
    found = build(
        "register.definition_concordance",
        {
            "codelist.definition": draw("definition \n a \n b \n c"),
            "register.mltc": pl.DataFrame(rows),
        },
    )
    pair = found.row(by_predicate=(pl.col("definition") == "a") & (pl.col("other_definition") == "b"), named=True)
    counts = ("persons", "both_persons", "only_persons", "other_only_persons", "neither_persons")
    assert [pair[name] for name in counts] == [20, 5, 2, 3, 10]
    # observed 15/20; by chance (7 * 8 + 13 * 12) / 400 = 0.53; kappa (0.75 - 0.53) / (1 - 0.53)
    assert pair["kappa"] == pytest.approx(0.22 / 0.47, abs=1e-12)
    kappa = {(row[0], row[1]): row[-1] for row in found.rows()}
    assert kappa["a", "a"] == 1.0
    assert kappa["c", "c"] is None  # of nobody by both: agreement says nothing
    assert kappa["a", "c"] == 0.0  # 13/20 agree, as many as by chance


def test_pseudonym_is_hmac_sha256_in_crockford_base_32(build):
    """Against Python's own hmac and a base-32 conversion by whole-number arithmetic."""
    secret = "a secret of the ICB"
    persons = ["1", "person-2", "ünïcode", *(f"SYN{number:06}" for number in range(2_000))]
    found = build(
        "register.person_pseudonym",
        {"register.person": pl.DataFrame({"person_id": persons})},
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
