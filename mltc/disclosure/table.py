"""What a published table is: its specification (`reports/tables.toml`) and the table itself.

The specification is also the release's data dictionary, and it tells the attack what a reader knows:
which counts nest inside one another and which rows or columns add up to which total.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mltc.errors import ConfigError
from mltc.paths import REPORTS

if TYPE_CHECKING:
    import polars as pl

SUPPRESSED = "[c]"
NOT_AVAILABLE = "[x]"

ColumnKind = Literal["dimension", "count", "rate", "rate_lower", "rate_upper", "measure"]
Where = dict[str, str | int | list[str] | list[int]]


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RateSpec(_Spec):
    """`name` = numerator / denominator x per; `name_lower`, `name_upper` hold its 95% Wilson interval."""

    name: str
    numerator: str
    denominator: str
    per: int = 100


class CountRef(_Spec):
    """A count, in this table or in the one row of another that agrees on `same` and fits `where`."""

    count: str
    table: str | None = None
    same: tuple[str, ...] = ()
    where: Where = Field(default_factory=dict)


class MeasureSpec(_Spec):
    """A statistic or model output, published to `decimals` places.

    With `numerator` and `denominator` it is a ratio of products of counts: the door then recomputes it
    from the published counts (`per` x product / product), since an exact ratio gives exact counts away.
    """

    name: str
    withheld_with: str | None = None
    decimals: int = 3
    per: int = 1
    numerator: tuple[CountRef, ...] = ()
    denominator: tuple[CountRef, ...] = ()


class ColumnSumSpec(_Spec):
    """In every row, `total` is the sum of `parts`."""

    total: str
    parts: tuple[str, ...]


class RowSumSpec(_Spec):
    """Rows of this table (`where`) add up to a row of `total_table` (`total_where`).

    Part and total agree on the columns `same`; every value of the columns `each` makes a sum of its own.
    `counts` of the parts go with `total_counts` of the total, in this order. `at_most`: parts may leave
    persons out, so that their sum is at most the total.
    """

    counts: tuple[str, ...]
    where: Where = Field(default_factory=dict)
    same: tuple[str, ...] = ()
    each: tuple[str, ...] = ()
    total_table: str | None = None
    total_where: Where = Field(default_factory=dict)
    total_counts: tuple[str, ...] = ()
    at_most: bool = False


class TableSpec(_Spec):
    """One published table: title, columns, what nests and what adds up.

    `yields` is its place among the tables that are withheld, first 1, where suppressing cells does not make
    the release safe; None: never withheld.
    """

    name: str
    title: str
    description: str
    dimensions: tuple[str, ...]
    integer_dimensions: tuple[str, ...] = ()
    order_by: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    rates: tuple[RateSpec, ...] = ()
    measures: tuple[MeasureSpec, ...] = ()
    nested: tuple[tuple[str, ...], ...] = ()
    column_sum: tuple[ColumnSumSpec, ...] = ()
    row_sum: tuple[RowSumSpec, ...] = ()
    yields: int | None = Field(default=None, ge=1)
    columns: dict[str, str]

    @model_validator(mode="after")
    def _describes_every_column(self) -> "TableSpec":
        written = {name for name, kind in self.kinds.items() if kind not in ("rate_lower", "rate_upper")}
        if set(self.columns) != written:
            raise ValueError(
                f"table {self.name}: columns without a description {sorted(written - set(self.columns))}, "
                f"descriptions without a column {sorted(set(self.columns) - written)}"
            )
        used = {name for chain in self.nested for name in chain}
        used |= {name for total in self.column_sum for name in (total.total, *total.parts)}
        used |= {name for total in self.row_sum for name in total.counts}
        used |= {name for rate in self.rates for name in (rate.numerator, rate.denominator)}
        used |= {measure.withheld_with for measure in self.measures if measure.withheld_with}
        if unknown := used - set(self.counts):
            raise ValueError(f"table {self.name}: {sorted(unknown)} are used but are no counts")
        return self

    @property
    def kinds(self) -> dict[str, ColumnKind]:
        """Kind of every column, in the order of the published table."""
        kinds: dict[str, ColumnKind] = dict.fromkeys(self.dimensions, "dimension")
        kinds |= dict.fromkeys(self.counts, "count")
        for rate in self.rates:
            kinds |= {rate.name: "rate", f"{rate.name}_lower": "rate_lower", f"{rate.name}_upper": "rate_upper"}
        kinds |= {measure.name: "measure" for measure in self.measures}
        return kinds

    @property
    def descriptions(self) -> dict[str, str]:
        """Description of every column, the ends of intervals included, in published order."""
        words = dict(self.columns)
        for rate in self.rates:
            words[f"{rate.name}_lower"] = f"Lower end of the 95% Wilson interval of {rate.name}"
            words[f"{rate.name}_upper"] = f"Upper end of the 95% Wilson interval of {rate.name}"
        return {name: words[name] for name in self.kinds}


@dataclass(frozen=True)
class PublishedTable:
    """A table that has been through disclosure control.

    In `frame` dimensions are text (or Int64), counts Int64 with null = suppressed, rates Float64 with
    null = withheld (or nothing to divide by), measures Float64 with null = withheld or not available.
    `primary_count` cells are suppressed for being small (or the rest of their whole being small),
    `complementary_count` so that the others cannot be worked out. `is_withheld`: published without rows,
    because no suppression of cells made the release safe with them.
    """

    spec: TableSpec
    frame: "pl.DataFrame"
    primary_count: int = 0
    complementary_count: int = 0
    is_withheld: bool = False

    def text_frame(self) -> "pl.DataFrame":
        """Same shape, all text: `[c]` where a number is suppressed or withheld, `[x]` where there is none."""
        import polars as pl

        return self.frame.select(
            pl.when(pl.col(name).is_not_null())
            .then(_as_text(name, self.frame.schema[name]))
            .otherwise(self._mark(name))
            .alias(name)
            for name in self.spec.kinds
        )

    def _mark(self, column: str) -> "pl.Expr":
        import polars as pl

        kind = self.spec.kinds[column]
        if kind == "dimension":
            return pl.lit("")
        if kind == "count":
            return pl.lit(SUPPRESSED)
        causes = withholding_counts(self.spec, column)
        is_withheld = pl.any_horizontal([pl.col(count).is_null() for count in causes]) if causes else pl.lit(False)
        return pl.when(is_withheld).then(pl.lit(SUPPRESSED)).otherwise(pl.lit(NOT_AVAILABLE))


def _as_text(column: str, dtype: "pl.DataType") -> "pl.Expr":
    """Text of a column; whole numbers held as floats lose their `.0`."""
    import polars as pl

    if not dtype.is_float():
        return pl.col(column).cast(pl.String)
    text = pl.col(column).cast(pl.String)
    return pl.when(text.str.ends_with(".0")).then(text.str.strip_suffix(".0")).otherwise(text)


def withholding_counts(spec: TableSpec, column: str) -> list[str]:
    """Counts of the same row whose suppression withholds the rate or measure `column`."""
    for rate in spec.rates:
        if column in (rate.name, f"{rate.name}_lower", f"{rate.name}_upper"):
            return [rate.numerator, rate.denominator]
    for measure in spec.measures:
        if measure.name == column:
            named = [measure.withheld_with] if measure.withheld_with else []
            return named + [ref.count for ref in (*measure.numerator, *measure.denominator) if not ref.table]
    return []


@cache
def load_table_specs(path: Path = REPORTS / "tables.toml") -> dict[str, TableSpec]:
    """All published tables by name, in file order.

    Raises
    ------
    ConfigError
        A table lacks a key, names an unknown one, or leaves a column without a description.
    """
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        specs = [TableSpec(**table) for table in written["table"]]
    except ValidationError as error:
        raise ConfigError(f"{path.name}: {error}") from error
    return {spec.name: spec for spec in specs}
