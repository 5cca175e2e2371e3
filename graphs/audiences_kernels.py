"""Kernel of audiences.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def regulars(
    account: Array, token_start: Array, first: int, last: int, least: int, smallest: int
) -> tuple[Array, Array]:
    """Accounts with at least `least` rows on each token, where there are `smallest` of them.

    Returns (n,) tokens, ascending, and (n,) accounts, ascending within a token.
    """
    n_rows = token_start[last] - token_start[first]
    tokens, accounts = np.empty(n_rows, np.int32), np.empty(n_rows, np.int32)
    n = 0
    for token in range(first, last):
        low, high = token_start[token], token_start[token + 1]
        if high - low < least * smallest:
            continue
        rows = np.sort(account[low:high])
        begin, i = n, 0
        while i < len(rows):
            j = i + 1
            while j < len(rows) and rows[j] == rows[i]:
                j += 1
            if j - i >= least:
                accounts[n] = rows[i]
                n += 1
            i = j
        if n - begin < smallest:
            n = begin
        tokens[begin:n] = token
    return tokens[:n].copy(), accounts[:n].copy()


@njit(cache=True, nogil=True)
def hits_by_group(
    account: Array, group: Array, n_accounts: int, n_groups: int
) -> tuple[Array, Array, Array]:
    """Entries of each account in each group of tokens.

    Returns (n_groups + 1,) starts, (n,) accounts, each once per group, and (n,) their entries.
    Entries of group -1 count nowhere.
    """
    start = np.zeros(n_groups + 1, np.int64)
    for g in group:
        if g >= 0:
            start[g + 1] += 1
    start = np.cumsum(start)
    by_group = np.empty(start[-1], np.int32)
    position = start[:-1].copy()
    for i in range(len(group)):
        if group[i] >= 0:
            by_group[position[group[i]]] = account[i]
            position[group[i]] += 1
    hits = np.zeros(n_accounts, np.int64)
    who, times = np.empty(start[-1], np.int32), np.empty(start[-1], np.int64)
    out = np.zeros(n_groups + 1, np.int64)
    n = 0
    for g in range(n_groups):
        mine = by_group[start[g] : start[g + 1]]
        begin = n
        for a in mine:
            if hits[a] == 0:
                who[n] = a
                n += 1
            hits[a] += 1
        for i in range(begin, n):
            times[i] = hits[who[i]]
            hits[who[i]] = 0
        out[g + 1] = n
    return out, who[:n].copy(), times[:n].copy()
