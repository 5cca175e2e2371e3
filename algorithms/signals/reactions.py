"""Reactions: day after day, accounts that follow, report, click or post rather than play.

Who moves from another service brings a whole collection in one day, and plays on all others; so
days are counted, and not interactions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals import reactions_kernels as kernels
from cib.algorithms.signals.comparison import main_action
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import count_unusual, of_members
from cib.algorithms.timelines import by_account
from cib.datasets.durations import US_PER_DAY
from cib.datasets.needs import REQUIRED_ONLY

NEEDS = REQUIRED_ONLY

UNIT = "share of active days (UTC) with no more of the log's main action than of all others"

MIN_INTERACTIONS = 10


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Share of an account's days on which it did the log's main action no more than others."""
    log = clusters.log
    if len(log.action_names) < 2:
        return Unavailable("reactions", "the log has one action only")
    main = main_action(log)
    start = clusters.timelines.start

    def day_and_kind(ts: npt.NDArray[np.int64], did: npt.NDArray[np.int16]) -> npt.NDArray[Any]:
        return np.asarray(ts // US_PER_DAY * 2 + (did == main), np.int32)

    marked = by_account(log, clusters.timelines, day_and_kind, log.ts, log.action)
    days, reacting = kernels.reacting_days(marked, start)
    log.scratch.release(marked)
    return count_unusual(
        "reactions",
        clusters,
        reacting / np.maximum(days, 1),
        np.diff(start) >= MIN_INTERACTIONS,
        lambda k, judged, mean: (
            f"{of_members(k, judged, mean)} have more days on which they did other things at least "
            f"as often as {log.action_names[main]} than 95% of comparable accounts."
        ),
    )
