"""How a command tells an error."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from flows import terminal
from mltc.errors import MltcError


@contextmanager
def told_in_words() -> Iterator[None]:
    """Turn our errors into one paragraph and their exit code."""
    try:
        yield
    except MltcError as error:
        terminal.err.print(f"{type(error).__name__}: {error}", style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        terminal.err.print("Stopped. The last good state stands; run again when ready.")
        raise typer.Exit(130) from None
