"""Volume: more interactions per active day than almost anybody."""

from __future__ import annotations

import numpy as np

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals import volume_kernels as kernels
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import count_unusual, of_members
from cib.datasets.durations import US_PER_DAY
from cib.datasets.needs import REQUIRED_ONLY

NEEDS = REQUIRED_ONLY

UNIT = "interactions per active day (UTC)"


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Interactions per active day (UTC), compared with all accounts."""
    timelines = clusters.timelines
    n = timelines.n_interactions
    active = kernels.count_days(timelines.ts, timelines.start, US_PER_DAY)
    per_day = n / np.maximum(active, 1)
    return count_unusual(
        "volume",
        clusters,
        per_day,
        n >= 10,
        lambda k, judged, mean: (
            f"{of_members(k, judged, mean)} act more often per active day than 95% of the "
            f"accounts outside clusters."
        ),
        match_activity=False,
    )
