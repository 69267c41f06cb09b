"""Whom people see in the practice: some always the same GP, some never, and contacts after a stay in hospital.

The consultations themselves stay what they were: only the GP of some people's contacts changes.
"""

import numpy as np
import polars as pl

from mltc.synthetic.arrays import DAY_SPAN, NEVER, Bools, Ints, to_dates
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.people import find_practices
from mltc.synthetic.spells import UNPLANNED_METHODS, Spells

FAITHFUL, SCATTERED = 0.2, 0.2  # people who always see one GP, and whoever is there (assumption)
SEEN_EARLY, SEEN_LATE = 0.45, 0.15  # discharges with a GP contact in 1-13 and in 15-27 days after (assumption)
UNNAMED, UNTOLD = 0.15, 0.05  # of these contacts: no clinician named; not said whether it was kept (assumption)


def bind_clinicians(random: np.random.Generator, chunk: Chunk, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of `gp_consultation` with the GPs of faithful and scattered people; the same rows otherwise."""
    kind = random.random(chunk.people.count)
    person = frame["person"].to_numpy().astype(np.int64)
    day = frame["consultation_date"].to_physical().to_numpy().astype(np.int64)
    practice = find_practices(chunk.people, person, day)
    anyone = np.floor(random.random(len(frame)) * chunk.places.gp_count[practice]).astype(np.int64)
    usual = np.floor(random.random(chunk.people.count)[person] * chunk.places.gp_count[practice]).astype(np.int64)
    number = np.where(kind[person] < FAITHFUL, usual, anyone) + 1
    bound = (kind[person] < FAITHFUL + SCATTERED) & (frame["clinician_role"] == "gp").to_numpy()
    changed = frame.with_columns(own=name_gps(chunk, practice, number), is_bound=pl.Series(bound)).with_columns(
        named=pl.when("is_bound").then("own").otherwise("clinician_id")
    )
    # two contacts of a day that would become one row stay with the clinicians whom they were with
    kept = pl.Series(find_twice(person * DAY_SPAN + day, changed["named"]))
    named = pl.when(kept).then("clinician_id").otherwise("named").alias("clinician_id")
    return changed.with_columns(named).select(frame.columns)


def find_twice(visit: Ints, named: pl.Series) -> Bools:
    """Rows of visits (a person's day) on which a clinician is named twice."""
    number = named.rank("dense").cast(pl.Int64).to_numpy()
    pair = visit * (number.max(initial=0) + 1) + number
    order = np.argsort(pair, kind="stable")
    again = pair[order][1:] == pair[order][:-1]
    return np.isin(visit, visit[order[1:][again]])


def name_gps(chunk: Chunk, practice: Ints, number: Ints) -> pl.Series:
    """Ids of GPs by practice and number, from 1, as `contacts.name_clinicians` has them."""
    prefix = pl.Series([f"C{code[2:]}G" for code in chunk.places.codes], dtype=pl.String).gather(practice)
    return prefix + pl.Series(number).cast(pl.String).str.zfill(2)


def follow_discharges(random: np.random.Generator, chunk: Chunk, spells: Spells, frame: pl.DataFrame) -> pl.DataFrame:
    """More rows of `gp_consultation`: contacts by telephone after an unplanned stay, mostly with the GP seen before."""
    ended = np.flatnonzero(spells.method.is_in(UNPLANNED_METHODS).to_numpy() & (spells.discharge < NEVER))
    person, left = spells.person[ended], spells.discharge[ended]
    draw = random.random(len(ended))
    early, late = draw < SEEN_EARLY, (draw >= SEEN_EARLY) & (draw < SEEN_EARLY + SEEN_LATE)
    day = left + np.where(early, random.integers(1, 14, len(ended)), random.integers(15, 28, len(ended)))
    seen = (early | late) & (day < chunk.course.end_day[person]) & (day >= chunk.course.start_day[person])
    person, day = person[seen], day[seen]
    practice = find_practices(chunk.people, person, day)
    number = np.floor(random.random(chunk.people.count)[person] * chunk.places.gp_count[practice]).astype(np.int64) + 1
    usual = frame.filter(pl.col("clinician_role") == "gp").group_by("person").agg(pl.col("clinician_id").mode().min())
    rows = pl.DataFrame(
        {
            "person": person,
            "consultation_date": pl.Series(to_dates(day)).cast(pl.Date),
            "other": name_gps(chunk, practice, number),
            "clinician_role": pl.Series(["gp"]).new_from_index(0, len(person)),
            "mode": pl.Series(["telephone"]).new_from_index(0, len(person)),
            "is_unnamed": pl.Series(random.random(len(person)) < UNNAMED),
            "is_other": pl.Series(random.random(len(person)) < 0.25),
            "is_untold": pl.Series(random.random(len(person)) < UNTOLD),
        }
    ).join(usual, on="person", how="left", maintain_order="left")
    own = pl.when("is_other").then("other").otherwise(pl.coalesce("clinician_id", "other"))
    rows = rows.with_columns(
        clinician_id=pl.when(pl.col("is_unnamed").not_()).then(own),
        status=pl.when(pl.col("is_untold").not_()).then(pl.lit("attended")),
    ).unique(["person", "consultation_date"], keep="first", maintain_order=True)
    same_day = frame.select("person", "consultation_date")
    rows = rows.join(same_day, on=["person", "consultation_date"], how="anti", maintain_order="left")
    return rows.select(frame.columns)
