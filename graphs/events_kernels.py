"""Kernels of events.py: rows to sorted keys and back.

A key holds, from its highest bit down, the low bits of the token (the rest is the partition), the
time since the first row in ticks, and, if there is room, the account.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def common_tick(ts: Array, first: int) -> Any:
    """Greatest common divisor of all differences to `first`; 0 when there are none."""
    tick = np.uint64(0)
    for t in ts:
        rest = np.uint64(t) - np.uint64(first)
        if tick == 1:
            break
        if rest and tick and rest % tick == 0:  # the usual case, once the tick is found
            continue
        while rest:
            tick, rest = rest, tick % rest
    return tick


@njit(cache=True, nogil=True)
def count_partitions(token: Array, shift: int, row_from: int, row_to: int, count: Array) -> None:
    """Add the rows of each partition (token >> shift) to `count`."""
    for i in range(row_from, row_to):
        count[token[i] >> shift] += 1


@njit(cache=True, nogil=True)
def spread(
    account: Array,
    token: Array,
    ts: Array,
    row_from: int,
    row_to: int,
    first: int,
    tick: int,
    shift: int,
    time_bits: int,
    account_bits: int,
    position: Array,
    key: Array,
    loose: Array,
) -> None:
    """Write the keys of rows to their partitions, from `position` on, which is moved.

    Where account_bits is 0, accounts go to `loose` instead of the key.
    """
    low = (1 << shift) - 1
    unit = np.uint64(tick)
    start = np.uint64(first)
    for i in range(row_from, row_to):
        p = token[i] >> shift
        at = position[p]
        position[p] = at + 1
        time = np.uint64(ts[i]) - start
        if unit > 1:
            time //= unit
        packed = time
        if low:
            packed |= np.uint64(token[i] & low) << np.uint64(time_bits)
        if account_bits:
            packed = (packed << np.uint64(account_bits)) | np.uint64(account[i])
        else:
            loose[at] = account[i]
        key[at] = packed


@njit(cache=True, nogil=True)
def unpack(
    key: Array,
    row_from: int,
    row_to: int,
    token_from: int,
    token_to: int,
    first: int,
    tick: int,
    shift: int,
    time_bits: int,
    account_bits: int,
    account: Array,
    ts: Array,
    token_start: Array,
) -> None:
    """Turn the sorted keys of one partition back into times (in place) and accounts.

    Also says where each token [token_from, token_to) starts.
    """
    one = np.uint64(1)
    time_mask = ~np.uint64(0) if time_bits >= 64 else (one << np.uint64(time_bits)) - one
    account_mask = (one << np.uint64(account_bits)) - one
    here = token_from
    token_start[here] = row_from
    for i in range(row_from, row_to):
        packed = key[i]
        if account_bits:
            account[i] = packed & account_mask
            packed >>= np.uint64(account_bits)
        if shift:
            token = token_from + np.int64(packed >> np.uint64(time_bits))
            while here < token:
                here += 1
                token_start[here] = i
        ts[i] = np.int64(np.uint64(first) + (packed & time_mask) * np.uint64(tick))
    while here + 1 < token_to:
        here += 1
        token_start[here] = row_to
