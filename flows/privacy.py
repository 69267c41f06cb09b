"""Errors that may leave a task: our own, or the place of an unexpected one without its message."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mltc.errors import MltcError
from mltc.paths import ROOT


class UnexpectedError(MltcError):
    """A fault of the pipeline. Its own message is dropped, since it may quote a row."""


@contextmanager
def without_contents() -> Iterator[None]:
    """Let MltcError pass; replace anything else by its type and place in our code."""
    try:
        yield
    except MltcError:
        raise
    except Exception as error:  # noqa: BLE001 - the message may hold a person's value and must not travel
        raise UnexpectedError(
            f"The run met an unexpected {type(error).__name__} at {_place_of(error)}. Nothing was published and "
            "the last good state stands. This is a fault of the pipeline: report it with this line."
        ) from None


def _place_of(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT) and ".venv" not in frame.filename]
    last = (ours or frames)[-1]
    name = Path(last.filename)
    return f"{name.relative_to(ROOT).as_posix() if name.is_relative_to(ROOT) else name.name} line {last.lineno}"
