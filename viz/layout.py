"""Where to draw the accounts of a network: deterministic force layout, components packed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.graphs.network import Network, igraph_seed

Points = npt.NDArray[np.float64]


def network_positions(
    src: Any, dst: Any, weight: Any = None, *, n_nodes: int, seed: int = 0
) -> Points:
    """Lay out a network so that joined nodes are near each other.

    Each connected component is laid out alone (Fruchterman and Reingold, 1991), scaled to an area
    that fits its number of nodes, and the components are packed on shelves, largest first.

    Parameters
    ----------
    src, dst : (n_edges,) integers from 0 to n_nodes - 1
    weight : (n_edges,) positive numbers; all 1 when None
    n_nodes : number of nodes, isolated ones included
    seed : the same seed and edges give the same positions

    Returns
    -------
    (n_nodes, 2) float64
        x and y; distances have meaning, units do not.

    Examples
    --------
    >>> network_positions([0, 1], [1, 2], n_nodes=5).shape
    (5, 2)
    """
    if n_nodes == 0:
        return np.zeros((0, 2))
    graph = Network.from_edges(src, dst, weight, n_nodes=n_nodes).to_igraph()
    parts = sorted(graph.connected_components(), key=lambda part: (-len(part), part[0]))
    placed = np.zeros((n_nodes, 2))
    boxes = [_component(graph.induced_subgraph(part), seed) for part in parts]
    for part, box, corner in zip(
        parts, boxes, _shelves([_side(len(p)) for p in parts]), strict=True
    ):
        placed[part] = box + corner
    return placed


def _side(n_nodes: int) -> float:
    """Return the side of the square that a component of so many nodes gets."""
    return float(np.sqrt(n_nodes)) + 0.6


def _component(graph: Any, seed: int) -> Points:
    """Lay out one connected component in a square of side `_side`, lower left corner at 0."""
    n = graph.vcount()
    inner = _side(n) - 0.6
    if n == 1:
        return np.full((1, 2), _side(1) / 2)
    start = np.random.default_rng(seed).normal(size=(n, 2)) * np.sqrt(n)
    weights = _pull(np.asarray(graph.es["weight"], np.float64))
    with igraph_seed(seed):
        found = graph.layout_fruchterman_reingold(
            weights=weights.tolist(),
            niter=600,
            seed=start.tolist(),
            grid="nogrid",
        )
    xy = np.asarray(found.coords, np.float64)
    xy = _drawn_in(xy)
    xy -= (xy.max(axis=0) + xy.min(axis=0)) / 2
    return np.asarray(xy * (inner / 2 / max(np.abs(xy).max(), 1e-9)) + _side(n) / 2)


def _pull(weight: Points) -> Points:
    """Return how strongly each edge pulls, from its rank: 0.6 (weakest) to 1.4 (strongest).

    Weights span orders of magnitude; taken as they are they fling weakly tied accounts so far
    off that nothing else can be seen.
    """
    distinct, rank = np.unique(weight, return_inverse=True)
    return np.asarray(0.6 + 0.8 * (rank + 0.5) / len(distinct), np.float64)


def _drawn_in(xy: Points) -> Points:
    """Bring outliers nearer: distances from the middle grow with the root beyond the median."""
    middle = np.median(xy, axis=0)
    radius = np.linalg.norm(xy - middle, axis=1)
    usual = max(float(np.median(radius)), 1e-9)
    beyond = np.maximum(radius / usual, 1.0)
    return np.asarray(middle + (xy - middle) * (np.sqrt(beyond) / beyond)[:, None], np.float64)


def _shelves(sides: list[float]) -> list[tuple[float, float]]:
    """Return the corner of each square (largest first) when packed left to right on shelves."""
    width = max(1.1 * float(np.sqrt(sum(s * s for s in sides))), sides[0])
    corners: list[tuple[float, float]] = []
    x = y = height = 0.0
    for side in sides:
        if x + side > width + 1e-9:
            x, y, height = 0.0, y - height, 0.0
        corners.append((x, y - side))
        x, height = x + side, max(height, side)
    return corners
