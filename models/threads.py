"""How many threads a fit of a given size deserves."""

import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, TypeVar

from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped] # no types

Item = TypeVar("Item")
Result = TypeVar("Result")
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


def map_fits(function: Callable[[Item], Result], items: Iterable[Item], thread_count: int) -> list[Result]:
    """`map_side_by_side` with one thread for the arithmetic of every item, whatever the number of threads.

    A pool's thread has settings of its own: what is set outside it holds for it only in part. Which warnings are shown,
    however, all threads share, and `models.elastic_net` changes it for a moment: here it stays as it sets it.
    """

    def run(item: Item) -> Result:
        with one_thread_each():
            return function(item)

    with one_thread_each(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return map_side_by_side(run, items, thread_count)


def map_side_by_side(function: Callable[[Item], Result], items: Iterable[Item], thread_count: int) -> list[Result]:
    """Results in the order of `items`, so many at a time: large array work lets go of the interpreter's lock."""
    if thread_count <= 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(max_workers=thread_count) as pool:
        return list(pool.map(function, items))


@cache
def _controller() -> Any:
    """Looking for the thread pools of this process takes milliseconds: once is enough."""
    return ThreadpoolController()
