"""Networks with known communities."""

from __future__ import annotations

import numpy as np

from cib.graphs import Network


def planted_network(n_nodes: int, n_communities: int, degree: int, mixing: float) -> Network:
    """Random edges, all but a share of `mixing` of them within equal communities."""
    random = np.random.default_rng(1)
    community = random.integers(0, n_communities, n_nodes)
    order = np.argsort(community, kind="stable")
    start = np.searchsorted(community[order], np.arange(n_communities + 1))
    src = random.integers(0, n_nodes, n_nodes * degree // 2)
    sizes = np.diff(start)[community[src]]
    inside = order[start[community[src]] + (random.random(len(src)) * sizes).astype(np.int64)]
    dst = np.where(random.random(len(src)) < mixing, random.permutation(src), inside)
    proper = src != dst
    return Network.from_edges(src[proper], dst[proper], n_nodes=n_nodes)
