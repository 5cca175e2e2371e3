"""Co-action projection: account pairs that act on the same tokens within a time window."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.graphs import coaction_kernels as kernels
from cib.graphs.events import Events
from cib.graphs.threads import even_cuts, map_ordered, n_threads


def coaction(
    account: Any,
    token: Any,
    ts: Any,
    *,
    window: int,
    min_tokens: int = 2,
    threads: int | None = None,
) -> pa.Table:
    """Count, exactly, how often each pair of accounts acted together.

    Two rows co-act when they have the same token, different accounts, and times at most
    `window` apart: |t1 - t2| <= window, the boundary included.

    Parameters
    ----------
    account, token : (n_rows,) integer codes, 0 and up
    ts : (n_rows,) integer times, any one unit
    window : same unit as `ts`, 0 or more
    min_tokens : keep pairs that co-acted on at least this many distinct tokens
    threads : None for all cores; the result is the same for any number

    Returns
    -------
    pyarrow.Table
        `a`, `b` (int32, a < b, sorted), `n_tokens` (int32, distinct tokens co-acted on),
        `n_events` (int64, co-acting event pairs), `n_shared` (int32, distinct tokens both
        acted on at any time).

    Raises
    ------
    ValueError
        Arrays of different lengths, codes out of range, negative window, min_tokens below 1.

    Examples
    --------
    >>> coaction([0, 1, 0, 1, 2], [7, 7, 8, 8, 8], [0, 60, 100, 130, 500], window=60).to_pylist()
    [{'a': 0, 'b': 1, 'n_tokens': 2, 'n_events': 2, 'n_shared': 2}]
    """
    return coaction_of(
        Events.from_arrays(account, token, ts),
        window=window,
        min_tokens=min_tokens,
        threads=threads,
    )


def windows_of(events: Events, window: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Range [first, last) of rows of the same token at most `window` away from each row."""
    first = np.empty(events.n_rows, np.int64)
    last = np.empty(events.n_rows, np.int64)
    kernels.windows(events.token_start, events.ts, window, first, last)
    return first, last


def coaction_of(
    events: Events, *, window: int, min_tokens: int = 2, threads: int | None = None
) -> pa.Table:
    """`coaction` for rows that are sorted already."""
    if window < 0:
        raise ValueError(f"window must be 0 or more, not {window}.")
    if min_tokens < 1:
        raise ValueError(f"min_tokens must be at least 1, not {min_tokens}.")
    first, last = windows_of(events, window)
    work = kernels.account_work(events.by_account, events.account_start, first, last)
    ranges = even_cuts(work, 4 * n_threads(threads))
    parts = map_ordered(
        kernels.count_pairs,
        [
            (
                events.account,
                events.token,
                events.by_account,
                events.account_start,
                first,
                last,
                min_tokens,
                lo,
                hi,
            )
            for lo, hi in ranges
        ],
        threads,
    )
    a, b, n_tokens, n_events = (
        np.concatenate([part[i] for part in parts]) if parts else np.empty(0, dtype)
        for i, dtype in enumerate((np.int32, np.int32, np.int32, np.int64))
    )
    n_shared = np.empty(len(a), np.int32)
    map_ordered(
        lambda lo, hi: kernels.shared_tokens(
            events.list_start, events.list_token, a[lo:hi], b[lo:hi], n_shared[lo:hi]
        ),
        even_cuts(np.arange(len(a) + 1), 4 * n_threads(threads)),
        threads,
    )
    return pa.table(
        {"a": a, "b": b, "n_tokens": n_tokens, "n_events": n_events, "n_shared": n_shared}
    )
