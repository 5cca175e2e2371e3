"""Hops: moves between markets that no journey explains.

Who travels is gone for longer than a day, and loses hours on the way. Whoever is in two countries
within hours sits behind changing exits of a network, or shares the account with a stranger: a
takeover adds a few plays by night from where its machines are, too few for `market` to notice. A
VPN for privacy hops as well, and so do commuters across a border; so one hop is never unusual, and
accounts are compared with others of their market.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals import hops_kernels as kernels
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import compared_markets, count_unusual, of_members
from cib.algorithms.timelines import by_account, count_rows
from cib.datasets.durations import US_PER_DAY, US_PER_HOUR, US_PER_SECOND
from cib.datasets.needs import Needs

NEEDS: Needs = (("ip_market",),)

USES = ("market",)

UNIT = "moves to another market within 4 hours, or undone within 24 hours"

MIN_INTERACTIONS = 10
FASTEST_US = 4 * US_PER_HOUR
SHORTEST_STAY_US = US_PER_DAY
HONEST_CEILING = 1
MINUTE_US = 60 * US_PER_SECOND


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Moves of an account between markets that took no 4 hours, or were undone within a day."""
    log = clusters.log
    column = log.extras["ip_market"]
    n_markets = max(len(column.dictionary), 1)
    begin, span = (int(log.ts.min()), int(np.ptp(log.ts))) if log.n_rows else (0, 0)
    # minutes, or as fine as 31 bits allow for a log of centuries or of ten thousand places
    tick = max(MINUTE_US, span * n_markets // (2**31 - 2 * n_markets) + 1)

    def place_and_time(ts: npt.NDArray[np.int64], market: npt.NDArray[Any]) -> npt.NDArray[Any]:
        at = (ts - begin) // tick * n_markets + market
        return np.where(market >= 0, at, kernels.NOWHERE).astype(np.int32)

    marked = by_account(log, clusters.timelines, place_and_time, log.ts, column)
    hops = kernels.count_hops(
        marked, clusters.timelines.start, n_markets, FASTEST_US // tick, SHORTEST_STAY_US // tick
    )
    log.scratch.release(marked)
    eligible = count_rows(log, lambda market: market >= 0, column) >= MIN_INTERACTIONS
    return count_unusual(
        "hops",
        clusters,
        hops.astype(np.float64),
        eligible,
        lambda k, judged, mean: (
            f"{of_members(k, judged, mean)} move between markets faster than people travel, or "
            f"there and back within a day, more often than 95% of comparable accounts."
        ),
        floor=HONEST_CEILING,
        among=compared_markets(clusters, eligible),
    )
