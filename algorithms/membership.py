"""Membership: how sure it is that an account belongs to its cluster."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cib.algorithms.clusters import Clusters, inside_edges
from cib.algorithms.evidence import Evidence
from cib.datasets.log import InteractionLog


def membership(
    log: InteractionLog, evidence: Evidence, clusters: Clusters
) -> npt.NDArray[np.float64]:
    """(n_accounts,) how sure it is that each account belongs to its cluster, 0 to 1.

    Whoever is in one of its blocks does as likely as the block says; others as much as their
    edges within the cluster weigh beside those of the median member that has any.
    """
    edges = evidence.edges
    inside = inside_edges(edges, clusters.of_account) >= 0
    a, b, weight = (edges[name].to_numpy()[inside] for name in ("a", "b", "weight"))
    weights = np.bincount(np.concatenate([a, b]), np.concatenate([weight, weight]), log.n_accounts)
    joined = np.flatnonzero(weights)
    order = joined[np.lexsort((weights[joined], clusters.of_account[joined]))]
    cluster = clusters.of_account[order]
    first = np.searchsorted(cluster, np.arange(clusters.n_clusters))
    n = np.bincount(cluster, minlength=clusters.n_clusters)
    median = np.zeros(clusters.n_clusters)
    median[n > 0] = weights[order[(first + n // 2)[n > 0]]]
    sure = np.zeros(log.n_accounts)
    sure[joined] = np.minimum(weights[joined] / median[clusters.of_account[joined]], 1.0)
    return np.maximum(sure, block_posterior(log, clusters))


def block_posterior(log: InteractionLog, clusters: Clusters) -> npt.NDArray[np.float64]:
    """(n_accounts,) how likely each account belongs to a block of its cluster; 0 without one."""
    posterior = np.zeros(log.n_accounts)
    for _, block in clusters.blocks:
        posterior[block.account] = np.maximum(posterior[block.account], block.posterior)
    return posterior
