"""Kernel that counts the days on which each account was active."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def count_days(ts: Array, start: Array, us_per_day: int) -> Array:
    """(n_accounts,) days with a row; rows are in order of time within an account."""
    days = np.zeros(len(start) - 1, np.int64)
    for a in range(len(days)):
        for i in range(start[a], start[a + 1]):
            if i == start[a] or ts[i] // us_per_day != ts[i - 1] // us_per_day:
                days[a] += 1
    return days
