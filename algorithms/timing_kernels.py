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
    token_start: Array,
    by_account: Array,
    list_token: Array,
    list_entry: Array,
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
    for x in range(len(list_token)):
        o = list_token[x]
        left = list_entry[x]
        for i in range(list_entry[x], list_entry[x + 1]):
            t = np.uint64(ts[by_account[i]])
            while t - np.uint64(ts[by_account[left]]) > np.uint64(window):
                left += 1
            close[o] -= i - left
            total[o] -= i - list_entry[x]
    return close, total


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
    by_account: Array,
    list_start: Array,
    list_token: Array,
    list_entry: Array,
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
        x, x_end = list_start[a[pair]], list_start[a[pair] + 1]
        y, y_end = list_start[b[pair]], list_start[b[pair] + 1]
        n = 0
        mean = 0.0
        while x < x_end and y < y_end:
            o, other = list_token[x], list_token[y]
            if o == other:
                i, i_end = list_entry[x], list_entry[x + 1]
                j, j_end = list_entry[y], list_entry[y + 1]
                own = (i_end - i) * (j_end - j)
                own_close = close_pairs(ts, by_account, i, i_end, j, j_end, window)
                # Leave the pair out, save for one event pair: with none, the very co-action
                # under test would be missing from its own chance.
                rate = (close[o] - own_close + min(own_close, 1)) / (total[o] - own + 1.0)
                if n == capacity:
                    capacity *= 2
                    longer = np.empty(capacity)
                    longer[:n] = p
                    p = longer
                    work = np.empty(capacity + 1)
                p[n] = min(1.0, own * rate)
                mean += p[n]
                n += 1
            x += o <= other
            y += other <= o
        expected[pair] = mean
        log10_p[pair] = log10_tail(p, n, observed[pair], work)
