"""Gaps: actions at machine-like regular intervals."""

from __future__ import annotations

import numpy as np

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals import gaps_kernels as kernels
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import count_unusual, of_members
from cib.datasets.needs import REQUIRED_ONLY

NEEDS = REQUIRED_ONLY

UNIT = "share of gaps between interactions within 10% of the median gap"

MIN_GAPS = 30
TOLERANCE = 0.1


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Share of an account's gaps between actions that lie within 10% of its median gap."""
    # simultaneous actions (one post with several links) say nothing about rhythm
    timelines = clusters.timelines
    n, near = kernels.near_the_median(timelines.ts, timelines.start, MIN_GAPS, TOLERANCE)
    regular = near / np.maximum(n, 1)
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
