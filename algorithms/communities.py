"""Communities of the coordination network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cib.graphs.network import Network, igraph_seed

Objective = Literal["modularity", "CPM"]


@dataclass(frozen=True, slots=True)
class Communities:
    """A partition of a network's nodes."""

    membership: npt.NDArray[np.int32]
    """(n_nodes,) community of each node; communities are numbered by size, largest first."""
    quality: float
    """Value of the objective."""
    n_communities: int


def leiden(
    network: Network,
    *,
    objective: Objective = "modularity",
    resolution: float = 1.0,
    n_iterations: int = 2,
    seed: int = 0,
    initial: Any = None,
) -> Communities:
    """Find communities with the Leiden algorithm (Traag, Waltman & van Eck 2019), igraph's.

    Parameters
    ----------
    network : weighted, undirected
    objective : "modularity" or "CPM" (constant Potts model)
    resolution : higher means more and smaller communities
    n_iterations : passes; negative means until nothing improves
    seed : the same seed gives the same partition
    initial : (n_nodes,) communities to start from

    Raises
    ------
    ValueError
        Unknown objective, or `initial` of another length than the nodes.

    Examples
    --------
    >>> two_pairs = Network.from_edges([0, 2], [1, 3])
    >>> leiden(two_pairs).membership.tolist()
    [0, 0, 1, 1]
    """
    if objective not in ("modularity", "CPM"):
        raise ValueError(f"objective must be 'modularity' or 'CPM', not {objective!r}.")
    start = None if initial is None else np.asarray(initial, np.int64)
    if start is not None and len(start) != network.n_nodes:
        raise ValueError(f"initial has {len(start)} entries for {network.n_nodes} nodes.")
    if network.n_edges == 0:
        return Communities(numbered_by_size(np.arange(network.n_nodes)), 0.0, network.n_nodes)
    with igraph_seed(seed):
        clustering = network.to_igraph().community_leiden(
            objective_function=objective,
            weights="weight",
            resolution=resolution,
            n_iterations=n_iterations,
            initial_membership=None if start is None else start.tolist(),
        )
    membership = numbered_by_size(np.asarray(clustering.membership))
    return Communities(membership, float(clustering.quality), int(membership.max()) + 1)


def numbered_by_size(membership: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.int32]:
    """Number communities from 0, largest first, ties by their first node.

    Examples
    --------
    >>> numbered_by_size(np.array([7, 5, 5, 9])).tolist()
    [1, 0, 0, 2]
    """
    _, first, inverse, size = np.unique(
        membership, return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.empty(len(size), np.int32)
    rank[np.lexsort((first, -size))] = np.arange(len(size))
    return rank[inverse]
