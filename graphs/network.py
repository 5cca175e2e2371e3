"""The coordination network, and the only place that converts to igraph and networkx."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from cib.datasets.sorting_kernels import sort_with
from cib.graphs import network_kernels as kernels
from cib.graphs.codes import MAX_CODES, extent, integers
from cib.graphs.counting_kernels import counts_to_positions
from cib.graphs.threads import map_ordered, n_threads, ranges

if TYPE_CHECKING:
    import igraph
    import networkx


@contextmanager
def igraph_seed(seed: int) -> Iterator[None]:
    """Make what igraph draws inside depend on the seed alone.

    igraph has one random source for the whole process; it gets Python's own back afterwards.
    """
    import igraph

    igraph.set_random_number_generator(random.Random(seed))
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)


@dataclass(frozen=True)
class Network:
    """An undirected weighted graph on nodes 0 … n_nodes - 1, as the neighbours of each node."""

    start: npt.NDArray[np.int64]
    """(n_nodes + 1,) first entry of each node in `neighbour`."""
    neighbour: npt.NDArray[np.uint32]
    """(n_entries,) neighbours of each node: every edge from both ends, parallel ones apart, loops
    left out."""
    neighbour_weight: npt.NDArray[np.float64]
    """(n_entries,) positive weights; empty when all are 1."""
    loops: npt.NDArray[np.int32]
    """(n_loops,) nodes that edges join to themselves."""
    loop_weight: npt.NDArray[np.float64]
    """(n_loops,) their weights."""

    @property
    def n_nodes(self) -> int:
        """Number of nodes, isolated ones included."""
        return len(self.start) - 1

    @property
    def n_edges(self) -> int:
        """Number of edges, parallel ones counted once."""
        return len(self.src)

    @property
    def src(self) -> npt.NDArray[np.int32]:
        """(n_edges,) smaller end of each edge; edges are sorted by (src, dst)."""
        return self._edges[0]

    @property
    def dst(self) -> npt.NDArray[np.int32]:
        """(n_edges,) larger end of each edge; the same end for a loop."""
        return self._edges[1]

    @property
    def weight(self) -> npt.NDArray[np.float64]:
        """(n_edges,) weight of each edge; those of parallel edges are added up."""
        return self._edges[2]

    @cached_property
    def _edges(
        self,
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.float64]]:
        n_loops = len(self.loops)
        key = np.empty(n_loops + len(self.neighbour) // 2, np.uint64)
        weight = np.empty(len(key), np.float64)
        key[:n_loops] = self.loops.astype(np.uint64) * np.uint64(2**32 + 1)
        weight[:n_loops] = self.loop_weight
        kernels.edges_from(
            self.start, self.neighbour, self.neighbour_weight, key[n_loops:], weight[n_loops:]
        )
        sort_with(key, weight)
        first = np.flatnonzero(np.diff(key, prepend=~key[:1]))
        weight = np.add.reduceat(weight, first) if len(first) else weight
        ends = key[first]
        return (
            (ends >> np.uint64(32)).astype(np.int32),
            (ends & np.uint64(2**32 - 1)).astype(np.int32),
            weight,
        )

    def strengths(self) -> npt.NDArray[np.float64]:
        """(n_nodes,) weight of each node's edges; a loop counts twice."""
        degree = np.diff(self.start)
        if not len(self.neighbour_weight):
            strength = degree.astype(np.float64)
        else:
            strength = np.zeros(self.n_nodes)
            used = np.flatnonzero(degree)
            if len(used):
                strength[used] = np.add.reduceat(self.neighbour_weight, self.start[used])
        np.add.at(strength, self.loops, 2 * self.loop_weight)
        return strength

    @classmethod
    def from_edges(
        cls,
        src: Any,
        dst: Any,
        weight: Any = None,
        n_nodes: int | None = None,
        *,
        threads: int | None = None,
    ) -> Network:
        """Build a network from arrays of edges.

        Parameters
        ----------
        src, dst : (n_edges,) integers from 0 to n_nodes - 1, in either order
            Parallel edges count as one with their weights added up. An edge from a node to itself
            is a loop: it counts twice in the node's strength.
        weight : (n_edges,) positive finite numbers; all 1 when None
        n_nodes : number of nodes, at most 2^31 - 1; the largest end plus one when None
        threads : None for all cores; the result is the same for any number

        Raises
        ------
        ValueError
            Lengths differ, an end is out of range, or a weight is not positive and finite.

        Examples
        --------
        >>> Network.from_edges([1, 0, 2], [0, 1, 1]).weight.tolist()
        [2.0, 1.0]
        """
        ends = integers("src", src), integers("dst", dst)
        no_weight: npt.NDArray[np.float64] = np.empty(0, np.float64)
        weights = no_weight if weight is None else np.asarray(weight, np.float64)
        lengths = len(ends[0]), len(ends[1]), len(ends[0]) if weight is None else len(weights)
        if len(set(lengths)) > 1:
            raise ValueError(
                f"src, dst and weight must have equal lengths, "
                f"not {lengths[0]}, {lengths[1]} and {lengths[2]}."
            )
        extents = [extent(end, threads) for end in ends]
        low, high = min(e[0] for e in extents), max(e[1] for e in extents)
        n = (high + 1 if lengths[0] else 0) if n_nodes is None else n_nodes
        if lengths[0] and (low < 0 or high >= n):
            raise ValueError(f"node {low if low < 0 else high} is outside 0 … {n - 1}.")
        if n > MAX_CODES:
            raise ValueError(f"a network has at most {MAX_CODES} nodes, not {n}.")
        if len(weights) and not (weights.min() > 0 and weights.max() < np.inf):
            raise ValueError("weight must hold positive finite numbers only.")
        a, b = (end.astype(np.int32, copy=False) for end in ends)
        loop = np.flatnonzero(a == b)
        start, neighbour, of_neighbour = _neighbours(a, b, weights, n, threads)
        of_loop = weights[loop] if len(weights) else np.ones(len(loop))
        return cls(start, neighbour, of_neighbour, a[loop], of_loop)

    def to_igraph(self, attributes: Mapping[str, Sequence[Any]] | None = None) -> igraph.Graph:
        """Return an `igraph.Graph` with edge attribute `weight`.

        Parameters
        ----------
        attributes : node attributes, each with n_nodes values; `name` is igraph's own key
        """
        import igraph

        graph = igraph.Graph(n=self.n_nodes, edges=np.column_stack((self.src, self.dst)))
        graph.es["weight"] = self.weight
        for name, values in (attributes or {}).items():
            graph.vs[name] = list(values)
        return graph

    def to_networkx(
        self, attributes: Mapping[str, Sequence[Any]] | None = None
    ) -> networkx.Graph[Any]:
        """Return a `networkx.Graph` with edge attribute `weight`.

        Parameters
        ----------
        attributes : node attributes, each with n_nodes values; the values of `name` become the
            nodes themselves
        """
        import networkx

        columns = dict(attributes or {})
        names = list(columns.pop("name", range(self.n_nodes)))
        graph: networkx.Graph[Any] = networkx.Graph()
        graph.add_nodes_from(
            (node, {key: values[i] for key, values in columns.items()})
            for i, node in enumerate(names)
        )
        graph.add_weighted_edges_from(
            (names[a], names[b], weight)
            for a, b, weight in zip(
                self.src.tolist(), self.dst.tolist(), self.weight.tolist(), strict=True
            )
        )
        return graph


