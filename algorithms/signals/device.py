"""Device: many accounts behind one device."""

from __future__ import annotations

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import count_unusual, of_members, sharers
from cib.datasets.needs import Needs

NEEDS: Needs = (("device_hash",),)

UNIT = "accounts on the device the account uses most"

HONEST_CEILING = 4
"""A household shares a speaker or a tablet; more accounts on one device than this are unusual."""


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Number of accounts seen on the device that an account uses most."""
    n_accounts, eligible = sharers(clusters, clusters.log.extras["device_hash"])
    return count_unusual(
        "device",
        clusters,
        n_accounts,
        eligible,
        lambda k, judged, mean: (
            f"{of_members(k, judged, mean)} share their main device with more accounts than 95% of "
            f"comparable accounts do."
        ),
        floor=HONEST_CEILING,
    )
