"""Counting distinct values of one account after another, in one table of open addressing.

The table is never emptied: a slot counts as free unless it holds the mark of the values being
counted, so passing to the next account costs nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


class Tally(NamedTuple):
    """Counts of values, each under the mark that was current when it was counted."""

    value: Array
    """(n_slots,) what is counted; codes from 0"""
    times: Array
    """(n_slots,) int64"""
    mark: Array
    """(n_slots,) int64, -1 at first"""


@njit(cache=True, nogil=True)
def tally_for(start: Array, values: Array) -> Any:
    """Return a table with room for the longest stretch of `values` between two starts."""
    longest = 1
    for a in range(len(start) - 1):
        longest = max(longest, start[a + 1] - start[a])
    size = mask_for(longest) + 1
    return Tally(np.zeros(size, values.dtype), np.zeros(size, np.int64), np.full(size, -1))


@njit(cache=True, nogil=True)
def mask_for(n: int) -> Any:
    """Slots to use for up to n values, less one: few values stay close together in the cache."""
    size = 2
    while size < 2 * n:
        size *= 2
    return size - 1


@njit(cache=True, nogil=True)
def count_in(tally: Any, mask: int, mark: int, value: Any) -> Any:
    """Count `value` under `mark`; return how often it has been counted there by now."""
    bits = np.uint64(mask)
    slot = (np.uint64(value) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)) & bits
    while tally.mark[slot] == mark and tally.value[slot] != value:
        slot = (slot + np.uint64(1)) & bits
    if tally.mark[slot] != mark:
        tally.mark[slot], tally.value[slot], tally.times[slot] = mark, value, 0
    tally.times[slot] += 1
    return tally.times[slot]
