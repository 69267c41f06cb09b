"""Clusters of the last good run: ids, names and parameters that this run starts from."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from mltc.warehouse import Warehouse, read_value
from mltc.workspace import Workspace

if TYPE_CHECKING:
    from models.strata import NamedClasses


@dataclass(frozen=True)
class LastStratum:
    """One stratum of the last good run; None where it had none."""

    profile: pl.DataFrame | None
    event: pl.DataFrame | None
    classes: "NamedClasses | None"
    """Fitted to the stratum itself; None where it had taken over those of everyone."""
    is_shared: bool


@dataclass(frozen=True)
class LastRun:
    """Rows of `clusters.profile`, `clusters.event` and `clusters.class_hazard` of the last good run."""

    tables: dict[str, pl.DataFrame]

    @classmethod
    def none(cls) -> "LastRun":
        """Before a first run."""
        return cls({})

    def of(self, stratum: str) -> LastStratum:
        """What is known of one stratum."""
        hazard = self._select("class_hazard", stratum)
        is_shared = hazard is not None and bool(hazard["is_shared"][0])
        classes = None if hazard is None or is_shared else _read_classes(hazard)
        return LastStratum(self._select("profile", stratum), self._select("event", stratum), classes, is_shared)

    def _select(self, table: str, stratum: str) -> pl.DataFrame | None:
        frame = self.tables.get(table)
        found = None if frame is None else frame.filter(pl.col("stratum") == stratum).drop("stratum")
        return found if found is not None and found.height else None


TABLES = ("profile", "event", "class_hazard")


def read_last(workspace: Workspace) -> LastRun:
    """The last good run of an earlier month, as far as it had clusters.

    A month that is run again starts from what it started from before, which its warehouse keeps (`keep_last`).
    """
    last = workspace.open_last()
    if last is None:
        return LastRun.none()
    with last:
        is_again = _is_of(last, workspace.config.run.index_date)
        places = {name: f"clusters.last_{name}" if is_again else f"clusters.{name}" for name in TABLES}
        held = {name: place for name, place in places.items() if "stratum" in last.columns(place)}
        return LastRun({name: last.read(f"select * from {place} order by all") for name, place in held.items()})


def _is_of(last: Warehouse, index_date: date) -> bool:
    """Whether a warehouse describes this index date; one that holds clusters alone does not say."""
    if not last.columns("meta.index_date"):
        return False
    query = "select count(*) from meta.index_date where role = 'current' and index_date = $day"
    return bool(read_value(last, query, {"day": index_date}))


def keep_last(warehouse: Warehouse, last: LastRun) -> None:
    """Write `clusters.last_<table>`: what the run at work starts from."""
    for name in TABLES:
        warehouse.execute(f"drop table if exists clusters.last_{name}")
    for name, frame in last.tables.items():
        warehouse.write(f"clusters.last_{name}", frame)


def _read_classes(hazard: pl.DataFrame) -> "NamedClasses":
    from models.strata import NamedClasses

    ordered = hazard.sort("class_number", "condition")
    conditions = ordered["condition"].unique().sort().to_list()
    shares = ordered.unique("class_number", keep="first").sort("class_number")["class_share"].to_numpy()
    coefficients = ordered["log_hazard"].to_numpy().reshape(len(shares), len(conditions))
    return NamedClasses(np.log(shares), conditions, coefficients)
