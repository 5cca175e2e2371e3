"""Kernels of peeling.py; see there for the steps and the words."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from cib.algorithms.dense_blocks_kernels import step
from cib.algorithms.growing_incidence_kernels import COLUMN
from cib.algorithms.peeling_heap_kernels import (
    APART,
    BOUND,
    EARLY,
    KNOWN,
    MOVED,
    OFF,
    SIZE,
    TOUCHED,
    WORK,
    drop,
    push,
    rise,
    sink,
)

Array = npt.NDArray[Any]

_LAST = np.iinfo(np.int64).max


class Graph(NamedTuple):
    """The incidence with the new entries, and what is known of its nodes."""

    node: Array
    """(n_nodes,) NODE"""
    start: Array
    length: Array
    neighbour: Array
    weight: Array
    """as in growing_incidence.py"""


class Process(NamedTuple):
    """The old process, and where the new one stands."""

    order: Array
    """(n,) int32, nodes as they were taken off"""
    taken: Array
    """(n,) int64, degree of each when it was taken off"""
    mark: Array
    """(n,) bool, places that need a look at the node there"""
    heap: Array
    """(n_nodes,) int32; children of i at 2i + 1 and 2i + 2"""
    counter: Array
    """(N_COUNTERS,) int64"""


@njit(cache=True, nogil=True)
def touch(graph: Any, process: Any, row: Array, column: Array, given: Array, touched: Array) -> Any:
    """Note what new entries, already in the graph, and new column weights change.

    Parameters
    ----------
    row, column, given : (n,) ends of each new entry and its weight
    touched : (n_nodes,) int32, filled from the front

    Returns
    -------
    n_touched, change
        How many; change of the weight of all entries, in steps.
    """
    node = graph.node
    n = 0
    total = np.int64(0)
    for i in range(len(row)):
        now = np.int64(step(given[i], node[column[i]].weight))
        total += now
        for v in (row[i], column[i]):
            node[v].change += now
            node[v].fresh += 1
            n = note(node, touched, n, v)
    for j in range(n):
        c = touched[j]
        before, after = node[c].old_weight, node[c].weight
        if node[c].key < COLUMN or before == after:
            continue
        start = graph.start[c]
        stop = start + graph.length[c] - node[c].fresh
        process.counter[WORK] += stop - start
        for e in range(start, stop):
            x = graph.neighbour[e]
            w = graph.weight[e] if len(graph.weight) else 1.0
            change = np.int64(step(w, after)) - np.int64(step(w, before))
            if change != 0:
                node[x].change += change
                node[c].change += change
                total += change
                n = note(node, touched, n, x)
    process.counter[TOUCHED] = n
    return n, total


@njit(cache=True, nogil=True)
def note(node: Array, touched: Array, n: int, v: int) -> int:
    """Add a node to the touched ones unless it is there."""
    if not node[v].touched:
        node[v].touched = True
        touched[n] = v
        n += 1
    return n


@njit(cache=True, nogil=True)
def reorder(
    graph: Any, process: Any, first: int, touched: Array, budget: int, order: Array, taken: Array
) -> bool:
    """Peel again until the rest of the old order stands.

    While nobody is late or early, the old order is changed in place; otherwise the new one is kept
    apart until it has caught up.

    Parameters
    ----------
    first : where the old order begins; new nodes make it begin earlier
    touched : (n_touched,) what `touch` noted
    budget : entries to look at before giving up
    order, taken : (n_nodes,) room

    Returns
    -------
    bool
        Whether it came to the end; otherwise order and nodes are of no use any more.
    """
    node, counter, heap = graph.node, process.counter, process.heap
    for i in range(len(touched)):
        v = touched[i]
        if node[v].at < 0:
            node[v].degree = node[v].change
            node[v].change = 0
            node[v].state = KNOWN
            push(node, heap, counter, v)
            counter[APART] += 1
        else:
            process.mark[node[v].at] = True
            if node[v].change < 0:
                rebound(node, process, v)
    k = first
    for i in range(len(touched)):
        if node[touched[i]].at < 0:
            look(graph, process, touched[i], k, 0, 0, 1)
    begin, filled = k - counter[APART], 0  # of the part of the new order not yet in its place
    end = len(process.order)
    while counter[APART] > 0 or counter[TOUCHED] > 0:
        if counter[WORK] > budget:
            return False
        if counter[APART] == 0:
            put_in_place(node, process, begin, first, order[:filled], taken[:filled])
            begin, filled = k, 0
        top_degree, top_key = _LAST, _LAST
        if counter[SIZE] > 0:
            top_degree, top_key = node[heap[0]].degree, node[heap[0]].key
        if counter[APART] == 0 and counter[SIZE] == 0:
            while not process.mark[k]:  # some touched node is ahead
                k += 1
        while k < end and not process.mark[k]:
            u, degree = process.order[k], process.taken[k]
            if top_degree < degree or (top_degree == degree and top_key < node[u].key):
                break
            if counter[APART] > 0:
                order[filled] = u
                taken[filled] = degree
                filled += 1
            k += 1
        if counter[APART] == 0:
            begin = k
        if k < end:
            u, degree = process.order[k], process.taken[k]
            if node[u].state == EARLY:
                look(graph, process, u, k, 1, 0, 0)
                node[u].state = OFF
                counter[APART] -= 1
                k += 1
                continue
            if not (top_degree < degree or (top_degree == degree and top_key < node[u].key)):
                degree += node[u].change
                if node[u].change == 0 or goes_first(graph, process, k, degree):
                    order[filled] = u
                    taken[filled] = degree
                    filled += 1
                    take_in_turn(graph, process, u, k)
                else:
                    pass_by(graph, process, u, k, degree)
                k += 1
                continue
        v = heap[0]
        if node[v].state == BOUND:
            node[v].state = KNOWN
            node[v].degree = look(graph, process, v, k, 0, 0, 1)
            sink(node, heap, 0, counter[SIZE])
            continue
        order[filled] = v
        taken[filled] = node[v].degree
        filled += 1
        take_off(graph, process, v, k)
    put_in_place(node, process, begin, first, order[:filled], taken[:filled])
    while counter[SIZE] > 0:  # nothing changes for these any more
        v = heap[counter[SIZE] - 1]
        counter[SIZE] -= 1
        look(graph, process, v, k, 0, 0, -1)
        node[v].state = OFF
    process.mark[:] = False
    for i in range(len(touched)):
        v = touched[i]
        node[v].fresh = 0
        node[v].old_weight = node[v].weight
    return True


@njit(cache=True, nogil=True)
def put_in_place(
    node: Array, process: Any, begin: int, first: int, order: Array, taken: Array
) -> None:
    """Write a part of the new order over as many places of the old one, which began at `first`."""
    for i in range(len(order)):
        process.taken[begin + i] = taken[i]
        if process.order[begin + i] != order[i] or begin + i < first:
            process.order[begin + i] = order[i]
            node[order[i]].at = begin + i


@njit(cache=True, nogil=True)
def goes_first(graph: Any, process: Any, k: int, degree: int) -> bool:
    """Whether the node at place k, of more degree than it had, is still the next to take off.

    No node off the heap has less degree than it had in the old process, and there none came before
    the node at place k + 1.
    """
    node = graph.node
    key = node[process.order[k]].key
    if k + 1 < len(process.order):
        at = process.taken[k + 1]
        if at < degree or (at == degree and node[process.order[k + 1]].key < key):
            return False
    for i in range(min(3, process.counter[SIZE])):  # it may be the top itself
        v = process.heap[i]
        if v != process.order[k] and (
            node[v].degree < degree or (node[v].degree == degree and node[v].key < key)
        ):
            return False
    return True


@njit(cache=True, nogil=True)
def take_in_turn(graph: Any, process: Any, u: int, k: int) -> None:
    """Take the node at place k off at its place."""
    node = graph.node
    near = 0
    if node[u].state != OFF:
        drop(node, process.heap, process.counter, u)
        node[u].state = OFF
        near = -1
    if node[u].near != 0 or node[u].touched or near != 0:
        look(graph, process, u, k, 1, 1, near)
    forget(node, process.counter, u)


@njit(cache=True, nogil=True)
def pass_by(graph: Any, process: Any, u: int, k: int, degree: int) -> None:
    """Leave the node at place k for later."""
    node = graph.node
    node[u].degree = degree
    near = 0
    if node[u].state == OFF:
        push(node, process.heap, process.counter, u)
        near = 1
    node[u].state = KNOWN
    node[u].change = 0
    process.counter[APART] += 1
    look(graph, process, u, k, 1, 0, near)


@njit(cache=True, nogil=True)
def take_off(graph: Any, process: Any, v: int, k: int) -> None:
    """Take the top of the heap off, late or early."""
    node, counter = graph.node, process.counter
    drop(node, process.heap, counter, v)
    late = node[v].at < k
    node[v].state = OFF if late else EARLY
    counter[APART] += -1 if late else 1
    counter[MOVED] += 1
    look(graph, process, v, k, 0, 1, -1)
    forget(node, counter, v)


@njit(cache=True, nogil=True)
def forget(node: Array, counter: Array, v: int) -> None:
    """Clear what is known of a node that has been taken off."""
    node[v].change = 0
    node[v].near = 0
    if node[v].touched:
        node[v].touched = False
        counter[TOUCHED] -= 1


@njit(cache=True, nogil=True)
def look(graph: Any, process: Any, u: int, k: int, passed: int, left: int, near: int) -> Any:
    """Tell a node's neighbours what has become of it; return the degree that it has left.

    Parameters
    ----------
    k : place of the old order reached
    passed : 1 when the old process now has taken the node off
    left : 1 when the new process now has
    near : change of its neighbours' count of nodes on the heap that know their degree
    """
    node = graph.node
    start = graph.start[u]
    stop = start + graph.length[u]
    old = stop - node[u].fresh
    column = node[u].key >= COLUMN
    same = column and node[u].weight == node[u].old_weight
    if passed and left and same and node[u].near == 0 and near == 0:
        start = old  # by the others its neighbours lose what they lost before
    process.counter[WORK] += stop - start
    degree = np.int64(0)
    for e in range(start, stop):
        x = graph.neighbour[e]
        state = node[x].state
        behind = node[x].at < k
        if state == EARLY or (behind and state != KNOWN):  # taken off
            continue
        c = u if column else x
        w = graph.weight[e] if len(graph.weight) else 1.0
        now = np.int64(step(w, node[c].weight))
        degree += now
        node[x].near += near
        if not behind:
            change = -now if left else np.int64(0)
            if passed and e < old:
                change += np.int64(step(w, node[c].old_weight))
            process.mark[node[x].at] = True
            if change != 0:
                node[x].change += change
                if state == BOUND or (state == OFF and node[x].change < 0):
                    rebound(node, process, x)
        if state == KNOWN and left:
            node[x].degree -= now
            rise(node, process.heap, node[x].place)
    return degree


@njit(cache=True, nogil=True)
def rebound(node: Array, process: Any, v: int) -> None:
    """Put a node that lost degree where its bound belongs, or off the heap when it lost none.

    In the old process it had at least what it was taken off with, at any time before.
    """
    heap, counter = process.heap, process.counter
    if node[v].change >= 0:
        drop(node, heap, counter, v)
        node[v].state = OFF
        return
    node[v].degree = process.taken[node[v].at] + node[v].change
    if node[v].state == OFF:
        node[v].state = BOUND
        push(node, heap, counter, v)
    else:
        rise(node, heap, node[v].place)
        sink(node, heap, node[v].place, counter[SIZE])


@njit(cache=True, nogil=True)
def place_all(node: Array, order: Array, first: int) -> None:
    """Tell nodes their places in the order, from `first` on."""
    for i in range(first, len(order)):
        node[order[i]].at = i


@njit(cache=True, nogil=True)
def clear(node: Array) -> None:
    """Forget what an update that gave up has left."""
    for v in range(len(node)):
        node[v].change = 0
        node[v].fresh = 0
        node[v].near = 0
        node[v].state = OFF
        node[v].touched = False
        node[v].old_weight = node[v].weight


@njit(cache=True, nogil=True)
def rows_by_key(graph: Any, rank: Array, by_rank: Array, begin: Array, to: Array, w: Array) -> None:
    """Write the incidence as `peel` wants it: nodes numbered by key.

    Parameters
    ----------
    rank, by_rank : (n_nodes,) number of each node among the keys; node of each number
    begin, to, w : (n_nodes + 1,), (n,), (n,) filled with first entries, neighbours, steps
    """
    node = graph.node
    end = np.int64(0)
    for i in range(len(by_rank)):
        v = by_rank[i]
        begin[i] = end
        for e in range(graph.start[v], graph.start[v] + graph.length[v]):
            x = graph.neighbour[e]
            given = graph.weight[e] if len(graph.weight) else 1.0
            to[end] = rank[x]
            w[end] = step(given, node[v if node[v].key >= COLUMN else x].weight)
            end += 1
    begin[len(by_rank)] = end


@njit(cache=True, nogil=True)
def densest(taken: Array, inside: int) -> Any:
    """How many nodes to take off until what is left is densest, and its density, as `peel`."""
    n = len(taken)
    best = 0
    density = inside / n
    for i in range(n - 1):
        inside -= taken[i]
        if inside / (n - i - 1) > density:
            density = inside / (n - i - 1)
            best = i + 1
    return best, density
