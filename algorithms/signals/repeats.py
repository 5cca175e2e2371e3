"""Repeats: the same content over and over within one day.

Honest people loop too: a track was played 50 times or more in a day on 0.25% of the account-days
of 39 honest heavy listeners. So this counts only beside other signals.
"""

from __future__ import annotations

import numpy as np

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import count_unusual, of_members
from cib.datasets.durations import US_PER_DAY
from cib.datasets.needs import REQUIRED_ONLY

NEEDS = REQUIRED_ONLY

UNIT = "most interactions with one content in one day (UTC)"


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Most interactions of an account with one content in one day (UTC)."""
    log = clusters.log
    day = log.ts // US_PER_DAY
    order = np.lexsort((day, log.content, log.account))
    account, content, day = log.account[order], log.content[order], day[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (account[1:] != account[:-1]) | (content[1:] != content[:-1]) | (day[1:] != day[:-1])
    first = np.flatnonzero(new)
    runs = np.diff(np.append(first, len(order)))
    most = np.zeros(log.n_accounts)
    np.maximum.at(most, account[first], runs)
    return count_unusual(
        "repeats",
        clusters,
        most,
        np.bincount(log.account, minlength=log.n_accounts) >= 10,
        lambda k, judged, mean: (
            f"{of_members(k, judged, mean)} repeat one content within a day more often than 95% of "
            f"comparable accounts."
        ),
        floor=2,
    )
