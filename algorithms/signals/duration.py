"""Duration: plays that stop just after the 30 s from which a play is paid.

Among 39 honest heavy listeners 1.0% of the plays of 30 s and more ended within 30–35 s, 3.5% for
the account at the 95th percentile. A play counts from 30 s on (published streaming terms).
"""

from __future__ import annotations

import numpy as np

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import count_unusual, of_members
from cib.algorithms.timelines import count_rows
from cib.datasets.needs import Needs

NEEDS: Needs = (("duration_ms",),)

UNIT = "share of plays of 30 s and more that end before 35 s"

HONEST_CEILING = 0.035
MIN_PLAYS = 20
PAID_FROM_MS, JUST_PAST_MS = 30_000, 35_000


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Share of an account's plays of 30 s and more that end before 35 s."""
    log = clusters.log
    duration = log.extras["duration_ms"]
    n = count_rows(log, lambda ms: ms >= PAID_FROM_MS, duration)
    just_past = count_rows(log, lambda ms: (ms >= PAID_FROM_MS) & (ms < JUST_PAST_MS), duration)
    share = just_past / np.maximum(n, 1)
    return count_unusual(
        "duration",
        clusters,
        share,
        n >= MIN_PLAYS,
        lambda k, judged, mean: (
            f"{of_members(k, judged, mean)} stop unusually many plays between 30 and 35 seconds, "
            f"just after a play is paid."
        ),
        floor=HONEST_CEILING,
    )
