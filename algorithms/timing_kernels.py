"""Kernels of the timing null; see `timing_null.py` for the model."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.algorithms.poisson_binomial_kernels import log10_tail
from cib.datasets.memory_kernels import prefetch

Array = npt.NDArray[Any]

_AHEAD = 16


@njit(cache=True, nogil=True)
def token_pairs(
    account: Array,
    ts: Array,
    token_start: Array,
    tokens: Array,
    token_from: int,
    token_to: int,
    window: Array,
    own: Array,
    close: Array,
    total: Array,
) -> None:
    """Event pairs by different accounts, for tokens[token_from:token_to].

    close (n_windows, n_tokens) counts those within each window, total (n_tokens,) all; `own`
    (n_accounts,) is zero before and after.
    """
    for o in range(token_from, token_to):
        start, end = token_start[tokens[o]], token_start[tokens[o] + 1]
        # all pairs of rows, less those that one account forms with itself
        pairs = (end - start) * (end - start - 1) // 2
        for row in range(start, end):
            if row + _AHEAD < len(account):
                prefetch(own, account[row + _AHEAD])
            pairs -= own[account[row]]
            own[account[row]] += 1
        repeats = pairs != (end - start) * (end - start - 1) // 2
        total[o] = pairs
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
            close[k, o] = near


@njit(cache=True, nogil=True)
def pair_tails(
    list_token: Array,
    list_entry: Array,
    match_start: Array,
    of_a: Array,
    of_b: Array,
    own_close: Array,
    close: Array,
    total: Array,
    wanted: Array,
    observed: Array,
    expected: Array,
    log10_p: Array,
    repeats: Array,
) -> None:
    """Expected co-actions of each wanted pair under the null and log10 P(at least as many).

    own_close (n_matches,) are the event pairs within the window on each token that a pair shares;
    `repeats` says whether either acted more than once on a token they share.
    """
    p, once = np.empty(64), np.ones(64, np.int64)
    work = np.empty(64)
    for pair in range(len(match_start) - 1):
        repeats[pair] = False
        if not wanted[pair]:
            continue
        first, last = match_start[pair], match_start[pair + 1]
        n = last - first
        if n > len(p):
            p, once = np.empty(2 * n), np.ones(2 * n, np.int64)
        if observed[pair] >= len(work):
            work = np.empty(2 * observed[pair])
        mean = 0.0
        again = False
        for m in range(n):
            if first + m + 8 < len(of_b):
                prefetch(list_entry, of_b[first + m + 8])
            x, y = of_a[first + m], of_b[first + m]
            o = list_token[x]
            own = (list_entry[x + 1] - list_entry[x]) * (list_entry[y + 1] - list_entry[y])
            again = again or own > 1
            met = own_close[first + m]
            # Leave the pair out, save for one event pair: with none, the very co-action
            # under test would be missing from its own chance.
            rate = (close[o] - met + min(met, 1)) / (total[o] - own + 1.0)
            p[m] = min(1.0, own * rate)
            mean += p[m]
        expected[pair] = mean
        log10_p[pair] = log10_tail(p, once, n, observed[pair], work)
        repeats[pair] = again
