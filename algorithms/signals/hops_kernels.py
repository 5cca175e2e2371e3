"""Kernel that counts moves between markets that no journey explains."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.datasets.sorting_kernels import sort_keys

Array = npt.NDArray[Any]

NOWHERE = np.iinfo(np.int32).max
"""Key of a row without a market."""


@njit(cache=True, nogil=True)
def count_hops(marked: Array, start: Array, n_markets: int, fastest: int, stay: int) -> Array:
    """(n_accounts,) moves that took fewer ticks than `fastest`, or were undone within `stay`.

    `marked` lies by account, in any order within one: ticks times `n_markets` plus the market, or
    `NOWHERE`. Each account's stretch gets sorted in place. A move takes the time between the last
    row in one market and the first in the next. It is undone when the next move leads back, fewer
    than `stay` ticks after the last row there.
    """
    hops = np.zeros(len(start) - 1, np.int64)
    for a in range(len(hops)):
        low, high = start[a], start[a + 1]
        for i in range(low + 1, high):
            if marked[i] < marked[i - 1]:
                sort_keys(marked[low:high])
                break
        here, seen = -1, 0
        before, left = -1, 0  # the market before this one, and when it was left
        counted = True  # whether the move to here is counted, or there was none
        for i in range(low, high):
            if marked[i] == NOWHERE:
                break
            tick, market = marked[i] // n_markets, marked[i] % n_markets
            if here >= 0 and market != here:
                if market == before and tick - left < stay and not counted:
                    hops[a] += 1
                before, left = here, seen
                counted = tick - seen < fastest
                hops[a] += counted
            here, seen = market, tick
    return hops
