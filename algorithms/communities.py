"""Communities of the coordination network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cib.algorithms.leiden import search
from cib.graphs.codes import integers
from cib.graphs.network import Network

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
    fixed: Any = None,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Communities:
    """Find communities with the Leiden algorithm (Traag, Waltman & van Eck 2019).

    Every community is connected, but for nodes that `fixed` holds together.

    Parameters
    ----------
    network : weighted, undirected
    objective : what is maximised; both sum over pairs of nodes in one community
        "modularity": (A_ij - resolution k_i k_j / 2m) / 2m, with strengths k that sum to 2m;
        "CPM" (constant Potts model): (A_ij - resolution) / 2m. A loop of weight w adds 2w to A_ii.
    resolution : 0 or more; higher means more and smaller communities
    n_iterations : passes; negative means until nothing improves: then no single node has a
        better community
    seed : 0 or more; the same seed gives the same partition
    initial : (n_nodes,) integers, communities to start from; each node its own when None
    fixed : (n_nodes,) bool, nodes that stay with each other as `initial` has them
    threads : None for all cores; the result is the same for any number
    progress : called with the number of passes done

    Raises
    ------
    ValueError
        Unknown objective, a resolution or seed below 0, no iterations, `initial` or `fixed` of
        another kind or length than one integer or truth value per node, or `fixed` without
        `initial`.

    Examples
    --------
    >>> two_pairs = Network.from_edges([0, 2], [1, 3])
    >>> leiden(two_pairs).membership.tolist()
    [0, 0, 1, 1]
    """
    if objective not in ("modularity", "CPM"):
        raise ValueError(f"objective must be 'modularity' or 'CPM', not {objective!r}.")
    if not 0 <= resolution < np.inf:
        raise ValueError(f"resolution must be 0 or more, not {resolution}.")
    if n_iterations == 0:
        raise ValueError("n_iterations must not be 0; a negative number goes on to the end.")
    n = network.n_nodes
    start = None if initial is None else integers("initial", initial)
    held = np.zeros(0, np.bool_) if fixed is None else np.asarray(fixed)
    if held.ndim != 1 or held.dtype != np.bool_:
        raise ValueError(f"fixed must hold true or false for each node, not {held.dtype}.")
    for name, values in (("initial", start), ("fixed", None if fixed is None else held)):
        if values is not None and len(values) != n:
            raise ValueError(f"{name} has {len(values)} entries for {n} nodes.")
    if fixed is not None and initial is None:
        raise ValueError("fixed needs initial, the communities that the nodes stay in.")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, not {seed}.")
    first = np.arange(n, dtype=np.int32) if start is None else numbered_by_size(start)
    community = first.astype(np.uint32)
    quality = search(
        network,
        community,
        objective=objective,
        resolution=resolution,
        n_iterations=n_iterations,
        fixed=held,
        seed=seed,
        threads=threads,
        progress=progress,
    )
    membership = numbered_by_size(community)
    return Communities(membership, quality, int(membership.max(initial=-1)) + 1)


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
