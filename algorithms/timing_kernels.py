"""Kernels of the timing null; see `timing_null.py` for the model."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.algorithms.poisson_binomial_kernels import log10_tail

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def token_pairs(
    ts: Array,
    token: Array,
    token_start: Array,
    by_account: Array,
    account_start: Array,
    window: int,
) -> Any:
    """Per token, event pairs by different accounts: (within the window, at any distance)."""
    n_tokens = len(token_start) - 1
    close = np.zeros(n_tokens, np.int64)
    total = np.zeros(n_tokens, np.int64)
    for o in range(n_tokens):
        start, end = token_start[o], token_start[o + 1]
        total[o] = (end - start) * (end - start - 1) // 2
        left = start
        for row in range(start, end):
            while np.uint64(ts[row]) - np.uint64(ts[left]) > np.uint64(window):
                left += 1
            close[o] += row - left
    # take off the pairs that one account forms with itself
    for a in range(len(account_start) - 1):
        i, end = account_start[a], account_start[a + 1]
        while i < end:
            o = token[by_account[i]]
            j = left = i
            while j < end and token[by_account[j]] == o:
                t = np.uint64(ts[by_account[j]])
                while t - np.uint64(ts[by_account[left]]) > np.uint64(window):
                    left += 1
                close[o] -= j - left
                total[o] -= j - i
                j += 1
            i = j
    return close, total


@njit(cache=True, nogil=True)
def run_end(token: Array, by_account: Array, i: int, end: int) -> int:
    """End of the run of entries from i on that have the same token."""
    here = token[by_account[i]]
    while i < end and token[by_account[i]] == here:
        i += 1
    return i


@njit(cache=True, nogil=True)
def close_pairs(
    ts: Array, by_account: Array, i: int, i_end: int, j: int, j_end: int, window: int
) -> int:
    """Event pairs within the window between two runs of entries sorted by time."""
    pairs = 0
    left = right = j
    for k in range(i, i_end):
        t = ts[by_account[k]]
        while left < j_end and (
            ts[by_account[left]] < t and np.uint64(t) - np.uint64(ts[by_account[left]]) > window
        ):
            left += 1
        while right < j_end and (
            ts[by_account[right]] <= t or np.uint64(ts[by_account[right]]) - np.uint64(t) <= window
        ):
            right += 1
        pairs += right - left
    return pairs


@njit(cache=True, nogil=True)
def pair_tails(
    ts: Array,
    token: Array,
    by_account: Array,
    account_start: Array,
    close: Array,
    total: Array,
    window: np.uint64,
    a: Array,
    b: Array,
    observed: Array,
    expected: Array,
    log10_p: Array,
) -> None:
    """Expected co-actions of each pair under the null and log10 P(at least as many)."""
    capacity = 64
    p = np.empty(capacity)
    work = np.empty(capacity + 1)
    for pair in range(len(a)):
        i, i_end = account_start[a[pair]], account_start[a[pair] + 1]
        j, j_end = account_start[b[pair]], account_start[b[pair] + 1]
        n = 0
        mean = 0.0
        while i < i_end and j < j_end:
            o, other = token[by_account[i]], token[by_account[j]]
            if o < other:
                i += 1
            elif other < o:
                j += 1
            else:
                i_run = run_end(token, by_account, i, i_end)
                j_run = run_end(token, by_account, j, j_end)
                own = (i_run - i) * (j_run - j)
                own_close = close_pairs(ts, by_account, i, i_run, j, j_run, window)
                # Leave the pair out, save for one event pair: with none, the very co-action
                # under test would be missing from its own chance.
                rate = (close[o] - own_close + min(own_close, 1)) / (total[o] - own + 1.0)
                chance = min(1.0, own * rate)
                if n == capacity:
                    capacity *= 2
                    longer = np.empty(capacity)
                    longer[:n] = p
                    p = longer
                    work = np.empty(capacity + 1)
                p[n] = chance
                mean += chance
                n += 1
                i = i_run
                j = j_run
        expected[pair] = mean
        log10_p[pair] = log10_tail(p, n, observed[pair], work)
