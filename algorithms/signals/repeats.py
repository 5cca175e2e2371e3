"""Repeats: the same content over and over within one day.

Honest people loop too: a track was played 50 times or more in a day on 0.25% of the account-days
of 39 honest heavy listeners. So this counts only beside other signals.
"""

from __future__ import annotations

import numpy as np

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals import repeats_kernels as kernels
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import count_unusual, of_members
from cib.datasets.durations import US_PER_DAY
from cib.datasets.needs import REQUIRED_ONLY

NEEDS = REQUIRED_ONLY

UNIT = "most interactions with one content in one day (UTC)"

MIN_INTERACTIONS = 10


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Most interactions of an account with one content in one day (UTC)."""
    timelines = clusters.timelines
    most = kernels.most_in_a_day(
        timelines.ts, timelines.content, timelines.start, MIN_INTERACTIONS, US_PER_DAY
    )
    return count_unusual(
        "repeats",
        clusters,
        most.astype(np.float64),
        timelines.n_interactions >= MIN_INTERACTIONS,
        lambda k, judged, mean: (
            f"{of_members(k, judged, mean)} repeat one content within a day more often than 95% of "
            f"comparable accounts."
        ),
        floor=2,
    )
