"""Market: interactions that come from elsewhere than the account is billed."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.signal import Finding, Unavailable
from cib.algorithms.signals.unusual import count_unusual, of_members

MIN_INTERACTIONS = 10


def measure(clusters: Clusters) -> list[Finding] | Unavailable:
    """Share of an account's interactions whose IP market is not its billing market."""
    log = clusters.log
    market, ip_market = log.extras.get("market"), log.extras.get("ip_market")
    if market is None or ip_market is None:
        absent = " and ".join(n for n in ("market", "ip_market") if n not in log.extras)
        return Unavailable("market", f"the log has no column {absent}")
    differs = pc.not_equal(market.cast("string"), ip_market.cast("string"))
    known = np.asarray(differs.is_valid())
    n = np.bincount(log.account, known, log.n_accounts)
    away = np.bincount(log.account, np.asarray(pc.fill_null(differs, False)), log.n_accounts)
    return count_unusual(
        "market",
        clusters,
        away / np.maximum(n, 1),
        n >= MIN_INTERACTIONS,
        lambda k, judged, mean: (
            f"{of_members(k, judged, mean)} act from outside their billing market more than 95% of "
            f"comparable accounts."
        ),
        floor=0.1,
    )
