"""Kernels of leiden.py that split communities into parts and make the next level of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.algorithms.leiden_kernels import fetch_row
from cib.datasets.memory_kernels import prefetch

Array = npt.NDArray[Any]

_FAR, _NEAR = 6, 3
_NONE = np.uint32(0xFFFFFFFF)


@njit(cache=True, nogil=True)
def group(label: Array, n_labels: int) -> Any:
    """(n_labels + 1,) first position of each label, and the nodes by label, ascending within."""
    start = np.zeros(n_labels + 1, np.int64)
    nodes = np.empty(len(label), np.uint32)
    for c in label:
        start[c + np.uint32(1)] += 1
    for c in range(n_labels):
        start[c + 1] += start[c]
    position = start[:-1].copy()
    for v in range(len(label)):
        nodes[position[label[v]]] = v
        position[label[v]] += 1
    return start, nodes


@njit(cache=True, nogil=True)
def renumber(label: Array, order: Array) -> int:
    """Number labels below len(label) anew, in place, as nodes in `order` show them; how many."""
    number = np.full(len(label), _NONE, np.uint32)
    n = 0
    for v in order:
        if number[label[v]] == _NONE:
            number[label[v]] = n
            n += 1
    for v in range(len(label)):
        label[v] = number[label[v]]
    return n


@njit(cache=True, nogil=True)
def refine(
    level: Any,
    community: Array,
    start: Array,
    nodes: Array,
    low: int,
    high: int,
    gamma: float,
    noise: float,
    seed: Any,
    space: Any,
    part: Array,
    size: Array,
    cut: Array,
    alone: Array,
) -> None:
    """Split communities [low, high), whose nodes `group` gave, into well connected parts.

    Every node begins as a part of its own. A part of one node that is well connected to the rest
    of its community joins the neighbouring, well connected part of it that gains most, each gain
    lowered by up to `noise` of itself at random; parts grow and are never left, so they hang
    together. A part is named after one of its nodes, under which `size` and `cut` keep its size
    and the weight between it and the rest of its community; `alone` says that nothing joined it.
    """
    joined, touched = space.joined, space.touched
    weighted = len(level.weight) > 0
    one = np.float32(1)
    for c in range(low, high):
        begin, end = start[c], start[c + 1]
        whole = 0.0
        for k in range(begin, end):
            v = nodes[k]
            part[v] = v
            alone[v] = True
            size[v] = level.size[v]
            whole += level.size[v]
        if end - begin == 1:
            continue
        for k in range(begin, end):
            fetch_member(level, community, nodes, k, end)
            v = nodes[k]
            inside = 0.0
            for i in range(level.start[v], level.stop[v]):
                if community[level.neighbour[i]] == c:
                    inside += level.weight[i] if weighted else 1.0
            cut[v] = inside
        for k in range(begin, end):
            fetch_member(level, community, nodes, k, end)
            v = nodes[k]
            own = level.size[v]
            if not alone[v] or cut[v] < gamma * own * (whole - own):
                continue
            n_touched = 0
            for i in range(level.start[v], level.stop[v]):
                u = level.neighbour[i]
                if community[u] != c:
                    continue
                p = part[u]
                weight = joined[p]
                touched[n_touched] = p
                n_touched += weight == 0
                joined[p] = weight + (level.weight[i] if weighted else one)
            best, choice, link = 0.0, v, 0.0
            for i in range(n_touched):
                p = touched[i]
                weight = joined[p]
                joined[p] = 0
                if cut[p] < gamma * size[p] * (whole - size[p]):
                    continue
                gain = weight - gamma * own * size[p]
                if noise > 0:
                    gain *= 1 - noise * draw(seed, v, p)
                if gain > best:
                    best, choice, link = gain, p, weight
            if choice != v:
                part[v] = choice
                alone[v] = alone[choice] = False
                size[choice] += own
                cut[choice] += cut[v] - 2 * link


@njit(cache=True, nogil=True)
def fetch_member(level: Any, community: Array, nodes: Array, k: int, end: int) -> None:
    """Ask for what the members of a community after the k-th need."""
    if k + 2 * _FAR < end:
        prefetch(level.start, nodes[k + 2 * _FAR])
        prefetch(level.stop, nodes[k + 2 * _FAR])
        prefetch(level.size, nodes[k + 2 * _FAR])
    if k + _FAR < end:
        fetch_row(level, nodes[k + _FAR])
    if k + _NEAR < end:
        u = nodes[k + _NEAR]
        for i in range(level.start[u], level.stop[u]):
            prefetch(community, level.neighbour[i])


@njit(cache=True, nogil=True)
def draw(seed: Any, a: Any, b: Any) -> float:
    """Return a number from [0, 1) that depends on its arguments alone (mixed as in SplitMix64)."""
    bits = np.uint64(seed) ^ np.uint64(a) << np.uint64(32) ^ np.uint64(b)
    bits = (bits ^ bits >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ bits >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return float((bits ^ bits >> np.uint64(31)) >> np.uint64(11)) * 2.0**-53


@njit(cache=True, nogil=True)
def aggregate(
    level: Any,
    part: Array,
    start: Array,
    nodes: Array,
    low: int,
    high: int,
    at: int,
    space: Any,
    above: Any,
) -> None:
    """Fill the rows of parts [low, high) of the level above, from entry `at` on."""
    touched = space.touched
    weighted = len(level.weight) > 0
    joined = np.zeros(len(above.size), np.float64)  # rounded once, so both ends get the same
    last = start[high]
    for p in range(low, high):
        above.start[p] = at
        size = 0.0
        n_touched = 0
        for k in range(start[p], start[p + 1]):
            fetch_member(level, part, nodes, k, last)
            v = nodes[k]
            size += level.size[v]
            for i in range(level.start[v], level.stop[v]):
                other = part[level.neighbour[i]]
                weight = joined[other]
                touched[n_touched] = other
                n_touched += weight == 0
                joined[other] = weight + (level.weight[i] if weighted else 1.0)
        above.size[p] = size
        joined[p] = 0
        for i in range(n_touched):
            other = touched[i]
            if other != p:
                above.neighbour[at] = other
                above.weight[at] = joined[other]
                joined[other] = 0
                at += 1
        above.stop[p] = at


@njit(cache=True, nogil=True)
def rearrange(level: Any, order: Array, place: Array, low: int, high: int, out: Any) -> None:
    """Fill rows [low, high) of `out`: those of order[low:high], neighbours by their place there.

    out.start and out.stop hold where rows begin and end.
    """
    weighted = len(level.weight) > 0
    for new in range(low, high):
        fetch_member(level, place, order, new, high)
        v = order[new]
        at = out.start[new]
        for i in range(level.start[v], level.stop[v]):
            out.neighbour[at] = place[level.neighbour[i]]
            if weighted:
                out.weight[at] = level.weight[i]
            at += 1
        out.size[new] = level.size[v]


@njit(cache=True, nogil=True)
def connected_pieces(level: Any, community: Array) -> Any:
    """Number the connected pieces of communities; (n_nodes,) piece of each node, and how many."""
    piece = np.full(len(community), _NONE, np.uint32)
    stack = np.empty(len(community), np.uint32)
    n = np.uint32(0)
    for first in range(len(community)):
        if piece[first] != _NONE:
            continue
        piece[first] = n
        stack[0] = first
        height = 1
        while height > 0:
            height -= 1
            v = stack[height]
            if height > 0:
                fetch_row(level, stack[height - 1])
            for i in range(level.start[v], level.stop[v]):
                u = level.neighbour[i]
                if piece[u] == _NONE and community[u] == community[v]:
                    piece[u] = n
                    stack[height] = u
                    height += 1
        n += np.uint32(1)
    return piece, n
