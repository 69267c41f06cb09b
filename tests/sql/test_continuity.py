"""Continuity of care: published sequences, windows, and an implementation in plain Python. Index date 2026-10-01."""

import itertools
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from conftest import INDEX_DATE, draw
from continuity_drawn import build_continuity, complete_contacts, draw_sequences, draw_spine

Build = Callable[..., pl.DataFrame]

# Sequence, UPC and Bice-Boxerman as printed (Sidaway-Lee K et al. BJGP 2023;73:279-282, Table 1), then the Herfindahl
# index and SECON worked out by hand from the sequence as written: AABB has the pairs AA, AB, BB, so 2 / 3.
PUBLISHED = [
    ("AA", 1, 1, 1, 1),
    ("AB", 0.5, 0, 2 / 4, 0),
    ("AAB", 0.67, 0.33, 5 / 9, 1 / 2),
    ("ABC", 0.33, 0, 3 / 9, 0),
    ("AABB", 0.5, 0.33, 8 / 16, 2 / 3),
    ("AABC", 0.5, 0.17, 6 / 16, 1 / 3),
    ("AAABBB", 0.5, 0.4, 18 / 36, 4 / 5),
    ("AAAABBBB", 0.5, 0.43, 32 / 64, 6 / 7),
    ("AAAABCDE", 0.5, 0.21, 20 / 64, 3 / 7),
]
PUBLISHED_SECOND = [
    ("BB", 1, 1, 1, 1),
    ("ABB", 0.66, 0.33, 5 / 9, 1 / 2),  # printed .66; 2 / 3 is .67
    ("AABBBC", 0.5, 0.27, 14 / 36, 3 / 5),
    ("AAABBBBC", 0.5, 0.32, 26 / 64, 5 / 7),
    ("AABBCCCC", 0.5, 0.29, 24 / 64, 5 / 7),
]
MEASURES = ["usual_provider", "bice_boxerman", "sequential", "herfindahl", "modified_continuity"]


def measure(build: Build, contacts: pl.DataFrame, *persons: str, months: int = 24) -> dict[str, tuple[float, ...]]:
    found = build_continuity(build, contacts, draw_spine(persons))
    return {
        row["person_id"]: tuple(row[f"{name}_index_{months}m"] for name in MEASURES)
        for row in found.iter_rows(named=True)
    }


@pytest.mark.parametrize("months", [12, 24])
def test_the_published_sequences(build: Build, months: int):
    drawn = PUBLISHED + PUBLISHED_SECOND
    sequences = [row[0] for row in drawn]
    found = measure(build, draw_sequences(sequences), *sequences, months=months)
    for sequence, usual, boxerman, herfindahl, sequential in drawn:
        upc, coc, secon, hhi, _ = found[sequence]
        assert upc == pytest.approx(usual, abs=0.007)
        assert coc == pytest.approx(boxerman, abs=0.005)
        assert secon == pytest.approx(sequential, abs=1e-12)
        assert hhi == pytest.approx(herfindahl, abs=1e-12)


def test_the_published_means_of_two_lists(build: Build):
    sequences = [row[0] for row in PUBLISHED + PUBLISHED_SECOND]
    found = measure(build, draw_sequences(sequences), *sequences)
    # The second list shares four sequences with the first: the only four with which the printed values of its own five
    # come to its printed mean.
    lists = [row[0] for row in PUBLISHED], [row[0] for row in PUBLISHED_SECOND] + ["AB", "AAB", "AABC", "AAAABCDE"]
    first, second = ([found[sequence][:2] for sequence in each] for each in lists)
    assert np.round(np.mean(first, axis=0), 2).tolist() == [0.56, 0.32]
    assert np.round(np.mean(second, axis=0), 2).tolist() == [0.59, 0.32]
    assert np.round(np.mean(first + second, axis=0), 2).tolist() == [0.57, 0.32]


