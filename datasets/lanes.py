"""Threads that each serve some columns, one task of a column after the other."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class Lanes:
    """Threads that encode: a column always goes to the same one, so its batches stay in order.

    Parameters
    ----------
    names
        The columns.
    threads
        Most threads.
    """

    def __init__(self, names: Sequence[str], threads: int) -> None:
        self._pools = [
            ThreadPoolExecutor(1, thread_name_prefix="cib-encode")
            for _ in range(max(1, min(threads, len(names))))
        ]
        self._lane = {name: self._pools[i % len(self._pools)] for i, name in enumerate(names)}

    def submit(self, name: str, *task: Any) -> Future[Any]:
        """Call task[0](*task[1:]) after all that was submitted for the column before."""
        return self._lane[name].submit(*task)

    def __enter__(self) -> Lanes:
        return self

    def __exit__(self, *_: object) -> None:
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)
