"""What the national data sets have no place for, in canonical files beside them."""

from collections.abc import Collection

import polars as pl

from mltc.synthetic.layouts.files import LayoutFiles
from mltc.synthetic.writing import ROW_NUMBER

LOCAL = "local"
# What the national data sets carry, whichever way they come: hospital records, the GP journal, deaths.
NATIONAL = ("hospital_episode", "outpatient", "emergency", "gp_event", "gp_prescription", "death")


def add_local(files: LayoutFiles, chunk_tables: dict[str, pl.DataFrame], carried: Collection[str]) -> None:
    """Adds every table of the chunk that the layout does not carry itself to `local/`, as it is."""
    for name, frame in chunk_tables.items():
        if name not in carried:
            files.add(f"{LOCAL}/{name}", frame.drop(ROW_NUMBER))
