"""Positions for a counting sort that several threads share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def counts_to_positions(counts: Array, start: Array) -> None:
    """Turn (n_chunks, n_codes) counts into first positions, chunk after chunk within a code."""
    position = np.int64(0)
    for code in range(counts.shape[1]):
        start[code] = position
        for chunk in range(counts.shape[0]):
            here = counts[chunk, code]
            counts[chunk, code] = position
            position += here
    start[counts.shape[1]] = position
