"""Which canonical tables a run was given."""

from collections.abc import Collection

import polars as pl

from mltc.contract import load_contract
from mltc.warehouse import Warehouse


def write_supplied(warehouse: Warehouse, supplied: Collection[str]) -> None:
    """`meta.feed`: one row of booleans, so that a missing table makes null and never zero."""
    flags = {f"has_{table}": [table in supplied] for table in load_contract()}
    warehouse.write("meta.feed", pl.DataFrame(flags))


def read_supplied(warehouse: Warehouse, tables: Collection[str] | None = None) -> list[str]:
    """Those of `tables`, in their order, that the run was given; without them of all, in contract order."""
    flags = warehouse.read("select * from meta.feed").row(0, named=True)
    return [table for table in (tables or load_contract()) if flags.get(f"has_{table}")]
