"""Kernel that finds, for each interaction, the nearest one by a fellow member."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def nearest_gap(cluster: Array, token: Array, ts: Array, account: Array) -> Array:
    """Time to the nearest row of another account, same cluster and token; -1 when there is none.

    Rows are sorted by (cluster, token, time), so the nearest row of another account on either
    side is the one just beyond the run of one's own account.
    """
    n = len(ts)
    gap = np.full(n, -1, np.int64)
    other = -1
    for i in range(1, n):
        if cluster[i] != cluster[i - 1] or token[i] != token[i - 1]:
            other = -1
        elif account[i] != account[i - 1]:
            other = i - 1
        if other >= 0:
            gap[i] = ts[i] - ts[other]
    other = -1
    for i in range(n - 2, -1, -1):
        if cluster[i] != cluster[i + 1] or token[i] != token[i + 1]:
            other = -1
        elif account[i] != account[i + 1]:
            other = i + 1
        if other >= 0 and (gap[i] < 0 or ts[other] - ts[i] < gap[i]):
            gap[i] = ts[other] - ts[i]
    return gap
