"""Kernels of shared infrastructure: who was seen on what, and who runs on the same machines."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def no_sightings() -> Any:
    """Return an empty table for `add_sightings`."""
    size = 1 << 12
    slots = np.full(size, -1, np.int32)
    return slots, np.empty((size >> 1, 3), np.int32), np.empty(size >> 1, np.int64), 0


@njit(cache=True, nogil=True)
def add_sightings(
    account: Array,
    device: Array,
    address: Array,
    slots: Array,
    found: Array,
    count: Array,
    n: int,
) -> Any:
    """Count how often each account was seen on each device at each address.

    Codes are int32, -1 where unknown; rows with neither are passed over.

    Returns
    -------
    tuple
        A hash table; accounts, devices and addresses (int32) and counts (int64) of the distinct
        combinations, in the order in which they were first seen; and how many there are by now.
    """
    size = len(slots)
    last = -1
    for row in range(len(account)):
        a, d, p = account[row], device[row], address[row]
        if d < 0 and p < 0:
            continue
        # listening comes in sittings: mostly the row is like the one before it
        if last >= 0 and found[last, 0] == a and found[last, 1] == d and found[last, 2] == p:
            count[last] += 1
            continue
        slot = slot_of(a, d, p, size)
        while slots[slot] >= 0:
            k = slots[slot]
            if found[k, 0] == a and found[k, 1] == d and found[k, 2] == p:
                break
            slot = (slot + 1) & (size - 1)
        if slots[slot] < 0:
            if n == size >> 1:
                found, count, slots = grown(found, count, n)
                size *= 2
                slot = slot_of(a, d, p, size)
                while slots[slot] >= 0:
                    slot = (slot + 1) & (size - 1)
            slots[slot] = n
            found[n, 0], found[n, 1], found[n, 2], count[n] = a, d, p, 0
            n += 1
        last = slots[slot]
        count[last] += 1
    return slots, found, count, n


@njit(cache=True, nogil=True)
def grown(found: Array, count: Array, n: int) -> Any:
    """Return the table with twice the room, and its slots filled anew."""
    size = 4 * n
    slots = np.full(size, -1, np.int32)
    more = np.empty((2 * n, 3), np.int32)
    counts = np.empty(2 * n, np.int64)
    for k in range(n):  # one by one: numba compiles an assignment of slices for seconds
        more[k, 0], more[k, 1], more[k, 2] = found[k, 0], found[k, 1], found[k, 2]
        counts[k] = count[k]
        slot = slot_of(found[k, 0], found[k, 1], found[k, 2], size)
        while slots[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        slots[slot] = k
    return more, counts, slots


@njit(cache=True, nogil=True)
def slot_of(a: int, d: int, p: int, size: int) -> Any:
    """First slot to look into, for a table whose size is a power of two."""
    h = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15)
    h = (h ^ (h >> np.uint64(29)) ^ np.uint64(d + 1)) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(32)) ^ np.uint64(p + 1)) * np.uint64(0x94D049BB133111EB)
    return np.int64((h >> np.uint64(20)) & np.uint64(size - 1))


@njit(cache=True, nogil=True)
def join(parent: Array, a: Array, b: Array) -> None:
    """Give joined nodes one name, the smallest of theirs.

    Parameters
    ----------
    parent : (n_nodes,) int64, each node its own; becomes the name of each node's set
    a, b : (n_links,) the nodes that each link joins
    """
    for k in range(len(a)):
        x, y = top(parent, a[k]), top(parent, b[k])
        if x < y:
            parent[y] = x
        elif y < x:
            parent[x] = y
    for node in range(len(parent)):
        parent[node] = top(parent, node)


@njit(cache=True, nogil=True)
def top(parent: Array, node: int) -> Any:
    """Follow a node to its set's name, halving the way for those who come after."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@njit(cache=True, nogil=True)
def pairs_within(start: Array, reach: int) -> Any:
    """Pair the entries of each stretch: all of them, or each with the `reach` that follow it.

    Parameters
    ----------
    start : (n_stretches + 1,) where each stretch begins
    reach : entries to pair each with; around the end of a long stretch, its beginning follows

    Returns
    -------
    tuple
        Positions of the two entries, and the stretch, of each pair.
    """
    total = 0
    for s in range(len(start) - 1):
        n = start[s + 1] - start[s]
        total += n * (n - 1) // 2 if n <= 2 * reach + 1 else n * reach
    first = np.empty(total, np.int64)
    second = np.empty(total, np.int64)
    stretch = np.empty(total, np.int64)
    k = 0
    for s in range(len(start) - 1):
        n = start[s + 1] - start[s]
        for i in range(n):
            n_next = n - 1 - i if n <= 2 * reach + 1 else reach
            for j in range(i + 1, i + 1 + n_next):
                first[k], second[k], stretch[k] = start[s] + i, start[s] + j % n, s
                k += 1
    return first, second, stretch
