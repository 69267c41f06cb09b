"""What a run could not compute, and why: said in the release instead of a failure or an invented figure."""

import polars as pl

from mltc.warehouse import Warehouse

SCHEMA = {"area": pl.String, "note": pl.String}


def replace_notes(warehouse: Warehouse, area: str, notes: list[str]) -> None:
    """Set the notes of one area in `meta.run_note`. Notes hold no figure of people."""
    kept = pl.DataFrame(schema=SCHEMA)
    if warehouse.columns("meta.run_note"):
        kept = warehouse.read("select area, note from meta.run_note").filter(pl.col("area") != area)
    fresh = pl.DataFrame([(area, note) for note in notes], schema=SCHEMA, orient="row")
    warehouse.write("meta.run_note", pl.concat([kept, fresh]).sort("area", "note"))
