"""Errors that a user can meet, and the one table of exit codes.

A message says what was found, where, what was allowed and what to do. It holds counts, row numbers,
file and column names, never the contents of a person's row.
"""

from typing import ClassVar


class MltcError(Exception):
    """Any failure that ends a command with a short paragraph instead of a traceback."""

    exit_code: ClassVar[int] = 1


class ConfigError(MltcError):
    """The configuration, or something it names, is wrong."""

    exit_code = 2


class ResourceError(ConfigError):
    """The disk, or the memory that [engine] memory_limit allows, is too small for the run."""


class DiskFullError(ResourceError):
    """Somebody could not write and does not know in which folder; who knows it raises ResourceError in its place."""


class DamagedError(ConfigError):
    """A file that mltc itself wrote is not as it was written."""


class CodelistError(ConfigError):
    """A codelist, the condition list or the registry is wrong."""


class ExtractError(MltcError):
    """An extract cannot be read as the configuration says."""

    exit_code = 3


class GateFailure(MltcError):  # noqa: N818 - "gate failure" is the word of the glossary
    """At least one rule of level `stop` failed, or rows did not reconcile."""

    exit_code = 3


class DisclosureError(MltcError):
    """A release would have let a protected number be known."""

    exit_code = 4


class LockedError(MltcError):
    """Another run is at work in the same folder."""

    exit_code = 5


class MissedRunError(MltcError):
    """A run that was due has not begun, was killed or was stopped."""

    exit_code = 7


class LeakageSuspected(MltcError):  # noqa: N818 - it is a suspicion about a run that has ended well
    """A risk model, or a feature, may know the future. Raised after everything has been written and published."""

    exit_code = 6


EXIT_CODES: dict[int, str] = {
    0: "ok",
    2: "configuration: also a disk, a memory limit or a damaged file that does not allow it",
    3: "gate: an extract could not be read or failed a stop rule",
    4: "disclosure",
    5: "locked: another run is at work in the same folder",
    6: "leakage suspected: the run is written and released, but its risks may know the future",
    7: "missed: the last run was killed, was stopped or never began",
}
