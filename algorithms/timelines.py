"""Timelines: what each account did, in order of time, for everything that looks at one account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.algorithms import timelines_kernels as kernels
from cib.datasets.log import InteractionLog
from cib.datasets.scratch import drop
from cib.datasets.slices import Column, slices
from cib.graphs.threads import map_ordered

BLOCK_BITS, MOST_BLOCKS_BITS = 14, 10
"""A block holds at least 2^14 accounts, and there are at most 2^10 blocks."""


@dataclass(frozen=True, slots=True)
class Timelines:
    """The rows of a log by (account, time, content)."""

    start: npt.NDArray[np.int64]
    """(n_accounts + 1,) first row of each account."""
    ts: npt.NDArray[np.int64]
    """(n_rows,) microseconds since 1970-01-01 UTC."""
    content: npt.NDArray[np.int32]
    """(n_rows,) content codes."""

    @classmethod
    def of(cls, log: InteractionLog, *, threads: int | None = None) -> Timelines:
        """Sort the rows of a log.

        Examples
        --------
        >>> import pyarrow as pa
        >>> def int32(*values):
        ...     return np.array(values, np.int32)
        >>> log = InteractionLog(int32(1, 0, 1), int32(0, 0, 1), np.zeros(3, np.int16),
        ...                      np.array([9, 5, 7]), pa.array(["a", "b"]), pa.array(["x", "y"]),
        ...                      ("play",))
        >>> timelines = Timelines.of(log)
        >>> timelines.n_interactions.tolist(), timelines.ts.tolist(), timelines.content.tolist()
        ([1, 2], [5, 7, 9], [0, 1, 0])
        """
        counts = kernels.count(log.account, log.n_accounts)
        start = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
        ts = log.scratch.empty(log.n_rows, np.int64)
        content = log.scratch.empty(log.n_rows, np.int32)
        account = log.scratch.empty(log.n_rows, np.int32)
        # Rows go to blocks of accounts first, and from there to their accounts within a block's
        # small stretch of memory: half the time of going there at once, and fit for disks.
        shift = max(BLOCK_BITS, log.n_accounts.bit_length() - MOST_BLOCKS_BITS)
        first = np.arange(0, log.n_accounts, 1 << shift)
        kernels.part(log.account, log.ts, log.content, shift, start[first], account, ts, content)

        def arrange(first: int, last: int) -> None:
            kernels.group_rows(account, ts, content, start, first, last)
            kernels.sort_each(ts, content, start, first, last)

        blocks = list(pairwise([*first.tolist(), log.n_accounts]))
        map_ordered(arrange, blocks, threads)
        log.scratch.release(account)
        return cls(start, ts, content)

    @property
    def n_interactions(self) -> npt.NDArray[np.int64]:
        """(n_accounts,) interactions of each account."""
        return np.diff(self.start)

    @property
    def n_contents(self) -> npt.NDArray[np.int64]:
        """(n_accounts,) distinct contents of each account."""
        return np.asarray(kernels.count_distinct(self.content, self.start))

    @property
    def first_ts(self) -> npt.NDArray[np.int64]:
        """(n_accounts,) time of each account's first interaction; void where it has none."""
        return self._ts_at(self.start[:-1])

    @property
    def last_ts(self) -> npt.NDArray[np.int64]:
        """(n_accounts,) time of each account's last interaction; void where it has none."""
        return self._ts_at(self.start[1:] - 1)

    def _ts_at(self, row: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        if not len(self.ts):
            return np.zeros(len(row), np.int64)
        return self.ts[np.clip(row, 0, len(self.ts) - 1)]


def by_account(
    log: InteractionLog,
    timelines: Timelines,
    value: Callable[..., npt.NDArray[Any]],
    *columns: Column,
) -> npt.NDArray[np.int32]:
    """(n_rows,) values in the order of accounts; within one, in that of the log.

    Parameters
    ----------
    value : gives the values of some rows, int32, from a slice of each column
    columns : of the log
    """
    grouped = log.scratch.empty(log.n_rows, np.int32)
    place = timelines.start[:-1].copy()
    for _, _, (account, *of) in slices(log.account, *columns):
        kernels.group(account, value(*of), place, grouped)
    drop(grouped)
    return grouped


def count_rows(
    log: InteractionLog, test: Callable[..., npt.NDArray[np.bool_]], *columns: Column
) -> npt.NDArray[np.int64]:
    """(n_accounts,) rows of each account at which a test of some columns of the log holds."""
    found = np.zeros(log.n_accounts, np.int64)
    for _, _, (account, *of) in slices(log.account, *columns):
        kernels.add_where(account, test(*of), found)
    return found
