"""Kernels of odd_hours.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.algorithms.poisson_binomial_kernels import log10_tail
from cib.datasets.memory_kernels import prefetch
from cib.datasets.sorting_kernels import sort_keys

Array = npt.NDArray[Any]

_AHEAD = 16
_HOURS = 24


@njit(cache=True, nogil=True)
def count_hours(account: Array, ts: Array, hour: int, first: int, last: int, out: Array) -> None:
    """Add the rows per hour of the day of accounts `first` to before `last` to out.

    out ((last - first) * 24,) has the hours of one account after those of another.
    """
    for i in range(len(account)):
        if i + _AHEAD < len(account) and first <= account[i + _AHEAD] < last:
            prefetch(out, (account[i + _AHEAD] - first) * _HOURS)
        if first <= account[i] < last:
            out[(account[i] - first) * _HOURS + (ts[i] // hour) % _HOURS] += 1


@njit(cache=True, nogil=True)
def quiet_hours(hours: Array, most: float, quiet: Array, n_rows: Array, n_odd: Array) -> None:
    """Each account's quietest hours, which together hold at most a share `most` of its rows.

    Hours that hold equally many are quiet together or not at all. Writes quiet (n_accounts,), one
    bit per hour, and rows in all and in quiet hours.
    """
    order = np.empty(_HOURS, np.int64)
    for a in range(len(hours)):
        total = 0
        for hour in range(_HOURS):  # NumPy's sort would take numba a second to compile
            total += hours[a, hour]
            j = hour
            while j > 0 and hours[a, order[j - 1]] > hours[a, hour]:
                order[j] = order[j - 1]
                j -= 1
            order[j] = hour
        limit, held, bits, i = most * total, 0, 0, 0
        while i < _HOURS:
            value, j, more, mask = hours[a, order[i]], i, 0, 0
            while j < _HOURS and hours[a, order[j]] == value:
                more += value
                mask |= 1 << order[j]
                j += 1
            if held + more > limit:
                break
            held += more
            bits |= mask
            i = j
        quiet[a], n_rows[a], n_odd[a] = bits, total, held


@njit(cache=True, nogil=True)
def audience(
    account: Array, ts: Array, hour: int, quiet: Array, n_rows: Array, n_odd: Array
) -> tuple[Array, Array, Array]:
    """Accounts of one token, ascending; which of them came at an odd hour; how likely that was.

    An account has n rows, of which k are at odd hours, and c of its rows are of this token. When
    its contents are dealt out to its rows at random, at least one of c falls on an odd hour with a
    chance of 1 - C(n - k, c) / C(n, c).
    """
    size = len(account)
    key = np.empty(size, np.int64)
    for i in range(size):
        odd = (quiet[account[i]] >> ((ts[i] // hour) % _HOURS)) & 1
        key[i] = (np.int64(account[i]) << 1) | odd
    sort_keys(key.view(np.uint64))  # no key is negative
    who, came = np.empty(size, np.int32), np.zeros(size, np.bool_)
    chance = np.empty(size)
    n, i = 0, 0
    while i < size:
        a = key[i] >> 1
        j = i
        while j < size and key[j] >> 1 == a:
            j += 1
        none = 1.0
        for c in range(j - i):
            none *= max(n_rows[a] - n_odd[a] - c, 0) / max(n_rows[a] - c, 1)
            if none < 1e-12:
                break
        who[n], came[n], chance[n] = a, key[j - 1] & 1, 1.0 - none
        n += 1
        i = j
    return who[:n], came[:n], chance[:n]


@njit(cache=True, nogil=True)
def test_tokens(
    account: Array,
    ts: Array,
    token_start: Array,
    first: int,
    last: int,
    hour: int,
    quiet: Array,
    n_rows: Array,
    n_odd: Array,
    smallest: int,
    half: float,
) -> tuple[Array, Array]:
    """Test the tokens with at least `smallest` accounts.

    Returns (n,) tokens and log10 p-values: of as many accounts at odd hours or more, and 0 where
    they are less than a share `half`.
    """
    most = last - first
    tokens, log10_p = np.empty(most, np.int64), np.zeros(most)
    k = 0
    for token in range(first, last):
        low, high = token_start[token], token_start[token + 1]
        if high - low < smallest:
            continue
        who, came, chance = audience(account[low:high], ts[low:high], hour, quiet, n_rows, n_odd)
        n = len(who)
        if n < smallest:
            continue
        odd = came.sum()
        tokens[k] = token
        if odd >= half * n:
            log10_p[k] = log10_tail(chance, np.ones(n, np.int64), n, odd, np.empty(odd + 1))
        k += 1
    return tokens[:k].copy(), log10_p[:k].copy()
