"""Pathways of referral to treatment that are open when providers describe their waiting lists."""

import numpy as np
import polars as pl

from mltc.synthetic.arrays import NEVER, expand_counts, to_dates
from mltc.synthetic.attendances import OUTPATIENT_BASE
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.spells import PROVIDERS, draw_providers
from mltc.synthetic.window import Window

SNAPSHOTS = 3  # month ends before the index date that are described
LATE_PROVIDER = len(PROVIDERS) - 1  # it has not sent the latest list
PATHWAYS = (0.10, 0.12)  # pathways begun in the last LONGEST_DAYS days: of everybody, and per condition (assumption)
MEAN_DAYS, LONGEST_DAYS = 140.0, 800
TREATED_MEAN = 300.0  # days from the start to the treatment, after which a pathway is on no list (assumption)
NO_CLOCK = 0.02  # pathways whose clock start is not given (assumption)
PRIORITIES = np.array([0.8, 0.14, 0.06])


def make_waiting_list(random: np.random.Generator, chunk: Chunk, window: Window) -> pl.DataFrame:
    """Rows of `waiting_list`: one per pathway and month end on which it is open."""
    people = chunk.people
    rate = PATHWAYS[0] + PATHWAYS[1] * np.minimum(chunk.condition_count, 6)
    person, number = expand_counts(random.poisson(rate * random.gamma(1.2, 1 / 1.2, people.count)))
    begun = (
        window.index_day
        - 1
        - np.floor(np.minimum(random.standard_exponential(len(person)) * MEAN_DAYS, LONGEST_DAYS)).astype(np.int64)
    )
    treated = begun + 14 + np.floor(random.standard_exponential(len(person)) * TREATED_MEAN).astype(np.int64)
    specialties = sorted(OUTPATIENT_BASE)
    pathways = pl.DataFrame(
        {
            "person": person,
            "pathway_id": people.ids.gather(person) + "-W" + pl.Series(number + 1).cast(pl.String),
            "specialty": pl.Series(specialties).gather(random.integers(0, len(specialties), len(person))),
            "provider": draw_providers(random, chunk, person),
            "begun": begun,
            "clock_start": to_dates(np.where(random.random(len(person)) < NO_CLOCK, NEVER, begun)),
            "treated": treated,
            "priority": pl.Series(["1", "2", "3"]).gather(
                np.searchsorted(np.cumsum(PRIORITIES), random.random(len(person))).clip(0, 2)
            ),
        }
    )
    last = chunk.course.end_day[person]
    parts = []
    for back in range(SNAPSHOTS):
        day = int(window.edges[-1 - back]) - 1
        is_open = (begun <= day) & (treated > day) & (last > day) & (people.join_day[person] <= day)
        if back == 0:
            is_open &= pathways["provider"].to_numpy() != LATE_PROVIDER
        listed = pathways.filter(pl.Series(is_open))
        parts.append(listed.with_columns(snapshot_date=pl.lit(day, pl.Int32).cast(pl.Date)))
    rows = pl.concat(parts)
    return rows.select(
        "person",
        "snapshot_date",  # first, so that rows are put in order by it
        "pathway_id",
        "specialty",
        provider_code=pl.Series(PROVIDERS).gather(rows["provider"]),
        clock_start=pl.col("clock_start").cast(pl.Date),
        priority="priority",
    )
