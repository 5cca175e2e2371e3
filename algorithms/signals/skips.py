"""Skips: members who never break off a play of a target before it is paid.

Of all plays of 39 honest heavy listeners 28% ended before 30 s; for 95% of them more than 7% did.
Favourites are skipped less, so the comparison is with favourites of the log's other accounts.
"""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.comparison import main_action
from cib.algorithms.signals.duration import PAID_FROM_MS
from cib.algorithms.signals.never import FAVOURITE, count_never
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.datasets.needs import Needs

NEEDS: Needs = (("duration_ms",),)


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Members none of whose plays of favourite targets ended before 30 s."""
    log = clusters.log
    duration = np.asarray(pc.fill_null(log.extras["duration_ms"], -1))
    timed = (log.action == main_action(log)) & (duration >= 0)
    return count_never(
        "skips",
        clusters,
        timed,
        timed & (duration < PAID_FROM_MS),
        lambda k, n, mean: (
            f"{k} of {n} accounts never broke off a play of the targets that they came back to "
            f"{FAVOURITE} times or more before the 30 s from which it is paid ({mean:.1f} expected "
            "of people with their favourites)."
        ),
    )
