"""Every count of a release as one variable, and every sum a reader can take as one equation.

Equations are the rows of a sparse matrix A with A x = 0: total - parts - rest = 0. The rest is a hidden
variable: the complement of a nested count (persons - mltc_persons), or what a sum of rows leaves out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mltc.disclosure.table import RowSumSpec, TableSpec, Where
from mltc.errors import DisclosureError

if TYPE_CHECKING:
    import polars as pl

VISIBLE, COMPLEMENT, REST_OF_SUM, REST_OF_AT_MOST = 0, 1, 2, 3


@dataclass(frozen=True)
class Cells:
    """`kind` (one per variable) tells published counts from hidden ones; `matrix` holds the equations."""

    specs: Mapping[str, TableSpec]
    first: dict[tuple[str, str], int]
    heights: dict[str, int]
    visible_count: int
    kind: npt.NDArray[np.int8]
    matrix: Any

    def gather(self, frames: Mapping[str, "pl.DataFrame"], suppressed: int = -1) -> npt.NDArray[np.int64]:
        """Counts of `frames` in the order of the variables; null becomes `suppressed`."""
        values = np.zeros(self.visible_count, dtype=np.int64)
        for (table, count), start in self.first.items():
            column = frames[table][count].fill_null(suppressed)
            values[start : start + self.heights[table]] = column.to_numpy()
        return values

    def rows(self, table: str, count: str) -> slice:
        """Where the variables of a column of counts lie."""
        start = self.first[table, count]
        return slice(start, start + self.heights[table])

    def hidden_values(self, visible: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """True value of every variable, hidden ones solved from their equation."""
        known = np.zeros(len(self.kind), dtype=np.int64)
        known[: self.visible_count] = visible
        entries = self.matrix.tocoo()
        is_hidden = entries.col >= self.visible_count
        known[entries.col[is_hidden]] = (self.matrix @ known)[entries.row[is_hidden]]
        return known

    def locate(self, variable: int) -> tuple[str, str, int]:
        """Table, count and row of a variable; a hidden complement is told by the count it completes."""
        if variable >= self.visible_count:
            equation = self.matrix.tocsc()[:, [variable]].indices[0]
            members = self.matrix[[equation]].indices
            variable = int(members[(members < self.visible_count)].max())
        for (table, count), start in self.first.items():
            if start <= variable < start + self.heights[table]:
                return table, count, variable - start
        raise AssertionError(f"variable {variable} belongs to no table")


@dataclass(frozen=True)
class _Equation:
    total: int
    parts: list[int]
    kind: int


def build_cells(frames: Mapping[str, "pl.DataFrame"], specs: Mapping[str, TableSpec]) -> Cells:
    """Variables and equations of the tables in `frames` (only names, dimensions and heights are read)."""
    first: dict[tuple[str, str], int] = {}
    size = 0
    for table, frame in frames.items():
        for count in specs[table].counts:
            first[table, count] = size
            size += frame.height
    equations = [
        equation
        for table in frames
        for equation in (
            *_column_equations(specs[table], frames[table].height, first),
            *(e for row_sum in specs[table].row_sum for e in _row_equations(table, row_sum, frames, first)),
        )
    ]
    kinds = [equation.kind for equation in equations if equation.kind != VISIBLE]
    return Cells(
        specs=specs,
        first=first,
        heights={table: frame.height for table, frame in frames.items()},
        visible_count=size,
        kind=np.array([VISIBLE] * size + kinds, dtype=np.int8),
        matrix=_stack(equations, size, len(kinds)),
    )


def _stack(equations: list[_Equation], visible_count: int, hidden_count: int) -> Any:
    from scipy.sparse import csr_matrix

    rows: list[int] = []
    columns: list[int] = []
    signs: list[float] = []
    hidden = visible_count
    for row, equation in enumerate(equations):
        members = [equation.total, *equation.parts]
        if equation.kind != VISIBLE:
            members.append(hidden)
            hidden += 1
        rows += [row] * len(members)
        columns += members
        signs += [1.0] + [-1.0] * (len(members) - 1)
    shape = (len(equations), visible_count + hidden_count)
    return csr_matrix((signs, (rows, columns)), shape=shape)


def _column_equations(spec: TableSpec, height: int, first: dict[tuple[str, str], int]) -> Iterator[_Equation]:
    """Within each row: whole = part + complement for each nested pair, total = sum of parts."""
    pairs = sorted({pair for chain in spec.nested for pair in pairwise(chain)})
    for row in range(height):
        for part, whole in pairs:
            yield _Equation(first[spec.name, whole] + row, [first[spec.name, part] + row], COMPLEMENT)
        for total in spec.column_sum:
            parts = [first[spec.name, part] + row for part in total.parts]
            yield _Equation(first[spec.name, total.total] + row, parts, VISIBLE)


def _row_equations(
    table: str, row_sum: RowSumSpec, frames: Mapping[str, "pl.DataFrame"], first: dict[tuple[str, str], int]
) -> Iterator[_Equation]:
    total_table = row_sum.total_table or table
    if total_table not in frames:
        return
    kind = REST_OF_AT_MOST if row_sum.at_most else REST_OF_SUM
    total_counts = row_sum.total_counts or row_sum.counts
    for total_row, part_rows in _match_rows(table, total_table, row_sum, frames):
        for count, total_count in zip(row_sum.counts, total_counts, strict=True):
            parts = [first[table, count] + row for row in part_rows]
            total = first[total_table, total_count] + total_row
            if total not in parts:  # a total among the rows that are matched to it is no sum of parts
                yield _Equation(total, parts, kind)


def _match_rows(
    table: str, total_table: str, row_sum: RowSumSpec, frames: Mapping[str, "pl.DataFrame"]
) -> list[tuple[int, list[int]]]:
    """Row number of each total with the row numbers of its parts."""
    import polars as pl

    totals = select_rows(frames[total_table].with_row_index("total_row"), row_sum.total_where)
    totals = totals.select("total_row", pl.lit(0).alias("one"), *row_sum.same)
    check_unique(totals, ["one", *row_sum.same], total_table)
    parts = select_rows(frames[table].with_row_index("part_row"), row_sum.where)
    if parts.is_empty():
        return []
    groups = parts.group_by(
        [pl.lit(0).alias("one"), *dict.fromkeys((*row_sum.same, *row_sum.each))], maintain_order=True
    ).agg("part_row")
    pairs = groups.join(totals, on=["one", *row_sum.same], how="inner", nulls_equal=True, maintain_order="left")
    return list(zip(pairs["total_row"].to_list(), pairs["part_row"].to_list(), strict=True))


def select_rows(frame: "pl.DataFrame", where: Where) -> "pl.DataFrame":
    """Rows whose dimensions have the wanted value, or one of the wanted values."""
    import polars as pl

    for column, wanted in where.items():
        frame = frame.filter(pl.col(column).is_in(wanted if isinstance(wanted, list) else [wanted]))
    return frame


def check_unique(frame: "pl.DataFrame", columns: list[str], table: str) -> None:
    """A total must be one row, else no sum could be checked against it."""
    repeated = frame.height - frame.select(columns).n_unique()
    if repeated:
        raise DisclosureError(
            f"Table {table}: {repeated} rows repeat another on {', '.join(columns[1:]) or 'the whole table'}, "
            "where one row was expected as a total. Make the mart one row per set of dimensions."
        )
