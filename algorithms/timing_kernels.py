"""Kernels of the timing null; see `timing_null.py` for the model."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.algorithms.poisson_binomial_kernels import log10_tail
from cib.datasets.memory_kernels import prefetch
from cib.graphs.histories_kernels import close_pairs

Array = npt.NDArray[Any]

_AHEAD = 16


@njit(cache=True, nogil=True)
def token_pairs(
    account: Array,
    ts: Array,
    token_start: Array,
    tokens: Array,
    window: Array,
    own: Array,
    close: Array,
    total: Array,
) -> None:
    """Event pairs by different accounts on some tokens: within each window, and at any distance.

    `own` (n_accounts,) is zero before and after. close (n_windows, n_tokens), total (n_tokens,).
    """
    for token in tokens:
        start, end = token_start[token], token_start[token + 1]
        # all pairs of rows, less those that one account forms with itself
        pairs = (end - start) * (end - start - 1) // 2
        for row in range(start, end):
            if row + _AHEAD < len(account):
                prefetch(own, account[row + _AHEAD])
            pairs -= own[account[row]]
            own[account[row]] += 1
        repeats = pairs != (end - start) * (end - start - 1) // 2
        total[token] = pairs
        for row in range(start, end):
            own[account[row]] = 0
        for k in range(len(window)):
            near = 0
            left = start
            for row in range(start, end):
                while np.uint64(ts[row]) - np.uint64(ts[left]) > window[k]:
                    if repeats:
                        own[account[left]] -= 1
                    left += 1
                near += row - left
                if repeats:
                    near -= own[account[row]]
                    own[account[row]] += 1
            if repeats:
                for row in range(left, end):
                    own[account[row]] = 0
            close[k, token] = near


@njit(cache=True, nogil=True)
def pair_tails(
    ts: Array,
    list_start: Array,
    list_token: Array,
    list_entry: Array,
    close: Array,
    total: Array,
    window: Any,
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
                own_close = close_pairs(ts, i, i_end, j, j_end, window)
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
