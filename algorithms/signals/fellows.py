"""Fellows: members use the same devices as other members.

A household shares a speaker, and a school its computers, so some people have a device in common
with somebody. That this somebody is in the same cluster is chance, unless the cluster is the
household: as many accounts of the same market, picked at random, would hardly ever hold two from
one device. Devices are compared, and not addresses, which carriers and offices share out to
strangers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.main_values import home_markets, main_values
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import count_members, of_members, too_few
from cib.datasets.needs import Needs

NEEDS: Needs = (("device_hash",),)

USES = ("market",)


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Members whose main device another member uses mainly, too."""
    column = clusters.log.extras["device_hash"]
    device, _ = main_values(clusters, column)
    known = device >= 0
    if (lack := too_few("fellows", known & (clusters.of_account < 0))) is not None:
        return lack
    chance = chance_of_company(clusters, device, known)
    has = in_company(clusters, device, known)
    return Measured(
        count_members(
            "fellows",
            clusters,
            has,
            chance,
            known,
            lambda k, judged, mean: (
                f"{of_members(k, judged, mean)} mainly use a device that another account of the "
                f"cluster mainly uses, too."
            ),
        )
    )


def in_company(
    clusters: Clusters, device: npt.NDArray[np.int64], known: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """(n_accounts,) whether another member of its cluster has the same main device."""
    members = np.flatnonzero(known & (clusters.of_account >= 0))
    key = clusters.of_account[members].astype(np.int64) << 32 | device[members]
    _, place, n = np.unique(key, return_inverse=True, return_counts=True)
    has = np.zeros(len(device), np.bool_)
    has[members[n[place] > 1]] = True
    return has


def chance_of_company(
    clusters: Clusters, device: npt.NDArray[np.int64], known: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """(n_accounts,) chance that one of as many fellows, drawn from its market, has its device.

    An account of no cluster that shares its main device with m others of its market has company
    among k fellows of N accounts there with chance at most k m / N; the mean over a market's
    accounts is what a member of it is held against.
    """
    market = home_markets(clusters) + 1
    outside = known & (clusters.of_account < 0)
    key = market.astype(np.int64) << 32 | np.maximum(device, 0)
    _, place = np.unique(key, return_inverse=True)
    others = np.maximum(np.bincount(place[outside], minlength=int(place.max()) + 1)[place] - 1, 0)
    width = int(market.max()) + 1
    n = np.maximum(np.bincount(market[outside], minlength=width), 1)
    # one more: the mean is an estimate and must not be zero
    mean = (np.bincount(market[outside], others[outside], width) + 1) / n
    members = known & (clusters.of_account >= 0)
    pair = clusters.of_account[members].astype(np.int64) * width + market[members]
    _, group, size = np.unique(pair, return_inverse=True, return_counts=True)
    chance = np.zeros(len(device))
    chance[members] = np.minimum((size[group] - 1) * mean[market[members]] / n[market[members]], 1)
    return chance
