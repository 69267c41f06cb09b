"""What is wrong with a published number as it stands, before anybody does any arithmetic."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mltc.disclosure.profile import Profile
from mltc.disclosure.rates import add_rates
from mltc.disclosure.table import TableSpec

if TYPE_CHECKING:
    import polars as pl

ALONE = "worked out from sums"
TOGETHER = "worked out with the release before"
BEFORE = "in the release before, worked out with this one"


@dataclass(frozen=True)
class Exposure:
    """A number that a reader can know too well: it lies between `lower` and `upper`.

    `row` holds the dimensions of the row. `reason` is "worked out from sums", "worked out with the release before",
    "in the release before, worked out with this one", "shown although small", "not rounded" or "rate not from
    published counts". For the first three, a hidden complement (persons without) is told by the count that it
    completes, with `is_complement`.
    """

    table: str
    row: tuple[tuple[str, str], ...]
    column: str
    lower: float
    upper: float
    reason: str
    is_complement: bool = False

    @property
    def needs_both(self) -> bool:
        """Whether only whoever has the release before as well can work it out."""
        return self.reason in (TOGETHER, BEFORE)


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
        yield Exposure(spec.name, read_dimensions(frame, spec, row), column, float(value), float(value), reason)


def read_dimensions(frame: "pl.DataFrame", spec: TableSpec, row: int) -> tuple[tuple[str, str], ...]:
    """Name and text of every dimension of a row."""
    return tuple((name, str(frame[name][row])) for name in spec.dimensions)
