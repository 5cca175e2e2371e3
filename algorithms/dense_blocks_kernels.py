"""Kernel of dense_blocks.py: peel a graph node by node."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.datasets.memory_kernels import prefetch

Array = npt.NDArray[Any]

_GONE = -1


@njit(cache=True, nogil=True)
def peel(start: Array, neighbour: Array, weight: Array, degree: Array, order: Array) -> Any:
    """Take the node of smallest degree off, one after the other; ties by number.

    Parameters
    ----------
    start, neighbour, weight : the graph's rows, every edge from both ends
    degree : (n,) float64, weight of each node's edges; changed
    order : (n,) uint32, filled with the nodes as they were taken off

    Returns
    -------
    best, density
        How many nodes to take off until what is left is densest, in weight per node; that density.
    """
    n = len(degree)
    heap = np.arange(n).astype(np.int64)  # node at each place; children of i at 2i + 1 and 2i + 2
    place = np.arange(n).astype(np.int64)
    inside = 0.0
    for v in range(n):
        inside += degree[v]
    inside /= 2
    for i in range(n // 2 - 1, -1, -1):
        sink(heap, place, degree, i, n)
    best = 0
    density = inside / n if n else 0.0
    left = n
    while left > 0:
        v = heap[0]
        order[n - left] = v
        left -= 1
        heap[0] = heap[left]
        place[heap[0]] = 0
        place[v] = _GONE
        sink(heap, place, degree, 0, left)
        inside -= degree[v]
        end = start[v + 1]
        for e in range(start[v], end):
            if e + 8 < end:
                prefetch(place, neighbour[e + 8])
                prefetch(degree, neighbour[e + 8])
            u = np.int64(neighbour[e])
            if place[u] != _GONE:
                degree[u] -= weight[e]
                rise(heap, place, degree, place[u])
        if left > 0 and inside / left > density:
            density = inside / left
            best = n - left
    return best, density


@njit(cache=True, nogil=True)
def sink(heap: Array, place: Array, degree: Array, i: int, size: int) -> None:
    """Move the node at a place of the heap down until no child comes before it."""
    if i >= size:
        return
    v = heap[i]
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and before(degree, heap[child + 1], heap[child]):
            child += 1
        if not before(degree, heap[child], v):
            break
        heap[i] = heap[child]
        place[heap[i]] = i
        i = child
    heap[i] = v
    place[v] = i


@njit(cache=True, nogil=True)
def rise(heap: Array, place: Array, degree: Array, i: int) -> None:
    """Move the node at a place of the heap up until its parent comes before it."""
    v = heap[i]
    while i > 0:
        parent = (i - 1) // 2
        if not before(degree, v, heap[parent]):
            break
        heap[i] = heap[parent]
        place[heap[i]] = i
        i = parent
    heap[i] = v
    place[v] = i


@njit(cache=True, nogil=True)
def before(degree: Array, a: int, b: int) -> bool:
    """Whether node a is taken off before node b."""
    return degree[a] < degree[b] or (degree[a] == degree[b] and a < b)
