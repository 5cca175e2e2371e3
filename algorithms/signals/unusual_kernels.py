"""Kernel that finds what each account uses most, and how many accounts use it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.algorithms.tally_kernels import count_in, mask_for, tally_for

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def most_used(values: Array, start: Array, n_values: int) -> tuple[Array, Array]:
    """(n_accounts,) value that each account has most often, and (n_values,) accounts of each.

    Values lie by account; -1 is none. The smallest wins a tie; an account without any has -1.
    """
    n_accounts = len(start) - 1
    tally = tally_for(start, values)
    n_users = np.zeros(n_values, np.int64)
    favourite = np.full(n_accounts, -1, np.int64)
    for a in range(n_accounts):
        mask = mask_for(start[a + 1] - start[a])
        most = 0
        for i in range(start[a], start[a + 1]):
            value = values[i]
            if value < 0:
                continue
            count = count_in(tally, mask, a, value)
            n_users[value] += count == 1
            if count > most or (count == most and value < favourite[a]):
                most, favourite[a] = count, value
    return favourite, n_users
