"""Network: members come from networks that hardly anybody else of their market uses.

People reach a platform through the few providers of their country. Servers stand in the networks
of hosting companies, where next to nobody lives. Privacy VPNs leave through the same networks, and
so do test machines: that some members come from there says little, that nearly all do says much.
"""

from __future__ import annotations

import numpy as np

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.main_values import main_values
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import compared_markets, count_unusual, of_members, too_few
from cib.datasets.needs import Needs

NEEDS: Needs = (("asn",),)

USES = ("market",)

UNIT = "accounts of its market on other networks, for each on the network the account uses most"

LEAST_SHARE = 0.02
"""A network with more than this share of a market's accounts is a usual one."""


def measure(clusters: Clusters) -> Measured | Unavailable:
    """How rare an account's main network is among the accounts of its market."""
    column = clusters.log.extras["asn"]
    main, _ = main_values(clusters, column)
    known = main >= 0
    comparison = known & (clusters.of_account < 0)
    if (lack := too_few("network", comparison)) is not None:
        return lack
    market = compared_markets(clusters, known)
    where = market * np.int64(len(column.dictionary)) + np.maximum(main, 0)
    networks, place = np.unique(where, return_inverse=True)
    users = np.bincount(place[comparison], minlength=len(networks))
    # one more on each: the share is an estimate and must not be zero
    share = (users[place] + 1) / (np.bincount(market[comparison])[market] + 1)
    return count_unusual(
        "network",
        clusters,
        np.where(known, 1 / share - 1, 0.0),
        known,
        lambda k, judged, mean: (
            f"{of_members(k, judged, mean)} come from networks that hardly anybody else of their "
            f"market uses, as rented servers and VPN exits do."
        ),
        floor=1 / LEAST_SHARE - 1,
        match_activity=False,
        among=market,
    )
