"""Sorting integer keys byte by byte, and finding a value among sorted ones.

NumPy's sort is as fast or faster where its vector code suits the processor, and three times slower
where it does not (AVX-512 on Zen 4); this one takes about 2 ns for each key and byte anywhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]

_FEW = 48
"""Keys that are put in order one by one."""


@njit(cache=True, nogil=True)
def sort_keys(keys: Array) -> None:
    """Sort (n,) integers `keys`, none below 0, in place, n < 2^32. Takes as much memory again."""
    if len(keys) > _FEW:
        sort_from(keys, 0)
        return
    for i in range(1, len(keys)):
        key = keys[i]
        j = i
        while j > 0 and keys[j - 1] > key:
            keys[j] = keys[j - 1]
            j -= 1
        keys[j] = key


@njit(cache=True, nogil=True)
def sort_nearly_apart(keys: Array, tail: int) -> None:
    """`sort_keys` for keys that seldom differ in their lowest `tail` bits alone: half the work."""
    sort_from(keys, tail)
    bits = np.uint64(tail)
    begin = 0
    for i in range(1, len(keys) + 1):
        if i == len(keys) or keys[i] >> bits != keys[begin] >> bits:
            if i - begin > 1:
                sort_keys(keys[begin:i])
            begin = i


@njit(cache=True, nogil=True)
def sort_from(keys: Array, tail: int) -> None:
    """Sort `keys` as `sort_keys` does, but leave out the lowest `tail` bits; equals keep order."""
    n = len(keys)
    low, differ, counts = count_digits(keys, tail)
    here, there = keys, np.empty(n, keys.dtype)
    swaps = 0
    for digit in range(len(counts)):
        shift = np.uint64(8 * digit)
        if differ >> shift & np.uint64(255) == 0:
            continue
        shift += low
        position = counts[digit]
        counts_to_starts(position)
        for i in range(n):
            key = here[i]
            value = np.uint64(key) >> shift & np.uint64(255)
            there[position[value]] = key
            position[value] += np.uint32(1)
        here, there = there, here
        swaps += 1
    if swaps % 2:  # a slice assignment takes numba seconds to compile
        for i in range(n):
            there[i] = here[i]


@njit(cache=True, nogil=True)
def sort_with(keys: Array, carried: Array) -> None:
    """Sort (n,) uint64 `keys` in place, n < 2^32, and `carried` along; equal keys keep order."""
    n = len(keys)
    low, differ, counts = count_digits(keys, 0)
    here, there = keys, np.empty(n, np.uint64)
    with_here, with_there = carried, np.empty(n, carried.dtype)
    swaps = 0
    for digit in range(len(counts)):
        shift = np.uint64(8 * digit)
        if differ >> shift & np.uint64(255) == 0:
            continue
        shift += low
        position = counts[digit]
        counts_to_starts(position)
        for i in range(n):
            key = here[i]
            value = key >> shift & np.uint64(255)
            to = position[value]
            there[to], with_there[to] = key, with_here[i]
            position[value] = to + np.uint32(1)
        here, there = there, here
        with_here, with_there = with_there, with_here
        swaps += 1
    if swaps % 2:
        for i in range(n):
            there[i], with_there[i] = here[i], with_here[i]


@njit(cache=True, nogil=True)
def count_digits(keys: Array, tail: int) -> Any:
    """Count the values of each digit of 8 bits of `keys`, from the first bit in which they differ.

    Returns
    -------
    low, differ, counts
        That bit, `tail` or higher; the bits from there on in which keys differ; and (n_digits, 256)
        uint32, no digits where keys are alike.
    """
    any_set, all_set = np.uint64(0), ~np.uint64(0)
    for i in range(len(keys)):
        key = np.uint64(keys[i])
        any_set |= key
        all_set &= key
    low = np.uint64(tail)
    differ = (any_set & ~all_set) >> low
    while differ > 0 and differ & np.uint64(1) == 0:
        differ >>= np.uint64(1)
        low += np.uint64(1)
    n_digits = 0
    while n_digits < 8 and differ >> np.uint64(8 * n_digits) > 0:
        n_digits += 1
    counts = np.zeros((n_digits, 256), np.uint32)
    if n_digits > 0:
        for i in range(len(keys)):
            rest = np.uint64(keys[i]) >> low
            for digit in range(n_digits):
                counts[digit, rest & np.uint64(255)] += np.uint32(1)
                rest >>= np.uint64(8)
    return low, differ, counts


@njit(cache=True, nogil=True)
def counts_to_starts(counts: Array) -> None:
    """Turn counts into first positions."""
    position = np.uint32(0)
    for digit in range(len(counts)):
        here = counts[digit]
        counts[digit] = position
        position += here


@njit(cache=True, nogil=True)
def first_at_least(values: Array, low: int, high: int, wanted: Any) -> Any:
    """First place in [low, high), where `values` ascend, of a value of at least `wanted`; or high.

    NumPy's `searchsorted` does the same, and takes numba half a second to compile for each type.
    """
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low
