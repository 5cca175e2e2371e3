"""Kernel that counts the days on which each account reacts rather than plays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.datasets.sorting_kernels import sort_keys

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def reacting_days(marked: Array, start: Array) -> tuple[Array, Array]:
    """(n_accounts,) days with a row, and those with no more main rows than others.

    `marked` lies by account, in any order within one: twice the day, plus one in a main row. Each
    account's stretch gets sorted in place.
    """
    n_accounts = len(start) - 1
    days, reacting = np.zeros(n_accounts, np.int64), np.zeros(n_accounts, np.int64)
    for a in range(n_accounts):
        low, high = start[a], start[a + 1]
        for i in range(low + 1, high):
            if marked[i] < marked[i - 1]:
                sort_keys(marked[low:high])
                break
        balance = 0
        for i in range(low, high):
            balance += -1 if marked[i] & 1 else 1
            if i + 1 == high or marked[i + 1] >> 1 != marked[i] >> 1:
                days[a] += 1
                reacting[a] += balance >= 0
                balance = 0
    return days, reacting
