"""What care needs are told from: more rows of the feeds that were always there, and three feeds beside them.

Every process has a random stream of its own, and what was written before it stays as it was: diagnoses, stays and the
true risk do not hang on it.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from mltc.synthetic.after_stay import start_medicines
from mltc.synthetic.arrays import Ints
from mltc.synthetic.care import draw_care, make_care_rows
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.defects import load_copy_kinds
from mltc.synthetic.monitoring import make_repeated_tests
from mltc.synthetic.other_services import make_community_contacts, make_mental_health_contacts
from mltc.synthetic.possession import supply_short
from mltc.synthetic.spells import Spells
from mltc.synthetic.usual_clinician import bind_clinicians, follow_discharges
from mltc.synthetic.waiting import make_waiting_list
from mltc.synthetic.window import Window

NEED_STREAMS = ("care", "monitoring", "clinicians", "possession", "waiting", "mental_health", "community", "after_stay")
NEED_TABLES = ("mental_health_contact", "community_contact", "waiting_list")


@dataclass(frozen=True)
class NeedRows:
    """Rows beside those that were always there.

    added: more rows of `gp_event`, `gp_consultation` and `gp_prescription`. tables: the feeds that were not there.
    care: the care processes as they were drawn (`mltc.synthetic.care.draw_care`).
    """

    added: dict[str, pl.DataFrame]
    tables: dict[str, pl.DataFrame]
    care: pl.DataFrame


def make_need_rows(
    randoms: dict[str, np.random.Generator], chunk: Chunk, window: Window, spells: Spells,
    frames: dict[str, pl.DataFrame],
) -> NeedRows:  # fmt: skip
    """The rows beside `frames`, whose consultations and prescriptions change in place: clinicians and days supplied."""
    frames["gp_prescription"] = supply_short(randoms["possession"], frames["gp_prescription"])
    frames["gp_consultation"] = bind_clinicians(randoms["clinicians"], chunk, frames["gp_consultation"])
    care = draw_care(randoms["care"], chunk, spells)
    listed = frames["gp_event"].filter(pl.col("code").is_in(care["code"].unique().implode()))
    there = listed.select("person", "code", day=pl.col("event_date").to_physical().cast(pl.Int64))
    care = care.join(there, on=["person", "day", "code"], how="anti", maintain_order="left")
    issues = start_medicines(randoms["after_stay"], chunk, spells)
    given = frames["gp_prescription"].select("person", "issue_date", "code")
    tests = make_repeated_tests(randoms["monitoring"], chunk, frames["gp_event"])
    return NeedRows(
        added={
            "gp_event": pl.concat([make_care_rows(chunk, care), tests]),
            "gp_consultation": follow_discharges(randoms["clinicians"], chunk, spells, frames["gp_consultation"]),
            "gp_prescription": issues.join(
                given, on=["person", "issue_date", "code"], how="anti", maintain_order="left"
            ),
        },
        tables={
            "mental_health_contact": make_mental_health_contacts(randoms["mental_health"], chunk),
            "community_contact": make_community_contacts(randoms["community"], chunk),
            "waiting_list": make_waiting_list(randoms["waiting"], chunk, window),
        },
        care=care,
    )


def merge_rows(
    spoilt: pl.DataFrame, log: pl.DataFrame, keys: Ints, added: pl.DataFrame, added_keys: Ints
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A table with its defects, and more rows put in where they belong; the log with the rows' new numbers.

    keys: rising order of the rows before any was repeated; added_keys: that of the added rows. Defects stay where
    they were drawn, so added rows have none.
    """
    if added.is_empty():
        return spoilt, log
    copies = np.sort(log.filter(pl.col("kind").is_in(load_copy_kinds()))["row_number"].to_numpy())
    originals = copies - 2 - np.arange(len(copies))  # place of each repeated row before any was repeated
    place = np.searchsorted(keys, added_keys, side="right")
    place = place + np.searchsorted(originals, place, side="left")
    whole = pl.concat([spoilt, added.select(write_as(added, spoilt))], rechunk=True)
    order = np.argsort(np.concatenate([np.arange(len(spoilt)) + 0.5, place.astype(np.float64)]), kind="stable")
    moved = log["row_number"].to_numpy()
    moved = moved + np.searchsorted(np.sort(place), moved - 1, side="right")
    return whole[order], log.with_columns(row_number=pl.Series(moved, dtype=pl.Int64))


def write_as(added: pl.DataFrame, spoilt: pl.DataFrame) -> list[pl.Expr]:
    """The columns of `added` with the types of `spoilt`, where dates may be written as text."""
    written = []
    for name, kind in spoilt.schema.items():
        is_date = kind == pl.String and added.schema[name] == pl.Date
        written.append(pl.col(name).dt.strftime("%Y-%m-%d") if is_date else pl.col(name).cast(kind))
    return written
