"""Find rows that repeat an earlier one: by event id, else by account, content, action and time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

_BUCKETS = 1 << 16


def repeated_rows(
    account: npt.NDArray[np.int32],
    content: npt.NDArray[np.int32],
    action: npt.NDArray[np.int16],
    ts: npt.NDArray[np.int64],
    *,
    n_accounts: int,
    event: npt.NDArray[np.uint64] | None = None,
    threads: int = 1,
) -> npt.NDArray[np.bool_]:
    """Mark the rows to remove; the first of equal rows stays.

    Parameters
    ----------
    account, content, action, ts
        (n,) each; the four values that tell rows apart. `account` lies in [0, n_accounts).
    n_accounts
        Number of account codes.
    event
        (n, 2) 128-bit fingerprints of event ids, both 0 where a row has none; rows that have one
        are compared by it alone, and only with each other.
    threads
        Threads to use; the result does not depend on it.

    Returns
    -------
    (n,) bool
        True where an earlier row is equal.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.zeros(3, np.int32)
    >>> repeated_rows(one, one, one.astype(np.int16), np.array([7, 8, 7]), n_accounts=1)
    array([False, False,  True])
    """
    repeat = np.zeros(len(ts), np.bool_)
    if event is None:
        _mark(account, n_accounts, content, ts, action, repeat, None, threads)
        return repeat
    known = (event != 0).any(axis=1)
    rows = np.flatnonzero(known)
    if len(rows):
        high, low = event[rows, 0], event[rows, 1]
        bucket = (high >> np.uint64(48)).astype(np.int32)
        nothing = np.zeros(len(rows), np.int8)
        _mark(bucket, _BUCKETS, high, low, nothing, repeat, rows, threads)
    rows = np.flatnonzero(~known)
    if len(rows):
        _mark(
            account[rows], n_accounts, content[rows], ts[rows], action[rows], repeat, rows, threads
        )
    return repeat


def _mark(
    group: npt.NDArray[np.int32],
    n_groups: int,
    one: npt.NDArray[Any],
    two: npt.NDArray[Any],
    three: npt.NDArray[Any],
    repeat: npt.NDArray[np.bool_],
    rows: npt.NDArray[np.int64] | None,
    threads: int,
) -> None:
    """Mark in `repeat`, at `rows` (None: at all rows), what repeats within its group."""
    from cib.datasets.duplicates_kernels import group_rows, mark_repeats

    n = len(group)
    first = np.zeros(n_groups + 1, np.int64)
    order = np.empty(n, np.int32 if n < 2**31 else np.int64)
    group_rows(group, n_groups, first, order)
    widest = int(np.diff(first).max(initial=0))
    marks = repeat if rows is None else np.zeros(n, np.bool_)
    cuts = np.searchsorted(first, np.linspace(0, n, 4 * threads + 1)[1:-1]).tolist()
    edges = [0, *cuts, n_groups]

    def run(part: int) -> None:
        begin, end = edges[part], edges[part + 1]
        largest = int(np.diff(first[begin : end + 1]).max(initial=0))
        table = np.full(max(4, 1 << (2 * max(largest, 1) - 1).bit_length()), -1, np.int32)
        mark_repeats(first, order, begin, end, one, two, three, table, marks)

    if widest > 1:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, range(len(edges) - 1)))
    if rows is not None:
        repeat[rows] = marks
