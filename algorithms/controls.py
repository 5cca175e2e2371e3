"""Controls: accounts of no cluster that act on a cluster's targets, one for each member.

What members do with their targets says little by itself: an investigator must see beside it what
other people do with the same. A control acts on one of the targets at least, has about as many
interactions in the log as its member, and the same market where the log has markets.

Members choose in turn, those with most interactions first, because they are the hardest to match;
each takes the account with the nearest number of interactions that no fellow member took (nearest
neighbour without replacement: Rosenbaum and Rubin 1985, The American Statistician 39(1)). Of two
as near, the one with fewer interactions, then the smaller id. Targets that nobody else acts on
have no controls, and a cluster may have fewer than members.

Cost
----
Two looks at all rows. Memory is 8 bytes for each account and target that it acts on, and at most
`POOL` candidates are looked at for each control that is sought, every n-th by activity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.algorithms.clusters import Clusters
from cib.algorithms.controls_matching import (
    candidates,
    counted_from,
    match,
    members_sought,
    target_slots,
)
from cib.algorithms.groups import ordered
from cib.algorithms.signals.main_values import home_markets
from cib.datasets.scratch import walk
from cib.graphs.codes import distinct

Array = npt.NDArray[Any]

MOST = 200
"""Controls of one cluster, at most; a larger one is matched by so many members of every
activity."""

ROWS = 1 << 18
"""Rows looked at together."""

KEPT = 1 << 22
"""Pairs that are kept, at least, before repeats are thrown out."""


@dataclass(frozen=True, slots=True)
class Controls:
    """Which accounts are controls of which cluster, and what they do with its targets."""

    cluster: npt.NDArray[np.int32]
    """(n_controls,) clusters, ascending."""
    account: npt.NDArray[np.int32]
    """(n_controls,) account codes, ascending within a cluster; one may be in several."""
    row: npt.NDArray[np.int64]
    """(n_control_rows,) position in the log of each interaction of a control with a target."""
    of_row: npt.NDArray[np.int32]
    """(n_control_rows,) the cluster whose target it is."""


def find_controls(clusters: Clusters, *, most: int = MOST) -> Controls:
    """Find for each cluster about as many accounts outside all clusters as it has members.

    Parameters
    ----------
    clusters : from `find_clusters`
    most : controls of one cluster, at most
    """
    log = clusters.log
    n_interactions = clusters.timelines.n_interactions
    market = home_markets(clusters)
    target, account = outsiders(clusters)
    if not len(account):
        none = np.zeros(0, np.int32)
        return Controls(none, none, np.zeros(0, np.int64), none)
    sought = members_sought(clusters, n_interactions, market, most)
    # places: accounts by market, then activity, then id, so that those that may serve a need are
    # next to one another and in order
    people = np.flatnonzero(np.bincount(account, minlength=log.n_accounts))
    people = people[np.lexsort((n_interactions[people], market[people]))]
    place = np.zeros(log.n_accounts, np.int64)
    place[people] = np.arange(len(people))
    acts = np.sort(target * len(people) + place[account])
    found = []
    for need, candidate in candidates(clusters, sought, acts, market[people]):
        member, chosen = match(need, n_interactions[people[candidate]], sought)
        found.append(np.stack([sought.cluster[sought.need[member]], people[candidate[chosen]]]))
    cluster, account = np.concatenate([np.zeros((2, 0), np.int64), *found], axis=1)
    order = ordered(cluster, account)
    cluster, account = cluster[order].astype(np.int32), account[order].astype(np.int32)
    return Controls(cluster, account, *rows_on_targets(clusters, cluster, account))


def outsiders(clusters: Clusters) -> tuple[Array, Array]:
    """Accounts of no cluster and the contents that they act on, where some cluster's target is.

    Returns
    -------
    target, account
        (n_pairs,) positions among the distinct target contents and account codes, each pair once.
    """
    log, outside = clusters.log, clusters.of_account < 0
    width = np.int64(max(log.n_accounts, 1))
    slot = target_slots(clusters)
    keys, held = [np.zeros(0, np.int64)], 0
    for start, stop in walk(log.n_rows, log.content, log.account, chunk=ROWS):
        content, account = log.content[start:stop], log.account[start:stop]
        here = np.flatnonzero((slot[content] >= 0) & outside[account])
        keys.append(slot[content[here]] * width + account[here])
        held += len(here)
        if held > KEPT + 2 * len(keys[0]):
            keys, held = [distinct(np.concatenate(keys))], 0
    pairs = distinct(np.concatenate(keys))
    return pairs // width, pairs % width


def rows_on_targets(
    clusters: Clusters, cluster: Array, account: Array
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Interactions of accounts with the targets of the clusters that they are controls of.

    Returns
    -------
    row, of_row
        (n,) positions in the log, and the cluster; an account may be in several.
    """
    log = clusters.log
    chosen = np.bincount(account, minlength=log.n_accounts) > 0
    wanted = target_slots(clusters) >= 0
    rows = [np.zeros(0, np.int64)]
    for start, stop in walk(log.n_rows, log.content, log.account, chunk=ROWS):
        here = chosen[log.account[start:stop]] & wanted[log.content[start:stop]]
        rows.append(start + np.flatnonzero(here))
    row = np.concatenate(rows)
    order = ordered(account, cluster)
    account, cluster = account[order], cluster[order]
    first = np.searchsorted(account, log.account[row])
    n = np.searchsorted(account, log.account[row], "right") - first
    row, of_row = np.repeat(row, n), cluster[counted_from(first, n)]
    width = np.int64(max(log.n_contents, 1))
    targets = clusters.target_cluster * width + clusters.target_content
    on_target = np.isin(of_row * width + log.content[row], targets)
    return row[on_target], of_row[on_target]
