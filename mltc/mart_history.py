"""True counts of the last run's published tables, carried into the run at work: `meta.last_mart_<table>`.

Disclosure control holds this month's release against the one before, and has to know which counts have changed. The
last run is the last good one of an earlier index date; a month that is run again carries what it carried before, as
`mltc.register_history` does, so that its release comes out the same. Counts alone: nothing about a person.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from mltc.disclosure import TableSpec
from mltc.register_history import read_last_date
from mltc.warehouse import LAST, Warehouse, attach_last, attached_columns

if TYPE_CHECKING:
    import polars as pl


def carry_last_marts(warehouse: Warehouse, last: Path, index_date: date, specs: Mapping[str, TableSpec]) -> None:
    """Copy dimensions and counts of every published table that the last good warehouse (file `last`) has."""
    if not last.exists():
        return
    with attach_last(warehouse, last):
        described = read_last_date(warehouse)
        if described is None or described > index_date:
            return
        for name, spec in specs.items():
            source = _target(name) if described == index_date else f"marts.{name}"
            columns = [*spec.dimensions, *spec.counts]
            if set(columns) <= attached_columns(warehouse, source):
                warehouse.build(_target(name), f"select {', '.join(columns)} from {LAST}.{source}")


def read_last_marts(warehouse: Warehouse, specs: Mapping[str, TableSpec]) -> "dict[str, pl.DataFrame]":
    """What was carried, by table; nothing on a first run."""
    query = "select table_name from information_schema.tables where table_schema = 'meta'"
    found = set(warehouse.read(query)["table_name"])
    return {name: warehouse.read(f"select * from {_target(name)}") for name in specs if f"last_mart_{name}" in found}


def _target(name: str) -> str:
    return f"meta.last_mart_{name}"
