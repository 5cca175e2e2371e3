"""Where to draw the accounts of a network: deterministic force layout, components packed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.graphs.network import Network, igraph_seed

Points = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_EXACT = 400
"""Components of more nodes are laid out with forces between near nodes only, which is fast."""
_WIDE = 1.9
"""A map of circles is so many times as wide as high."""
_LOOKED, _REACH = 4, 1.3
"""Circles within so many times the distance at which they touch are looked for every few rounds."""


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


def circle_positions(src: Any, dst: Any, radius: Any, *, seed: int = 0) -> Points:
    """Lay out circles so that joined ones are near each other and none overlap.

    Parameters
    ----------
    src, dst : (n_links,) integers from 0 to n - 1
    radius : (n,) positive numbers, in the unit of the result
    seed : the same seed and links give the same positions

    Returns
    -------
    (n, 2) float64
        Middles of the circles. Joined circles come first, as one area; those without a link stand
        beside it in rows, the largest first.

    Examples
    --------
    >>> xy = circle_positions([0], [1], [3.0, 1.0, 1.0])
    >>> bool(np.hypot(*(xy[0] - xy[1])) >= 4)
    True
    """
    size = np.asarray(radius, np.float64)
    placed = np.zeros((len(size), 2))
    if len(size) == 0:
        return placed
    graph = Network.from_edges(src, dst, None, n_nodes=len(size)).to_igraph()
    parts, boxes = [], []
    for part in graph.connected_components():
        xy, room = np.zeros((1, 2)), size[part] * 1.2
        if len(part) > 1:
            xy = _apart(_spread(_component(graph.induced_subgraph(part), seed), room), room)
        low, high = (xy - room[:, None]).min(axis=0), (xy + room[:, None]).max(axis=0)
        parts.append((part, xy - low))
        boxes.append(high - low)
    order = sorted(range(len(parts)), key=lambda i: (-boxes[i][1], parts[i][0][0]))
    corners = in_rows(np.array([boxes[i] for i in order]))
    for i, corner in zip(order, corners, strict=True):
        part, xy = parts[i]
        placed[part] = xy + corner
    return placed


def _spread(xy: Points, room: Points) -> Points:
    """Scale positions to an ellipse, wide as screens are, with space for circles of that size."""
    xy = xy - np.median(xy, axis=0)
    away = np.maximum(np.linalg.norm(xy, axis=1), 1e-9)
    reach = max(float(np.quantile(away, 0.9)), 1e-9)
    xy = xy * (np.minimum(away, 1.2 * reach) / away / reach)[:, None]
    return np.asarray(xy * 1.6 * np.sqrt((room**2).sum()) * (1.35, 0.74), np.float64)


def in_rows(boxes: Points) -> list[tuple[float, float]]:
    """Return the corner (left, lower) of each box, in rows from top to bottom, side by side.

    Parameters
    ----------
    boxes : (n, 2) widths and heights, the highest first
    """
    width = max(float(np.sqrt(_WIDE * boxes.prod(axis=1).sum())), float(boxes[:, 0].max()))
    corners: list[tuple[float, float]] = []
    x = y = height = 0.0
    for wide, high in boxes.tolist():
        if x + wide > width + 1e-9:
            x, y, height = 0.0, y - height, 0.0
        height = max(height, high)
        corners.append((x, y - (height + high) / 2))
        x += wide
    return corners


def _apart(xy: Points, radius: Points, n_rounds: int = 100) -> Points:
    """Push overlapping circles apart, pair by pair, the smaller one further, until none overlap."""
    xy = xy + np.random.default_rng(0).normal(scale=1e-6, size=xy.shape)
    n = len(radius)
    fresh = -1  # the round in which pairs were looked for last
    for turn in range(n_rounds):
        if fresh < 0 or turn - fresh >= _LOOKED:
            a, b = _near(xy, radius)
            apart, share, fresh = radius[a] + radius[b], radius[a] / (radius[a] + radius[b]), turn
        gap = xy[b] - xy[a]
        distance = np.maximum(np.sqrt((gap**2).sum(axis=1)), 1e-9)
        overlap = apart - distance
        hit = overlap > 1e-3 * radius.min()
        if not hit.any():
            if fresh == turn:
                return xy
            fresh = -1
            continue
        push = gap[hit] * (1.04 * overlap[hit] / distance[hit])[:, None]
        mass = share[hit]
        for axis in (0, 1):  # the small one gives way
            xy[:, axis] += np.bincount(b[hit], push[:, axis] * mass, n)
            xy[:, axis] -= np.bincount(a[hit], push[:, axis] * (1 - mass), n)
    return xy


def _near(xy: Points, radius: Points) -> tuple[Ints, Ints]:
    """Return the pairs of circles that overlap, or may within a few rounds, each pair once.

    Circles are taken by size, each size with those not larger: looked for from the largest alone,
    every pair would be near.
    """
    from scipy.spatial import cKDTree  # half a second, and a scan without clusters does without

    size = np.floor(np.log2(radius / radius.min())).astype(np.int64)
    found_a, found_b = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for one in np.unique(size):
        own, others = np.flatnonzero(size == one), np.flatnonzero(size <= one)
        reach = 2 * _REACH * float(radius[own].max())
        found = cKDTree(xy[own]).sparse_distance_matrix(
            cKDTree(xy[others]), reach, output_type="coo_matrix"
        )
        a, b = own[found.row], others[found.col]
        near = found.data < _REACH * (radius[a] + radius[b])
        near &= (size[b] < one) | (a < b)
        found_a.append(a[near])
        found_b.append(b[near])
    return np.concatenate(found_a), np.concatenate(found_b)


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
            niter=600 if n <= _EXACT else 100,
            seed=start.tolist(),
            grid="nogrid" if n <= _EXACT else "grid",
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
