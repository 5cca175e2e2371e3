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


@njit(cache=True, nogil=True)
def token_lists(token: Array, by_account: Array, account_start: Array) -> Any:
    """Distinct tokens per account: (n_accounts + 1,) starts, the tokens, and their first entries.

    The last entry is one past the end, so that entry[i] … entry[i + 1] are the rows of list i.
    """
    n_accounts = len(account_start) - 1
    start = np.zeros(n_accounts + 1, np.int64)
    tokens = np.empty(len(by_account), np.int32)
    entry = np.empty(len(by_account) + 1, np.int64)
    n = 0
    for a in range(n_accounts):
        for i in range(account_start[a], account_start[a + 1]):
            here = token[by_account[i]]
            if i == account_start[a] or here != tokens[n - 1]:
                tokens[n] = here
                entry[n] = i
                n += 1
        start[a + 1] = n
    entry[n] = len(by_account)
    return start, tokens[:n].copy(), entry[: n + 1].copy()
