"""Says what is being done to whoever watches; silent unless someone does. Steps are table and file names."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_watchers: list[Callable[[str], None]] = []


def tell(step: str) -> None:
    """Tell every watcher what is being done now."""
    for watcher in _watchers:
        watcher(step)


@contextmanager
def watched_by(watcher: Callable[[str], None]) -> Iterator[None]:
    """Let `watcher` hear every step within the block."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)
