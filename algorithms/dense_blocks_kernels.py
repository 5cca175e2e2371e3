"""Kernel of dense_blocks.py: peel a graph node by node."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.datasets.memory_kernels import prefetch

Array = npt.NDArray[Any]

STEPS = 2.0**24
"""Steps of weight 1."""
_GONE = -1


@njit(cache=True, nogil=True)
def step(weight: Any, column_weight: Any) -> Any:
    """Weight of an entry as a whole number of steps, at least one."""
    return max(1.0, np.rint(weight * column_weight * STEPS))


@njit(cache=True, nogil=True)
def in_steps(weight: Array, column_weight: Array, steps: Array) -> Any:
    """Fill (n,) float64 with the steps of each entry and return their sum, about."""
    total = 0.0
    for i in range(len(steps)):
        steps[i] = step(weight[i], column_weight[i])
        total += steps[i]
    return total


@njit(cache=True, nogil=True)
def degrees(start: Array, weight: Array) -> Array:
    """(n,) int64, weight of each node's edges."""
    degree = np.zeros(len(start) - 1, np.int64)
    for v in range(len(degree)):
        for e in range(start[v], start[v + 1]):
            degree[v] += np.int64(weight[e])
    return degree


@njit(cache=True, nogil=True)
def peel(start: Array, neighbour: Array, weight: Array, degree: Array, order: Array) -> Any:
    """Take the node of smallest degree off, one after the other; ties by number.

    Parameters
    ----------
    start, neighbour, weight : the graph's rows, every edge from both ends
        Weights are whole numbers: sums do not depend on the order, so ties are ties.
    degree : (n,) int64, weight of each node's edges; becomes what it had when it was taken off
    order : (n,) filled with the nodes as they were taken off

    Returns
    -------
    best, density
        How many nodes to take off until what is left is densest, in weight per node; that density.
    """
    n = len(degree)
    heap = np.arange(n).astype(np.int64)  # node at each place; children of i at 2i + 1 and 2i + 2
    place = np.arange(n).astype(np.int64)
    inside = np.int64(0)
    for v in range(n):
        inside += degree[v]
    inside //= 2
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
                degree[u] -= np.int64(weight[e])
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
