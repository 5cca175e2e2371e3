"""Kernel that measures how regular the gaps between each account's rows are."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def kth_smallest(values: Array, n: int, k: int) -> Any:
    """Find the k-th smallest, from 0, of the first n non-negative values, which get reordered.

    The values are parted by their bits, highest first, and only the k-th's part is kept: at most
    one look at each per bit, however they lie.
    """
    low, high = 0, n
    bit = 62
    while bit >= 0 and high - low > 1:
        middle = low
        for i in range(low, high):
            if not (values[i] >> bit) & 1:
                values[i], values[middle] = values[middle], values[i]
                middle += 1
        if k < middle:
            high = middle
        else:
            low = middle
        bit -= 1
    return values[k]


@njit(cache=True, nogil=True)
def near_the_median(
    ts: Array, start: Array, min_gaps: int, tolerance: float
) -> tuple[Array, Array]:
    """(n_accounts,) positive gaps and those close to their median; 0 close under min_gaps.

    Rows are in order of time within an account.
    """
    n_accounts = len(start) - 1
    longest = 0
    for a in range(n_accounts):
        longest = max(longest, start[a + 1] - start[a])
    gaps = np.empty(longest, np.int64)
    n_gaps = np.zeros(n_accounts, np.int64)
    n_near = np.zeros(n_accounts, np.int64)
    for a in range(n_accounts):
        if start[a + 1] - start[a] <= min_gaps:
            continue
        n = 0
        for i in range(start[a] + 1, start[a + 1]):
            if ts[i] > ts[i - 1]:
                gaps[n] = ts[i] - ts[i - 1]
                n += 1
        n_gaps[a] = n
        if n < min_gaps:
            continue
        median = kth_smallest(gaps, n, n // 2)
        for i in range(n):
            if abs(gaps[i] - median) <= tolerance * median:
                n_near[a] += 1
    return n_gaps, n_near
