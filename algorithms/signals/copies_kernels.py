"""Kernel that finds near-duplicate texts by different accounts within a window of time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def near(a: int, b: int, most: int) -> bool:
    """Whether two texts differ in `most` bits or fewer."""
    differing = np.uint64(a) ^ np.uint64(b)
    for _ in range(most):
        if differing != np.uint64(0):
            differing &= differing - np.uint64(1)
    return bool(differing == np.uint64(0))


@njit(cache=True, nogil=True)
def mark_copies(
    key: Array,
    account: Array,
    text: Array,
    ts: Array,
    order: Array,
    within: int,
    near_bits: int,
    found: Array,
) -> None:
    """Mark in `found` the rows with a near-duplicate of another account under the same key.

    `order` sorts the rows by (key, ts). A row looks both ways, until it has found one; runs of its
    own account, which may be as long as the log, are stepped over.
    """
    n = len(order)
    run = np.empty((2, n), np.int64)  # first and last place of the run of an account
    for place in range(n):
        again = place > 0 and account[order[place]] == account[order[place - 1]]
        run[0, place] = run[0, place - 1] if again else place
    for place in range(n - 1, -1, -1):
        again = place < n - 1 and account[order[place]] == account[order[place + 1]]
        run[1, place] = run[1, place + 1] if again else place
    for place in range(n):
        i = order[place]
        for step in (-1, 1):
            other = place
            while not found[i]:
                if account[order[other]] == account[i]:
                    other = run[(step + 1) // 2, other]
                other += step
                if other < 0 or other >= n:
                    break
                j = order[other]
                if key[j] != key[i] or abs(ts[j] - ts[i]) > within:
                    break
                if account[j] != account[i] and near(text[i], text[j], near_bits):
                    found[i] = found[j] = True
