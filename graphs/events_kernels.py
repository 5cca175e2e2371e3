"""Sorting kernels: counting sort by a code, in numba."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def starts(codes: Array) -> Array:
    """First position of each code in an array sorted by code; codes 0 … max."""
    n_codes = 0
    for code in codes:
        n_codes = max(n_codes, code + 1)
    out = np.zeros(n_codes + 1, np.int64)
    for code in codes:
        out[code + 1] += 1
    for i in range(n_codes):
        out[i + 1] += out[i]
    return out


@njit(cache=True, nogil=True)
def counting_order(codes: Array, order: Array, start: Array) -> Array:
    """Order rows by code, keeping the given order within each code."""
    position = start.copy()
    out = np.empty(len(order), np.int64)
    for row in order:
        code = codes[row]
        out[position[code]] = row
        position[code] += 1
    return out
