"""Kernels of histories.py: rows of chosen accounts by account, and what two accounts share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def count_rows(account: Array, chosen: Array, row_from: int, row_to: int, count: Array) -> None:
    """Add the rows of chosen accounts; chosen holds an account's index, -1 for others."""
    for row in range(row_from, row_to):
        index = chosen[account[row]]
        if index >= 0:
            count[index] += 1


@njit(cache=True, nogil=True)
def write_rows(
    account: Array,
    ts: Array,
    chosen: Array,
    token_start: Array,
    token_from: int,
    token_to: int,
    position: Array,
    rows: Array,
    row_token: Array,
    row_ts: Array,
) -> None:
    """Write position, token and time of each row of a chosen account to the account's place."""
    for token in range(token_from, token_to):
        for row in range(token_start[token], token_start[token + 1]):
            index = chosen[account[row]]
            if index >= 0:
                at = position[index]
                position[index] = at + 1
                rows[at] = row
                row_token[at] = token
                row_ts[at] = ts[row]


@njit(cache=True, nogil=True)
def token_lists(start: Array, row_token: Array) -> Any:
    """Distinct tokens per account: (n_accounts + 1,) starts, the tokens, and their first entries.

    The last entry is one past the end, so that entry[i] … entry[i + 1] are the rows of list i.
    """
    n_accounts = len(start) - 1
    list_start = np.zeros(n_accounts + 1, np.int64)
    tokens = np.empty(len(row_token), np.int32)
    entry = np.empty(len(row_token) + 1, np.int64)
    n = 0
    for a in range(n_accounts):
        for i in range(start[a], start[a + 1]):
            if i == start[a] or row_token[i] != tokens[n - 1]:
                tokens[n] = row_token[i]
                entry[n] = i
                n += 1
        list_start[a + 1] = n
    entry[n] = len(row_token)
    return list_start, tokens[:n].copy(), entry[: n + 1].copy()


@njit(cache=True, nogil=True)
def close_pairs(ts: Array, i: int, i_end: int, j: int, j_end: int, window: Any) -> int:
    """Event pairs within the window (uint64) between two runs of rows sorted by time."""
    pairs = 0
    left = right = j
    for k in range(i, i_end):
        t = ts[k]
        while left < j_end and (ts[left] < t and np.uint64(t) - np.uint64(ts[left]) > window):
            left += 1
        while right < j_end and (ts[right] <= t or np.uint64(ts[right]) - np.uint64(t) <= window):
            right += 1
        pairs += right - left
    return pairs


@njit(cache=True, nogil=True)
def count_pairs(
    ts: Array,
    list_start: Array,
    list_token: Array,
    list_entry: Array,
    a: Array,
    b: Array,
    window: Array,
    n_shared: Array,
    n_tokens: Array,
    n_events: Array,
) -> None:
    """Tokens shared; per window (ascending, uint64) tokens met on and event pairs, of each pair."""
    n_windows = len(window)
    for pair in range(len(a)):
        x, x_end = list_start[a[pair]], list_start[a[pair] + 1]
        y, y_end = list_start[b[pair]], list_start[b[pair] + 1]
        shared = 0
        for k in range(n_windows):
            n_tokens[k, pair] = 0
            n_events[k, pair] = 0
        while x < x_end and y < y_end:
            token, other = list_token[x], list_token[y]
            if token == other:
                shared += 1
                i, i_end = list_entry[x], list_entry[x + 1]
                j, j_end = list_entry[y], list_entry[y + 1]
                # what is not within the widest window is within none
                for k in range(n_windows - 1, -1, -1):
                    met = close_pairs(ts, i, i_end, j, j_end, window[k])
                    if met == 0:
                        break
                    n_tokens[k, pair] += 1
                    n_events[k, pair] += met
            x += token <= other
            y += other <= token
        n_shared[pair] = shared