def test_modified_continuity_by_hand(build: Build):
    found = measure(build, draw_sequences(["AAB", "AAAA"]), "AAB", "AAAA")
    assert found["AAB"][4] == pytest.approx((1 - 2 / 3.1) / (1 - 1 / 3.1))  # 2 GPs, 3 contacts
    assert found["AAAA"][4] == pytest.approx(1)  # one GP


def test_one_contact_is_too_few_and_none_is_zero(build: Build):
    found = build_continuity(build, draw_sequences(["A"]), draw_spine(["A", "nobody"]))
    counts = dict(found.select("person_id", "named_gp_contact_count_24m").rows())
    assert counts == {"A": 1, "nobody": 0}
    for name in MEASURES:
        assert found[f"{name}_index_24m"].to_list() == [None, None]
        assert found[f"{name}_index_12m"].to_list() == [None, None]


def test_which_contacts_count(build: Build):
    contacts = complete_contacts(
        draw(
            """
            person_id | clinician_id | clinician_role               | status    | consultation_date
            p         | A            | gp                           | attended  | 2026-01-01
            p         | B            | Salaried General Practitioner | attended  | 2026-01-02
            p         | A            | GP                           | attended  | 2026-01-03
            p         | N            | nurse                        | attended  | 2026-01-04
            p         | N            |                              | attended  | 2026-01-05
            p         | C            | gp                           | dna       | 2026-01-06
            p         | C            | gp                           | cancelled | 2026-01-07
            p         |              | gp                           | attended  | 2026-01-08
            """
        )
    )
    row = build_continuity(build, contacts, draw_spine(["p"])).row(0, named=True)
    assert (row["named_gp_contact_count_12m"], row["named_gp_count_12m"]) == (3, 2)  # A, B, A
    assert row["usual_provider_index_12m"] == 2 / 3
    assert row["sequential_index_12m"] == 0  # the nurse does not come between two GPs, nor does a missed contact
    assert (row["named_clinician_contact_count_24m"], row["named_clinician_count_24m"]) == (5, 3)
    assert row["any_usual_provider_index_24m"] == 2 / 5
    assert row["any_bice_boxerman_index_24m"] == pytest.approx((4 + 1 + 4 - 5) / (5 * 4))
    assert row["last_named_contact_date"] == date(2026, 1, 5)


def test_window_edges(build: Build):
    contacts = complete_contacts(
        draw(
            """
            person_id | clinician_id | consultation_date
            p         | A            | 2024-10-01
            p         | A            | 2024-10-02
            p         | A            | 2025-10-01
            p         | A            | 2025-10-02
            p         | B            | 2026-10-01
            p         | B            | 2026-10-02
            """
        )
    )
    row = build_continuity(build, contacts, draw_spine(["p"])).row(0, named=True)
    assert row["named_gp_contact_count_24m"] == 4  # 2024-10-02 to 2026-10-01; the days on either side are outside
    assert row["sequential_index_24m"] == pytest.approx(2 / 3)  # AA, AA, AB; the pair across the edge is none
    assert row["named_gp_contact_count_12m"] == 2  # 2025-10-02 and 2026-10-01
    assert row["sequential_index_12m"] == 0


def test_each_index_date_sees_its_own_window(build: Build):
    contacts = complete_contacts(
        draw(
            """
            person_id | clinician_id | consultation_date
            p         | A            | 2025-09-01
            p         | A            | 2025-09-02
            p         | B            | 2026-09-01
            p         | C            | 2026-09-02
            """
        )
    )
    earlier = date(2025, 10, 1)
    found = build_continuity(build, contacts, draw_spine(["p"], earlier, INDEX_DATE))
    assert dict(found.select("index_date", "usual_provider_index_12m").rows()) == {earlier: 1, INDEX_DATE: 0.5}


