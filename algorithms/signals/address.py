"""Address: many accounts behind one IP address.

Carrier-grade NAT puts thousands of honest people behind one address, and in some markets nearly
everybody. So the comparison is with how the other accounts of the same market share theirs, and a
family's six are never unusual.
"""

from __future__ import annotations

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import compared_markets, count_unusual, of_members, sharers
from cib.datasets.needs import Needs

NEEDS: Needs = (("ip_hash",),)

USES = ("market",)

UNIT = "accounts on the IP address the account uses most"

HONEST_CEILING = 6


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Number of accounts seen on the address that an account uses most."""
    n_accounts, eligible = sharers(clusters, clusters.log.extras["ip_hash"])
    return count_unusual(
        "address",
        clusters,
        n_accounts,
        eligible,
        lambda k, judged, mean: (
            f"{of_members(k, judged, mean)} share their main IP address with more accounts than "
            f"95% of comparable accounts do."
        ),
        floor=HONEST_CEILING,
        among=compared_markets(clusters, eligible),
    )
