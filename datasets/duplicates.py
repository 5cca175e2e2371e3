"""Find rows that repeat an earlier one: by event id, else by account, content, action and time."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.scratch import Scratch, drop, on_disk, walk

MAX_ACTIONS = 2**14
"""Most distinct actions that keys can tell apart."""

_PARTS = 255
"""Parts that rows are sorted into by their hash; as the part of a row it means none."""

_PASSES = 4
"""Passes over rows in memory for each thread: a thread holds one pass's share of the keys."""

_MOST_THREADS = 16
_SEED = np.frombuffer(os.urandom(8), np.uint64)[0]

Keys = Callable[[int, int, npt.NDArray[np.uint8], int, int], npt.NDArray[np.uint64]]
"""Keys (2, stop - start) of rows start … stop - 1; needed only where their part is in a range."""


def repeated_rows(
    account: npt.NDArray[np.int32],
    content: npt.NDArray[np.int32],
    action: npt.NDArray[np.int16],
    ts: npt.NDArray[np.int64],
    *,
    event: npt.NDArray[np.uint64] | None = None,
    threads: int = 1,
    scratch: Scratch | None = None,
) -> npt.NDArray[np.bool_]:
    """Mark the rows to remove; the first of equal rows stays.

    Rows are sorted into parts by the hash of what is compared, and each part is searched on its
    own, so that random access stays within a part. Rows in memory are gone over several times, for
    some of the parts each, which takes 7 bytes per row in all; rows on disk only once, and their
    keys (20 bytes per row) are put on disk too where the budget ends.

    Parameters
    ----------
    account, content, action, ts
        (n,) each; the four values that tell rows apart. Codes are not negative, actions are below
        `MAX_ACTIONS`, and times span less than 2**52 microseconds.
    event
        (n, 2) 128-bit fingerprints of event ids, both 0 where a row has none; rows that have one
        are compared by it alone, and only with each other.
    threads
        Threads to use; the result does not depend on it.
    scratch
        Where large arrays are put; memory when None.

    Returns
    -------
    (n,) bool
        True where an earlier row is equal.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.zeros(3, np.int32)
    >>> repeated_rows(one, one, one.astype(np.int16), np.array([7, 8, 7]))
    array([False, False,  True])
    """
    from cib.datasets.duplicates_kernels import pack_rows

    scratch = scratch or Scratch()
    repeat = scratch.empty(len(ts), np.bool_)
    parts = scratch.empty(len(ts), np.uint8)
    repeat[:] = False
    parts[:] = 0
    rows = (account, content, action, ts)

    def of_rows(
        start: int, stop: int, chosen: npt.NDArray[np.uint8], low: int, high: int
    ) -> npt.NDArray[np.uint64]:
        keys = np.empty((2, stop - start), np.uint64)
        pack_rows(*(column[start:stop] for column in rows), chosen, low, high, keys)
        return keys

    def of_events(
        start: int, stop: int, chosen: npt.NDArray[np.uint8], low: int, high: int
    ) -> npt.NDArray[np.uint64]:
        assert event is not None
        return np.ascontiguousarray(event[start:stop].T)

    if event is not None:
        _leave_out(event, False, parts)
        _search(of_events, parts, repeat, (event,), scratch, threads)
        _leave_out(event, True, parts)
    _search(of_rows, parts, repeat, rows, scratch, threads)
    scratch.release(parts)
    return repeat


def _leave_out(
    event: npt.NDArray[np.uint64], with_event: bool, parts: npt.NDArray[np.uint8]
) -> None:
    """Give no part to the rows that have, or have not, an event id."""
    for start, stop in walk(len(parts), event, parts):
        known = event[start:stop].any(axis=1)
        parts[start:stop] = np.where(known == with_event, np.uint8(_PARTS), np.uint8(0))


def _search(
    keys_of: Keys,
    parts: npt.NDArray[np.uint8],
    repeat: npt.NDArray[np.bool_],
    columns: tuple[npt.NDArray[Any], ...],
    scratch: Scratch,
    threads: int,
) -> None:
    """Mark in `repeat` the rows whose keys repeat, among those that have a part."""
    from cib.datasets import duplicates_kernels as kernels

    n = len(parts)
    width = np.int32 if n < 2**31 else np.int64
    workers = 1 if on_disk(parts) or on_disk(columns[0]) else min(threads, _MOST_THREADS)

    def assign(begin: int, end: int) -> npt.NDArray[np.int64]:
        sizes = np.zeros(_PARTS, np.int64)
        for start, stop in walk((begin, end), parts, *columns):
            chosen = parts[start:stop]
            keys = keys_of(start, stop, chosen, 0, _PARTS)
            kernels.assign_parts(keys, _SEED, chosen, _PARTS, sizes)
        return sizes

    with ThreadPoolExecutor(workers) as pool:
        edges = np.linspace(0, n, workers + 1).astype(np.int64).tolist()
        sizes = sum(pool.map(assign, edges[:-1], edges[1:]), np.zeros(_PARTS, np.int64))
        n_passes = 1 if workers == 1 and on_disk(parts) else _PASSES * workers

        def look(low: int, high: int) -> None:
            ends = np.cumsum(sizes[low:high])
            total = int(ends[-1])
            keys = scratch.empty((2, total), np.uint64)
            row_of = scratch.empty(total, width)
            fill = np.zeros(_PARTS, np.int64)
            fill[low:high] = ends - sizes[low:high]
            for start, stop in walk(n, parts, *columns, keys, row_of):
                chosen = parts[start:stop]
                found = keys_of(start, stop, chosen, low, high)
                kernels.collect(found, chosen, start, low, high, fill, keys, row_of)
            table = np.empty(1 << (2 * (n // _PARTS) + 64).bit_length(), width)
            for begin, end in zip(ends - sizes[low:high], ends, strict=True):
                while not kernels.mark_repeats(keys, row_of, begin, end, _SEED, table, repeat):
                    table = np.empty(2 * len(table), width)
                drop(keys, row_of, repeat)
            scratch.release(keys, row_of)

        cuts = np.linspace(0, _PARTS, n_passes + 1).astype(np.int64).tolist()
        list(pool.map(look, cuts[:-1], cuts[1:]))
