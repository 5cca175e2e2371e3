"""Kernels of the timing null's second statistic: occasions joined; see `timing_null.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.algorithms.poisson_binomial_kernels import log10_tail

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def find_occasions(
    token: Array, by_account: Array, account_start: Array, first: Array, last: Array
) -> Any:
    """Merge each account's rows on a token whose windows overlap into one occasion.

    Windows are ranges [first, last) of token-major positions, so the occasions of an account are
    disjoint ranges of rows.

    Returns
    -------
    (n_accounts + 1,) starts, and per occasion its token, first and one-past-last position, and
    number of the account's own rows.
    """
    n = len(by_account)
    start = np.zeros(len(account_start), np.int64)
    of_token = np.empty(n, np.int32)
    low = np.empty(n, np.int64)
    high = np.empty(n, np.int64)
    own = np.empty(n, np.int32)
    m = 0
    for a in range(len(account_start) - 1):
        for i in range(account_start[a], account_start[a + 1]):
            row = by_account[i]
            if m > start[a] and of_token[m - 1] == token[row] and first[row] < high[m - 1]:
                high[m - 1] = last[row]
                own[m - 1] += 1
            else:
                of_token[m] = token[row]
                low[m] = first[row]
                high[m] = last[row]
                own[m] = 1
                m += 1
        start[a + 1] = m
    return start, of_token[:m].copy(), low[:m].copy(), high[:m].copy(), own[:m].copy()


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
    token: Array,
    token_start: Array,
    by_account: Array,
    account_start: Array,
    occasion_start: Array,
    occasion_token: Array,
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
        i, i_end = occasion_start[host[pair]], occasion_start[host[pair] + 1]
        j, j_end = account_start[guest[pair]], account_start[guest[pair] + 1]
        n = 0
        joined = 0
        mean = 0.0
        again = False
        while i < i_end and j < j_end:
            o, other = occasion_token[i], token[by_account[j]]
            if o < other:
                i += 1
            elif other < o:
                j += 1
            else:
                j_run = j
                while j_run < j_end and token[by_account[j_run]] == o:
                    j_run += 1
                i_run = i
                n_host = 0
                while i_run < i_end and occasion_token[i_run] == o:
                    n_host += own[i_run]
                    i_run += 1
                n_guest = j_run - j
                rows = token_start[o + 1] - token_start[o] - n_host
                again = again or n_host > 1 or n_guest > 1
                while i < i_run:
                    while j < j_run and by_account[j] < low[i]:
                        j += 1
                    joined += j < j_run and by_account[j] < high[i]
                    chance = hit_chance(high[i] - low[i] - own[i], rows, n_guest)
                    if n == len(p):
                        longer = np.empty(2 * n)
                        longer[:n] = p
                        p = longer
                        work = np.empty(2 * n + 1)
                    p[n] = chance
                    mean += chance
                    n += 1
                    i += 1
                j = j_run
        observed[pair] = joined
        expected[pair] = mean
        log10_p[pair] = log10_tail(p, n, joined, work)
        repeats[pair] = again
