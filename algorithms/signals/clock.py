"""Clock: activity that never rests, measured by the quietest six hours of the day.

Among 39 honest heavy listeners the quietest six hours held 2.6% of plays at the median and 13.7%
at the 95th percentile; an even clock has 25%.
"""

from __future__ import annotations

import numpy as np

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals import clock_kernels as kernels
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import count_unusual, of_members
from cib.datasets.durations import US_PER_HOUR
from cib.datasets.needs import REQUIRED_ONLY

NEEDS = REQUIRED_ONLY

UNIT = "share of interactions in the account's quietest six hours of the day (UTC)"

HONEST_CEILING = 0.137
MIN_INTERACTIONS = 50
QUIET_HOURS = 6


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Share of an account's interactions in its quietest six consecutive hours (UTC)."""
    timelines = clusters.timelines
    total = timelines.n_interactions
    fewest = kernels.fewest_in_stretch(
        timelines.ts, timelines.start, MIN_INTERACTIONS, US_PER_HOUR, QUIET_HOURS
    )
    quietest = fewest / np.maximum(total, 1)
    return count_unusual(
        "clock",
        clusters,
        quietest,
        total >= MIN_INTERACTIONS,
        lambda k, judged, mean: (
            f"{of_members(k, judged, mean)} hardly rest: even their quietest six hours of the day "
            f"are busier than for 95% of comparable accounts."
        ),
        floor=HONEST_CEILING,
    )
