"""Kernels of looped.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.datasets.sorting_kernels import sort_keys
from cib.graphs.coaction_kernels import grown

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def slot_end(ts: Array, low: int, end: int, slot: int) -> int:
    """The first of rows (low, end) that is not within the slot of time of row `low`."""
    high, within = low + 1, ts[low] // slot
    while high < end and ts[high] // slot == within:
        high += 1
    return high


@njit(cache=True, nogil=True)
def loopers_among(account: Array, low: int, high: int, loop: int) -> tuple[int, Array]:
    """How many accounts rows [low, high) have, and those with at least `loop` rows, ascending."""
    rows = account[low:high].copy()
    sort_keys(rows)
    n = found = i = 0
    while i < len(rows):
        j = i + 1
        while j < len(rows) and rows[j] == rows[i]:
            j += 1
        n += 1
        if j - i >= loop:
            rows[found] = rows[i]
            found += 1
        i = j
    return n, rows[:found].copy()


@njit(cache=True, nogil=True)
def count_loops(
    account: Array,
    ts: Array,
    token_start: Array,
    first: int,
    last: int,
    slot: int,
    loop: int,
    smallest: int,
) -> tuple[Array, Array, Array, Array]:
    """Accounts, and accounts with at least `loop` rows, on each token in each slot of time.

    Rows are sorted by token, then time. Returns (n,) first rows, last rows + 1, accounts and those
    that loop, of each token and slot with at least `smallest` accounts, in the order of the rows.
    """
    most = (token_start[last] - token_start[first]) // smallest
    low_of, high_of = np.empty(most, np.int64), np.empty(most, np.int64)
    n_of, loops_of = np.empty(most, np.int64), np.empty(most, np.int64)
    k = 0
    for token in range(first, last):
        end = token_start[token + 1]
        low = token_start[token]
        while low < end:
            high = slot_end(ts, low, end, slot)
            if high - low >= smallest:
                n, loopers = loopers_among(account, low, high, loop)
                if n >= smallest:
                    low_of[k], high_of[k], n_of[k], loops_of[k] = low, high, n, len(loopers)
                    k += 1
            low = high
    return low_of[:k].copy(), high_of[:k].copy(), n_of[:k].copy(), loops_of[:k].copy()


@njit(cache=True, nogil=True)
def list_loopers(
    account: Array, ts: Array, token_start: Array, first: int, last: int, slot: int, loop: int
) -> tuple[Array, Array]:
    """Which accounts have at least `loop` rows on a token within a slot of time.

    Returns (n,) tokens, ascending, and accounts, ascending within a token, each pair once.
    """
    tokens, accounts = np.empty(16, np.int64), np.empty(16, np.int64)
    n = 0
    for token in range(first, last):
        begin = n
        low, end = token_start[token], token_start[token + 1]
        while low < end:
            high = slot_end(ts, low, end, slot)
            if high - low >= loop:
                for looper in loopers_among(account, low, high, loop)[1]:
                    if n == len(accounts):
                        tokens, accounts = grown(tokens, 2 * n), grown(accounts, 2 * n)
                    tokens[n], accounts[n] = token, looper
                    n += 1
            low = high
        sort_keys(accounts[begin:n])
        kept = begin
        for i in range(begin, n):
            if i == begin or accounts[i] != accounts[i - 1]:
                accounts[kept] = accounts[i]
                kept += 1
        n = kept
    return tokens[:n].copy(), accounts[:n].copy()
