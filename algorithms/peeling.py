"""Greedy peeling while entries arrive: what `dense_blocks` finds first, kept up to date.

The old process is the order in which nodes were taken off before a batch; the new one goes along
it, place by place. A node that the old process has taken off and the new one has not is *late*, the
other way round it is *early*. What a node has more or less than at that place in the old process,
its *change*, comes from touched entries and from late and early neighbours alone.

1. Of the nodes without change the one whose turn it is comes first, as it did. One that has more
   need not be looked at before its turn either; it may then be late, and waits on a heap.
2. A node that has less may be early. It is on the heap from the start, with a bound: it never had
   less in the old process than when it was taken off. What it has is found out when the bound comes
   to the top.
3. Next is the top of the heap or the node whose turn it is, whichever has less.

Where no node is late or early and no touched one is left, the rest of the old order stands. All
sums are exact (see `dense_blocks`), so that a change of 0 is one and ties fall as they would.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cib.algorithms import peeling_kernels as kernels
from cib.algorithms.dense_blocks import (
    DenseBlock,
    has_name,
    in_steps,
    weights,
    weights_by_code,
    weights_by_entries,
)
from cib.algorithms.dense_blocks_kernels import STEPS, degrees, peel
from cib.algorithms.growing_incidence import GrowingIncidence, with_room
from cib.algorithms.growing_incidence_kernels import COLUMN
from cib.algorithms.peeling_heap_kernels import MOVED, N_COUNTERS, NODE
from cib.graphs.codes import Codes, distinct, equal_lengths

_PATIENCE = 3.0
"""Entries to look at, by entry there is, before peeling from the start: half its time is lost."""
_LARGE = 1 / 40
"""Share of new entries from which on it is sooner done from the start."""
_POPULAR = 1 / 8
"""The same for entries in columns whose weight changes."""


class Peeling:
    """The densest block of entries that arrive in batches.

    After any batches the order, the block and its density equal what `dense_blocks` finds first in
    all entries together. A batch costs what it changes (Jiang et al. 2023, Spade) and a pass over
    the order; one that changes much costs about what peeling from the start costs.

    Parameters
    ----------
    column_weights : "log", "none" (all 1), or an array of positive numbers by column code
        With "log" a new entry changes the weight of all entries of its column, so popular columns
        make most of the order change; fixed weights change nothing but the entry.

    Raises
    ------
    ValueError
        `column_weights` is another string.

    Examples
    --------
    >>> peeling = Peeling("none")
    >>> peeling.add([0, 0, 1, 2], [0, 1, 0, 2])
    >>> peeling.add([1], [1])
    >>> block = peeling.densest()
    >>> block.rows.tolist(), block.columns.tolist(), block.density
    ([0, 1], [0, 1], 1.0)
    >>> peeling.order.tolist()
    [2, -3, 0, -1, 1, -2]
    """

    def __init__(self, column_weights: Literal["log", "none"] | Any = "log") -> None:
        self._how = column_weights if has_name(column_weights) else np.array(column_weights)
        self._is_log = isinstance(column_weights, str) and column_weights == "log"
        self._incidence = GrowingIncidence()
        self._node = np.empty(0, NODE)
        self._inside = 0
        # the order lies at the end of its arrays: new nodes make room at its beginning
        self._first = 0
        self._order = np.empty(0, np.int32)
        self._taken = np.empty(0, np.int64)
        self._mark = np.empty(0, np.bool_)
        self.n_moved = 0
        """Nodes that the last `add` took off late or early, new ones included; all of them where
        it peeled from the start."""

    @property
    def order(self) -> npt.NDArray[np.int64]:
        """(n_nodes,) rows and columns as they are taken off: a row's code, or -1 - column's code.

        Only those that have entries.
        """
        key = self._incidence.key[self._order[self._first :]]
        return np.where(key < COLUMN, key, ~(key - COLUMN))

    def densest(self) -> DenseBlock:
        """The densest rest on the way; empty, of density 0, before anything was added."""
        order, taken = self._order[self._first :], self._taken[self._first :]
        if not len(order):
            return DenseBlock(np.empty(0, np.int32), np.empty(0, np.int32), 0.0)
        best, density = kernels.densest(taken, self._inside)
        key = np.sort(self._incidence.key[order[best:]])
        border = int(np.searchsorted(key, COLUMN))
        columns = (key[border:] - COLUMN).astype(np.int32)
        return DenseBlock(key[:border].astype(np.int32), columns, density / STEPS)

    def add(self, row: Any, col: Any, weight: Any = None) -> None:
        """Add a batch of entries.

        Parameters
        ----------
        row, col : (n_entries,) integer codes from 0, new or known
            Repeated entries add up.
        weight : (n_entries,) positive finite numbers; all 1 when None

        Raises
        ------
        ValueError
            As `dense_blocks`; then nothing was added.
        """
        codes = Codes.of("row", row, 1).values, Codes.of("col", col, 1).values
        given = weights(weight, len(codes[0]))
        equal_lengths(row=codes[0], col=codes[1], weight=given)
        if not len(given):
            self.n_moved = 0
            return
        rows, columns, new = self._incidence.look_up(*codes)
        of_new = self._weights_of_new(new[new >= COLUMN] - COLUMN)
        in_steps(given, self._weights_now(columns, of_new), self._inside)
        self._incidence.append(rows, columns, None if (given == 1).all() else given, new)
        n_entries = self._incidence.n_entries
        seen = self._weigh(columns, new, of_new)
        n_weighed = int(self._incidence.length[seen].sum(dtype=np.int64))
        if len(given) > _LARGE * n_entries or n_weighed > _POPULAR * n_entries:
            self._peel()
        else:
            self._peel_again(rows, columns, given, len(new), int(_PATIENCE * n_entries))

    def _weights_of_new(self, codes: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Weights of new columns, by ascending code; with "log", as long as they have one entry."""
        if not isinstance(self._how, str):
            return weights_by_code(self._how, codes)
        one = np.ones(len(codes))
        return weights_by_entries(one) if self._is_log else one

    def _weights_now(
        self, columns: npt.NDArray[np.int32], of_new: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Weight of each entry's column before the batch: with "log" it only falls."""
        n_nodes = self._incidence.n_nodes
        known = columns < n_nodes
        out = np.empty(len(columns))
        out[known] = self._node["weight"][columns[known]]
        unknown = columns[~known]
        if len(unknown):
            out[~known] = of_new[unknown - unknown.max() - 1]  # columns are the last of the new
        return out

    def _weigh(
        self,
        columns: npt.NDArray[np.int32],
        new: npt.NDArray[np.int64],
        of_new: npt.NDArray[np.float64],
    ) -> npt.NDArray[np.int64]:
        """Enter new nodes, and the weights of columns after the batch; columns of other weight."""
        n_nodes = self._incidence.n_nodes
        self._node = with_room(self._node, n_nodes)
        fresh = self._node[n_nodes - len(new) : n_nodes]
        fresh["key"] = new
        fresh["at"] = -1
        of_columns = self._node[n_nodes - len(of_new) : n_nodes]
        of_columns["weight"] = of_columns["old_weight"] = of_new
        if not self._is_log:
            return np.empty(0, np.int64)
        seen = distinct(columns.astype(np.int64))
        self._node["weight"][seen] = weights_by_entries(self._incidence.length[seen])
        return seen

    def _graph(self) -> kernels.Graph:
        """What kernels need to know of the incidence."""
        of = self._incidence
        n_nodes = of.n_nodes
        rows = of.start[:n_nodes], of.length[:n_nodes], of.neighbour, of.weight
        return kernels.Graph(self._node[:n_nodes], *rows)

    def _peel(self) -> None:
        """Peel from the start."""
        graph = self._graph()
        n_nodes, n = len(graph.node), 2 * self._incidence.n_entries
        by_rank = np.argsort(graph.node["key"], kind="stable").astype(np.int32)
        rank = np.empty(n_nodes, np.uint32)
        rank[by_rank] = np.arange(n_nodes, dtype=np.uint32)
        begin, to, steps = np.empty(n_nodes + 1, np.int64), np.empty(n, np.uint32), np.empty(n)
        kernels.rows_by_key(graph, rank, by_rank, begin, to, steps)
        degree = degrees(begin, steps)
        self._inside = int(degree.sum()) // 2
        order = np.empty(n_nodes, np.int32)
        peel(begin, to, steps, degree, order)
        self._order, self._taken = by_rank[order], degree[order]
        self._mark = np.zeros(n_nodes, np.bool_)
        self._first = 0
        kernels.clear(graph.node)
        kernels.place_all(graph.node, self._order, 0)
        self.n_moved = n_nodes

    def _peel_again(
        self,
        row: npt.NDArray[np.int32],
        column: npt.NDArray[np.int32],
        given: npt.NDArray[np.float64],
        n_new: int,
        budget: int,
    ) -> None:
        """Peel what entries that were just added change."""
        self._make_room(n_new)
        graph = self._graph()
        n_nodes = len(graph.node)
        heap, touched = np.empty(n_nodes, np.int32), np.empty(n_nodes, np.int32)
        counter = np.zeros(N_COUNTERS, np.int64)
        process = kernels.Process(self._order, self._taken, self._mark, heap, counter)
        n_touched, change = kernels.touch(graph, process, row, column, given, touched)
        touched = touched[:n_touched]
        order, taken = np.empty(n_nodes, np.int32), np.empty(n_nodes, np.int64)
        if not kernels.reorder(graph, process, self._first, touched, budget, order, taken):
            self._peel()
            return
        self._first -= n_new
        self._inside += change
        self.n_moved = int(counter[MOVED])

    def _make_room(self, n_new: int) -> None:
        """Make room for new nodes before the order."""
        if n_new <= self._first:
            return
        more = n_new + len(self._order) // 4
        self._order = np.concatenate((np.empty(more, np.int32), self._order))
        self._taken = np.concatenate((np.empty(more, np.int64), self._taken))
        self._mark = np.zeros(len(self._order), np.bool_)
        self._first += more
        kernels.place_all(self._node, self._order, self._first)
