"""Everybody who attacks a release before it is one, in turn: each is asked when those before have found nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mltc.disclosure.cells import Cells
from mltc.disclosure.follow import Before, Follower
from mltc.disclosure.intervals import Indices, Searcher
from mltc.disclosure.knowledge import Knowledge, Numbers, build_insider_knowledge, build_reader_knowledge
from mltc.disclosure.months import Months, believe_unchanged, find_unchanged
from mltc.disclosure.profile import Counts, Flags, Profile
from mltc.disclosure.system import System, build_system

if TYPE_CHECKING:
    import polars as pl


PATIENCE = 3
"""Times that two months together find something before it is asked, at length, what no suppression could hide."""


@dataclass(frozen=True)
class Found:
    """What one attacker works out, in its own system of equations, with what it knew before any arithmetic.

    `is_useless`: counts that this attacker knows from the release before, so that suppressing them hides nothing.
    """

    exposed: Indices
    lower: Numbers
    upper: Numbers
    system: System
    cells: Cells | Months
    is_useless: Flags
    source: str


class Attackers:
    """Insider and reader of this release, then insider and reader of this one and the one before together."""

    def __init__(
        self,
        cells: Cells,
        counts: Counts,
        profile: Profile,
        before: Before | None = None,
        frames: Mapping[str, "pl.DataFrame"] | None = None,
        patience: int = PATIENCE,
    ) -> None:
        self.cells, self.counts, self.profile = cells, counts, profile
        self._before = before
        self._system = build_system(cells)
        self._insider, self._reader = Searcher(self._system), Searcher(self._system)
        self._followers: list[Follower | None] = [None, None]
        self._unavoidable: Indices | None = None
        self._patience = patience
        if before:
            months = before.pair(cells, frames or {})
            known = before.known_to_insider(profile), before.known_to_reader(profile)
            self._followers = [
                Follower(months, before, each, is_insider=place == 0) if each else None
                for place, each in enumerate(known)
            ]

    def find_exposed(self, is_suppressed: Flags, *, beside: bool = True) -> Found:
        """What the first attacker who finds anything works out; nothing where none does.

        `beside`: those who have the release before are asked as well.
        """
        attempts = self._attempts(is_suppressed, beside=beside)
        found = next(attempts)
        while not found.exposed.size and (later := next(attempts, None)):
            found = later
        return found

    def locate(self, found: Found, variable: int) -> str:
        """The table that an exposed variable belongs to."""
        size = len(self.cells.kind)
        if variable < size or self._before is None:
            return self.cells.locate(variable)[0]
        return self._before.cells.locate(variable - size)[0]

    def _attempts(self, is_suppressed: Flags, *, beside: bool) -> Iterator[Found]:
        published = np.where(is_suppressed, -1, self.profile.round(self.counts))
        inside = build_insider_knowledge(self.cells, self.counts, is_suppressed, self.profile)
        yield self._search_alone(self._insider, inside)
        outside = build_reader_knowledge(self.cells, published, self.profile)
        yield self._search_alone(self._reader, outside)
        insider, reader = self._followers if beside else (None, None)
        if insider and self._before and self._before.true is not None:
            both = published, self._before.published
            unchanged = find_unchanged(insider.months, self.counts, self._before.true, *both)
            yield self._search_together(insider, self._insider, inside, published, unchanged)
        if reader and self._before:
            believed = believe_unchanged(reader.months, published, self._before.published)
            yield self._search_together(reader, self._reader, outside, published, believed)

    def _find_unavoidable(self, insider: Follower) -> Indices:
        """What the insider knows from the month before and from what has changed if this month shows nothing at all.

        No choice of cells can hide that, and it is not this release that gives it away.
        """
        if self._unavoidable is None and self._before and self._before.true is not None:
            everything = np.ones(self.cells.visible_count, dtype=np.bool_)
            nothing = np.full(self.cells.visible_count, -1, dtype=np.int64)
            unchanged = find_unchanged(insider.months, self.counts, self._before.true, nothing, self._before.published)
            known = build_insider_knowledge(self.cells, self.counts, everything, self.profile)
            self._unavoidable, _, _ = insider.find_narrow(known, nothing, unchanged)
        return np.array([], dtype=np.intp) if self._unavoidable is None else self._unavoidable

    def _search_alone(self, searcher: Searcher, known: Knowledge) -> Found:
        exposed, _, _ = searcher.find_narrow(known)
        nothing = np.zeros(self.cells.visible_count, dtype=np.bool_)
        source = "the other tables"
        return Found(exposed, searcher.lower, searcher.upper, self._system, self.cells, nothing, source)

    def _search_together(
        self,
        follower: Follower,
        alone: Searcher,
        known: Knowledge,
        published: Counts,
        is_unchanged: Flags,
    ) -> Found:
        months = follower.months
        consistent = replace(known, lower=alone.lower, upper=alone.upper)
        exposed, _, _ = follower.find_narrow(consistent, published, is_unchanged)
        lower, upper = follower.lower, follower.upper
        if exposed.size and follower is self._followers[0] and not self._patience:
            exposed = np.setdiff1d(exposed, self._find_unavoidable(follower))
        useless = follower.find_known(published)
        source = "this release and the one before together"
        self._patience = max(0, self._patience - 1) if exposed.size else self._patience
        return Found(exposed, lower, upper, follower.system, months, useless, source)
