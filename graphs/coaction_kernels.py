"""Kernels of the co-action projection; see `coaction.py` for meaning and units."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def windows(token_start: Array, ts: Array, window: int, first: Array, last: Array) -> None:
    """For each row, the first and one-past-last row of its token at most `window` away."""
    for token in range(len(token_start) - 1):
        start, end = token_start[token], token_start[token + 1]
        left = right = start
        for row in range(start, end):
            # Differences of int64 times may overflow; subtract as unsigned (rows are sorted).
            while np.uint64(ts[row]) - np.uint64(ts[left]) > np.uint64(window):
                left += 1
            while right < end and np.uint64(ts[right]) - np.uint64(ts[row]) <= np.uint64(window):
                right += 1
            first[row] = left
            last[row] = right


@njit(cache=True, nogil=True)
def account_work(by_account: Array, account_start: Array, first: Array, last: Array) -> Array:
    """Cumulative number of window visits before each account."""
    out = np.zeros(len(account_start), np.int64)
    for account in range(len(account_start) - 1):
        work = np.int64(0)
        for i in range(account_start[account], account_start[account + 1]):
            row = by_account[i]
            work += last[row] - first[row]
        out[account + 1] = out[account] + work
    return out


@njit(cache=True, nogil=True)
def count_pairs(
    account: Array,
    token: Array,
    by_account: Array,
    account_start: Array,
    first: Array,
    last: Array,
    min_tokens: int,
    account_from: int,
    account_to: int,
) -> Any:
    """Count co-actions of each account in [account_from, account_to) with every later account.

    Each account walks the windows of its own rows; one slot per partner holds the counts, and
    the token last counted there, so that a token counts once however often both acted on it.
    """
    n_accounts = len(account_start) - 1
    n_tokens = np.zeros(n_accounts, np.int32)
    n_events = np.zeros(n_accounts, np.int64)
    last_token = np.full(n_accounts, -1, np.int32)
    partners = np.empty(n_accounts, np.int32)
    capacity = 1024
    out_a = np.empty(capacity, np.int32)
    out_b = np.empty(capacity, np.int32)
    out_tokens = np.empty(capacity, np.int32)
    out_events = np.empty(capacity, np.int64)
    n_out = 0
    for a in range(account_from, account_to):
        n_partners = 0
        for i in range(account_start[a], account_start[a + 1]):
            row = by_account[i]
            here = token[row]
            for other in range(first[row], last[row]):
                b = account[other]
                if b <= a:
                    continue
                if n_events[b] == 0:
                    partners[n_partners] = b
                    n_partners += 1
                n_events[b] += 1
                if last_token[b] != here:
                    last_token[b] = here
                    n_tokens[b] += 1
        kept = 0
        for i in range(n_partners):
            b = partners[i]
            if n_tokens[b] >= min_tokens:
                partners[kept] = b
                kept += 1
            else:
                n_tokens[b] = 0
                n_events[b] = 0
                last_token[b] = -1
        partners[:kept].sort()
        if n_out + kept > capacity:
            capacity = 2 * (n_out + kept)
            out_a = grown(out_a, capacity)
            out_b = grown(out_b, capacity)
            out_tokens = grown(out_tokens, capacity)
            out_events = grown(out_events, capacity)
        for i in range(kept):
            b = partners[i]
            out_a[n_out] = a
            out_b[n_out] = b
            out_tokens[n_out] = n_tokens[b]
            out_events[n_out] = n_events[b]
            n_out += 1
            n_tokens[b] = 0
            n_events[b] = 0
            last_token[b] = -1
    return out_a[:n_out], out_b[:n_out], out_tokens[:n_out], out_events[:n_out]


@njit(cache=True, nogil=True)
def grown(values: Array, capacity: int) -> Array:
    """Copy `values` into the front of a longer array."""
    out = np.empty(capacity, values.dtype)
    out[: len(values)] = values
    return out


@njit(cache=True, nogil=True)
def shared_tokens(list_start: Array, list_token: Array, a: Array, b: Array, out: Array) -> None:
    """Number of distinct tokens both accounts of each pair acted on at any time."""
    for pair in range(len(a)):
        i, i_end = list_start[a[pair]], list_start[a[pair] + 1]
        j, j_end = list_start[b[pair]], list_start[b[pair] + 1]
        shared = 0
        while i < i_end and j < j_end:
            token_a, token_b = list_token[i], list_token[j]
            shared += token_a == token_b
            i += token_a <= token_b
            j += token_b <= token_a
        out[pair] = shared
