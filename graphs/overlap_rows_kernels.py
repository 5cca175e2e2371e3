"""Kernels of overlap_rows.py: tokens by account, and the index of accounts by token."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.datasets.memory_kernels import prefetch
from cib.datasets.sorting_kernels import sort_keys

Array = npt.NDArray[Any]

COSINE, JACCARD, COUNT = 0, 1, 2
"""Measures, as kernels know them."""
ULP = 2.0**-22
"""Four times the rounding error of a float32; slack is counted in these."""


class Rows(NamedTuple):
    """The distinct tokens of each account: accounts ascend by norm, tokens by their accounts."""

    start: Array
    """(n_accounts + 1,) int64, first token of each account"""
    tokens: Array
    """(n_distinct,) int32, ascending within an account: from the rarest to the most popular"""
    square: Array
    """(n_tokens,) float64, squared weight of each token"""
    norm: Array
    """(n_accounts,) float64, sum of the squares of an account's tokens"""
    code: Array
    """(n_accounts,) int32, the account's code"""


class Index(NamedTuple):
    """For each token the accounts found through it, and what each account's entries leave out."""

    start: Array
    """(n_tokens + 1,) uint64, first entry of each token"""
    accounts: Array
    """(n_entries,) uint32, ascending within a token"""
    size: Array
    """(n_accounts,) float32, ascending: the root of the norm for the cosine, else the norm"""
    rest: Array
    """(n_accounts,) float32, squares of the account's tokens that it is not entered under"""
    popular: Array
    """(n_accounts,) float32, squares of its tokens that an account may leave out"""


@njit(cache=True, nogil=True)
def count_codes(codes: Array, lo: int, hi: int, counts: Array) -> None:
    """Count each code among rows [lo, hi)."""
    for row in range(lo, hi):
        counts[codes[row]] += 1


@njit(cache=True, nogil=True)
def place_tokens(
    account: Array, token: Array, lo: int, hi: int, position: Array, tokens: Array
) -> None:
    """Write the token of each row in [lo, hi) to the next position of its account."""
    for row in range(lo, hi):
        a = account[row]
        tokens[position[a]] = token[row]
        position[a] += 1


@njit(cache=True, nogil=True)
def drop_repeats(
    start: Array, tokens: Array, lo: int, hi: int, n_distinct: Array, seen: Array
) -> None:
    """Move the distinct tokens of accounts [lo, hi) to the front of their lists.

    `seen` is (n_tokens, 2): the last account that had the token (-1 at first), and how many had it.
    """
    for a in range(lo, hi):
        n = start[a]
        for i in range(start[a], start[a + 1]):
            token = tokens[i]
            if seen[token, 0] != a:
                seen[token, 0] = a
                seen[token, 1] += 1
                tokens[n] = token
                n += 1
        n_distinct[a] = n - start[a]


@njit(cache=True, nogil=True)
def rough_norms(
    start: Array, tokens: Array, n_distinct: Array, square: Array, lo: int, hi: int, out: Array
) -> None:
    """Norms of accounts [lo, hi) to order accounts by, summed in the order of the log."""
    for a in range(lo, hi):
        total = 0.0
        for i in range(start[a], start[a] + n_distinct[a]):
            total += square[tokens[i]]
        out[a] = total


@njit(cache=True, nogil=True)
def arrange(
    start: Array, tokens: Array, order: Array, rank: Array, lo: int, hi: int, rows: Any
) -> None:
    """Fill `rows` for accounts [lo, hi): their tokens by rank, ascending, and their norms."""
    few = np.empty(64, np.int32)
    for x in range(lo, hi):
        begin, end = rows.start[x], rows.start[x + 1]
        source = start[order[x]]
        if x + 4 < len(order):
            prefetch(tokens, start[order[x + 4]])
            prefetch(tokens, start[order[x + 4]] + 16)
        n = end - begin
        if n > len(few):
            for i in range(n):
                rows.tokens[begin + i] = rank[tokens[source + i]]
            sort_keys(rows.tokens[begin:end])
        else:
            # A token's place is the number of smaller ones: no branches to mispredict, and loops
            # of fixed length become a handful of vector instructions.
            for i in range(n):
                few[i] = rank[tokens[source + i]]
            for i in range(n, len(few)):
                few[i] = np.iinfo(np.int32).max
            for i in range(n):
                place = np.int32(0)
                if n <= 32:
                    for j in range(32):
                        place += np.int32(few[j] < few[i])
                else:
                    for j in range(64):
                        place += np.int32(few[j] < few[i])
                rows.tokens[begin + place] = few[i]
        total = 0.0
        for i in range(begin, end):
            total += rows.square[rows.tokens[i]]
        rows.norm[x] = total


@njit(cache=True, nogil=True)
def required(measure: int, threshold: float, size_a: float, size_b: float) -> float:
    """Sum of squares that two accounts of these sizes must share to reach the threshold."""
    if measure == COSINE:
        return threshold * size_a * size_b
    if measure == JACCARD:
        return threshold / (1 + threshold) * (size_a + size_b)
    return threshold


@njit(cache=True, nogil=True)
def choose_entries(
    rows: Any,
    size: Array,
    measure: int,
    threshold: float,
    first_popular: int,
    lo: int,
    hi: int,
    n_indexed: Array,
    rest: Array,
    popular: Array,
) -> None:
    """How many of its rarest tokens each account in [lo, hi) is entered under."""
    for x in range(lo, hi):
        begin, end = rows.start[x], rows.start[x + 1]
        slack = (end - begin + 16) * ULP
        bound = required(measure, threshold, size[x], size[x]) * (1 - slack)
        cut = end
        left = 0.0
        while cut > begin and rows.tokens[cut - 1] >= first_popular:
            more = left + rows.square[rows.tokens[cut - 1]]
            if more >= bound:
                break
            left = more
            cut -= 1
        n_indexed[x] = cut - begin
        rest[x] = left
        while cut > begin and rows.tokens[cut - 1] >= first_popular:
            left += rows.square[rows.tokens[cut - 1]]
            cut -= 1
        popular[x] = left


@njit(cache=True, nogil=True)
def count_entries(
    rows: Any, n_indexed: Array, weightless: bool, lo: int, hi: int, counts: Array
) -> None:
    """Entries of each token by accounts [lo, hi); tokens of weight 0 get some if `weightless`."""
    for x in range(lo, hi):
        for i in range(rows.start[x], rows.start[x] + n_indexed[x]):
            token = rows.tokens[i]
            counts[token] += weightless or rows.square[token] > 0


@njit(cache=True, nogil=True)
def place_entries(
    rows: Any,
    n_indexed: Array,
    weightless: bool,
    lo: int,
    hi: int,
    position: Array,
    accounts: Array,
) -> None:
    """Enter accounts [lo, hi) under their indexed tokens."""
    for x in range(lo, hi):
        for i in range(rows.start[x], rows.start[x] + n_indexed[x]):
            token = rows.tokens[i]
            if weightless or rows.square[token] > 0:
                accounts[position[token]] = x
                position[token] += 1
