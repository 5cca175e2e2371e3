"""Kernel that matches numbers with the nearest that are left."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.datasets.sorting_kernels import first_at_least

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def match_nearest(
    value: Array, start: Array, low: Array, high: Array, wanted: Array, chosen: Array
) -> None:
    """Give each number wanted, in turn, the first entry left of the nearest value with any left.

    Of two values as near, the smaller. Values without entries left are skipped at the cost of a
    look or two, by links that are shortened as they are followed (union-find).

    Parameters
    ----------
    value : (n_values,) ascending from `low` to before `high` of each number wanted
    start : (n_values + 1,) first entry of each value; each has one at least
    low, high : (n_wanted,) which values may serve
    wanted : (n_wanted,) numbers
    chosen : (n_wanted,) receives entries; -1 where none is left
    """
    n = len(value)
    free = start[:-1].copy()
    # the values themselves while they have entries left; one place further out, past either end
    down, up = np.arange(n + 1), np.arange(n + 1)
    for i in range(len(wanted)):
        at = first_at_least(value, low[i], high[i], wanted[i])
        above, below = root(up, at), root(down, at) - 1
        best = -1
        if below >= low[i]:
            best = below
        if above < high[i] and (best < 0 or value[above] - wanted[i] < wanted[i] - value[best]):
            best = above
        chosen[i] = -1
        if best >= 0:
            chosen[i] = free[best]
            free[best] += 1
            if free[best] == start[best + 1]:
                up[best] = best + 1
                down[best + 1] = best


@njit(cache=True, nogil=True)
def root(link: Array, i: int) -> Any:
    """Follow links to the one that leads to itself, and halve the way for those who come after."""
    while link[i] != i:
        link[i] = link[link[i]]
        i = link[i]
    return i
