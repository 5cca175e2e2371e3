"""Kernel that finds the content each account returned to most within one day."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def most_in_a_day(ts: Array, content: Array, start: Array, min_rows: int, us_per_day: int) -> Array:
    """(n_accounts,) most rows with one content in one day; 0 for accounts under min_rows.

    Rows are in order of time within an account. Contents are counted in a table of open
    addressing that is never emptied: a slot counts as free unless it holds the day's mark.
    """
    n_accounts = len(start) - 1
    longest = 1
    for a in range(n_accounts):
        longest = max(longest, start[a + 1] - start[a])
    size = 2
    while size < 2 * longest:
        size *= 2
    slot_content = np.zeros(size, content.dtype)
    slot_count = np.zeros(size, np.int64)
    slot_mark = np.full(size, -1, np.int64)
    most = np.zeros(n_accounts, np.int64)
    for a in range(n_accounts):
        if start[a + 1] - start[a] < min_rows:
            continue
        mask = 1
        while mask < 2 * (start[a + 1] - start[a]):
            mask *= 2
        mask -= 1
        mark = start[a]
        for i in range(start[a], start[a + 1]):
            if i > start[a] and ts[i] // us_per_day != ts[i - 1] // us_per_day:
                mark = i
            slot = (np.uint64(content[i]) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)) & (
                np.uint64(mask)
            )
            while slot_mark[slot] == mark and slot_content[slot] != content[i]:
                slot = (slot + np.uint64(1)) & np.uint64(mask)
            if slot_mark[slot] != mark:
                slot_mark[slot], slot_content[slot], slot_count[slot] = mark, content[i], 0
            slot_count[slot] += 1
            most[a] = max(most[a], slot_count[slot])
    return most
