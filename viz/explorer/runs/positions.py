"""Where to draw the nodes of a network of any size, within half a second."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from cib.graphs.network import Network, igraph_seed

Points = npt.NDArray[np.float64]

SMALL = 400
"""Components of at most so many nodes are laid out with every pair of nodes pushing each other."""
PUSHES = 3e7
"""Pairs of nodes times rounds for these: about 0.15 s."""
ROUNDS = 120
"""Rounds for larger components, where only near nodes push each other; of very large ones half."""
VERY_LARGE = 3000


def positions(
    src: Any, dst: Any, weight: Any = None, *, size: Any = None, n_nodes: int = 0, seed: int = 0
) -> Points:
    """Lay out a network so that joined nodes are near each other and nothing overlaps much.

    Each connected component is laid out alone and gets an area that fits its nodes; the components
    are packed on shelves, largest first, and nodes without an edge below them in rows. Components
    of up to 400 nodes are laid out by Fruchterman and Reingold's forces (1991). Larger ones start
    from the slowest modes of a random walk on them, which puts communities apart, and get a few
    rounds of the same forces between near nodes only.

    Parameters
    ----------
    src, dst : (n_edges,) integers from 0 to n_nodes - 1; parallel edges add up
    weight : (n_edges,) positive numbers; all 1 when None
    size : (n_nodes,) positive radii, in any unit, for the room around nodes; all alike when None
    n_nodes : number of nodes; the length of `size` when that is given
    seed : the same seed and edges give the same positions

    Returns
    -------
    (n_nodes, 2) float64
        x and y between 0 and 1, the longer side from 0 to 1.

    Examples
    --------
    >>> positions([0, 1], [1, 2], n_nodes=5).shape
    (5, 2)
    """
    n = n_nodes if size is None else len(size)
    if n == 0:
        return np.zeros((0, 2))
    side = np.ones(n) if size is None else _sides(np.asarray(size, np.float64))
    network = Network.from_edges(src, dst, weight, n_nodes=n)
    pull = _pull(network.weight)
    joined = network.src != network.dst
    ends = network.src[joined], network.dst[joined]
    links = sparse.coo_array((pull[joined], ends), shape=(n, n)).tocsr()
    links = (links + links.T).tocsr()
    _, part = csgraph.connected_components(links, directed=False)
    members = np.split(np.argsort(part, kind="stable"), np.cumsum(np.bincount(part))[:-1])
    groups = sorted((m for m in members if len(m) > 1), key=lambda m: (-len(m), int(m[0])))
    alone = np.array([m[0] for m in members if len(m) == 1], np.int64)
    xy = np.zeros((n, 2))
    boxes = [float(np.sqrt((side[m] ** 2).sum())) for m in groups]
    corners, width, bottom = _shelves(boxes, float((side[alone] ** 2).sum()))
    for group, box, corner in zip(groups, boxes, corners, strict=True):
        inner = _component(links[group][:, group], seed)
        xy[group] = corner + box * (0.06 + 0.88 * inner)
    if len(alone):
        order = alone[np.lexsort((alone, -side[alone]))]
        xy[order] = _rows(side[order], width, bottom)
    xy -= xy.min(axis=0)
    return np.asarray(xy / max(float(xy.max()), 1e-9))


def _sides(size: Points) -> Points:
    """Room of each node relative to the middling one, within bounds."""
    return np.clip(size / max(float(np.median(size)), 1e-9), 0.6, 6.0)


def _pull(weight: Points) -> Points:
    """How strongly each edge pulls, from its rank: 0.6 (weakest) to 1.4 (strongest)."""
    if not len(weight):
        return weight
    distinct, rank = np.unique(weight, return_inverse=True)
    return np.asarray(0.6 + 0.8 * (rank + 0.5) / len(distinct), np.float64)


def _component(links: Any, seed: int) -> Points:
    """Lay out one connected component in the unit square."""
    n = links.shape[0]
    if n == 2:
        return np.array([[0.3, 0.5], [0.7, 0.5]])
    upper = sparse.triu(links, 1).tocoo()
    graph = Network.from_edges(upper.row, upper.col, upper.data, n).to_igraph()
    start = _modes(links, seed) if n > SMALL else _scattered(n, seed)
    with igraph_seed(seed):
        found = graph.layout_fruchterman_reingold(
            weights=graph.es["weight"],
            niter=_rounds(n),
            seed=start.tolist(),
            grid="grid" if n > SMALL else "nogrid",
        )
    return _in_square(np.asarray(found.coords, np.float64))


def _rounds(n: int) -> int:
    if n > SMALL:
        return ROUNDS if n <= VERY_LARGE else ROUNDS // 2
    return int(np.clip(PUSHES / n**2, 100, 600))


def _scattered(n: int, seed: int) -> Points:
    return np.asarray(np.random.default_rng(seed).normal(size=(n, 2)) * np.sqrt(n))


def _modes(links: Any, seed: int, n_rounds: int = 60) -> Points:
    """The two slowest modes of a lazy random walk, by repeated averaging, spread evenly.

    Values are replaced by their ranks, mixed with a little noise: modes pile most nodes up in few
    places, from which forces between near nodes cannot free them.
    """
    n = links.shape[0]
    degree = np.asarray(links.sum(axis=1)).ravel()
    walk = sparse.diags_array(1 / degree) @ links
    rng = np.random.default_rng(seed)
    modes = rng.normal(size=(n, 2))
    share = degree / degree.sum()
    for _ in range(n_rounds):
        modes = (modes + walk @ modes) / 2
        modes -= share @ modes
        first = modes[:, 0] / np.sqrt(share @ modes[:, 0] ** 2)
        second = modes[:, 1] - first * (share @ (first * modes[:, 1]))
        modes = np.column_stack((first, second / np.sqrt(share @ second**2)))
    rank = np.argsort(np.argsort(modes, axis=0), axis=0) / n - 0.5
    return np.asarray((rank + rng.normal(size=(n, 2)) * 0.02) * np.sqrt(n) * 2)


def _in_square(xy: Points) -> Points:
    """Scale to the unit square; outliers are drawn in to the root of their distance."""
    middle = np.median(xy, axis=0)
    radius = np.linalg.norm(xy - middle, axis=1)
    usual = max(float(np.median(radius)), 1e-9)
    beyond = np.maximum(radius / usual, 1.0)
    xy = (xy - middle) * (np.sqrt(beyond) / beyond)[:, None]
    low, high = xy.min(axis=0), xy.max(axis=0)
    return np.asarray(0.5 + (xy - (low + high) / 2) / max(float((high - low).max()), 1e-9))


def _shelves(boxes: list[float], more: float) -> tuple[list[Points], float, float]:
    """Pack squares (largest first) left to right on shelves.

    Parameters
    ----------
    boxes : sides
    more : area that is needed below them

    Returns
    -------
    (corners, width, bottom)
        Lower left corner of each square, width of the shelves, and where they end below.
    """
    gap = 0.6
    area = sum((box + gap) ** 2 for box in boxes) + more
    width = max(1.25 * float(np.sqrt(area)), boxes[0] + gap if boxes else 1.0)
    corners = []
    x = y = height = 0.0
    for box in boxes:
        if x + box > width:
            x, y, height = 0.0, y - height - gap, 0.0
        corners.append(np.array([x, y - box]))
        x, height = x + box + gap, max(height, box)
    return corners, width, y - height - (gap if boxes else 0.0)


def _rows(side: Points, width: float, top: float) -> Points:
    """Put nodes (largest first) side by side in rows under each other."""
    xy = np.empty((len(side), 2))
    x, y, height = 0.0, top, float(side[0])
    for i, one in enumerate(side.tolist()):
        if x + one > width:
            x, y, height = 0.0, y - height, one
        xy[i] = x + one / 2, y - height / 2
        x += one
    return xy
