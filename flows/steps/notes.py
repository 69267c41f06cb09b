"""What a run could not compute, and why: said in the release instead of a failure or an invented figure."""

import polars as pl

from mltc.config import Config
from mltc.intake import FEED_DATES
from mltc.reference import read_unmeasured_needs
from mltc.warehouse import Warehouse

SCHEMA = {"area": pl.String, "note": pl.String}


def replace_notes(warehouse: Warehouse, area: str, notes: list[str]) -> None:
    """Set the notes of one area in `meta.run_note`. Notes hold no figure of people."""
    kept = pl.DataFrame(schema=SCHEMA)
    if warehouse.columns("meta.run_note"):
        kept = warehouse.read("select area, note from meta.run_note").filter(pl.col("area") != area)
    fresh = pl.DataFrame([(area, note) for note in notes], schema=SCHEMA, orient="row")
    warehouse.write("meta.run_note", pl.concat([kept, fresh]).sort("area", "note"))


def note_what_is_missing(warehouse: Warehouse, config: Config) -> None:
    """Say which needs nothing measures, and which feeds were not supplied."""
    needs = [f"{name} is not measured. {why}" for name, why in read_unmeasured_needs().items()]
    replace_notes(warehouse, "needs", needs)
    absent = [table for table in FEED_DATES if table not in config.source]
    told = [f"No extract was supplied for {', '.join(absent)}: what needs them is not known, never zero."]
    replace_notes(warehouse, "data", told if absent else [])
