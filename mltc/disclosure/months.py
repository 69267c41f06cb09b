"""Two releases laid side by side: one system of equations, in which a count that did not change is one number.

Variables are those of this month, then those of the month before, then the change of every count that both have:
now - before - change = 0. Whoever takes a count to be unchanged holds its change to be 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltc.disclosure.cells import Cells
from mltc.disclosure.intervals import Indices
from mltc.disclosure.knowledge import UNCHECKED, Knowledge
from mltc.disclosure.profile import Counts, Flags
from mltc.disclosure.system import System

if TYPE_CHECKING:
    import polars as pl

NAME = "_name"  # columns that end so are told by a code beside them; a place or pattern may be renamed


@dataclass(frozen=True)
class Months:
    """`now_of` and `before_of`: variable of each paired count in either month's own numbering."""

    now: Cells
    before: Cells
    now_of: Indices
    before_of: Indices
    matrix: Any

    @property
    def visible_count(self) -> int:
        """Counts of this month, which come first: the only ones that can still be suppressed."""
        return self.now.visible_count

    @property
    def sum_count(self) -> int:
        """Equations of both months, without those of the changes, which come last."""
        return int(self.now.matrix.shape[0] + self.before.matrix.shape[0])

    @property
    def change_start(self) -> int:
        """Where the changes begin."""
        return len(self.now.kind) + len(self.before.kind)

    def unpaired(self) -> Indices:
        """Published or hidden counts of either month that the other has no row for."""
        is_unpaired = np.zeros(self.matrix.shape[1], dtype=np.bool_)
        size = len(self.now.kind)
        is_unpaired[: self.now.visible_count] = True
        is_unpaired[size : size + self.before.visible_count] = True
        is_unpaired[self.now_of] = is_unpaired[self.before_of + size] = False
        return np.flatnonzero(is_unpaired)

    def build_system(self) -> System:
        """Equations of both months and of the changes, ready for the attack."""
        entries = self.matrix.tocoo()
        hidden_of_row = np.full(self.matrix.shape[0], -1, dtype=np.intp)
        is_now = entries.col < len(self.now.kind)
        is_change = entries.col >= self.change_start
        is_hidden = np.where(
            is_now, entries.col >= self.now.visible_count, entries.col - len(self.now.kind) >= self.before.visible_count
        )
        is_hidden |= is_change
        hidden_of_row[entries.row[is_hidden]] = entries.col[is_hidden]
        return System(
            matrix=self.matrix,
            rows=entries.row.astype(np.intp),
            columns=entries.col.astype(np.intp),
            signs=entries.data,
            rests=np.arange(self.change_start, self.matrix.shape[1]),
            hidden_of_row=hidden_of_row,
        )

    def join(self, now: Knowledge, before: Knowledge, is_unchanged: Flags, is_shown: tuple[Flags, Flags]) -> Knowledge:
        """What is known of both months by one who takes the pairs `is_unchanged` to be one count each.

        `is_shown`: which counts of either month are published. A count that the other month shows is not worked
        out by the two together, however narrow its interval: there it was released.
        """
        ends = float(max(now.upper.max(initial=0.0), before.upper.max(initial=0.0)))
        change = np.where(is_unchanged, 0.0, ends)
        rules = now.rule.copy(), before.rule.copy()
        shown_now, shown_before = is_shown
        rules[0][self.now_of[is_unchanged & shown_before[self.before_of]]] = UNCHECKED
        rules[1][self.before_of[is_unchanged & shown_now[self.now_of]]] = UNCHECKED
        return Knowledge(
            np.concatenate([now.lower, before.lower, -change]),
            np.concatenate([now.upper, before.upper, change]),
            np.concatenate([*rules, np.full(len(change), UNCHECKED, dtype=np.int8)]),
            now.profile,
        )

    def split(self, exposed: Indices) -> tuple[Indices, Indices]:
        """Exposed variables of this month and of the month before, each in its own numbering."""
        size = len(self.now.kind)
        return exposed[exposed < size], exposed[exposed >= size] - size


