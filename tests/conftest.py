"""Fixtures that every kind of test may use: drawn tables in, tables out."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from mltc.warehouse import DuckDBWarehouse, load_models, open_warehouse

INDEX_DATE = date(2026, 10, 1)


def draw(text: str, **types: pl.DataType | type[pl.DataType]) -> pl.DataFrame:
    """A frame from a drawn table: columns parted by |, an empty cell is null, a column's type by its name.

    Names that end in _date (or are in `types`) are typed; `is_`/`has_` are booleans; the rest is text.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    names, *rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    frame = pl.DataFrame(
        [[cell or None for cell in row] for row in rows], schema=dict.fromkeys(names, pl.String), orient="row"
    )
    return frame.with_columns(_typed(name, types.get(name)) for name in names)


def _typed(name: str, kind: pl.DataType | type[pl.DataType] | None) -> pl.Expr:
    column = pl.col(name)
    if kind == pl.List(pl.String):
        return column.str.split(" ")
    if kind is not None:
        return column.cast(kind)
    if name.endswith("_date") or name in {"registered_from", "registered_to", "effective_from", "effective_to"}:
        return column.str.to_date("%Y-%m-%d")
    if name.startswith(("is_", "has_")):
        return column.replace_strict({"yes": True, "no": False}, default=None, return_dtype=pl.Boolean)
    return column


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[DuckDBWarehouse]:
    """An empty warehouse."""
    with open_warehouse(tmp_path / "test.duckdb") as opened:
        yield opened


@pytest.fixture
def build(warehouse: DuckDBWarehouse) -> Callable[..., pl.DataFrame]:
    """Build one SQL model from drawn inputs and give its rows back, sorted."""

    def build_model(name: str, inputs: dict[str, pl.DataFrame], **parameters: object) -> pl.DataFrame:
        for table, frame in inputs.items():
            warehouse.write(table, frame)
        model = load_models()[name]
        given = {"index_date": INDEX_DATE, **parameters}
        warehouse.build(name, model.sql, {key: given[key] for key in model.binds})  # type: ignore[misc]
        return warehouse.read(f"select * from {name} order by all")

    return build_model
