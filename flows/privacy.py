"""Errors that may leave a task: our own, or the place of an unexpected one without its message."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mltc.errors import DiskFullError, MltcError
from mltc.paths import ROOT
from mltc.warehouse import is_full


class UnexpectedError(MltcError):
    """A fault of the pipeline. Its own message is dropped, since it may quote a row."""


@contextmanager
def without_contents() -> Iterator[None]:
    """Let MltcError pass, alone; replace anything else by its type and place in our code."""
    try:
        yield
    except MltcError as error:
        # Whoever logs an error logs what it was raised from too, which may quote a row.
        error.__cause__ = error.__context__ = None
        raise
    except Exception as error:  # noqa: BLE001 - the message may hold a person's value and must not travel
        raise explain_unexpected(error) from None


def explain_unexpected(error: Exception) -> MltcError:
    """Kind and place of an error that is not ours; a full disk is told as such."""
    if isinstance(error, OSError) and is_full(error):
        return DiskFullError("The disk is full. Free disk space, and run again.")
    return UnexpectedError(
        f"The run met an unexpected {type(error).__name__} at {_place_of(error)}. Nothing was published and "
        "the last good state stands. This is a fault of the pipeline: report it with this line."
    )


def _place_of(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT) and ".venv" not in frame.filename]
    last = (ours or frames)[-1]
    name = Path(last.filename)
    return f"{name.relative_to(ROOT).as_posix() if name.is_relative_to(ROOT) else name.name} line {last.lineno}"
