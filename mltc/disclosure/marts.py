"""Raw tables as they come from the marts, checked before anything is decided about them."""

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from mltc.disclosure.table import TableSpec
from mltc.errors import DisclosureError

if TYPE_CHECKING:
    import polars as pl


def check_marts(frames: Mapping[str, "pl.DataFrame"], specs: Mapping[str, TableSpec]) -> dict[str, "pl.DataFrame"]:
    """Every table of `specs`, typed and sorted; one that is missing from `frames` becomes an empty table.

    Columns that the specification does not name are left behind. Raises DisclosureError where a table is
    unknown, a column missing, a count null or negative, or a part larger than its whole.
    """
    if unknown := sorted(set(frames) - set(specs)):
        raise DisclosureError(f"Tables {unknown} are not in reports/tables.toml; known: {sorted(specs)}.")
    return {
        name: check_mart(frames[name], spec) if name in frames else empty_frame(spec) for name, spec in specs.items()
    }


def schema_of(spec: TableSpec, *, with_rates: bool) -> dict[str, "pl.DataType | type[pl.DataType]"]:
    """Type of every column: raw tables come without rates and recomputed measures."""
    import polars as pl

    ratios = {measure.name for measure in spec.measures if measure.numerator}
    types = {"dimension": pl.String(), "count": pl.Int64()}
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        name: types.get(kind, pl.Float64())
        for name, kind in spec.kinds.items()
        if with_rates or not (kind.startswith("rate") or name in ratios)
    }
    return schema | dict.fromkeys(spec.integer_dimensions, pl.Int64())


def empty_frame(spec: TableSpec) -> "pl.DataFrame":
    """A raw table without rows."""
    import polars as pl

    return pl.DataFrame(schema=schema_of(spec, with_rates=False))


def check_mart(frame: "pl.DataFrame", spec: TableSpec) -> "pl.DataFrame":
    """One raw table, typed, checked and sorted."""
    import polars as pl

    schema = schema_of(spec, with_rates=False)
    if missing := sorted(set(schema) - set(frame.columns)):
        raise DisclosureError(f"Table {spec.name} lacks the columns {missing}; it has {frame.columns}.")
    try:
        typed = frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    except pl.exceptions.PolarsError:
        raise DisclosureError(f"Table {spec.name}: a column is not of its declared type: {schema}.") from None
    texts = [name for name in spec.dimensions if name not in spec.integer_dimensions]
    typed = typed.with_columns(pl.col(texts).fill_null(""))
    _check_counts(typed, spec)
    _check_nesting(typed, spec)
    return typed.sort(list(dict.fromkeys((*spec.order_by, *spec.dimensions))), maintain_order=True)


def _check_counts(frame: "pl.DataFrame", spec: TableSpec) -> None:
    for count in spec.counts:
        wrong = frame[count].null_count() + int((frame[count] < 0).sum())
        if wrong:
            raise DisclosureError(
                f"Table {spec.name}: {wrong} of {frame.height} rows have no count, or one below 0, in {count}. "
                "A count of nothing is 0; leave out rows that cannot be counted."
            )


def _check_nesting(frame: "pl.DataFrame", spec: TableSpec) -> None:
    for chain in spec.nested:
        for part, whole in pairwise(chain):
            wrong = int((frame[part] > frame[whole]).sum())
            if wrong:
                raise DisclosureError(f"Table {spec.name}: {part} is above {whole} in {wrong} rows.")
    for total in spec.column_sum:
        wrong = int((frame[total.total] != frame.select(total.parts).sum_horizontal()).sum())
        if wrong:
            parts = " + ".join(total.parts)
            raise DisclosureError(f"Table {spec.name}: {total.total} is not {parts} in {wrong} rows.")
