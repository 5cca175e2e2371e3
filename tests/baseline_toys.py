"""Small logs for the baselines, and clusters in a form that can be compared."""

from __future__ import annotations

import networkx
import numpy as np
import pyarrow as pa

from cib.datasets import InteractionLog

MINUTE = 60_000_000
DAY = 1440 * MINUTE


def log_of(rows, n_accounts=None):
    """A log of (account, content, time, action) rows; action 0 when left out."""
    account, content, ts, action = zip(*((*row, 0)[:4] for row in rows), strict=True)
    n = n_accounts or max(account) + 1
    return InteractionLog(
        account=np.array(account, np.int32),
        content=np.array(content, np.int32),
        action=np.array(action, np.int16),
        ts=np.array(ts, np.int64),
        account_ids=pa.array(range(n)),
        content_ids=pa.array(range(max(content) + 1)),
        action_names=tuple(f"action{i}" for i in range(max(action) + 1)),
    )


def random_rows(seed, n_rows=150, n_accounts=12, n_contents=8, span=2_000, n_actions=1):
    random = np.random.default_rng(seed)
    columns = (random.integers(0, n, n_rows) for n in (n_accounts, n_contents, span, n_actions))
    return sorted(set(zip(*(column.tolist() for column in columns), strict=True)))


def members(found):
    """The members of each cluster, the largest clusters first."""
    return sorted((sorted(c.members.tolist()) for c in found.clusters), key=lambda m: (-len(m), m))


def connected(edges):
    """The components of (a, b, weight) edges, as `members` gives them, and their weights."""
    graph = networkx.Graph()
    graph.add_weighted_edges_from(edges)
    parts = [sorted(part) for part in networkx.connected_components(graph)]
    total = {tuple(p): graph.subgraph(p).size(weight="weight") for p in parts}
    return sorted(parts, key=lambda m: (-len(m), m)), total
