"""Kernels of the timing null's second statistic: occasions joined; see `timing_null.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.algorithms.poisson_binomial_kernels import log10_tail

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def find_occasions(by_account: Array, list_entry: Array, first: Array, last: Array) -> Any:
    """Merge each account's rows on a token whose windows overlap into one occasion.

    Windows are ranges [first, last) of token-major positions, so the occasions of an account are
    disjoint ranges of rows.

    Returns
    -------
    (n_distinct + 1,) starts by account and token, and per occasion its first and one-past-last
    position and number of the account's own rows.
    """
    start = np.zeros(len(list_entry), np.int64)
    low = np.empty(len(by_account), np.int64)
    high = np.empty(len(by_account), np.int64)
    own = np.empty(len(by_account), np.int32)
    m = 0
    for x in range(len(list_entry) - 1):
        for i in range(list_entry[x], list_entry[x + 1]):
            row = by_account[i]
            if m > start[x] and first[row] < high[m - 1]:
                high[m - 1] = last[row]
                own[m - 1] += 1
            else:
                low[m] = first[row]
                high[m] = last[row]
                own[m] = 1
                m += 1
        start[x + 1] = m
    return start, low[:m].copy(), high[:m].copy(), own[:m].copy()


@njit(cache=True, nogil=True)
def hit_chance(inside: int, rows: int, draws: int) -> float:
    """Chance that at least one of `draws` rows, drawn without return, is among `inside` rows."""
    if inside <= 0:
        return 0.0
    if inside + draws > rows:
        return 1.0
    # the two numbers play the same part: loop over the smaller
    if inside < draws:
        inside, draws = draws, inside
    miss = 1.0
    for i in range(draws):
        miss *= (rows - inside - i) / (rows - i)
    return 1.0 - miss


@njit(cache=True, nogil=True)
def joined_tails(
    token_start: Array,
    by_account: Array,
    list_start: Array,
    list_token: Array,
    list_entry: Array,
    occasion_start: Array,
    low: Array,
    high: Array,
    own: Array,
    host: Array,
    guest: Array,
    observed: Array,
    expected: Array,
    log10_p: Array,
    repeats: Array,
) -> None:
    """Count the host's occasions at which the guest was there, and how likely that is.

    `repeats` says whether either acted more than once on a token they share.
    """
    p = np.empty(256)
    work = np.empty(257)
    for pair in range(len(host)):
        x, x_end = list_start[host[pair]], list_start[host[pair] + 1]
        y, y_end = list_start[guest[pair]], list_start[guest[pair] + 1]
        n = 0
        joined = 0
        mean = 0.0
        again = False
        while x < x_end and y < y_end:
            o, other = list_token[x], list_token[y]
            if o == other:
                n_host = list_entry[x + 1] - list_entry[x]
                n_guest = list_entry[y + 1] - list_entry[y]
                rows = token_start[o + 1] - token_start[o] - n_host
                again = again or n_host > 1 or n_guest > 1
                j, j_end = list_entry[y], list_entry[y + 1]
                for i in range(occasion_start[x], occasion_start[x + 1]):
                    while j < j_end and by_account[j] < low[i]:
                        j += 1
                    joined += j < j_end and by_account[j] < high[i]
                    if n == len(p):
                        longer = np.empty(2 * n)
                        longer[:n] = p
                        p = longer
                        work = np.empty(2 * n + 1)
                    p[n] = hit_chance(high[i] - low[i] - own[i], rows, n_guest)
                    mean += p[n]
                    n += 1
            x += o <= other
            y += other <= o
        observed[pair] = joined
        expected[pair] = mean
        # a pair that repeats nothing is judged by its tokens alone
        log10_p[pair] = log10_tail(p, n, joined, work) if again else 0.0
        repeats[pair] = again
