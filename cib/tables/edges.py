"""The table of edges: one row per significant pair of accounts and layer, cluster by cluster."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms.clusters import Clusters, inside_edges
from cib.algorithms.evidence import Evidence, null_names
from cib.datasets.durations import US_PER_SECOND
from cib.datasets.log import InteractionLog
from cib.datasets.optional_values import taken


def edges_table(
    log: InteractionLog,
    evidence: Evidence,
    clusters: Clusters,
    number: npt.NDArray[np.int32],
) -> pa.Table:
    """One row per significant pair and layer, account_a < account_b.

    In order of the cluster that both are members of, so that the edges of one lie together; pairs
    that no cluster holds come last. Within a cluster, by account_a, account_b and layer.
    """
    edges = evidence.edges
    owner = inside_edges(edges, clusters.of_account)
    cluster = np.append(number, np.int32(0))[owner]  # the last for -1
    last = clusters.n_clusters + 1
    place = np.where(owner >= 0, cluster, last)
    # 16-bit keys are sorted by counting
    order = np.argsort(place.astype(np.uint16) if last < 1 << 16 else place, kind="stable")
    edges = edges.take(pa.array(order))
    cluster, owner = cluster[order], owner[order]
    return pa.table(
        {
            "account_a": taken(log.account_ids, edges["a"].to_numpy()),
            "account_b": taken(log.account_ids, edges["b"].to_numpy()),
            "layer": edges["layer"],
            "observed": edges["observed"],
            "expected": edges["expected"],
            "log10_p": edges["log10_p"],
            "q_value": edges["q_value"],
            "weight": edges["weight"],
            "window_s": edges["window_us"].to_numpy() / US_PER_SECOND,
            "n_tokens": edges["n_tokens"],
            "n_events": edges["n_events"],
            "n_shared": edges["n_shared"],
            "null": null_names(edges),
            "statistic": edges["statistic"],
            "cluster_id": pa.array(cluster, mask=owner < 0),
        }
    )
