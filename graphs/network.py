"""The coordination network, and the only place that converts to igraph and networkx."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

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


@dataclass(frozen=True, slots=True)
class Network:
    """An undirected weighted graph on nodes 0 … n_nodes - 1, as arrays of edges."""

    src: npt.NDArray[np.int32]
    """(n_edges,) smaller end of each edge."""
    dst: npt.NDArray[np.int32]
    """(n_edges,) larger end of each edge."""
    weight: npt.NDArray[np.float64]
    """(n_edges,) positive weights."""
    n_nodes: int
    """Number of nodes, isolated ones included."""

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.src)

    @classmethod
    def from_edges(
        cls, src: Any, dst: Any, weight: Any = None, n_nodes: int | None = None
    ) -> Network:
        """Build a network from arrays of edges.

        Parameters
        ----------
        src, dst : (n_edges,) integers from 0 to n_nodes - 1, in either order
        weight : (n_edges,) positive finite numbers; all 1 when None
        n_nodes : number of nodes; the largest end plus one when None

        Returns
        -------
        Network
            Edges sorted by (src, dst), src <= dst; parallel edges added up into one.

        Raises
        ------
        ValueError
            Lengths differ, an end is out of range, or a weight is not positive and finite.

        Examples
        --------
        >>> Network.from_edges([1, 0, 2], [0, 1, 1]).weight.tolist()
        [2.0, 1.0]
        """
        ends = np.asarray(src, np.int64), np.asarray(dst, np.int64)
        weights = np.ones(len(ends[0])) if weight is None else np.asarray(weight, np.float64)
        if not len(ends[0]) == len(ends[1]) == len(weights):
            raise ValueError(
                f"src, dst and weight must have equal lengths, "
                f"not {len(ends[0])}, {len(ends[1])} and {len(weights)}."
            )
        low, high = np.minimum(*ends), np.maximum(*ends)
        largest = int(high.max()) if len(high) else -1
        n = largest + 1 if n_nodes is None else n_nodes
        if len(low) and (low.min() < 0 or largest >= n):
            bad = int(low.min()) if low.min() < 0 else largest
            raise ValueError(f"node {bad} is outside 0 … {n - 1}.")
        if not (np.isfinite(weights) & (weights > 0)).all():
            raise ValueError("weight must hold positive finite numbers only.")
        key, inverse = np.unique(low * n + high, return_inverse=True)
        return cls(
            src=(key // max(n, 1)).astype(np.int32),
            dst=(key % max(n, 1)).astype(np.int32),
            weight=np.bincount(inverse, weights, minlength=len(key)).astype(np.float64),
            n_nodes=n,
        )

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
