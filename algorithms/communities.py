"""Communities of the coordination network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cib.algorithms.leiden import Search, inside_weight, split
from cib.graphs.codes import integers
from cib.graphs.network import Network
from cib.graphs.threads import Workers

Objective = Literal["modularity", "CPM"]

_TINY = 1e-12
_PATIENCE = 3
"""Iterations without a gain after which a search that goes on to the end is there."""


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
    quality = _search(
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


def _search(
    network: Network,
    community: npt.NDArray[np.uint32],
    *,
    objective: str,
    resolution: float,
    n_iterations: int,
    fixed: npt.NDArray[np.bool_],
    seed: int,
    threads: int | None,
    progress: Callable[[int], None] | None = None,
) -> float:
    """Improve a partition in place; return its quality, see `leiden`.

    Parameters
    ----------
    community : (n_nodes,) below n_nodes
    n_iterations : iterations; negative until nothing improves
    fixed : (n_nodes,) bool, or empty
    progress : called with the number of finished iterations
    """
    with Workers(threads) as workers:
        whole = Search.of(network, objective, resolution, fixed, seed, workers)
        to_the_end = n_iterations < 0
        best = whole.value(community) if to_the_end else 0.0
        given = community.copy() if to_the_end else community
        near, found, active, order = whole.arrange(community)
        del whole
        best_found, waited = given[order] if to_the_end else found, 0
        del given
        done = 0
        weighted = len(network.neighbour_weight) > 0
        while done != n_iterations and waited < _PATIENCE:
            # the first of several, without weights and for modularity, is no worse unrefined
            refined = done > 0 or n_iterations == 1 or objective == "CPM" or weighted
            near.iterate(found, done, None if done else active, refined)
            done += 1
            if progress is not None:
                progress(done)
            if to_the_end:
                value = near.value(found)
                waited = 0 if value > best + _TINY * abs(value) else waited + 1
                if value > best:
                    best, best_found = value, found.copy()
        if to_the_end:
            found = best_found
            changed = split(near.base, found, near.fixed)
            while near.settle(found) or changed:
                changed = split(near.base, found, near.fixed)
        community[order] = found
        return _quality(network, community, objective, resolution, workers)


def _quality(
    network: Network,
    community: npt.NDArray[np.uint32],
    objective: str,
    resolution: float,
    workers: Workers,
) -> float:
    """Quality of a partition as `leiden` defines it, in double precision."""
    inside = inside_weight(
        network.start, network.neighbour, network.neighbour_weight, community, workers
    )
    strength = network.strengths()
    two_m = float(strength.sum())
    if not two_m:
        return 0.0
    within = float(inside + 2 * network.loop_weight.sum()) / two_m
    if objective == "modularity":
        share = np.bincount(community, strength / two_m)
        return within - resolution * float(share @ share)
    members = np.bincount(community).astype(np.float64)
    return within - resolution * float(members @ members) / two_m


def numbered_by_size(membership: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.int32]:
    """Number communities from 0, largest first, ties by their first node.

    Examples
    --------
    >>> numbered_by_size(np.array([7, 5, 5, 9])).tolist()
    [1, 0, 0, 2]
    """
    n = len(membership)
    if n and not (membership.min() >= 0 and membership.max() < n):
        membership = np.unique(membership, return_inverse=True)[1]
    membership = membership.astype(np.int64, copy=False)  # older NumPy counts no uint64
    size = np.bincount(membership)
    first = np.full(len(size), n)
    first[membership[::-1]] = np.arange(n - 1, -1, -1)  # what is written last stays
    used = np.flatnonzero(size)
    rank = np.empty(len(size), np.int32)
    rank[used[np.lexsort((first[used], -size[used]))]] = np.arange(len(used))
    renamed: npt.NDArray[np.int32] = rank[membership]
    return renamed
