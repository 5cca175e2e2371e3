"""Door: whatever a member does with the targets, it reaches them one way only.

People find content in an album or a list, search for it again and keep it in their library: they
come back by another way. A script or a list of tasks goes in by the same door every time. Platforms
name the way in `parent_kind`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cib.algorithms.clusters import Clusters
from cib.algorithms.groups import numbered
from cib.algorithms.signals.door_kernels import only_value
from cib.algorithms.signals.signal import Finding, Measured
from cib.algorithms.signals.unusual import log10_binomial_tail, of_members
from cib.datasets.needs import Needs
from cib.datasets.slices import codes_at, rows_where

NEEDS: Needs = (("parent_kind",),)

FEWEST = 5
"""Interactions with targets that an account has at least, and members that are judged: of fewer,
all may come one way by chance."""

WEIGHT_OF_ALL = 20
"""Accounts of no cluster that act on any cluster's targets count like this many that act on this
cluster's, of whom there may be none."""


def measure(clusters: Clusters) -> Measured:
    """Members all of whose interactions with the targets came the same way.

    They are held against accounts of no cluster with as many interactions with the same targets at
    least, and with any cluster's targets where those are few.
    """
    log, n = clusters.log, clusters.n_clusters
    kind = log.extras["parent_kind"]
    # a content that several clusters target counts for the first, to have one crowd per content
    target_of = np.full(log.n_contents, -1, np.int32)
    target_of[clusters.target_content[::-1]] = clusters.target_cluster[::-1]
    targeted, stranger = target_of >= 0, clusters.of_account < 0
    outside = rows_where(
        lambda content, account, kind: targeted[content] & stranger[account] & (kind >= 0),
        *(log.content, log.account, kind),
    )
    one_way, others = ways(
        target_of[log.content[outside]], log.account[outside], codes_at(kind, outside), n
    )
    of_member = codes_at(kind, clusters.row)
    mine = clusters.on_target & (of_member >= 0)
    row = clusters.row[mine]
    one_way_in, members = ways(clusters.of_row[mine], log.account[row], of_member[mine], n)
    usual = (one_way.sum() + 1) / (others.sum() + 2)
    rate = (one_way + WEIGHT_OF_ALL * usual) / (others + WEIGHT_OF_ALL)
    findings = []
    for c in np.flatnonzero(members >= FEWEST):
        k, judged, chance = int(one_way_in[c]), int(members[c]), float(rate[c])
        findings.append(
            Finding(
                "door",
                int(c),
                k / judged,
                chance,
                log10_binomial_tail(k, judged, chance),
                max(0.0, (k / judged - chance) / (1 - chance)),
                f"{of_members(k, judged, chance * judged)} reach the targets by one way only, "
                f"each time: never from a library, a search and a list alike, as people do.",
            )
        )
    return Measured(findings)


def ways(
    cluster: npt.NDArray[np.int32],
    account: npt.NDArray[np.int32],
    kind: npt.NDArray[np.int32],
    n_clusters: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(n_clusters,) accounts that come one way only, and accounts with enough interactions.

    Parameters
    ----------
    cluster, account, kind : (n,) of each interaction with a target; by which way it came
    """
    key = cluster.astype(np.int64) << 32 | account
    pairs, pair, _ = numbered(key)
    times, single = only_value(pair, kind, len(pairs))
    enough = times >= FEWEST
    of_pair = pairs >> 32
    judged = np.bincount(of_pair[enough], minlength=n_clusters)
    return np.bincount(of_pair[enough & single], minlength=n_clusters), judged
