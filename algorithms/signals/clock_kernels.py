"""Kernel that finds the quietest hours of each account's day."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def fewest_in_stretch(
    ts: Array, start: Array, min_rows: int, us_per_hour: int, stretch: int
) -> Array:
    """(n_accounts,) rows in the quietest `stretch` hours; 0 for accounts of fewer than min_rows."""
    fewest = np.zeros(len(start) - 1, np.int64)
    hours = np.empty(24, np.int64)
    for a in range(len(fewest)):
        if start[a + 1] - start[a] < min_rows:
            continue
        hours[:] = 0
        for i in range(start[a], start[a + 1]):
            hours[ts[i] // us_per_hour % 24] += 1
        inside = hours[:stretch].sum()
        least = inside
        for hour in range(23):
            inside += hours[(hour + stretch) % 24] - hours[hour]
            least = min(least, inside)
        fewest[a] = least
    return fewest