def graph_file(graph: networkx.Graph[Any], kind: Literal["graphml", "gexf"]) -> bytes:
    """Write a networkx graph as a file that Gephi and others open.

    Parameters
    ----------
    graph : attributes are text without control characters, numbers or truth values; a node's
        `label` is what Gephi shows
    kind : "graphml" or "gexf" (1.2)

    Examples
    --------
    >>> net = Network.from_edges(np.array([0]), np.array([1]), np.array([2.5]))
    >>> b"<graphml" in graph_file(net.to_networkx({"label": ["a", "b"]}), "graphml")
    True
    """
    import io

    import networkx

    sink = io.BytesIO()
    if kind == "graphml":
        # lxml, which networkx prefers where it is installed, writes the same in another way
        networkx.write_graphml_xml(graph, sink, infer_numeric_types=True)
    elif kind == "gexf":
        networkx.write_gexf(graph, sink)
    else:
        raise ValueError(f"kind must be 'graphml' or 'gexf', not {kind!r}.")
    return sink.getvalue()


def _neighbours(
    src: npt.NDArray[np.int32],
    dst: npt.NDArray[np.int32],
    weight: npt.NDArray[np.float64],
    n_nodes: int,
    threads: int | None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32], npt.NDArray[np.float64]]:
    """Entries of each node, in the order of the edges."""
    n = len(src)
    # each part counts for all nodes: no more parts than that is worth
    parts = max(1, min(n_threads(threads), n // max(1, n_nodes)))
    pieces = ranges(np.linspace(0, n, parts + 1)[1:-1], n)
    position = np.zeros((len(pieces), n_nodes), np.int64)
    jobs = list(zip(pieces, position, strict=True))
    map_ordered(
        lambda piece, count: kernels.count_neighbours(src, dst, *piece, count), jobs, threads
    )
    start = np.empty(n_nodes + 1, np.int64)
    counts_to_positions(position, start)
    neighbour = np.empty(start[-1], np.uint32)
    of_neighbour = np.empty(start[-1] if len(weight) else 0, np.float64)
    map_ordered(
        lambda piece, place: kernels.place_neighbours(
            src, dst, weight, *piece, place, neighbour, of_neighbour
        ),
        jobs,
        threads,
    )
    return start, neighbour, of_neighbour
