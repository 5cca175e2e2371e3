"""The heap of peeling_kernels.py, and what is known of a node."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]

NODE = np.dtype(
    [
        ("key", np.int64),  # ties go by it
        ("change", np.int64),  # degree left now less degree left in the old process
        ("degree", np.int64),  # while on the heap: degree left, or a bound below it
        ("weight", np.float64),  # of a column
        ("old_weight", np.float64),
        ("place", np.int32),  # on the heap
        ("at", np.int32),  # in the old order; -1 for new nodes
        ("fresh", np.int32),  # new entries
        ("near", np.int32),  # neighbours on the heap that know their degree
        ("state", np.int8),
        ("touched", np.bool_),  # has an entry whose weight changed, or a new one; not taken off
    ],
    align=True,
)
"""What is known of a node, on one cache line."""

OFF, BOUND, KNOWN, EARLY = 0, 1, 2, 3
"""State: not on the heap; there with a bound; there with its degree; taken off before its turn."""
SIZE, APART, TOUCHED, WORK, MOVED = 0, 1, 2, 3, 4
"""Counters: nodes on the heap; nodes passed or taken off, not both; touched nodes left; entries
looked at; nodes that went through the heap."""
N_COUNTERS = 5


@njit(cache=True, nogil=True)
def push(node: Array, heap: Array, counter: Array, v: int) -> None:
    """Put a node on the heap."""
    heap[counter[SIZE]] = v
    counter[SIZE] += 1
    rise(node, heap, counter[SIZE] - 1)


@njit(cache=True, nogil=True)
def drop(node: Array, heap: Array, counter: Array, v: int) -> None:
    """Take a node off the heap."""
    counter[SIZE] -= 1
    i = node[v].place
    if i < counter[SIZE]:
        moved = heap[counter[SIZE]]
        heap[i] = moved
        rise(node, heap, i)
        sink(node, heap, node[moved].place, counter[SIZE])


@njit(cache=True, nogil=True)
def before(node: Array, a: int, b: int) -> Any:
    """Whether node a comes off the heap before node b."""
    return node[a].degree < node[b].degree or (
        node[a].degree == node[b].degree and node[a].key < node[b].key
    )


@njit(cache=True, nogil=True)
def sink(node: Array, heap: Array, i: int, size: int) -> None:
    """Move the node at a place of the heap down until no child comes before it."""
    v = heap[i]
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and before(node, heap[child + 1], heap[child]):
            child += 1
        if not before(node, heap[child], v):
            break
        heap[i] = heap[child]
        node[heap[i]].place = i
        i = child
    heap[i] = v
    node[v].place = i


@njit(cache=True, nogil=True)
def rise(node: Array, heap: Array, i: int) -> None:
    """Move the node at a place of the heap up until its parent comes before it."""
    v = heap[i]
    while i > 0:
        parent = (i - 1) // 2
        if not before(node, v, heap[parent]):
            break
        heap[i] = heap[parent]
        node[heap[i]].place = i
        i = parent
    heap[i] = v
    node[v].place = i
