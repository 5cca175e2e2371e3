"""Kernels of network.py: edges to the neighbours of each node and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.datasets.memory_kernels import prefetch

Array = npt.NDArray[Any]

_FAR, _NEAR = 32, 12
"""Edges between asking for what an edge needs and using it."""


@njit(cache=True, nogil=True)
def count_neighbours(src: Array, dst: Array, low: int, high: int, count: Array) -> None:
    """Add the neighbours that edges [low, high) give each node to `count`; loops give none."""
    last = len(src) - 1
    for e in range(low, high):
        ahead = min(e + _FAR, last)
        prefetch(count, src[ahead])
        prefetch(count, dst[ahead])
        if src[e] != dst[e]:
            count[src[e]] += 1
            count[dst[e]] += 1


@njit(cache=True, nogil=True)
def place_neighbours(
    src: Array,
    dst: Array,
    edge_weight: Array,
    low: int,
    high: int,
    position: Array,
    neighbour: Array,
    weight: Array,
) -> None:
    """Write the ends of edges [low, high) to their nodes, from `position` on, which is moved.

    Without weights, both arrays of them are empty.
    """
    weighted = len(edge_weight) > 0
    last = len(src) - 1
    for e in range(low, high):
        ahead = min(e + _FAR, last)
        prefetch(position, src[ahead])
        prefetch(position, dst[ahead])
        ahead = min(e + _NEAR, last)
        for place in (position[src[ahead]], position[dst[ahead]]):
            prefetch(neighbour, place)
            if weighted:
                prefetch(weight, place)
        a, b = np.uint32(src[e]), np.uint32(dst[e])
        if a == b:
            continue
        at, back = position[a], position[b]
        position[a], position[b] = at + 1, back + 1
        neighbour[at], neighbour[back] = b, a
        if weighted:
            weight[at] = weight[back] = edge_weight[e]


@njit(cache=True, nogil=True)
def edges_from(start: Array, neighbour: Array, weight: Array, key: Array, out: Array) -> None:
    """Write each edge once, from its smaller end, as smaller << 32 | larger, with its weight."""
    n = 0
    for a in range(len(start) - 1):
        for i in range(start[a], start[a + 1]):
            if neighbour[i] > a:
                key[n] = np.uint64(a) << np.uint64(32) | np.uint64(neighbour[i])
                out[n] = weight[i] if len(weight) else 1.0
                n += 1
