"""Records that code a condition, as they were written: the ground on which the truth of the register is told."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from mltc.synthetic.arrays import Bools, Ints


@dataclass(frozen=True)
class Entries:
    """One entry per record of a condition.

    person and condition are places in the chunk, day is the clinical date, known the day from which the record is
    in the feed, both in days since 1970-01-01. is_gp: in the GP record, otherwise a hospital diagnosis.
    """

    person: Ints
    condition: Ints
    day: Ints
    known: Ints
    is_gp: Bools

    def keep(self, rows: Bools) -> "Entries":
        """The entries at `rows`."""
        return Entries(self.person[rows], self.condition[rows], self.day[rows], self.known[rows], self.is_gp[rows])

    def to_frame(self) -> pl.DataFrame:
        """The same as columns."""
        return pl.DataFrame(vars(self))


def join_entries(parts: list[Entries]) -> Entries:
    """All entries of several sources."""
    names = ("person", "condition", "day", "known", "is_gp")
    return Entries(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
