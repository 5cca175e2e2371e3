"""Kernels that bring a log's rows into the order of accounts and times."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.algorithms.tally_kernels import count_in, mask_for, tally_for

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def count(codes: Array, n: int) -> Array:
    """(n,) how often each code occurs."""
    found = np.zeros(n, np.int64)
    for code in codes:
        found[code] += 1
    return found


@njit(cache=True, nogil=True)
def add_where(codes: Array, chosen: Array, found: Array) -> None:
    """Add to found (n,) how often each code occurs in the rows chosen."""
    for i in range(len(codes)):
        if chosen[i]:
            found[codes[i]] += 1


@njit(cache=True, nogil=True)
def group(codes: Array, values: Array, place: Array, grouped: Array) -> None:
    """Write the values of each code from its place on, in row order; places move on."""
    for i in range(len(codes)):
        grouped[place[codes[i]]] = values[i]
        place[codes[i]] += 1


@njit(cache=True, nogil=True)
def part(
    account: Array,
    ts: Array,
    content: Array,
    shift: int,
    place: Array,
    account_out: Array,
    ts_out: Array,
    content_out: Array,
) -> None:
    """Write the rows of each block of 2^shift accounts together, from the block's place on."""
    for i in range(len(account)):
        block = account[i] >> shift
        to = place[block]
        place[block] = to + 1
        account_out[to], ts_out[to], content_out[to] = account[i], ts[i], content[i]


@njit(cache=True, nogil=True)
def group_rows(
    account: Array, ts: Array, content: Array, start: Array, first: int, last: int
) -> None:
    """Group the rows of the accounts `first` to before `last`, which lie together, by account."""
    begin, end = start[first], start[last]
    place = start[first:last].copy()
    old_ts, old_content = ts[begin:end].copy(), content[begin:end].copy()
    for i in range(begin, end):
        a = account[i] - first
        to = place[a]
        place[a] = to + 1
        ts[to], content[to] = old_ts[i - begin], old_content[i - begin]


@njit(cache=True, nogil=True)
def sort_each(ts: Array, content: Array, start: Array, first: int, last: int) -> None:
    """Sort the rows of each account from `first` to before `last` by (time, content).

    Short blocks by insertion, then merged two by two; rows that are in order already, as most
    logs are, cost one look.
    """
    longest = 0
    for a in range(first, last):
        longest = max(longest, start[a + 1] - start[a])
    other_ts = np.empty(longest // 2 + 16, ts.dtype)
    other_content = np.empty(longest // 2 + 16, content.dtype)
    for a in range(first, last):
        low, high = start[a], start[a + 1]
        for block in range(low, high, 16):
            for i in range(block + 1, min(block + 16, high)):
                t, c = ts[i], content[i]
                j = i - 1
                while j >= block and (ts[j] > t or (ts[j] == t and content[j] > c)):
                    ts[j + 1], content[j + 1] = ts[j], content[j]
                    j -= 1
                ts[j + 1], content[j + 1] = t, c
        width = 16
        while width < high - low:
            for left in range(low, high - width, 2 * width):
                middle, right = left + width, min(left + 2 * width, high)
                t, c = ts[middle - 1], content[middle - 1]
                if t < ts[middle] or (t == ts[middle] and c <= content[middle]):
                    continue
                # the right half moves out of the way, then both fill the space from its end
                n = right - middle
                for k in range(n):
                    other_ts[k], other_content[k] = ts[middle + k], content[middle + k]
                i, k, to = middle - 1, n - 1, right - 1
                while k >= 0:
                    t, c = other_ts[k], other_content[k]
                    if i >= left and (ts[i] > t or (ts[i] == t and content[i] > c)):
                        ts[to], content[to] = ts[i], content[i]
                        i -= 1
                    else:
                        ts[to], content[to] = t, c
                        k -= 1
                    to -= 1
            width *= 2


@njit(cache=True, nogil=True)
def count_distinct(values: Array, start: Array) -> Array:
    """(n_accounts,) number of distinct values in each account's stretch; codes from 0."""
    n_accounts = len(start) - 1
    tally = tally_for(start, values)
    found = np.zeros(n_accounts, np.int64)
    for a in range(n_accounts):
        mask = mask_for(start[a + 1] - start[a])
        for i in range(start[a], start[a + 1]):
            found[a] += count_in(tally, mask, a, values[i]) == 1
    return found
