"""How a command tells an error."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from flows import terminal
from mltc.errors import ConfigError, MltcError
from mltc.private_files import writing_privately


@contextmanager
def told_in_words() -> Iterator[None]:
    """Turn errors into one paragraph and their exit code; of those that are not ours, only kind and place are told."""
    try:
        with writing_privately():
            yield
    except MltcError as error:
        raise _tell(error) from None
    except KeyboardInterrupt:
        terminal.err.print("Stopped. The last good state stands; run again when ready.")
        raise typer.Exit(130) from None
    except (typer.Exit, typer.BadParameter):
        raise
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise _tell(ConfigError(f"{error.filename or 'A file'} cannot be read or written ({why}).")) from None
    except Exception as error:  # noqa: BLE001 - its message may hold a person's value
        from flows.privacy import explain_unexpected

        raise _tell(explain_unexpected(error)) from None


def _tell(error: MltcError) -> typer.Exit:
    terminal.err.print(f"{type(error).__name__}: {error}", style="red", highlight=False, soft_wrap=True)
    return typer.Exit(error.exit_code)
