"""Capture: how much of all attention on the targets the cluster itself provides."""

from __future__ import annotations

import numpy as np

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.signal import Finding, Measured
from cib.datasets.needs import REQUIRED_ONLY
from cib.datasets.wording import percent

NEEDS = REQUIRED_ONLY


def measure(clusters: Clusters) -> Measured:
    """Share of all interactions with the targets that members make.

    The targets were chosen by what members did, so the share has no null model and no p-value;
    what would be expected of accounts with this much activity is given for comparison.
    """
    log = clusters.log
    n = clusters.n_clusters
    everyone = np.bincount(clusters.target_cluster, clusters.target_total, n)
    own = np.bincount(clusters.of_row[clusters.on_target], minlength=n)
    activity = np.bincount(clusters.of_row, minlength=n)
    findings = []
    for c in np.flatnonzero(everyone > 0):
        share, usual = own[c] / everyone[c], activity[c] / log.n_rows
        findings.append(
            Finding(
                "capture",
                int(c),
                float(share),
                float(usual),
                None,
                float(max(0.0, (share - usual) / (1 - usual))) if usual < 1 else 0.0,
                f"The cluster makes {percent(share)} of all interactions with its targets; its "
                f"accounts make {percent(usual)} of all interactions in the log.",
            )
        )
    return Measured(findings)
