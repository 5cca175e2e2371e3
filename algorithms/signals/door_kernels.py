"""Kernel that tells which accounts only ever have one value, a way in say."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def only_value(account: Array, codes: Array, n_accounts: int) -> tuple[Array, Array]:
    """(n_accounts,) rows with a value (-1 is none), and whether all of them have the same one."""
    first = np.full(n_accounts, -1, np.int64)
    n = np.zeros(n_accounts, np.int64)
    same = np.ones(n_accounts, np.bool_)
    for i in range(len(account)):
        value = codes[i]
        if value < 0:
            continue
        a = account[i]
        n[a] += 1
        if first[a] < 0:
            first[a] = value
        elif first[a] != value:
            same[a] = False
    return n, same & (n > 0)
