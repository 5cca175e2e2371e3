"""Kernel that finds the content each account returned to most within one day."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.algorithms.tally_kernels import count_in, mask_for, tally_for

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def most_in_a_day(ts: Array, content: Array, start: Array, min_rows: int, us_per_day: int) -> Array:
    """(n_accounts,) most rows with one content in one day; 0 for accounts under min_rows.

    Rows are in order of time within an account.
    """
    n_accounts = len(start) - 1
    tally = tally_for(start, content)
    most = np.zeros(n_accounts, np.int64)
    for a in range(n_accounts):
        if start[a + 1] - start[a] < min_rows:
            continue
        mask = mask_for(start[a + 1] - start[a])
        mark = start[a]
        for i in range(start[a], start[a + 1]):
            if i > start[a] and ts[i] // us_per_day != ts[i - 1] // us_per_day:
                mark = i
            most[a] = max(most[a], count_in(tally, mask, mark, content[i]))
    return most
