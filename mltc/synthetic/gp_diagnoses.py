"""Conditions in the GP record: the first entry, the same coded again at reviews, and that they are over."""

import numpy as np
import polars as pl

from mltc.synthetic.arrays import DAY_SPAN, NEVER, Ints, draw_days, expand_counts
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.entries import Entries
from mltc.synthetic.facts import ConditionFacts, load_data, read_codes
from mltc.synthetic.journal import build_rows, choose_codes
from mltc.synthetic.people import DAYS_A_YEAR

SOONEST_DAYS = 180  # from the first entry of a condition to the one that says that it is over (assumption)
RELAPSED = 0.25  # conditions that are coded and treated again after they were said to be over (assumption)


def draw_resolutions(
    random: np.random.Generator, facts: ConditionFacts, recorded: Ints, start_day: Ints, end_day: Ints
) -> tuple[Ints, Ints]:
    """(persons, conditions) each: day of the entry that says that a condition is over, and that day if it stayed so.

    NEVER elsewhere. Shares are those of `data/resolved.csv`; the day lies in the person's records.
    """
    resolved = np.full(recorded.shape, NEVER)
    ended = resolved.copy()
    for row in load_data("resolved").iter_rows(named=True):
        position = facts.position(row["condition"])
        if position < 0:
            continue
        earliest = np.maximum(recorded[:, position] + SOONEST_DAYS, start_day)
        rows = np.flatnonzero((random.random(len(recorded)) < row["share"]) & (earliest < end_day))
        resolved[rows, position] = draw_days(random, earliest[rows], end_day[rows] - 1)
        lasting = rows[random.random(len(rows)) >= RELAPSED]
        ended[lasting, position] = resolved[lasting, position]
    return resolved, ended


def draw_gp_entries(random: np.random.Generator, chunk: Chunk) -> tuple[Entries, Entries]:
    """First entries, and those at reviews until the condition ended."""
    person, condition = np.nonzero(chunk.recorded < NEVER)
    onset, recorded = chunk.onset[person, condition], chunk.recorded[person, condition]
    first = Entries(person, condition, onset, recorded, np.ones(len(person), dtype=np.bool_))
    start = np.maximum(recorded + 1, chunk.course.start_day[person])
    stop = np.minimum(chunk.course.end_day[person], chunk.ended[person, condition])
    yearly = chunk.facts.column("reviews_per_year")[condition] * chunk.places.review[chunk.people.practice[person]]
    pair, _ = expand_counts(random.poisson(yearly * np.maximum(stop - start, 0) / DAYS_A_YEAR))
    day = draw_days(random, start[pair], stop[pair] - 1)
    pair, day = np.divmod(np.unique(pair * DAY_SPAN + day), DAY_SPAN)
    again = Entries(person[pair], condition[pair], day, day, np.ones(len(pair), dtype=np.bool_))
    return first, again


def make_diagnoses(random: np.random.Generator, chunk: Chunk, first: Entries, again: Entries) -> pl.DataFrame:
    """Rows of first entries and of reviews."""
    codes = chunk.facts.snomed
    begun = build_rows(
        chunk, first.person, first.day, choose_codes(random, codes, first.condition), "first", first.known
    )
    reviewed = choose_codes(random, codes, again.condition, 0.85)
    return pl.concat([begun, build_rows(chunk, again.person, again.day, reviewed, "review")])


def make_resolutions(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """Rows that say that a condition is over."""
    table = load_data("resolved")
    codes = read_codes(chunk.facts.codelists, table["list"].to_list(), "resolved")
    parts = []
    for row in table.iter_rows(named=True):
        position = chunk.facts.position(row["condition"])
        snomed = codes.get(row["list"], ([], []))[0]
        has = chunk.resolved[:, max(position, 0)] < NEVER
        person = np.flatnonzero(has) if position >= 0 and snomed else np.zeros(0, dtype=np.int64)
        code = choose_codes(random, (tuple(snomed or [""]),), np.zeros_like(person), 1.0)
        parts.append(build_rows(chunk, person, chunk.resolved[person, position], code, "other"))
    return pl.concat(parts)