def test_contacts_of_one_day_follow_each_other_by_clinician(build: Build):
    text = """
        row_id | person_id | clinician_id | consultation_date
        {first}     | p         | B            | 2026-01-01
        {second}     | p         | A            | 2026-01-01
        3      | p         | B            | 2026-01-02
    """
    rows = []
    for first, second in ((1, 2), (2, 1)):
        contacts = complete_contacts(draw(text.format(first=first, second=second), row_id=pl.Int64))
        rows.append(build_continuity(build, contacts, draw_spine(["p"])).row(0, named=True))
    assert rows[0] == rows[1]  # the order of delivery makes no difference
    assert rows[0]["sequential_index_12m"] == 1 / 2  # A, B, B


def test_a_missing_feed_and_a_feed_without_gp_roles_are_null(build: Build):
    no_feed = build_continuity(build, draw_sequences(["AA"]).clear(), draw_spine(["p"]), has_gp_consultation=False)
    assert no_feed.row(0, named=True)["named_clinician_contact_count_24m"] is None
    assert no_feed.row(0, named=True)["named_gp_contact_count_24m"] is None
    unnamed = draw_sequences(["AA"]).with_columns(clinician_role=pl.lit(None, dtype=pl.String))
    row = build_continuity(build, unnamed, draw_spine(["AA"])).row(0, named=True)
    assert row["named_gp_contact_count_24m"] is None
    assert row["usual_provider_index_24m"] is None
    assert row["any_usual_provider_index_24m"] == 1


def in_plain_python(sequence: list[str]) -> tuple[float | None, ...]:
    """UPC, COC, SECON, Herfindahl and MMCI of a sequence of clinicians, from the definitions, in MEASURES order."""
    size = len(sequence)
    if size < 2:
        return (None,) * 5
    shares = [count / size for count in Counter(sequence).values()]
    pairs = size * (size - 1) / 2
    same = sum(1 for first in range(size) for second in range(first) if sequence[first] == sequence[second])
    runs = sum(left == right for left, right in itertools.pairwise(sequence))
    spread = (1 - len(shares) / (size + 0.1)) / (1 - 1 / (size + 0.1))
    return max(shares), same / pairs, runs / (size - 1), sum(share**2 for share in shares), spread


def compare_random_persons(build: Build, count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    contact_counts = random.poisson(5, count)
    person = np.repeat(np.arange(count), contact_counts)
    size = len(person)
    days = random.integers(-30, 900, size)  # some after the index date, some before 24 months
    contacts = complete_contacts(
        pl.DataFrame(
            {
                "person_id": pl.Series(person).cast(pl.String),
                "consultation_date": [INDEX_DATE - timedelta(days=int(day)) for day in days],
                "clinician_id": pl.Series(["A", "B", "C", "D", "E"]).gather(random.integers(0, 5, size)),
                "clinician_role": pl.Series(["gp", "gp", "gp", "nurse"]).gather(random.integers(0, 4, size)),
                "status": pl.Series(["attended", "attended", "dna"]).gather(random.integers(0, 3, size)),
            }
        )
    )
    found = build_continuity(build, contacts, draw_spine([str(number) for number in range(count)]))
    by_person: dict[str, list[tuple[date, str, int]]] = {}
    for row in contacts.iter_rows(named=True):
        if row["status"] == "attended" and row["clinician_role"] == "gp":
            entry = (row["consultation_date"], row["clinician_id"], row["row_id"])
            by_person.setdefault(row["person_id"], []).append(entry)
    compared = 0
    for row in found.iter_rows(named=True):
        ordered = sorted(by_person.get(row["person_id"], []))
        for months, start in ((12, date(2025, 10, 1)), (24, date(2024, 10, 1))):
            expected = in_plain_python([clinician for day, clinician, _ in ordered if start < day <= INDEX_DATE])
            actual = tuple(row[f"{name}_index_{months}m"] for name in MEASURES)
            assert actual == pytest.approx(expected, abs=1e-12)
            compared += 1
    assert compared == 2 * count


def test_equal_to_plain_python_on_3000_persons(build: Build):
    compare_random_persons(build, 3_000, seed=1)


@pytest.mark.slow
def test_equal_to_plain_python_on_100000_persons(build: Build):
    compare_random_persons(build, 100_000, seed=2)
