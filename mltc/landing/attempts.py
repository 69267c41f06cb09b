"""Trying again where the outside world failed, and only there."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from mltc.errors import ExtractError

Made = TypeVar("Made")
LONGEST_WAIT_SECONDS = 300.0


class OutsideFault(Exception):  # noqa: N818 - what happened outside, not yet an error of the command
    """Something outside failed. `says` may be shown.

    `is_transient`: trying again may help. `is_missing`: what was asked for is not there.
    """

    def __init__(self, says: str, *, is_transient: bool, is_missing: bool = False) -> None:
        super().__init__(says)
        self.says = says
        self.is_transient = is_transient
        self.is_missing = is_missing


class MissingSourceError(ExtractError):
    """A relation, object or member that was asked for is not there; a layout may allow that."""


@dataclass(frozen=True)
class Attempts:
    """How often and how patiently. Waits double: `wait_seconds`, then twice that, ... up to five minutes."""

    retries: int = 3
    wait_seconds: float = 5.0

    def wait_after(self, attempt: int) -> float:
        """Seconds to wait after failed attempt 1, 2, ..."""
        return min(self.wait_seconds * 2.0 ** (attempt - 1), LONGEST_WAIT_SECONDS)


def keep_trying(pull: Callable[[], Made], name: str, attempts: Attempts, progress: Callable[[str], None]) -> Made:
    """Result of `pull`, called again after transient faults.

    Raises ExtractError (MissingSourceError where nothing is there) with the last fault, once it is not transient or
    the attempts are used up. The error carries no cause or context: those of a driver may hold a password or a
    value of a row.
    """
    last, kind = "", ExtractError
    for attempt in range(1, attempts.retries + 2):
        try:
            return pull()
        except OutsideFault as fault:
            last, is_transient = fault.says, fault.is_transient
            kind = MissingSourceError if fault.is_missing else ExtractError
        if not is_transient:
            break
        if attempt <= attempts.retries:
            wait = attempts.wait_after(attempt)
            progress(f"{name}: {last} Attempt {attempt + 1} of {attempts.retries + 1} in {wait:g} s.")
            time.sleep(wait)
        else:
            last = f"{last} Tried {attempt} times. What has landed is kept: run again and only the rest is pulled."
    raise kind(f"{name}: {last}")
