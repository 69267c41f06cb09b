"""Other practices, a later date, nobody twice."""

import datetime as dt

import polars as pl
import pytest

from models.errors import TooLittleData
from models.splits import draw_held_out_practices, sample_people, split_people

EARLY, LATE = dt.date(2024, 10, 1), dt.date(2025, 10, 1)


def draw_people(person_count=1000, practice_count=10):
    """Persons registered in turn with ten practices, at both dates."""
    one_date = pl.DataFrame(
        {
            "person_id": [f"p{each:04d}" for each in range(person_count)],
            "practice_code": [f"A{each % practice_count:05d}" for each in range(person_count)],
        }
    )
    return pl.concat([one_date.with_columns(index_date=pl.lit(date)) for date in (EARLY, LATE)])


def test_splits_by_practice_and_date():
    split = split_people(draw_people(), EARLY, LATE, seed=3)
    assert len(split.held_out_practices) == 3  # 3 of 10 practices of 100 people: 30 %
    assert split.training["index_date"].unique().to_list() == [EARLY]
    assert split.validation["index_date"].unique().to_list() == [LATE]
    assert set(split.validation["practice_code"]) == set(split.held_out_practices)
    assert not set(split.training["practice_code"]) & set(split.held_out_practices)
    assert (split.training.height, split.validation.height) == (700, 300)
    assert split.moved_person_count == 0


def test_a_person_who_moved_is_on_one_side_only():
    people = draw_people()
    held_out = split_people(people, EARLY, LATE, seed=3).held_out_practices
    kept = next(code for code in people["practice_code"] if code not in held_out)
    mover = people.filter((pl.col("practice_code") == kept) & (pl.col("index_date") == LATE))["person_id"][0]
    moved = people.with_columns(
        practice_code=pl.when((pl.col("person_id") == mover) & (pl.col("index_date") == LATE))
        .then(pl.lit(held_out[0]))
        .otherwise("practice_code")
    )
    split = split_people(moved, EARLY, LATE, seed=3)
    assert split.held_out_practices == held_out
    assert mover in split.validation["person_id"]
    assert mover not in split.training["person_id"]
    assert split.moved_person_count == 1
    assert split.training.height == 699


def test_the_draw_depends_on_the_seed_and_not_on_row_order():
    people = draw_people()
    draws = {seed: split_people(people, EARLY, LATE, seed=seed).held_out_practices for seed in range(8)}
    assert len(set(draws.values())) > 1
    assert split_people(people.reverse(), EARLY, LATE, seed=5).held_out_practices == draws[5]


def test_people_without_a_practice_are_in_neither_part():
    people = draw_people().with_columns(
        practice_code=pl.when(pl.col("person_id") == "p0000").then(None).otherwise("practice_code")
    )
    split = split_people(people, EARLY, LATE)
    assert "p0000" not in {*split.training["person_id"], *split.validation["person_id"]}
    assert split.training.height + split.validation.height == 999


@pytest.mark.parametrize(
    ("sizes", "allowed"),
    [
        ({"A": 50, "B": 50}, {("A",), ("B",)}),  # 50 % is nearer to 30 % than nobody
        ({"A": 90, "B": 10}, {("B",)}),  # 90 % is not: the small one
        ({"A": 65, "B": 70}, {("A",), ("B",)}),
        ({"A": 100, "B": 101, "C": 102, "D": 103}, {("A",), ("B",), ("C",), ("D",)}),  # one each of about 25 %
    ],
)
def test_held_out_share_is_as_near_as_the_practices_allow(sizes, allowed):
    people = pl.DataFrame({"practice_code": [code for code, count in sizes.items() for _ in range(count)]})
    for seed in range(5):
        assert tuple(draw_held_out_practices(people, 0.30, seed)) in allowed


def test_needs_two_practices_and_a_later_date():
    with pytest.raises(TooLittleData, match="at least 2 practices; found 1"):
        split_people(draw_people(practice_count=1), EARLY, LATE)
    with pytest.raises(ValueError, match="after 2025-10-01"):
        split_people(draw_people(), LATE, EARLY)


def test_the_latest_year_is_left_for_recalibration_without_anybody_who_validates():
    split = split_people(draw_people(), EARLY, LATE, seed=3)
    assert split.recalibration["index_date"].unique().to_list() == [LATE]
    assert split.recalibration.height == 700
    assert not set(split.recalibration["person_id"]) & set(split.validation["person_id"])


def test_practices_that_were_held_out_stay_held_out():
    people = draw_people()
    first = split_people(people, EARLY, LATE, seed=3).held_out_practices
    later = split_people(people, EARLY, LATE, seed=99, held_out_before=first)
    assert later.held_out_practices == first
    assert split_people(people, EARLY, LATE, seed=99).held_out_practices != first
    # of three, one has closed: the two that are left
    left = people.filter(pl.col("practice_code") != first[0])
    assert split_people(left, EARLY, LATE, seed=99, held_out_before=first).held_out_practices == first[1:]
    # nobody would be left to train on: drawn anew
    everyone = tuple(people["practice_code"].unique())
    assert len(split_people(people, EARLY, LATE, seed=3, held_out_before=everyone).held_out_practices) == 3


def test_a_sample_is_drawn_from_the_seed_and_keeps_the_order():
    people = draw_people().filter(pl.col("index_date") == LATE)
    assert sample_people(people, 1000, 1) is people
    drawn = sample_people(people, 200, 1)
    assert drawn.height == drawn["person_id"].n_unique() == 200
    assert drawn["person_id"].to_list() == sorted(drawn["person_id"])
    assert drawn.equals(sample_people(people, 200, 1))
    assert not drawn.equals(sample_people(people, 200, 2))


def test_who_trained_elsewhere_and_is_now_at_a_held_out_practice_validates_nothing():
    """The model of last year was trained on p0000, who has moved to a held-out practice since, at both dates."""
    people = draw_people()
    held_out = split_people(people, EARLY, LATE, seed=3).held_out_practices
    mover = next(person for person, code in people.select("person_id", "practice_code").rows() if code not in held_out)
    moved = people.with_columns(
        practice_code=pl.when(pl.col("person_id") == mover).then(pl.lit(held_out[0])).otherwise("practice_code")
    )
    unaware = split_people(moved, EARLY, LATE, seed=3, held_out_before=held_out)
    assert mover in unaware.validation["person_id"] and unaware.known_person_count == 0
    seen = pl.Series([mover, "somebody who has left"])
    split = split_people(moved, EARLY, LATE, seed=3, held_out_before=held_out, trained_before=seen)
    assert not split.is_drawn_anew and split.known_person_count == 1
    for part in (split.training, split.recalibration, split.validation):
        assert mover not in part["person_id"]
    assert split.validation.height == unaware.validation.height - 1


def test_practices_drawn_anew_forget_whom_earlier_models_saw():
    people = draw_people()
    everyone = people["person_id"].unique()
    split = split_people(people, EARLY, LATE, seed=3, trained_before=everyone)
    assert split.is_drawn_anew and split.known_person_count == 0 and split.validation.height == 300
