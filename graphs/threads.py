"""One helper that runs GIL-free kernels on several threads, results in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")

_AHEAD = 4
"""Jobs for each thread that are begun before the results of earlier ones are taken."""


def n_threads(threads: int | None) -> int:
    """Resolve a `threads` argument: None means every core this process may use."""
    if threads is None:
        return (
            len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1
        )
    if threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}.")
    return threads


class Workers:
    """Threads that stay for many short jobs; the caller's own thread is one of them.

    Examples
    --------
    >>> with Workers(2) as workers:
    ...     workers.map(pow, [(2, 3), (3, 2)])
    [8, 9]
    """

    def __init__(self, threads: int | None) -> None:
        self.threads = n_threads(threads)
        self._pool = ThreadPoolExecutor(self.threads - 1) if self.threads > 1 else None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def map(self, function: Callable[..., T], jobs: Sequence[tuple[Any, ...]]) -> list[T]:
        """Call `function(*job)` for every job, at most one for each thread; results in order."""
        if self._pool is None:
            return [function(*job) for job in jobs]
        others = [self._pool.submit(function, *job) for job in jobs[1:]]
        first = [function(*job) for job in jobs[:1]]
        return first + [other.result() for other in others]


def map_ordered(
    function: Callable[..., T],
    jobs: Iterable[tuple[Any, ...]],
    threads: int | None,
    progress: Callable[[int, int], None] | None = None,
) -> list[T]:
    """Call `function(*job)` for every job and return the results in the order of the jobs.

    `progress(done, of)` is called as results come in, from the calling thread.
    """
    return list(each_ordered(function, jobs, threads, progress))


def each_ordered(
    function: Callable[..., T],
    jobs: Iterable[tuple[Any, ...]],
    threads: int | None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[T]:
    """`map_ordered`, one result after the other: for those too large to be held together.

    Threads are at most a few jobs ahead of whoever takes the results.
    """
    jobs = list(jobs)
    workers = min(n_threads(threads), len(jobs))
    if workers <= 1:
        for done, job in enumerate(jobs, 1):
            result = function(*job)
            if progress is not None:
                progress(done, len(jobs))
            yield result
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[T]] = deque()
        try:
            for done, job in enumerate(jobs, 1 - _AHEAD * workers):
                waiting.append(pool.submit(function, *job))
                if done > 0:
                    result = waiting.popleft().result()
                    if progress is not None:
                        progress(done, len(jobs))
                    yield result
            for done in range(len(jobs) - len(waiting) + 1, len(jobs) + 1):
                result = waiting.popleft().result()
                if progress is not None:
                    progress(done, len(jobs))
                yield result
        finally:
            for future in waiting:
                future.cancel()


def even_cuts(cumulative: npt.NDArray[np.int64], parts: int) -> list[tuple[int, int]]:
    """Cut indices 0 … n into at most `parts` ranges of about equal work.

    `cumulative` is (n + 1,) and holds the work before each index. The cuts never change what a
    caller computes, only how it is spread, so results do not depend on the number of threads.
    """
    targets = np.linspace(0, cumulative[-1], parts + 1)[1:-1]
    return ranges(np.searchsorted(cumulative, targets), len(cumulative) - 1)


def ranges(bounds: Iterable[Any], n: int) -> list[tuple[int, int]]:
    """Ranges of 0 … n between the bounds; empty ones are left out."""
    inner = {min(max(int(bound), 0), n) for bound in bounds}
    return [(low, high) for low, high in pairwise(sorted({0, n, *inner})) if high > low]
