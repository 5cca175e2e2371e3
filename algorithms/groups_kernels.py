"""Kernels of groups.py: one pass each, and no lock on the interpreter, which NumPy's would hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def count_inside(group: Array, inside: Array, n_groups: int) -> Any:
    """(n_groups,) entries of each group that are True, and all of them."""
    n_inside, n_all = np.zeros(n_groups, np.int64), np.zeros(n_groups, np.int64)
    for i in range(len(group)):
        n_inside[group[i]] += inside[i]
        n_all[group[i]] += 1
    return n_inside, n_all


@njit(cache=True, nogil=True)
def ends(group: Array, value: Array, n_groups: int) -> Any:
    """(n_groups,) smallest and largest int64 of each group; the other way round without any."""
    least = np.full(n_groups, np.iinfo(np.int64).max)
    most = np.full(n_groups, np.iinfo(np.int64).min)
    for i in range(len(group)):
        least[group[i]] = min(least[group[i]], value[i])
        most[group[i]] = max(most[group[i]], value[i])
    return least, most
