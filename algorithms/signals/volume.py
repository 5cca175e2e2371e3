"""Volume: more interactions per active day than almost anybody."""

from __future__ import annotations

import numpy as np

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import count_unusual, of_members
from cib.datasets.durations import US_PER_DAY
from cib.datasets.needs import REQUIRED_ONLY

NEEDS = REQUIRED_ONLY

UNIT = "interactions per active day (UTC)"


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Interactions per active day (UTC), compared with all accounts."""
    log = clusters.log
    n = np.bincount(log.account, minlength=log.n_accounts)
    day = log.ts // US_PER_DAY
    n_days = int(np.ptp(day)) + 1
    account_days = np.unique(log.account * np.int64(n_days) + (day - day.min()))
    active = np.bincount(account_days // n_days, minlength=log.n_accounts)
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
