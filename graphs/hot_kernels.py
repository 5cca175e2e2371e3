"""Kernels of hot.py: tokens on which too many rows meet to walk all their windows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.graphs.coaction_kernels import grown, met_hot

Array = npt.NDArray[Any]

_ROW_BITS = 33


@njit(cache=True, nogil=True)
def live_ends(ts: Array, start: int, end: int, window: Any, live: Array) -> None:
    """Mark which rows [start, end) of one token have another within the window."""
    for row in range(start, end):
        t = np.uint64(ts[row])
        before = row > start and t - np.uint64(ts[row - 1]) <= window
        after = row + 1 < end and np.uint64(ts[row + 1]) - t <= window
        live[row - start] = before or after


@njit(cache=True, nogil=True)
def combinations(
    account: Array, ts: Array, start: int, end: int, window: Any, sample: int, seen: Array
) -> int:
    """Pairs that the live rows of a token form with `seen` rows of their account; adds them.

    Only accounts whose lowest `sample` bits are 0 are looked at.
    """
    mask = (1 << sample) - 1
    live = np.empty(end - start, np.bool_)
    live_ends(ts, start, end, window, live)
    pairs = 0
    for row in range(start, end):
        if live[row - start] and not account[row] & mask:
            pairs += seen[account[row] >> sample]
    for row in range(start, end):
        if live[row - start] and not account[row] & mask:
            seen[account[row] >> sample] += 1
    return pairs


@njit(cache=True, nogil=True)
def count_hot(
    account: Array,
    ts: Array,
    token_start: Array,
    tokens: Array,
    window: Any,
    block_shift: int,
    block_rows: Array,
) -> None:
    """Live rows of some tokens per block of accounts."""
    for token in tokens:
        start, end = token_start[token], token_start[token + 1]
        live = np.empty(end - start, np.bool_)
        live_ends(ts, start, end, window, live)
        for row in range(start, end):
            if live[row - start]:
                block_rows[account[row] >> block_shift] += 1


@njit(cache=True, nogil=True)
def gather_hot(
    account: Array,
    ts: Array,
    token_start: Array,
    tokens: Array,
    first_index: int,
    window: Any,
    block_shift: int,
    position: Array,
    entry_account: Array,
    entry_ts: Array,
) -> None:
    """Write an entry (account << 33 | index of the hot token, time) for each live row."""
    for k in range(len(tokens)):
        start, end = token_start[tokens[k]], token_start[tokens[k] + 1]
        live = np.empty(end - start, np.bool_)
        live_ends(ts, start, end, window, live)
        for row in range(start, end):
            if live[row - start]:
                a = np.int64(account[row])
                slot = position[a >> block_shift]
                position[a >> block_shift] = slot + 1
                entry_account[slot] = (a << _ROW_BITS) | (first_index + k)
                entry_ts[slot] = ts[row]


@njit(cache=True, nogil=True)
def sign(
    start: Array,
    token: Array,
    ts: Array,
    account_from: int,
    account_to: int,
    origin: int,
    cell: Any,
    signature: Array,
    reach: Array,
) -> None:
    """64 bits per account that say where in (hot token, time cell) it acted, and what it reaches.

    Two accounts that met have a bit of one's signature in the other's reach.
    """
    for a in range(account_from, account_to):
        mine = np.uint64(0)
        near = np.uint64(0)
        for i in range(start[a], start[a + 1]):
            here = (np.uint64(ts[i]) - np.uint64(origin)) // cell
            for step in range(3):
                # cells one below, here, one above; the first has no cell below it, which is no
                # harm: a bit too many only costs a closer look
                mixed = (here + np.uint64(step) - np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
                mixed = (mixed ^ np.uint64(token[i])) * np.uint64(0xBF58476D1CE4E5B9)
                bit = np.uint64(1) << (mixed >> np.uint64(58))
                near |= bit
                if step == 1:
                    mine |= bit
        signature[a] = mine
        reach[a] = near


@njit(cache=True, nogil=True)
def count_combinations(
    start: Array, token: Array, n_hot: int, account_from: int, account_to: int, count: Array
) -> None:
    """Number of pairs of rows on two hot tokens by one account, per pair of tokens."""
    for a in range(account_from, account_to):
        for i in range(start[a], start[a + 1]):
            for j in range(i + 1, start[a + 1]):
                if token[j] != token[i]:
                    count[token[i] * n_hot + token[j]] += 1


@njit(cache=True, nogil=True)
def write_combinations(
    start: Array,
    token: Array,
    ts: Array,
    n_hot: int,
    account_from: int,
    account_to: int,
    origin: int,
    cell: Any,
    shift: Any,
    pair_from: int,
    pair_to: int,
    position: Array,
    key: Array,
    first: Array,
    second: Array,
    account: Array,
) -> None:
    """Write those on pairs of tokens [pair_from, pair_to) from `position` on, which is moved.

    The key is the time cell of the first row << 32 | the coarse time of the second.
    """
    for a in range(account_from, account_to):
        for i in range(start[a], start[a + 1]):
            high = ((np.uint64(ts[i]) - np.uint64(origin)) // cell) << np.uint64(32)
            for j in range(i + 1, start[a + 1]):
                pair = token[i] * n_hot + token[j]
                if token[j] != token[i] and pair_from <= pair < pair_to:
                    at = position[pair]
                    position[pair] = at + 1
                    key[at] = high | ((np.uint64(ts[j]) - np.uint64(origin)) >> shift)
                    first[at] = i
                    second[at] = j
                    account[at] = a


@njit(cache=True, nogil=True)
def within(ts: Array, i: int, j: int, window: Any) -> bool:
    """Whether two rows are at most `window` (uint64) apart."""
    if ts[i] < ts[j]:
        i, j = j, i
    return bool(np.uint64(ts[i]) - np.uint64(ts[j]) <= window)


@njit(cache=True, nogil=True)
def join_combinations(
    key: Array,
    first: Array,
    second: Array,
    account: Array,
    ts: Array,
    window: Any,
    shift: Any,
    begin: int,
    enough: int,
    most: int,
) -> Any:
    """Pairs of accounts (a << 32 | b) whose first rows and second rows both are within the window.

    Sorted by key; partners lie in the same time cell or the next, near in the second time. Starts
    at `begin` and stops once there are `enough` pairs, which may repeat, or `most` were compared.
    Returns the pairs, where to go on (len(key) at the end), and the number of comparisons.
    """
    n = len(key)
    low_mask = np.uint64(0xFFFFFFFF)
    near = (window >> shift) + np.uint64(1)
    out = np.empty(64, np.int64)
    n_out = 0
    visits = 0
    next_from = begin
    i = begin
    while i < n and n_out < enough and visits < most:
        cell, coarse = key[i] >> np.uint64(32), key[i] & low_mask
        # later ones of the same cell, then those of the next cell from `near` before on
        below = ((cell + np.uint64(1)) << np.uint64(32)) | (coarse - min(coarse, near))
        next_from = max(next_from, i + 1)
        while next_from < n and key[next_from] < below:
            next_from += 1
        for part in range(2):
            j = next_from if part else i + 1
            wanted = cell + np.uint64(part)
            while j < n and key[j] >> np.uint64(32) == wanted:
                other = key[j] & low_mask
                if other > coarse and other - coarse > near:
                    break
                visits += 1
                if (
                    account[i] != account[j]
                    and within(ts, first[i], first[j], window)
                    and within(ts, second[i], second[j], window)
                ):
                    if n_out == len(out):
                        out = grown(out, 2 * n_out)
                    a, b = np.int64(account[i]), np.int64(account[j])
                    out[n_out] = (min(a, b) << 32) | max(a, b)
                    n_out += 1
                j += 1
        i += 1
    return out[:n_out], i, visits


@njit(cache=True, nogil=True)
def count_met_hot(
    pairs: Array, start: Array, token: Array, ts: Array, window: Any, out: Array
) -> None:
    """Number of hot tokens on which each pair (a << 32 | b) met."""
    for i in range(len(pairs)):
        a, b = pairs[i] >> 32, pairs[i] & 0xFFFFFFFF
        out[i] = met_hot(token, ts, start[a], start[a + 1], start[b], start[b + 1], window)
