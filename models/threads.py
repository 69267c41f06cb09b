"""How many threads a fit of a given size deserves."""

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped] # no types

_LARGE = 100_000  # rows; below this, threads wait for each other longer than they work


def limit_threads(row_count: int) -> AbstractContextManager[Any]:
    """One thread for small work: on a busy two-core machine boosted trees took four times as long on two.

    Rounding apart, the figures are the same either way.
    """
    limit: AbstractContextManager[Any] = nullcontext() if row_count >= _LARGE else _controller().limit(limits=1)
    return limit


def one_thread_each() -> AbstractContextManager[Any]:
    """One thread for the arithmetic of every fit, where several fits run side by side."""
    limit: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limit


@cache
def _controller() -> Any:
    """Looking for the thread pools of this process takes milliseconds: once is enough."""
    return ThreadpoolController()
