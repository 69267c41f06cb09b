"""The attack: what could a reader work out from the published tables?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mltc.disclosure.cells import Cells, build_cells
from mltc.disclosure.intervals import Searcher
from mltc.disclosure.knowledge import build_reader_knowledge
from mltc.disclosure.profile import Profile
from mltc.disclosure.rates import add_rates
from mltc.disclosure.system import build_system
from mltc.disclosure.table import PublishedTable, TableSpec

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Exposure:
    """A number that a reader can know too well: it lies between `lower` and `upper`.

    `row` holds the dimensions of the row. `reason` is "worked out from sums", "shown although small",
    "not rounded" or "rate not from published counts". For the first, a hidden complement (persons without)
    is told by the count that it completes, with `is_complement`.
    """

    table: str
    row: tuple[tuple[str, str], ...]
    column: str
    lower: float
    upper: float
    reason: str
    is_complement: bool = False


def attack(tables: Mapping[str, PublishedTable], specs: Mapping[str, TableSpec], profile: Profile) -> list[Exposure]:
    """Everything that the published tables give away; empty for a safe release.

    A published count v stands for any true count that rounds to it, a suppressed one for any count from
    `profile.lowest` up, and all sums declared in the specifications hold. A suppressed count is exposed when
    its feasible interval, up to `profile.highest`, is narrower than `profile.protection_width`; the
    complement of a published count when its interval is that narrow and holds only protected counts.
    """
    frames = {name: table.frame for name, table in tables.items()}
    exposures = [exposure for name, frame in frames.items() for exposure in find_improper(frame, specs[name], profile)]
    cells = build_cells(frames, specs)
    known = build_reader_knowledge(cells, cells.gather(frames), profile)
    found, low, high = Searcher(build_system(cells)).find_narrow(known)
    return exposures + [
        _describe(cells, frames, int(variable), float(low[variable]), float(high[variable])) for variable in found
    ]


def _describe(cells: Cells, frames: Mapping[str, "pl.DataFrame"], variable: int, low: float, high: float) -> Exposure:
    table, count, row = cells.locate(variable)
    dimensions = _dimensions(frames[table], cells.specs[table], row)
    is_complement = variable >= cells.visible_count
    return Exposure(table, dimensions, count, low, high, "worked out from sums", is_complement)


def _dimensions(frame: "pl.DataFrame", spec: TableSpec, row: int) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(frame[name][row])) for name in spec.dimensions)


def find_improper(frame: "pl.DataFrame", spec: TableSpec, profile: Profile) -> Iterator[Exposure]:
    """Counts shown although small or unrounded, and rates that say more than the published counts do."""
    import polars as pl

    smallest = profile.smallest_shown
    shown_zero = pl.lit(profile.shows_zero)
    for count in spec.counts:
        value = pl.col(count)
        small = value.is_not_null() & (value < smallest) & ~((value == 0) & shown_zero)
        unrounded = value.is_not_null() & ~small & (value % profile.base != 0)
        for reason, is_wrong in (("shown although small", small), ("not rounded", unrounded)):
            yield from _flag(frame, spec, count, is_wrong, reason)
    again = add_rates(frame.select(*spec.dimensions, *spec.counts), spec, profile)
    for rate in spec.rates:
        for column in (rate.name, f"{rate.name}_lower", f"{rate.name}_upper"):
            shown, expected = pl.col(column), pl.lit(again[column])
            is_wrong = shown.is_not_null() & ((shown - expected).abs() > 1e-9).fill_null(value=True)
            yield from _flag(frame, spec, column, is_wrong, "rate not from published counts")


def _flag(frame: "pl.DataFrame", spec: TableSpec, column: str, is_wrong: "pl.Expr", reason: str) -> Iterator[Exposure]:
    wrong = frame.with_row_index("row").filter(is_wrong)
    for row, value in zip(wrong["row"].to_list(), wrong[column].to_list(), strict=True):
        yield Exposure(spec.name, _dimensions(frame, spec, row), column, float(value), float(value), reason)