def pair_months(
    now: Cells,
    before: Cells,
    frames: Mapping[str, "pl.DataFrame"],
    frames_before: Mapping[str, "pl.DataFrame"],
) -> Months:
    """Counts of the same row of the same table in both months (only dimensions and heights are read)."""
    from scipy.sparse import block_diag, bmat, csr_matrix, hstack, identity

    pairs: list[tuple[Indices, Indices]] = []
    for table in sorted(set(frames) & set(frames_before)):
        rows, rows_before = _match_rows(frames[table], frames_before[table], now.specs[table].dimensions)
        pairs += [
            (rows + now.first[table, count], rows_before + before.first[table, count])
            for count in now.specs[table].counts
        ]
    now_of, before_of = (
        np.concatenate([pair[side] for pair in pairs]) if pairs else np.array([], dtype=np.intp) for side in (0, 1)
    )
    count = len(now_of)
    each = np.arange(count)
    in_now = csr_matrix((np.ones(count), (each, now_of)), shape=(count, len(now.kind)))
    in_before = csr_matrix((np.ones(count), (each, before_of)), shape=(count, len(before.kind)))
    months: Any = block_diag([now.matrix, before.matrix], format="csr")
    links: Any = hstack([in_now, -in_before], format="csr")
    matrix: Any = bmat([[months, None], [links, -identity(count)]], format="csr")
    return Months(now, before, now_of, before_of, matrix)


def _match_rows(now: "pl.DataFrame", before: "pl.DataFrame", dimensions: tuple[str, ...]) -> tuple[Indices, Indices]:
    """Row numbers, in either frame, of the rows that both have; of a row that is there twice none."""
    import polars as pl

    keys = [name for name in dimensions if not name.endswith(NAME) and name != "sort_key"]
    left, right = (
        frame.select(*keys, pl.int_range(pl.len()).alias(side)).filter(pl.len().over(keys) == 1)
        if keys
        else frame.select(pl.lit(0).alias("one"), pl.int_range(pl.len()).alias(side)).head(int(frame.height == 1))
        for frame, side in ((now, "now"), (before, "before"))
    )
    both = left.join(right, on=keys or ["one"], how="inner", nulls_equal=True, maintain_order="left")
    return both["now"].to_numpy().astype(np.intp), both["before"].to_numpy().astype(np.intp)


def believe_unchanged(months: Months, published: Counts, published_before: Counts) -> Flags:
    """Pairs that a reader takes to be unchanged.

    One release shows the count, the other hides it, and of all sums that the count is in, in either month, every
    count that both releases show is shown alike, one at least is, and no part has come or gone.
    """
    now, before = published[months.now_of], published_before[months.before_of]
    differs = np.zeros(months.matrix.shape[1], dtype=np.int64)
    differs[months.unpaired()] = 1
    is_other = (now >= 0) & (before >= 0) & (now != before)
    differs[months.now_of[is_other]] = 1
    differs[months.before_of[is_other] + len(months.now.kind)] = 1
    sums = abs(months.matrix[: months.sum_count])
    alike = np.zeros_like(differs)
    is_alike = (now >= 0) & (now == before)
    alike[months.now_of[is_alike]] = alike[months.before_of[is_alike] + len(months.now.kind)] = 1
    is_broken, is_borne_out = ((sums @ flags) > 0 for flags in (differs, alike))
    in_broken, in_borne_out = (sums.T @ rows.astype(np.int64) > 0 for rows in (is_broken, is_borne_out))
    believed: Flags = (now < 0) != (before < 0)
    for member in (months.now_of, months.before_of + len(months.now.kind)):
        believed &= ~in_broken[member] & in_borne_out[member]
    return believed


def find_unchanged(
    months: Months, raw: Counts, raw_before: Counts, published: Counts, published_before: Counts
) -> Flags:
    """Pairs that are unchanged, of those that at least one of the releases hides."""
    is_hidden = (published[months.now_of] < 0) | (published_before[months.before_of] < 0)
    unchanged: Flags = is_hidden & (raw[months.now_of] == raw_before[months.before_of])
    return unchanged
