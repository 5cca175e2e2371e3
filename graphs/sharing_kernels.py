"""Kernels that count shared tokens of account pairs; see `sharing.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.datasets.memory_kernels import prefetch

Array = npt.NDArray[Any]

_AHEAD = 16


@njit(cache=True, nogil=True)
def count_tokens(
    account: Array,
    token_start: Array,
    token_from: int,
    token_to: int,
    last_token: Array,
    n_tokens: Array,
) -> None:
    """Add each account's distinct tokens among [token_from, token_to); last_token starts at -1."""
    for token in range(token_from, token_to):
        for row in range(token_start[token], token_start[token + 1]):
            if row + _AHEAD < len(account):
                prefetch(last_token, account[row + _AHEAD])
            a = account[row]
            if last_token[a] != token:
                last_token[a] = token
                n_tokens[a] += 1


@njit(cache=True, nogil=True)
def pairs_by_level(
    account: Array,
    token_start: Array,
    token_from: int,
    token_to: int,
    level: Array,
    last_token: Array,
    pairs: Array,
) -> None:
    """Add to pairs[k] the pairs of accounts of level k or more on each token.

    level (n_accounts,) is -1 for accounts that are left out; last_token starts at -1.
    """
    n_levels = len(pairs)
    here = np.zeros(n_levels, np.int64)
    for token in range(token_from, token_to):
        if token_start[token + 1] - token_start[token] < 2:
            continue
        here[:] = 0
        for row in range(token_start[token], token_start[token + 1]):
            if row + _AHEAD < len(account):
                prefetch(last_token, account[row + _AHEAD])
                prefetch(level, account[row + _AHEAD])
            a = account[row]
            if last_token[a] != token:
                last_token[a] = token
                if level[a] >= 0:
                    here[level[a]] += 1
        n = 0
        for k in range(n_levels - 1, -1, -1):
            n += here[k]
            pairs[k] += n * (n - 1) // 2


@njit(cache=True, nogil=True)
def transpose(start: Array, tokens: Array) -> Any:
    """Token-major lists of accounts, ascending within each token."""
    n_tokens = 0
    for o in tokens:
        n_tokens = max(n_tokens, o + 1)
    token_start = np.zeros(n_tokens + 1, np.int64)
    for o in tokens:
        token_start[o + 1] += 1
    for o in range(n_tokens):
        token_start[o + 1] += token_start[o]
    position = token_start.copy()
    accounts = np.empty(len(tokens), np.int32)
    for a in range(len(start) - 1):
        for i in range(start[a], start[a + 1]):
            accounts[position[tokens[i]]] = a
            position[tokens[i]] += 1
    return token_start, accounts


@njit(cache=True, nogil=True)
def count_strata(
    start: Array,
    tokens: Array,
    token_start: Array,
    accounts: Array,
    min_tokens: int,
    n_strata: int,
    account_from: int,
    account_to: int,
) -> Array:
    """Histogram of floor(log2(shared tokens)) over pairs of [account_from, account_to) × later."""
    shared = np.zeros(len(start) - 1, np.int32)
    partners = np.empty(len(start) - 1, np.int32)
    strata = np.zeros(n_strata, np.int64)
    for a in range(account_from, account_to):
        n_partners = 0
        for i in range(start[a], start[a + 1]):
            o = tokens[i]
            # accounts ascend within a token: walk down from its end to the account itself
            j = token_start[o + 1] - 1
            while accounts[j] > a:
                b = accounts[j]
                if shared[b] == 0:
                    partners[n_partners] = b
                    n_partners += 1
                shared[b] += 1
                j -= 1
        for i in range(n_partners):
            n = shared[partners[i]]
            shared[partners[i]] = 0
            if n >= min_tokens:
                k = 0
                while n > 1:
                    n >>= 1
                    k += 1
                strata[k] += 1
    return strata
