"""Gaps: actions at machine-like regular intervals."""

from __future__ import annotations

import numpy as np

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import count_unusual, of_members
from cib.datasets.needs import REQUIRED_ONLY

NEEDS = REQUIRED_ONLY

UNIT = "share of gaps between interactions within 10% of the median gap"

MIN_GAPS = 30
TOLERANCE = 0.1


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Share of an account's gaps between actions that lie within 10% of its median gap."""
    log = clusters.log
    order = np.lexsort((log.ts, log.account))
    account, ts = log.account[order], log.ts[order]
    same = account[1:] == account[:-1]
    owner, gap = account[1:][same], np.diff(ts)[same]
    # simultaneous actions (one post with several links) say nothing about rhythm
    owner, gap = owner[gap > 0], gap[gap > 0]
    order = np.lexsort((gap, owner))
    owner, gap = owner[order], gap[order]
    n = np.bincount(owner, minlength=log.n_accounts)
    start = np.concatenate(([0], np.cumsum(n)[:-1]))
    middle = np.minimum(start + n // 2, max(len(gap) - 1, 0))
    median = gap[middle] if len(gap) else np.zeros(log.n_accounts)
    near = np.abs(gap - median[owner]) <= TOLERANCE * median[owner]
    regular = np.bincount(owner, near, log.n_accounts) / np.maximum(n, 1)
    return count_unusual(
        "gaps",
        clusters,
        regular,
        n >= MIN_GAPS,
        lambda k, judged, mean: (
            f"{of_members(k, judged, mean)} act at more regular intervals than 95% of comparable "
            f"accounts."
        ),
    )
