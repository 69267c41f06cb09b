"""The third attacker: whoever lays this release beside the one before and takes counts to be unchanged.

As with one month there are two of them. The *insider* knows of every count that either release hides whether it has
changed. The *reader* has the two releases alone, and takes a count that one of them shows and the other hides to be
unchanged where all that both show of its sums is unchanged; where the sums of the two months contradict it, the fewest
persons that reconcile them have come or gone. What either month gives away alone is not theirs to find.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mltc.disclosure.cells import Cells, build_cells
from mltc.disclosure.improper import find_improper
from mltc.disclosure.intervals import SLACK, Indices, Searcher
from mltc.disclosure.knowledge import Knowledge, Numbers, build_insider_knowledge, build_reader_knowledge
from mltc.disclosure.marts import check_mart, schema_of
from mltc.disclosure.months import Months, pair_months
from mltc.disclosure.profile import Counts, Flags, Profile
from mltc.disclosure.system import build_system, relax_sums
from mltc.disclosure.table import PublishedTable, TableSpec

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Before:
    """The release before: its tables, their counts as published (-1: suppressed) and, where still known, true."""

    frames: Mapping[str, "pl.DataFrame"]
    cells: Cells
    published: Counts
    true: Counts | None

    def pair(self, cells: Cells, frames: Mapping[str, "pl.DataFrame"]) -> Months:
        """This month's counts beside those of the month before."""
        return pair_months(cells, self.cells, frames, self.frames)

    def known_to_reader(self, profile: Profile) -> Knowledge:
        """What that release alone says."""
        return build_reader_knowledge(self.cells, self.published, profile)

    def known_to_insider(self, profile: Profile) -> Knowledge | None:
        """The same to whoever knows which counts of it are small; None where the true counts are not known."""
        if self.true is None:
            return None
        return build_insider_knowledge(self.cells, self.true, self.published < 0, profile)


def build_before(
    previous: Mapping[str, PublishedTable],
    specs: Mapping[str, TableSpec],
    profile: Profile,
    true_frames: Mapping[str, "pl.DataFrame"] | None = None,
) -> Before | None:
    """The release before, as far as it can be held against this one; None where nothing of it can.

    A table of other columns, or published under a weaker rule than `profile`, is left out: it only steers the choice
    of cells. So are all true counts where one published count is not theirs.
    """
    frames = {
        name: table.frame
        for name, table in previous.items()
        if name in specs and table.frame.height and not any(find_improper(table.frame, specs[name], profile))
    }
    if not frames:
        return None
    cells = build_cells(frames, specs)
    true = _gather_true(cells, frames, true_frames or {}, profile)
    return Before(frames, cells, cells.gather(frames), true)


def _gather_true(
    cells: Cells, frames: Mapping[str, "pl.DataFrame"], true_frames: Mapping[str, "pl.DataFrame"], profile: Profile
) -> Counts | None:
    if not set(frames) <= set(true_frames):
        return None
    aligned = {}
    for name, frame in frames.items():
        spec = cells.specs[name]
        keys = list(spec.dimensions)
        true = check_mart(_with_measures(true_frames[name], spec), spec).select(*keys, *spec.counts)
        aligned[name] = frame.select(keys).join(true, on=keys, how="left", nulls_equal=True, maintain_order="left")
        if aligned[name].height != frame.height:
            return None
    true_counts = cells.gather(aligned)
    published = cells.gather(frames)
    is_other = (published >= 0) & (published != profile.round(true_counts))
    return None if is_other.any() or (true_counts < 0).any() else true_counts


def _with_measures(frame: "pl.DataFrame", spec: TableSpec) -> "pl.DataFrame":
    """True counts are kept without measures, which nothing is reckoned from; they are empty here."""
    import polars as pl

    absent = {name: kind for name, kind in schema_of(spec, with_rates=False).items() if name not in frame.columns}
    return frame.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in absent.items())


class Follower:
    """One attacker on two months; remembers, as `Searcher` does, what was possible from call to call.

    `lower` and `upper` hold what was known of each variable before any arithmetic.
    """

    def __init__(self, months: Months, before: Before, before_known: Knowledge, *, is_insider: bool) -> None:
        self.months = months
        self._is_insider = is_insider
        self.system = months.build_system()
        self._searcher = Searcher(self.system)
        self._before = before
        self._alone = Searcher(build_system(before.cells))
        self._exposed_before: Indices | None = None
        self._before_known = before_known
        if not is_insider:  # an insider's bounds are true, so that all sums hold
            lower, upper = relax_sums(self._alone.system, before_known.lower, before_known.upper)
            self._before_known = replace(before_known, lower=lower, upper=upper)
        self.lower: Numbers = np.array([])
        self.upper: Numbers = np.array([])

    def find_narrow(
        self, now_known: Knowledge, published: Counts, is_unchanged: Flags
    ) -> tuple[Indices, Numbers, Numbers]:
        """Variables of the two months that both together expose, with the ends of all variables.

        `now_known` has bounds under which this month's sums hold.
        """
        is_shown = published >= 0, self._before.published >= 0
        known = self.months.join(now_known, self._before_known, is_unchanged, is_shown)
        near = self._near(is_unchanged, *is_shown)
        if not self._is_insider:
            known = self._let_go(known)
        self.lower, self.upper = known.lower, known.upper
        exposed, low, high = self._searcher.search(known, near)
        now, before = self.months.split(exposed)
        if before.size:
            before = np.setdiff1d(before, self._alone_before())
        return np.concatenate([now, before + len(self.months.now.kind)]), low, high

    def find_known(self, published: Counts) -> Flags:
        """Counts of this month that would stay known if they were suppressed: the month before shows the same."""
        known = np.zeros(self.months.visible_count, dtype=np.bool_)
        is_same = published[self.months.now_of] == self._before.published[self.months.before_of]
        known[self.months.now_of[is_same]] = True
        return known

    def _near(self, is_unchanged: Flags, is_shown: Flags, was_shown: Flags) -> Flags:
        """Counts through which one month tells of the other: taken to be unchanged, and hidden in one at least."""
        near = np.zeros(self.system.size, dtype=np.bool_)
        is_hidden = ~(is_shown[self.months.now_of] & was_shown[self.months.before_of])
        near[self.months.now_of[is_unchanged & is_hidden]] = True
        near[self.months.before_of[is_unchanged & is_hidden] + len(self.months.now.kind)] = True
        return near

    def _alone_before(self) -> Indices:
        """What the month before gives away alone."""
        if self._exposed_before is None:
            self._exposed_before, _, _ = self._alone.search(self._before_known)
        return self._exposed_before

    def _let_go(self, known: Knowledge) -> Knowledge:
        """`known` without the beliefs that the sums of the two months contradict."""
        believed = self.months.change_start + np.flatnonzero(known.upper[self.months.change_start :] == 0)
        if not believed.size:
            return known
        lower, upper = relax_sums(replace(self.system, rests=believed), known.lower, known.upper, tolerance=SLACK)
        return replace(known, lower=lower, upper=upper)
