"""What somebody knows about each count before doing any arithmetic.

Two people attack. The *reader* has the release alone: cannot tell why a cell is suppressed, but guesses
that it is small. The *insider* also knows which cells are suppressed for being small and which to protect
others. To both a suppressed cell may be 0: see `hide_zeros` in protection for where that has to be made true.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mltc.disclosure.cells import COMPLEMENT, REST_OF_AT_MOST, REST_OF_SUM, VISIBLE, Cells
from mltc.disclosure.profile import Counts, Flags, Profile

Numbers = npt.NDArray[np.float64]

UNCHECKED, IF_SMALL, ALWAYS, IF_CERTAINLY_SMALL = 0, 1, 2, 3
"""When a narrow interval is an exposure: never; where the count may be small (a reader takes it to be at
most `highest`); always; where the interval leaves only small counts."""


@dataclass
class Knowledge:
    """Lower and upper bound of every variable, and the rule that says when knowing more is too much."""

    lower: Numbers
    upper: Numbers
    rule: npt.NDArray[np.int8]
    profile: Profile

    def is_narrow(self, low: Numbers, high: Numbers, *, is_exact: bool) -> Flags:
        """Which variables are exposed if they lie between `low` and `high`.

        With `is_exact` false the ends are values known to be possible (the true interval may be wider):
        then "not narrow" is final and "narrow" is not.
        """
        profile = self.profile
        capped = np.where(self.rule == IF_SMALL, np.minimum(high, profile.highest), high)
        narrow: Flags = (capped - low < profile.protection_width - 1e-6) & (self.rule != UNCHECKED)
        narrow &= ~((self.rule == IF_CERTAINLY_SMALL) & (high > profile.highest))
        if is_exact:
            narrow &= ~self.is_exempt(low, high)
        return narrow

    def is_exempt(self, low: Numbers, high: Numbers) -> Flags:
        """Which variables are beyond harm in any interval within `low` to `high`: surely large, or a shown 0.

        Where the profile shows zeros, knowing that nobody is there is allowed.
        """
        profile = self.profile
        is_guess = (self.rule == IF_SMALL) | (self.rule == IF_CERTAINLY_SMALL)
        exempt: Flags = is_guess & (low > profile.highest)
        exempt |= high < profile.lowest
        return exempt


def build_reader_knowledge(cells: Cells, published: Counts, profile: Profile) -> Knowledge:
    """From published counts (-1 = suppressed)."""
    ceiling = 10.0 * max(int(published.max(initial=0)), 1000)
    lower, upper = _published_bounds(cells, published, profile, ceiling)
    is_suppressed = published < 0
    rule = np.zeros(len(cells.kind), dtype=np.int8)
    rule[: cells.visible_count][is_suppressed] = IF_SMALL
    rule[cells.kind == COMPLEMENT] = IF_CERTAINLY_SMALL
    upper[cells.kind == REST_OF_SUM] = 0
    return Knowledge(lower, upper, rule, profile)


def build_insider_knowledge(cells: Cells, raw: Counts, is_suppressed: Flags, profile: Profile) -> Knowledge:
    """From raw counts and which of them are suppressed."""
    true = cells.hidden_values(raw)
    ceiling = 10.0 * max(int(raw.max(initial=0)), 1000)
    lower, upper = _published_bounds(cells, np.where(is_suppressed, -1, profile.round(raw)), profile, ceiling)
    is_small = profile.is_protected(true)
    is_secret = np.zeros(len(true), dtype=np.bool_)
    is_secret[: cells.visible_count] = is_suppressed
    upper[is_secret & is_small] = profile.highest
    is_secret |= is_small & (cells.kind == COMPLEMENT)
    rest = cells.kind == REST_OF_SUM
    lower[rest], upper[rest] = np.minimum(true[rest], 0), np.maximum(true[rest], 0)
    left_out = cells.kind == REST_OF_AT_MOST
    lower[left_out] = np.minimum(true[left_out], 0)
    is_allowed = (true == 0) & profile.shows_zero
    rule = np.where(is_secret & ~is_allowed, ALWAYS, UNCHECKED).astype(np.int8)
    return Knowledge(lower, upper, rule, profile)


def _published_bounds(cells: Cells, published: Counts, profile: Profile, ceiling: float) -> tuple[Numbers, Numbers]:
    """A shown count is within `blur` of the truth and outside the suppressed range; all else is open."""
    lower = np.zeros(len(cells.kind), dtype=np.float64)
    upper = np.full(len(cells.kind), ceiling, dtype=np.float64)
    is_shown = (cells.kind == VISIBLE).copy()
    is_shown[: cells.visible_count] &= published >= 0
    shown = published[is_shown[: cells.visible_count]].astype(np.float64)
    nearest = np.maximum(shown - profile.blur, profile.highest + 1)
    lower[is_shown] = np.where(shown == 0, 0, np.minimum(nearest, shown + profile.blur))
    upper[is_shown] = np.where(shown == 0, 0, shown + profile.blur)
    return lower, upper
