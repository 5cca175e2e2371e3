"""Graphs with known communities, as arrays of edges in random order with random node numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

DEGREE, MIXING = 20, 0.3
"""Of the nodes of an LFR graph: mean degree; share of edges that leave the community."""
RING_ACCOUNTS, RING_WEIGHT = 25, 30.0
GROUPS_PER_ACCOUNT, MOST_IN_GROUP = 1.5, 60
ACCOUNTS_PER_TOPIC = 500


def power_law(rng: np.random.Generator, n: int, exponent: float, low: float, high: float) -> Array:
    """Whole numbers from low to high with density x^-exponent."""
    a = 1 - exponent
    u = rng.random(n)
    return ((low**a + ((high + 1) ** a - low**a) * u) ** (1 / a)).astype(np.int64)


def lfr(n_edges: int) -> tuple[Array, Array, Array, Array]:
    """Like Lancichinetti, Fortunato and Radicchi's (2008): degrees by x^-2.5, sizes by x^-1.5."""
    rng = np.random.default_rng(7)
    n = 2 * n_edges // DEGREE
    degree = power_law(rng, n, 2.5, 1, max(30, n // 500))
    degree = np.maximum(1, np.round(degree * DEGREE / degree.mean())).astype(np.int64)
    sizes = power_law(rng, n // 20, 1.5, 20, max(50, n // 500))
    community = np.repeat(np.arange(len(sizes)), sizes)[:n]
    rng.shuffle(community)
    inside = np.floor((1 - MIXING) * degree + rng.random(n)).astype(np.int64)
    inside = np.minimum(inside, np.bincount(community)[community] - 1)
    stub = np.repeat(np.arange(n, dtype=np.int32), inside)
    stub = stub[np.lexsort((rng.random(len(stub)), community[stub]))]
    a, b = stub[:-1:2], stub[1::2]
    within = community[a] == community[b]
    loose = rng.permutation(np.repeat(np.arange(n, dtype=np.int32), degree - inside))
    c, d = loose[:-1:2], loose[1::2]
    apart = community[c] != community[d]
    ends = np.concatenate((a[within], c[apart])), np.concatenate((b[within], d[apart]))
    src, dst, _ = merged(rng, *ends, n)
    return src, dst, np.empty(0), community


def cliques(n_edges: int) -> tuple[Array, Array, Array, Array]:
    """Like a projection: each content joins all its accounts, most of one topic; rings besides."""
    rng = np.random.default_rng(8)
    n = max(2 * ACCOUNTS_PER_TOPIC, n_edges // 40)
    n_topics = n // ACCOUNTS_PER_TOPIC
    topic = np.sort(rng.integers(0, n_topics, n))
    start = np.searchsorted(topic, np.arange(n_topics + 1))
    src, dst = [], []
    sizes = power_law(rng, int(GROUPS_PER_ACCOUNT * n), 2.2, 2, MOST_IN_GROUP)
    for size in np.unique(sizes):
        of = rng.integers(0, n_topics, (np.count_nonzero(sizes == size), 1))
        skewed = rng.random((len(of), size)) ** 3
        members = start[of] + (skewed * (start[of + 1] - start[of])).astype(np.int64)
        anyone = rng.random(members.shape) < 0.15
        members = np.where(anyone, rng.integers(0, n, members.shape), members)
        i, j = np.triu_indices(size, 1)
        src.append(members[:, i].ravel())
        dst.append(members[:, j].ravel())
    truth = topic.copy()
    rings = rng.permutation(n)[: n // 500 * RING_ACCOUNTS].reshape(-1, RING_ACCOUNTS)
    truth[rings] = n_topics + np.arange(len(rings))[:, None]
    i, j = np.triu_indices(RING_ACCOUNTS, 1)
    ring_src, ring_dst = rings[:, i].ravel(), rings[:, j].ravel()
    weight = np.ones(sum(map(len, src)) + len(ring_src))
    weight[-len(ring_src) :] = RING_WEIGHT
    ends = np.concatenate((*src, ring_src)), np.concatenate((*dst, ring_dst))
    place = rng.permutation(n)
    out = np.empty(n, np.int64)
    out[place] = truth
    return (*merged(rng, place[ends[0]], place[ends[1]], n, weight), out)


def merged(
    rng: np.random.Generator, a: Array, b: Array, n: int, weight: Array | None = None
) -> tuple[Array, Array, Array]:
    """Each pair of different nodes once, weights added up, in random order."""
    proper = a != b
    a, b = a[proper].astype(np.int64), b[proper].astype(np.int64)
    key = np.minimum(a, b) * n + np.maximum(a, b)
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    key = key[order][first]
    if weight is not None:
        weight = np.add.reduceat(weight[proper][order], first)
    shuffled = rng.permutation(len(key))
    src, dst = (key[shuffled] // n).astype(np.int32), (key[shuffled] % n).astype(np.int32)
    return src, dst, np.empty(0) if weight is None else weight[shuffled]


GRAPHS = {"lfr": lfr, "cliques": cliques}


def write_graph(kind: str, n_edges: int, folder: Path) -> None:
    """Save `src`, `dst`, `edge_weight` (empty: all 1) and `truth`, the planted communities."""
    arrays = GRAPHS[kind](n_edges)
    for name, array in zip(("src", "dst", "edge_weight", "truth"), arrays, strict=True):
        np.save(folder / f"{name}.npy", array)
