"""Kernels of leiden.py that move nodes between communities; see there for the steps."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.datasets.memory_kernels import prefetch

Array = npt.NDArray[Any]

_FAR, _NEAR = 6, 3
"""Nodes between asking for a node's row, then for its neighbours' communities, and using them."""
_ASLEEP, _STAYED, _MOVED = 0, 1, 2
"""What came of a node in a sweep: it was not active, it stayed, it moved."""
_MOST_TURNS = 1_000
"""Turns per node after which `settle` stops, whatever rounding errors do."""
_AHEAD = 24
"""Nodes between asking for a community's totals and changing them."""
_TIE, _COARSE_TIE = 1e-10, 1e-6
"""A move must gain more than this share of what is compared: rounding errors are smaller, in double
and in single precision."""


class Level(NamedTuple):
    """A graph whose nodes are nodes or parts of the network. Loops count in `size` only."""

    start: Array
    stop: Array
    """(n_nodes,) int64: the row of node v is [start[v], stop[v])"""
    neighbour: Array
    """(n_entries,) uint32, each edge from both ends; rows need not be sorted or free of repeats"""
    weight: Array
    """(n_entries,) float32, positive; empty when all are 1"""
    size: Array
    """(n_nodes,) float64, what a community pays for: strength (modularity) or nodes (CPM)"""


class State(NamedTuple):
    """A partition of a level's nodes."""

    community: Array
    """(n_nodes,) uint32, below n_nodes"""
    total: Array
    """(n_nodes,) float64, size of each community"""
    rough_total: Array
    """(n_nodes,) float32, the same for `decide`, half as much to fetch; `settle` lets it be"""
    members: Array
    """(n_nodes,) int32, nodes of each community"""
    free: Array
    """(n_nodes + 1,) uint32, communities without members, as a stack; the last is its height"""
    active: Array
    """(n_nodes,) bool, nodes that may have a better community than theirs"""
    fixed: Array
    """(n_nodes,) bool, nodes that must stay; empty when there are none"""


class Space(NamedTuple):
    """What one thread works in."""

    joined: Array
    """(n_nodes,) float32, weight that joins a node to each community; zero between nodes"""
    touched: Array
    """(max(n_nodes, longest row) + 1,) uint32, communities where that is not zero"""
    ahead: Array
    """(2, longest row + 1) uint32, communities of the neighbours of this node and the next"""
    queue: Array
    """(n_nodes + 1,) uint32"""


@njit(cache=True, nogil=True)
def count_members(level: Any, state: Any) -> None:
    """Fill the totals, members and free communities of a state."""
    community, free = state.community, state.free
    for c in range(len(community)):
        state.total[c] = 0
        state.members[c] = 0
    for v in range(len(community)):
        state.total[community[v]] += level.size[v]
        state.members[community[v]] += 1
    n = 0
    for c in range(len(community) - 1, -1, -1):
        state.rough_total[c] = state.total[c]
        if state.members[c] == 0:
            free[n] = c
            n += 1
    free[len(community)] = n


@njit(cache=True, nogil=True)
def decide(
    level: Any, state: Any, gamma: float, low: int, high: int, space: Any, to: Array
) -> None:
    """Best community `to` for each active node in [low, high) while nothing moves.

    n_nodes stands for a community of its own. Most of a search is spent here, so there are no
    calls within: what a node needs is asked for while those before it decide.
    """
    start, stop, neighbour, all_weight, sizes = level
    community, total, active = state.community, state.rough_total, state.active
    joined, touched, (here, there), queue = space
    weighted = len(all_weight) > 0
    alone, one = np.uint32(len(community)), np.float32(1)
    n = 0
    for v in range(low, high):
        queue[n] = v
        n += active[v]
    for q in range(-1, n):
        if q + _FAR < n:
            at = start[queue[q + _FAR]]
            prefetch(neighbour, at)
            prefetch(neighbour, at + 16)
            if weighted:
                prefetch(all_weight, at)
                prefetch(all_weight, at + 16)
        if q + _NEAR < n:
            u = queue[q + _NEAR]
            for i in range(start[u], stop[u]):
                prefetch(community, neighbour[i])
        if q + 1 < n:
            u = queue[q + 1]
            begin = start[u]
            for i in range(stop[u] - begin):
                c = community[neighbour[begin + i]]
                there[i] = c
                prefetch(joined, c)
                prefetch(total, c)
        if q >= 0:
            v = queue[q]
            begin = start[v]
            n_touched = 0
            for i in range(stop[v] - begin):
                c = here[i]
                weight = joined[c]
                touched[n_touched] = c
                n_touched += weight == 0
                joined[c] = weight + (all_weight[begin + i] if weighted else one)
            own = community[v]
            size = np.float32(sizes[v])
            cost = np.float32(gamma * sizes[v])
            best = joined[own] - cost * (total[own] - size) + np.float32(_COARSE_TIE) * size
            joined[own] = 0
            choice = own
            for i in range(n_touched):
                c = touched[i]
                gain = joined[c] - cost * total[c]
                joined[c] = 0
                better = (gain > best) & (c != own)
                best = gain if better else best
                choice = c if better else choice
            to[v] = choice if best >= 0 else alone
        here, there = there, here


@njit(cache=True, nogil=True)
def fetch_row(level: Any, v: int) -> None:
    """Ask for the front of a node's row."""
    at = level.start[v]
    prefetch(level.neighbour, at)
    prefetch(level.neighbour, at + 16)
    if len(level.weight):
        prefetch(level.weight, at)
        prefetch(level.weight, at + 16)


