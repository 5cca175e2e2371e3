"""Kernels of audiences.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.datasets.sorting_kernels import sort_keys

Array = npt.NDArray[Any]

MOST_TIMES = 255
"""Rows of an account on a token are counted up to here."""


@njit(cache=True, nogil=True)
def regulars(
    account: Array,
    token_start: Array,
    first: int,
    last: int,
    least: int,
    smallest: int,
    largest: int,
) -> tuple[Array, Array, Array]:
    """Accounts with `least` rows on a token, where there are `smallest` to `largest` of them.

    Returns (n,) tokens, ascending, (n,) accounts, ascending within a token, and (n,) their rows.
    """
    n_rows = np.int64(0)
    for token in range(first, last):
        size = token_start[token + 1] - token_start[token]
        if size >= least * smallest:
            n_rows += size
    tokens, accounts = np.empty(n_rows, np.int32), np.empty(n_rows, np.int32)
    times = np.empty(n_rows, np.uint8)
    n = 0
    for token in range(first, last):
        low, high = token_start[token], token_start[token + 1]
        if high - low < least * smallest:
            continue
        rows = account[low:high].copy()
        sort_keys(rows)
        begin, i = n, 0
        while i < len(rows):
            j = i + 1
            while j < len(rows) and rows[j] == rows[i]:
                j += 1
            if j - i >= least:
                accounts[n] = rows[i]
                times[n] = min(j - i, MOST_TIMES)
                n += 1
            i = j
        if not smallest <= n - begin <= largest:
            n = begin
        tokens[begin:n] = token
    return tokens[:n].copy(), accounts[:n].copy(), times[:n].copy()


@njit(cache=True, nogil=True)
def nearest_group(
    token: Array, account: Array, start: Array, member: Array, size: Array, n_tokens: int
) -> tuple[Array, Array]:
    """Of each token, the group that its regulars are most like by Jaccard, and how much.

    Parameters
    ----------
    token, account : (n,) regulars; tokens ascend
    start, member : (n_accounts + 1,) and groups of each account
    size : (n_groups,) members of each

    Returns
    -------
    (n_tokens,) groups, the smaller of two that are as like, -1 for none; (n_tokens,) similarity
    """
    nearest = np.full(n_tokens, -1, np.int32)
    similarity = np.zeros(n_tokens)
    shared = np.zeros(len(size), np.int64)
    i = 0
    while i < len(token):
        j = i
        while j < len(token) and token[j] == token[i]:
            for k in range(start[account[j]], start[account[j] + 1]):
                shared[member[k]] += 1
            j += 1
        t = token[i]
        for row in range(i, j):
            for k in range(start[account[row]], start[account[row] + 1]):
                g = member[k]
                if shared[g]:
                    alike = shared[g] / (size[g] + (j - i) - shared[g])
                    if alike > similarity[t] or (alike == similarity[t] and g < nearest[t]):
                        nearest[t], similarity[t] = g, alike
                    shared[g] = 0
        i = j
    return nearest, similarity


@njit(cache=True, nogil=True)
def hits_by_group(
    token: Array, account: Array, of_token: Array, n_accounts: int, n_groups: int
) -> tuple[Array, Array, Array]:
    """Tokens of each group that each account is a regular of.

    Returns (n_groups + 1,) starts, (n,) accounts, each once per group, and (n,) their tokens.
    Tokens of group -1 count nowhere.
    """
    start = np.zeros(n_groups + 1, np.int64)
    for i in range(len(token)):
        g = of_token[token[i]]
        if g >= 0:
            start[g + 1] += 1
    start = np.cumsum(start)
    by_group = np.empty(start[-1], np.int32)
    position = start[:-1].copy()
    for i in range(len(token)):
        g = of_token[token[i]]
        if g >= 0:
            by_group[position[g]] = account[i]
            position[g] += 1
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
