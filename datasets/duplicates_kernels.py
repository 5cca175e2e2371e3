"""Kernels of duplicates.py: rows become keys of 128 bits, keys go to parts, parts are searched."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

_LOW_ACTION = 12
"""Bits of the action in the second word; the two above them are in the first."""


@njit(cache=True, nogil=True)
def pack_rows(
    account: Any, content: Any, action: Any, ts: Any, parts: Any, low: int, high: int, keys: Any
) -> None:
    """Keys (2, n) uint64 of the rows whose part lies in [low, high); no two rows share one.

    Accounts and contents take 31 bits each, actions 14 and times 52.
    """
    for row in range(len(ts)):
        if parts[row] < low or parts[row] >= high:
            continue
        kind = np.uint64(action[row])
        keys[0, row] = (
            (np.uint64(account[row]) << np.uint64(33))
            | (np.uint64(content[row]) << np.uint64(2))
            | (kind >> np.uint64(_LOW_ACTION))
        )
        keys[1, row] = (np.uint64(ts[row]) << np.uint64(_LOW_ACTION)) | (
            kind & np.uint64((1 << _LOW_ACTION) - 1)
        )


@njit(cache=True, nogil=True)
def _mix(one: Any, two: Any) -> Any:
    """64-bit hash of a key."""
    mixed = one * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(32)
    mixed = (mixed + two) * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(32))


@njit(cache=True, nogil=True)
def assign_parts(keys: Any, seed: Any, parts: Any, left_out: int, sizes: Any) -> None:
    """Part (n,) uint8 of each key, by its hash; counts them in sizes.

    Keys whose part is `left_out` before stay out; the others get a part below it.
    """
    for row in range(len(parts)):
        if parts[row] != left_out:
            mixed = _mix(keys[0, row] ^ seed, keys[1, row]) >> np.uint64(32)
            part = (mixed * np.uint64(left_out)) >> np.uint64(32)
            parts[row] = part
            sizes[part] += 1


@njit(cache=True, nogil=True)
def collect(
    keys: Any, parts: Any, first_row: int, low: int, high: int, fill: Any, to: Any, row_of: Any
) -> None:
    """Append the keys of parts low … high - 1 to their parts, the rows in order.

    to (2, m) uint64 and row_of (m,) receive keys and rows, those of part p from fill[p] on.
    """
    for row in range(len(parts)):
        part = parts[row]
        if part < low or part >= high:
            continue
        at = fill[part]
        to[0, at] = keys[0, row]
        to[1, at] = keys[1, row]
        row_of[at] = first_row + row
        fill[part] = at + 1


@njit(cache=True, nogil=True)
def mark_repeats(
    keys: Any, row_of: Any, begin: int, end: int, seed: Any, table: Any, repeat: Any
) -> bool:
    """Mark the rows in [begin, end) whose key an earlier one has; the same when done again.

    table (2^k,) is scratch. Returns False, the marks incomplete, when more than half of it is
    needed.
    """
    table[:] = -1
    mask = np.uint64(len(table) - 1)
    room = len(table) // 2
    for i in range(begin, end):
        where = _mix(keys[0, i] ^ seed, keys[1, i]) & mask
        while True:
            held = table[where]
            if held < 0:
                if room == 0:
                    return False
                room -= 1
                table[where] = i - begin
                break
            other = begin + held
            if keys[0, other] == keys[0, i] and keys[1, other] == keys[1, i]:
                repeat[row_of[i]] = True
                break
            where = (where + np.uint64(1)) & mask
    return True
