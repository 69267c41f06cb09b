"""Who trains a model and who tests it: other practices, at a later date, and nobody twice."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.errors import TooLittleData


@dataclass(frozen=True)
class Split:
    """Rows by what they are for, in the order of the frame that was split."""

    training: pl.DataFrame
    """Early date, practices that are not held out, nobody who is also in `validation`."""
    validation: pl.DataFrame
    """Later date, held-out practices."""
    recalibration: pl.DataFrame
    """Later date, practices that are not held out: the latest complete year, without anybody in `validation`."""
    held_out_practices: tuple[str, ...]
    """Sorted practice codes."""
    moved_person_count: int
    """Persons left out of training because they moved to a held-out practice in between."""
    known_person_count: int = 0
    """Persons left out of validation because an earlier model, still in use, was trained on them elsewhere."""
    is_drawn_anew: bool = True
    """The held-out practices are not those of earlier models, so that no earlier model can be tested on them."""


def split_people(
    frame: pl.DataFrame,
    training_date: dt.date,
    validation_date: dt.date,
    held_out_share: float = 0.30,
    seed: int = 0,
    held_out_before: Sequence[str] = (),
    trained_before: pl.Series | None = None,
) -> Split:
    """Temporal and geographic split of rows with person_id, practice_code and index_date.

    Practices are drawn in a seeded order of their sorted codes, each taken if it brings the held-out share of
    people (at the validation date) nearer to `held_out_share`; at least one is held out and one is not.
    `held_out_before`: practices that earlier models have not seen; they stay held out, so that those models can be
    tested on them again, as long as people are on both sides. `trained_before`: ids of the people whom those models
    have seen; who of them is at a held-out practice now is in no part. Where the practices are drawn anew nobody is
    left out for it. A person without a practice is in neither part.
    Raises `TooLittleData` with fewer than two practices and ValueError if the validation date is not the later one.
    Source for the design: Steyerberg and Harrell, J Clin Epidemiol 2016;69:245 (internal-external validation).
    """
    if validation_date <= training_date:
        raise ValueError(f"Expected a validation date after {training_date}; found {validation_date}.")
    later = frame.filter(pl.col("index_date") == validation_date)
    held_out = sorted(set(held_out_before) & set(later["practice_code"].drop_nulls()))
    is_drawn_anew = not held_out or bool(later["practice_code"].drop_nulls().is_in(held_out).all())
    if is_drawn_anew:
        held_out = draw_held_out_practices(later, held_out_share, seed)
    is_held_out = pl.col("practice_code").is_in(held_out)
    there = later.filter(is_held_out)
    known = pl.DataFrame({"person_id": [] if is_drawn_anew or trained_before is None else trained_before})
    validation = there.join(known.cast(pl.String), on="person_id", how="anti", maintain_order="left")
    early = frame.filter((pl.col("index_date") == training_date) & ~is_held_out)  # no practice: null, left out
    training = early.join(there.select("person_id").unique(), on="person_id", how="anti", maintain_order="left")
    both = set(training["person_id"]) & set(validation["person_id"])
    assert not both, f"{len(both)} persons are on both sides of the split"  # noqa: S101 - an invariant
    return Split(
        training,
        validation,
        later.filter(~is_held_out),
        tuple(held_out),
        moved_person_count=early["person_id"].n_unique() - training["person_id"].n_unique(),
        known_person_count=there.height - validation.height,
        is_drawn_anew=is_drawn_anew,
    )


def sample_people(people: pl.DataFrame, most: int, seed: int) -> pl.DataFrame:
    """All rows, or `most` of them drawn without replacement where there are more; order kept.

    Every person is as likely as every other: nobody is drawn by outcome, which would break calibration.
    """
    if people.height <= most:
        return people
    drawn = np.random.default_rng(seed).choice(people.height, most, replace=False)
    return people[np.sort(drawn)]


def draw_held_out_practices(people: pl.DataFrame, held_out_share: float, seed: int) -> list[str]:
    """Sorted codes of the held-out practices, from one row per person with practice_code."""
    counts = people.drop_nulls("practice_code").group_by("practice_code").agg(persons=pl.len()).sort("practice_code")
    if counts.height < 2:
        raise TooLittleData(
            f"A held-out test needs people in at least 2 practices; found {counts.height} at the validation date."
        )
    codes, persons = counts["practice_code"].to_list(), counts["persons"].to_numpy()
    target = held_out_share * persons.sum()
    order = np.random.default_rng(seed).permutation(len(codes))
    taken: list[int] = []
    total = 0
    for position in order[:-1]:
        if abs(total + persons[position] - target) < abs(total - target):
            taken.append(int(position))
            total += int(persons[position])
    if not taken:  # every practice is too large: the smallest is nearest
        taken = [int(persons.argmin())]
    return sorted(codes[each] for each in taken)
