"""Kernels of growing_incidence.py: look codes up, lay rows out, put entries at their ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]

COLUMN = np.int64(2**32)
"""Added to a column's code to make its key: rows come before columns."""
NOBODY = -1


@njit(cache=True, nogil=True)
def first_slot(key: Any, slots: Array) -> Any:
    """Where to look for a key first."""
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64(mixed >> np.uint64(32)) & (len(slots) - 1)


@njit(cache=True, nogil=True)
def look_up(wanted: Array, slots: Array, key: Array, found: Array) -> int:
    """Fill in the node of each key, or NOBODY; return how many keys have none.

    Parameters
    ----------
    wanted : (n,) int64 keys
    slots : (2^k,) int32 nodes, with free slots between
    key : int64 key of each node
    found : (n,) int32, filled
    """
    missing = 0
    for i in range(len(wanted)):
        slot = first_slot(wanted[i], slots)
        while slots[slot] != NOBODY and key[slots[slot]] != wanted[i]:
            slot = (slot + 1) & (len(slots) - 1)
        found[i] = slots[slot]
        missing += slots[slot] == NOBODY
    return missing


@njit(cache=True, nogil=True)
def put_in(first: int, last: int, key: Array, slots: Array) -> None:
    """Give a slot to each node of [first, last)."""
    for v in range(first, last):
        slot = first_slot(key[v], slots)
        while slots[slot] != NOBODY:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = v


@njit(cache=True, nogil=True)
def room_needed(row: Array, column: Array, length: Array, room: Array, more: Array) -> Any:
    """Count the new entries of each node in `more`; return the room that moved nodes will take."""
    for i in range(len(row)):
        more[row[i]] += 1
        more[column[i]] += 1
    needed = np.int64(0)
    for ends in (row, column):
        for i in range(len(ends)):
            v = ends[i]
            if more[v] > 0 and length[v] + more[v] > room[v]:
                needed += 2 * (length[v] + more[v])
                more[v] = -more[v]  # counted
    for ends in (row, column):
        for i in range(len(ends)):
            more[ends[i]] = abs(more[ends[i]])
    return needed


@njit(cache=True, nogil=True)
def lay_out(old: Any, new: Any, length: Array, more: Array, room: Array) -> Any:
    """Copy the entries of all nodes, each with room for `more` and a quarter; return the end.

    Parameters
    ----------
    old, new : (start, neighbour, weight); no entries in `new` to learn its size
    """
    end = np.int64(0)
    copies = len(new[1]) > 0
    weighted = len(old[2]) > 0
    for v in range(len(length)):
        wanted = length[v] + more[v]
        if copies:
            new[0][v] = end
            room[v] = wanted + wanted // 4
            for e in range(length[v]):
                new[1][end + e] = old[1][old[0][v] + e]
                if weighted:
                    new[2][end + e] = old[2][old[0][v] + e]
        end += wanted + wanted // 4
    return end


@njit(cache=True, nogil=True)
def append(
    row: Array, column: Array, given: Array, rows: Any, length: Array, room: Array, end: Any
) -> Any:
    """Put entries at the ends of both their nodes' rows, rows that are full at the very end first.

    Parameters
    ----------
    row, column, given : (n,) ends of each entry and its weight
    rows : (start, neighbour, weight, more); `more` becomes 0
    end : where free room begins; returned
    """
    start, neighbour, weight, more = rows
    weighted = len(weight) > 0
    for i in range(len(row)):
        for v, other in ((row[i], column[i]), (column[i], row[i])):
            if length[v] + more[v] > room[v]:
                room[v] = 2 * (length[v] + more[v])
                for e in range(length[v]):
                    neighbour[end + e] = neighbour[start[v] + e]
                    if weighted:
                        weight[end + e] = weight[start[v] + e]
                start[v] = end
                end += room[v]
            neighbour[start[v] + length[v]] = other
            if weighted:
                weight[start[v] + length[v]] = given[i]
            length[v] += 1
            more[v] -= 1
    return end
