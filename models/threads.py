"""How many threads a fit of a given size deserves."""

from contextlib import AbstractContextManager, nullcontext

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # no types

_LARGE = 100_000  # rows; below this, threads wait for each other longer than they work


def limit_threads(row_count: int) -> AbstractContextManager[object]:
    """One thread for small work: on a busy two-core machine boosted trees took six times as long on two.

    The figures are the same either way.
    """
    return nullcontext() if row_count >= _LARGE else threadpool_limits(limits=1)
