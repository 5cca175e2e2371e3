"""Market: interactions that come from elsewhere than the account is billed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import count_unusual, of_members
from cib.algorithms.timelines import count_rows
from cib.datasets.needs import Needs

NEEDS: Needs = (("market", "ip_market"),)

UNIT = "share of interactions from outside the billing market"

MIN_INTERACTIONS = 10


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Share of an account's interactions whose IP market is not its billing market."""
    log = clusters.log
    market, ip_market = (log.extras[name] for name in ("market", "ip_market"))
    # compared as codes of one dictionary, not as millions of strings
    same = pc.index_in(market.dictionary, value_set=ip_market.dictionary)
    code = np.append(np.asarray(pc.fill_null(same, -1)), -1)

    def known(here: npt.NDArray[Any], there: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        return np.asarray((here >= 0) & (there >= 0))

    def abroad(here: npt.NDArray[Any], there: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        return np.asarray(known(here, there) & (code[here] != there))

    n, away = (count_rows(log, test, market, ip_market) for test in (known, abroad))
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
