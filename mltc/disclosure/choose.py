"""Which further cell to suppress when a protected one can be worked out."""

from collections.abc import Iterator

import numpy as np

from mltc.disclosure.cells import REST_OF_SUM, Cells
from mltc.disclosure.intervals import Indices
from mltc.disclosure.knowledge import Numbers
from mltc.disclosure.months import Months
from mltc.disclosure.profile import Counts, Flags
from mltc.disclosure.system import System


class Chooser:
    """Takes the cheapest cell: one that was suppressed last month, then the smallest above 0, then the first."""

    def __init__(self, system: System, cells: Cells | Months, published: Counts, was_suppressed: Flags) -> None:
        self.system = system
        self.visible_count = cells.visible_count
        self.by_row = cells.matrix
        self.by_column = cells.matrix.tocsc()
        self.rank = np.lexsort((np.arange(len(published)), published, ~was_suppressed)).argsort()
        self.is_zero = published == 0
        self.is_copied = find_copied(cells.now if isinstance(cells, Months) else cells)

    def choose(
        self, exposed: Indices, lower: Numbers, upper: Numbers, is_suppressed: Flags, is_useless: Flags
    ) -> list[int]:
        """New cells to suppress, at most one for each sum; empty when nothing is left that could help.

        Those that are `is_useless` come last, and zeros, which hide little, last but these.

        `lower` and `upper` are what is known before any arithmetic: the sum that leaves least room with them
        is the one that gives the count away.
        """
        least, greatest = self.system.row_range(lower, upper)
        looseness = greatest - least
        chosen: list[int] = []
        used_rows: set[int] = set()
        for variable in exposed:
            rows = self._rows_of([int(variable)])
            if used_rows.intersection(rows):
                continue
            for taboo in self._taboos(is_useless):
                found = self._nearest_candidate(int(variable), looseness, is_suppressed | taboo)
                if found is not None:
                    break
            if found is not None:
                chosen.append(found)
                used_rows.update(self._rows_of([found]))
        return chosen

    def _taboos(self, is_useless: Flags) -> Iterator[Flags]:
        if is_useless.any():
            yield self.is_zero | is_useless | self.is_copied
        yield self.is_zero | is_useless
        yield is_useless
        yield np.zeros_like(is_useless)

    def _nearest_candidate(self, variable: int, looseness: Numbers, is_taboo: Flags) -> int | None:
        """From the tightest sum around the variable; from sums around its suppressed neighbours if need be."""
        seen = {variable}
        ring = [variable]
        while ring:
            rows = sorted(self._rows_of(ring), key=lambda row: (looseness[row], row))
            for row in rows:
                members = self._members(row)
                candidates = [m for m in members if m < self.visible_count and not is_taboo[m]]
                if candidates:
                    return min(candidates, key=lambda member: int(self.rank[member]))
            ring = sorted({member for row in rows for member in self._members(row)} - seen)
            seen.update(ring)
        return None

    def _members(self, row: int) -> list[int]:
        return [int(m) for m in self.by_row.indices[self.by_row.indptr[row] : self.by_row.indptr[row + 1]]]

    def _rows_of(self, variables: list[int]) -> set[int]:
        pointers = self.by_column.indptr
        return {int(row) for v in variables for row in self.by_column.indices[pointers[v] : pointers[v + 1]]}


def find_copied(cells: Cells) -> Flags:
    """Counts that another row repeats, as a sum of one part. To hide one of them, all have to be hidden."""
    sizes = np.diff(cells.matrix.indptr)
    has_rest = abs(cells.matrix) @ (cells.kind == REST_OF_SUM).astype(np.int64) > 0
    is_copy = np.repeat((sizes == 3) & has_rest, sizes)
    members = cells.matrix.indices[is_copy]
    copied = np.zeros(cells.visible_count, dtype=np.bool_)
    copied[members[members < cells.visible_count]] = True
    return copied
