"""Kernel of duplicates.py: mark every row that repeats an earlier one of its group."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def group_rows(keys: Any, n_keys: int, first: Any, order: Any) -> None:
    """Counting sort: order[first[k]:first[k + 1]] are the rows with key k, ascending."""
    for row in range(len(keys)):
        first[keys[row] + 1] += 1
    for key in range(n_keys):
        first[key + 1] += first[key]
    for row in range(len(keys)):
        key = keys[row]
        order[first[key]] = row
        first[key] += 1
    for key in range(n_keys, 0, -1):
        first[key] = first[key - 1]
    first[0] = 0


@njit(cache=True, nogil=True)
def mark_repeats(
    first: Any,
    order: Any,
    begin: int,
    end: int,
    one: Any,
    two: Any,
    three: Any,
    table: Any,
    repeat: Any,
) -> int:
    """Within groups begin … end, mark rows whose (one, two, three) an earlier row has.

    table (2^k,) int32 scratch, all -1, at least twice the largest group; left all -1. repeat
    (n,) bool. Returns the number of rows marked.
    """
    marked = 0
    for group in range(begin, end):
        low, high = first[group], first[group + 1]
        if high - low < 2:
            continue
        size = 4
        while size < 2 * (high - low):
            size *= 2
        mask = np.uint64(size - 1)
        for i in range(low, high):
            row = order[i]
            mixed = np.uint64(one[row]) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
            mixed = (mixed + np.uint64(two[row])) * np.uint64(0xBF58476D1CE4E5B9)
            mixed ^= mixed >> np.uint64(32)
            mixed = (mixed + np.uint64(three[row])) * np.uint64(0x94D049BB133111EB)
            mixed ^= mixed >> np.uint64(31)
            where = mixed & mask
            while True:
                held = table[where]
                if held < 0:
                    table[where] = i - low
                    break
                other = order[low + held]
                if one[other] == one[row] and two[other] == two[row] and three[other] == three[row]:
                    repeat[row] = True
                    marked += 1
                    break
                where = (where + np.uint64(1)) & mask
        table[:size] = -1
    return marked