@njit(cache=True, nogil=True)
def apply(level: Any, state: Any, low: int, high: int, to: Array, fate: Array) -> int:
    """Carry out what was decided for the active nodes in [low, high), in order; note their fate."""
    community, total, rough_total = state.community, state.total, state.rough_total
    members, free, active, size = state.members, state.free, state.active, level.size
    alone = np.uint32(len(community))
    height = free[alone]
    n_moved = 0
    for v in range(low, high):
        if v + _AHEAD < high:
            c = min(to[v + _AHEAD], alone - np.uint32(1))
            prefetch(total, c)
            prefetch(rough_total, c)
            prefetch(members, c)
        fate[v] = _ASLEEP
        if not active[v]:
            continue
        fate[v] = _STAYED
        active[v] = False
        c, own = to[v], community[v]
        if c == own or (c == alone and members[own] == 1):
            continue
        if c == alone:
            height -= np.uint32(1)
            c = free[height]
        elif members[c] == 0:  # whoever was there has left since this was decided
            continue
        members[own] -= 1
        total[own] = total[own] - size[v] if members[own] else 0.0
        rough_total[own] = total[own]
        if members[own] == 0:
            free[height] = own
            height += np.uint32(1)
        members[c] += 1
        total[c] += size[v]
        rough_total[c] = total[c]
        community[v] = c
        fate[v] = _MOVED
        n_moved += 1
    free[alone] = height
    return n_moved


@njit(cache=True, nogil=True)
def wake(level: Any, state: Any, low: int, high: int, fate: Array, turn: Array, shift: int) -> None:
    """Make those neighbours of moved nodes active that did not see the move and are elsewhere.

    turn[v >> shift] says when node v decided. Threads may write the same flag, never another.
    """
    for v in range(low, high):
        if fate[v] != _MOVED:
            continue
        c, when = state.community[v], turn[v >> shift]
        for i in range(level.start[v], level.stop[v]):
            u = level.neighbour[i]
            unseen = fate[u] == _ASLEEP or turn[u >> np.uint32(shift)] <= when
            missed = unseen and state.community[u] != c
            if missed and not (len(state.fixed) and state.fixed[u]):
                state.active[u] = True


@njit(cache=True, nogil=True)
def settle(level: Any, state: Any, gamma: float, space: Any, order: Array) -> int:
    """Let active nodes move, one at a time, until none would; return the number of moves.

    They take their turns in the order of `order`, those that become active later after them.
    """
    community, total, active = state.community, state.total, state.active
    members, free = state.members, state.free
    touched, queue = space.touched, space.queue
    weighted = len(level.weight) > 0
    n = len(community)
    joined = np.zeros(n, np.float64)
    waiting = 0
    for v in order:
        if active[v]:
            queue[waiting] = v
            waiting += 1
    first = 0
    n_moved = 0
    turns = _MOST_TURNS * n
    while waiting > 0 and turns > 0:
        turns -= 1
        if waiting > _FAR:
            fetch_row(level, queue[(first + _FAR) % n])
        if waiting > _NEAR:
            u = queue[(first + _NEAR) % n]
            for i in range(level.start[u], level.stop[u]):
                prefetch(community, level.neighbour[i])
        v = queue[first]
        first = (first + 1) % n
        waiting -= 1
        active[v] = False
        n_touched = 0
        for i in range(level.start[v], level.stop[v]):
            c = community[level.neighbour[i]]
            weight = joined[c]
            touched[n_touched] = c
            n_touched += weight == 0
            joined[c] = weight + (level.weight[i] if weighted else 1.0)
        own, size = community[v], level.size[v]
        cost = gamma * size
        best = joined[own] - cost * (total[own] - size)
        best += _TIE * (size + joined[own] + cost * total[own])
        joined[own] = 0
        to = own
        for i in range(n_touched):
            c = touched[i]
            gain = joined[c] - cost * total[c]
            joined[c] = 0
            better = (gain > best) & (c != own)
            best = gain if better else best
            to = c if better else to
        if best < 0 and members[own] > 1:
            to = free[free[n] - np.uint32(1)]
        if to == own:
            continue
        n_moved += 1
        if members[to] == 0:
            free[n] -= np.uint32(1)
        members[own] -= 1
        total[own] = total[own] - size if members[own] else 0.0
        if members[own] == 0:
            free[free[n]] = own
            free[n] += np.uint32(1)
        members[to] += 1
        total[to] += size
        community[v] = to
        for i in range(level.start[v], level.stop[v]):
            u = level.neighbour[i]
            asleep = community[u] != community[v] and not active[u]
            if asleep and not (len(state.fixed) and state.fixed[u]):
                active[u] = True
                queue[(first + waiting) % n] = u
                waiting += 1
    return n_moved


@njit(cache=True, nogil=True)
def inside_weight(
    start: Array, neighbour: Array, weight: Array, community: Array, low: int, high: int
) -> float:
    """Weight of the entries of nodes [low, high) that stay within a community."""
    inside = 0.0
    last = len(neighbour) - 1
    for v in range(low, high):
        for i in range(start[v], start[v + 1]):
            prefetch(community, neighbour[min(i + 64, last)])
            if community[neighbour[i]] == community[v]:
                inside += weight[i] if len(weight) else 1.0
    return inside
