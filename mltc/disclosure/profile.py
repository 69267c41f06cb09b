"""The published rules on small numbers, as constants with their source."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from mltc.errors import ConfigError

Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Profile:
    """Counts from `lowest` to `highest` are suppressed, all others rounded to the nearest `base`."""

    name: str
    lowest: int
    highest: int
    base: int
    percent_decimals: int
    source: str

    @property
    def shows_zero(self) -> bool:
        """Whether a true zero is published as 0."""
        return self.lowest > 0

    @property
    def protection_width(self) -> int:
        """How far apart the ends must be between which a reader can place a suppressed count.

        Half of what a mark can stand for when nothing else is known (0 to `highest`), and never less than
        3: at least four whole numbers stay possible.
        """
        return max(3, ceil(self.highest / 2))

    @property
    def blur(self) -> int:
        """A published count differs from the true one by at most this."""
        return (self.base - 1) // 2

    @property
    def smallest_shown(self) -> int:
        """Least published count other than 0."""
        return int(self.round(np.array([self.highest + 1], dtype=np.int64))[0])

    def is_protected(self, counts: Counts) -> Flags:
        """Which counts fall in the suppressed range."""
        inside: Flags = (counts >= self.lowest) & (counts <= self.highest)
        return inside

    def round(self, counts: Counts) -> Counts:
        """Nearest multiple of `base`; 8 -> 10, 12 -> 10, 13 -> 15 with base 5."""
        rounded: Counts = (counts + self.base // 2) // self.base * self.base
        return rounded


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            name="hes",
            lowest=1,
            highest=7,
            base=5,
            percent_decimals=1,
            source="NHS England, disclosure rules for sub-national HES and ECDS counts, September 2018",
        ),
        Profile(
            name="community",
            lowest=0,
            highest=4,
            base=5,
            percent_decimals=0,
            source="NHS England, suppression rules for sub-national community, mental health, maternity and "
            "emergency care counts (National Commissioning Data Repository)",
        ),
        Profile(
            name="opensafely",
            lowest=0,
            highest=7,
            base=5,
            percent_decimals=1,
            source="OpenSAFELY documentation, statistical disclosure control: redact counts of 7 or fewer, "
            "then round to the nearest 5",
        ),
    )
}


def strictest(profiles: Iterable[str]) -> Profile:
    """The profile that satisfies all of `profiles`: it suppresses whatever any of them suppresses.

    Where none of the named does (`hes` shows 0, `community` shows 5 to 7), the union gets both names.
    """
    names = sorted(set(profiles))
    if unknown := [name for name in names if name not in PROFILES]:
        raise ConfigError(f"Unknown disclosure profiles {unknown}; choose from {sorted(PROFILES)}.")
    if not names:
        raise ConfigError(f"No disclosure profile named; choose from {sorted(PROFILES)}.")
    chosen = [PROFILES[name] for name in names]
    union = Profile(
        name="+".join(names),
        lowest=min(profile.lowest for profile in chosen),
        highest=max(profile.highest for profile in chosen),
        base=max(profile.base for profile in chosen),
        percent_decimals=min(profile.percent_decimals for profile in chosen),
        source="; ".join(profile.source for profile in chosen),
    )
    return next((profile for profile in chosen if _rule(profile) == _rule(union)), union)


def _rule(profile: Profile) -> tuple[int, int, int, int]:
    return profile.lowest, profile.highest, profile.base, profile.percent_decimals


def read_profile(name: str) -> Profile:
    """The profile of a name as `strictest` gives it, unions (`community+hes`) included."""
    return strictest(name.split("+"))
