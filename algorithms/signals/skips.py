"""Skips: members who never break off a play of a target before it is paid.

Of all plays of 39 honest heavy listeners 28% ended before 30 s; for 95% of them more than 7% did.
Favourites are skipped less, so the comparison is with favourites of the log's other accounts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.comparison import main_action
from cib.algorithms.signals.duration import PAID_FROM_MS
from cib.algorithms.signals.never import FAVOURITE, count_never
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.datasets.needs import Needs
from cib.datasets.slices import codes_at

NEEDS: Needs = (("duration_ms",),)


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Members none of whose plays of favourite targets ended before 30 s."""
    log = clusters.log
    main = main_action(log)

    def heard_ms(rows: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """Milliseconds played; -1 where it is no play or unknown."""
        return np.where(log.action[rows] == main, codes_at(log.extras["duration_ms"], rows), -1)

    return count_never(
        "skips",
        clusters,
        lambda rows: heard_ms(rows) >= 0,
        lambda rows: ((ms := heard_ms(rows)) >= 0) & (ms < PAID_FROM_MS),
        lambda k, n, mean: (
            f"{k:,} of {n:,} accounts never broke off a play of the targets that they came back to "
            f"{FAVOURITE} times or more before the 30 s from which it is paid ({mean:.1f} expected "
            "of people with their favourites)."
        ),
    )
