"""Prescriptions: repeat courses that follow coded conditions or age, and acute issues."""

import numpy as np
import polars as pl

from mltc.synthetic.arrays import NEVER, Floats, Ints, draw_from, expand_counts, to_dates
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.facts import load_data
from mltc.synthetic.people import DAYS_A_YEAR

STOPPED_SHARE = 0.2  # courses that end, after an exponential time of STOPPED_YEARS (assumption)
STOPPED_YEARS = 3.0
TREATED = 1.7  # mean power on the chance of no treatment; it differs between people, so medicines gather (assumption)
JITTER_DAYS = 3
MONTHLY_DAYS = 28
MONTHLY_SHARE = 0.6  # two-monthly medicines that are issued monthly instead (assumption)


def make_prescriptions(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """Rows of `gp_prescription`: one per issue."""
    table = load_data("medicines").with_row_index("medicine")
    person, medicine, start, stop = draw_courses(random, chunk, table)
    interval = table["interval_days"].to_numpy().astype(np.int64)[medicine]
    monthly = (interval == 2 * MONTHLY_DAYS) & (random.random(len(person)) < MONTHLY_SHARE)
    interval = np.where(monthly, MONTHLY_DAYS, interval)
    begin = np.maximum(start, chunk.course.start_day[person])
    first = begin + np.floor(random.random(len(person)) * np.where(start < begin, interval, 14)).astype(np.int64)
    issues = np.maximum(-(-(stop - first) // interval), 0)
    course, number = expand_counts(issues)
    shake = random.integers(-JITTER_DAYS, JITTER_DAYS + 1, len(course))
    day = np.clip(first[course] + number * interval[course] + shake, begin[course], stop[course] - 1)
    repeat = build_issues(table, person[course], medicine[course], day)
    return pl.concat([repeat, make_acute(random, chunk, table)])


def draw_courses(random: np.random.Generator, chunk: Chunk, table: pl.DataFrame) -> tuple[Ints, Ints, Ints, Ints]:
    """Person, medicine, first day and day after the last of every repeat course; one course a person and code."""
    people, found = chunk.people, []
    liking = TREATED * random.gamma(1.5, 1 / 1.5, people.count)
    for row in table.filter("is_repeat").iter_rows(named=True):
        chosen = random.random(people.count) < 1 - (1 - row["probability"]) ** liking
        old_enough = people.birth_day + int(row["min_age"] * DAYS_A_YEAR)
        if row["condition"] is None:
            start = old_enough + np.floor(random.random(people.count) * 25 * DAYS_A_YEAR).astype(np.int64)
            if row["code"].startswith("0703"):
                chosen &= (people.sex == 2) & (people.age_on(chunk.middle) < 45)
            if row["code"].startswith("0704"):
                chosen &= people.sex == 1
        else:
            position = chunk.facts.position(row["condition"])
            recorded = chunk.recorded[:, position] if position >= 0 else np.full(people.count, NEVER)
            start = np.maximum(np.where(recorded < NEVER, recorded + 7, NEVER), old_enough)
        rows = np.flatnonzero(chosen & (start < chunk.course.end_day))
        found.append((rows, np.full(len(rows), row["medicine"], dtype=np.int64), start[rows]))
    person, medicine, start = (np.concatenate(part) for part in zip(*found, strict=True))
    return close_courses(random, chunk, table, person, medicine, start)


def close_courses(
    random: np.random.Generator, chunk: Chunk, table: pl.DataFrame, person: Ints, medicine: Ints, start: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """Drops a code that the person has from another condition already; ends some courses, and all of what is over."""
    codes = table["code"].rank("dense").to_numpy().astype(np.int64)
    order = np.lexsort((medicine, start, codes[medicine], person))
    person, medicine, start = person[order], medicine[order], start[order]
    key = person * 10_000 + codes[medicine]
    keep = np.append(True, key[1:] != key[:-1]) if len(key) else np.zeros(0, dtype=np.bool_)
    person, medicine, start = person[keep], medicine[keep], start[keep]
    lasting: Floats = random.standard_exponential(len(person)) * STOPPED_YEARS * DAYS_A_YEAR
    ends = random.random(len(person)) < STOPPED_SHARE
    last = np.where(ends, start + lasting.astype(np.int64), NEVER)
    stop = np.minimum(np.minimum(last, find_ends(chunk, table, person, medicine)), chunk.course.end_day[person])
    running = stop > np.maximum(start, chunk.course.start_day[person])
    return person[running], medicine[running], start[running], stop[running]


def find_ends(chunk: Chunk, table: pl.DataFrame, person: Ints, medicine: Ints) -> Ints:
    """Day on which the condition that a course is for was over for good; NEVER where it is not, or for no condition."""
    places = np.array([chunk.facts.position(name or "") for name in table["condition"]], dtype=np.int64)[medicine]
    return np.where(places >= 0, chunk.ended[person, np.maximum(places, 0)], NEVER)


def make_acute(random: np.random.Generator, chunk: Chunk, table: pl.DataFrame) -> pl.DataFrame:
    """Short courses: antibiotics, steroids, pain relief."""
    rows = table.filter(~pl.col("is_repeat"))
    shares = rows["probability"].to_numpy().astype(np.float64)
    person, day = chunk.scatter_once(random, shares.sum() * (0.7 + 0.25 * np.minimum(chunk.condition_count, 6)))
    chosen = rows["medicine"].to_numpy().astype(np.int64)[draw_from(random, shares, len(person))]
    old_enough = table["min_age"].to_numpy()[chosen] <= (day - chunk.people.birth_day[person]) / DAYS_A_YEAR
    return build_issues(table, person[old_enough], chosen[old_enough], day[old_enough])


def build_issues(table: pl.DataFrame, person: Ints, medicine: Ints, day: Ints) -> pl.DataFrame:
    """Issue rows; a short course lasts 7 days."""
    days = np.where(table["interval_days"].to_numpy() == 0, 7, table["interval_days"].to_numpy())[medicine]
    return pl.DataFrame(
        {
            "person": person,
            "issue_date": to_dates(day),
            "code": table["code"].gather(medicine),
            "code_system": pl.Series(["bnf"]).new_from_index(0, len(person)),
            "name": table["name"].gather(medicine),
            "quantity": days.astype(np.float64),
            "days": days.astype(np.int64),
            "is_repeat": table["is_repeat"].gather(medicine),
        }
    )
