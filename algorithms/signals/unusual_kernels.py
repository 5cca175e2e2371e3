"""Kernel that finds what each account uses most, and how many accounts use it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def most_used(values: Array, start: Array, n_values: int) -> tuple[Array, Array]:
    """(n_accounts,) value that each account has most often, and (n_values,) accounts of each.

    Values lie by account; -1 is none. The smallest wins a tie; an account without any has -1.
    They are counted in a table of open addressing that is never emptied: a slot counts as free
    unless it holds the account's mark.
    """
    n_accounts = len(start) - 1
    longest = 1
    for a in range(n_accounts):
        longest = max(longest, start[a + 1] - start[a])
    size = 2
    while size < 2 * longest:
        size *= 2
    slot_value = np.zeros(size, values.dtype)
    slot_count = np.zeros(size, np.int64)
    slot_mark = np.full(size, -1, np.int64)
    n_users = np.zeros(n_values, np.int64)
    favourite = np.full(n_accounts, -1, np.int64)
    for a in range(n_accounts):
        mask = 1
        while mask < 2 * (start[a + 1] - start[a]):
            mask *= 2
        mask -= 1
        most = 0
        for i in range(start[a], start[a + 1]):
            value = values[i]
            if value < 0:
                continue
            slot = (np.uint64(value) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)) & (
                np.uint64(mask)
            )
            while slot_mark[slot] == a and slot_value[slot] != value:
                slot = (slot + np.uint64(1)) & np.uint64(mask)
            if slot_mark[slot] != a:
                slot_mark[slot], slot_value[slot], slot_count[slot] = a, value, 0
                n_users[value] += 1
            slot_count[slot] += 1
            if slot_count[slot] > most or (slot_count[slot] == most and value < favourite[a]):
                most, favourite[a] = slot_count[slot], value
    return favourite, n_users
