"""What is true of the synthetic people, whatever the records say."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from mltc.synthetic.arrays import NEVER, to_dates
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.defects import DEFECT_SCHEMA
from mltc.synthetic.entries import Entries
from mltc.synthetic.facts import PATTERNS
from mltc.synthetic.places import Places
from mltc.synthetic.register_truth import find_registered, list_register
from mltc.synthetic.window import Window, step_back

TRUTHS = ("person", "pattern", "onset", "register", "risk", "need", "defects")
STOPPED_MONTHS = 3  # the feed of one practice ends this many months before the index date


def make_truth(chunk: Chunk, window: Window, index_date: date, entries: Entries) -> dict[str, pl.DataFrame]:
    """The truths of a chunk but for its needs and defects, by person."""
    entries = entries.keep(entries.known <= window.index_day)
    return {
        "person": describe_persons(chunk, window).sort("person_id"),
        "pattern": describe_patterns(chunk).sort("person_id"),
        "onset": list_onsets(chunk, entries).sort("person_id", "condition"),
        "register": list_register(chunk, entries, index_date).sort("person_id", "condition"),
        "risk": list_risks(chunk).sort("as_of", "person_id"),
    }


def describe_persons(chunk: Chunk, window: Window) -> pl.DataFrame:
    """One row per person: what may never be missing or wrong, on the index date."""
    people = chunk.people
    return pl.DataFrame(
        {
            "person_id": people.ids,
            "age_years": people.age_on(window.index_day),
            "sex": people.sex,
            "imd_decile": people.imd,
            "practice_code": pl.Series(chunk.places.codes).gather(people.practice),
            "is_registered": find_registered(chunk),
        }
    )


def describe_patterns(chunk: Chunk) -> pl.DataFrame:
    """One row per person: latent pattern and frailty."""
    people = chunk.people
    return pl.DataFrame(
        {"person_id": people.ids, "pattern": pl.Series(PATTERNS).gather(people.pattern), "frailty": people.frailty}
    )


def list_onsets(chunk: Chunk, entries: Entries) -> pl.DataFrame:
    """One row per person and condition that has begun, and whether and when any record in the extracts codes it."""
    person, condition = np.nonzero(chunk.onset < NEVER)
    first_last = (
        entries.to_frame()
        .group_by("person", "condition")
        .agg(pl.col("day").min().alias("first"), pl.col("day").max().alias("last"), pl.col("is_gp").any())
    )
    begun = pl.DataFrame({"person": person, "condition": condition}).join(
        first_last, on=["person", "condition"], how="left", maintain_order="left"
    )
    return pl.DataFrame(
        {
            "person_id": chunk.people.ids.gather(person),
            "condition": pl.Series(chunk.facts.keys).gather(condition),
            "onset_date": to_dates(chunk.onset[person, condition]),
            "is_coded": begun["first"].is_not_null(),
            "is_gp_coded": begun["is_gp"].fill_null(False),
            "first_coded_date": begun["first"].cast(pl.Int32).cast(pl.Date),
            "last_coded_date": begun["last"].cast(pl.Int32).cast(pl.Date),
        }
    )


def list_risks(chunk: Chunk) -> pl.DataFrame:
    """One row per person and as-of day on which the person is alive and registered."""
    ids = chunk.people.ids
    risks = [
        pl.DataFrame({"person_id": ids, "as_of": to_dates(np.full(len(ids), day)), "probability": risk})
        for day, risk in sorted(chunk.course.risk.items())
    ]
    return pl.concat(risks).filter(pl.col("probability").is_not_nan())


def log_stopped_feed(index_date: date, places: Places) -> pl.DataFrame:
    """The one coverage defect: the practice and the last day of its feed."""
    last = step_back(index_date, STOPPED_MONTHS) - timedelta(days=1)
    detail = f"{places.codes[places.stopped]} until {last.isoformat()}"
    row = {"table": ["gp_event"], "row_number": [None], "kind": ["feed_stopped"], "detail": [detail]}
    return pl.DataFrame(row, schema=DEFECT_SCHEMA)
