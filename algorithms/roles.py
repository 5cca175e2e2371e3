"""Roles: what each member does in its cluster, as far as the log tells.

| Role | What is seen |
|---|---|
| operator | it is on the devices of three or more other members; a middling member is on none |
| hub | others come to the targets through a playlist that it fills, or address it |
| victim | a life of its own, and targets from devices (or networks) that this life never uses |
| reporter | mostly reports of targets |
| follower | mostly follows, saves or likes of targets |
| poster | mostly posts, shares or comments on targets |
| listener | anything else |

The first that applies is the role. Operators, hubs and victims need columns: `device_hash` or
`asn`, `parent_id`, `target_account_id`. A role is a description, no judgement: a victim's account
was taken over, a reporter may be an honest person.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.algorithms.actions import ADDING, FOLLOWING, REPORTING, SPEAKING, of_kind
from cib.algorithms.clusters import Clusters
from cib.algorithms.groups import distinct, quantile_by
from cib.datasets.slices import codes_at

Array = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

ROLES = ("listener", "poster", "follower", "reporter", "victim", "hub", "operator")
"""Each before those that go before it."""

ROLE_COLUMNS = ("asn", "device_hash", "parent_id", "target_account_id")
"""Optional columns that some role is told by."""

MANY = 3
"""Other members whose devices an operator is on, at least."""

ENOUGH = 10
"""Interactions of an account's own, at least, before its life says where it is lived."""

ELSEWHERE = 0.9
"""Share of the interactions with targets that come from where a victim never is itself."""


def member_roles(clusters: Clusters) -> tuple[Array, npt.NDArray[np.int8]]:
    """Tell what each member does in its cluster.

    Returns
    -------
    members, roles
        (n_members,) account codes, ascending, and positions in `ROLES`.
    """
    log = clusters.log
    members = np.flatnonzero(clusters.of_account >= 0)
    place = np.zeros(log.n_accounts, np.int64)
    place[members] = np.arange(len(members))
    of_row = place[log.account[clusters.row]]
    cluster = clusters.of_account[members].astype(np.int64)
    role = np.zeros(len(members), np.int8)
    for name, found in (
        ("poster", mostly(clusters, of_row, len(members), SPEAKING)),
        ("follower", mostly(clusters, of_row, len(members), FOLLOWING)),
        ("reporter", mostly(clusters, of_row, len(members), REPORTING)),
        ("victim", victims(clusters, of_row, len(members))),
        ("hub", hubs(clusters, of_row, cluster, place)),
        ("operator", operators(clusters, of_row, cluster)),
    ):
        role[found] = ROLES.index(name)
    return members, role


def mostly(clusters: Clusters, of_row: Array, n_members: int, kind: Sequence[str]) -> Mask:
    """(n_members,) members most of whose interactions with targets are of a kind."""
    target = clusters.on_target
    log = clusters.log
    of = of_kind(log.action[clusters.row[target]], log.action_names, kind)
    total = np.bincount(of_row[target], minlength=n_members)
    return np.asarray(2 * np.bincount(of_row[target], of, n_members) > total)


def codes(clusters: Clusters, column: str) -> Array:
    """(n_member_rows,) codes of a column, -1 where it is null."""
    return codes_at(clusters.log.extras[column], clusters.row).astype(np.int64)


def victims(clusters: Clusters, of_row: Array, n_members: int) -> Mask:
    """(n_members,) accounts with a life of their own, whose targets come from elsewhere.

    Elsewhere is a device, and without that column a network, that is never seen off the targets.
    Most of what the account does must be its own.
    """
    none = np.zeros(n_members, np.bool_)
    column = next((c for c in ("device_hash", "asn") if c in clusters.log.extras), None)
    if column is None:
        return none
    value, target = codes(clusters, column), clusters.on_target
    known = value >= 0
    width = np.int64(len(clusters.log.extras[column].dictionary))
    key = of_row * width + value
    own = np.unique(key[known & ~target])
    strange = known & target
    strange[strange] = ~np.isin(key[strange], own)
    on_targets = np.bincount(of_row[known & target], minlength=n_members)
    apart = np.bincount(of_row[strange], minlength=n_members)
    alone = np.bincount(of_row[~target], minlength=n_members)
    lives = (alone >= ENOUGH) & (alone > np.bincount(of_row[target], minlength=n_members))
    return np.asarray(lives & (on_targets > 0) & (apart >= ELSEWHERE * on_targets))


def operators(clusters: Clusters, of_row: Array, cluster: Array) -> Mask:
    """(n_members,) accounts on the devices of others, where members have one each."""
    n_members = len(cluster)
    if "device_hash" not in clusters.log.extras:
        return np.zeros(n_members, np.bool_)
    device = codes(clusters, "device_hash")
    known = device >= 0
    member, used, _ = distinct(of_row[known], device[known])
    home, code, users = distinct(cluster[member], used)
    width = np.int64(len(clusters.log.extras["device_hash"].dictionary))
    n_users = users[np.searchsorted(home * width + code, cluster[member] * width + used)]
    shared = np.bincount(member[n_users > 1], minlength=n_members)
    usual = quantile_by(cluster, shared, int(cluster.max(initial=-1)) + 1)
    return np.asarray((shared >= MANY) & (usual[cluster] <= 1) & (shared > 2 * usual[cluster]))


def hubs(clusters: Clusters, of_row: Array, cluster: Array, place: Array) -> Mask:
    """(n_members,) accounts that most others of the cluster come to, or come through.

    Either they fill a playlist through which others play targets, or others' interactions name
    them as the account that is followed, answered or mentioned.
    """
    log, target = clusters.log, clusters.on_target
    n_members, sizes = len(cluster), clusters.sizes
    found = np.zeros(n_members, np.bool_)
    if "parent_id" in log.extras:
        parent = codes(clusters, "parent_id")
        adding = (parent >= 0) & of_kind(log.action[clusters.row], log.action_names, ADDING)
        playing = (parent >= 0) & target & ~adding
        width = np.int64(len(log.extras["parent_id"].dictionary))
        key = cluster[of_row] * width + parent
        played, _, _ = distinct(key[playing], of_row[playing])
        lists, n_players = np.unique(played, return_counts=True)
        popular = lists[2 * n_players >= sizes[lists // width]]
        filled = adding & np.isin(key, popular)
        filler, filled_key, _ = distinct(of_row[filled], key[filled])
        # who fills what everybody fills is one of them
        _, at, n_fillers = np.unique(filled_key, return_inverse=True, return_counts=True)
        found[filler[2 * n_fillers[at] < sizes[cluster[filler]]]] = True
    if "target_account_id" in log.extras:
        # the two columns may be of different types: one of numbers, the other of their digits
        ids, known = log.extras["target_account_id"].dictionary, log.account_ids
        code = pc.fill_null(pc.index_in(ids.cast(pa.string()), known.cast(pa.string())), -1)
        named = np.append(np.asarray(code), -1)[codes(clusters, "target_account_id")]
        inside = np.flatnonzero((named >= 0) & (clusters.of_account[named] == clusters.of_row))
        inside = inside[place[named[inside]] != of_row[inside]]
        whom, _, _ = distinct(place[named[inside]], of_row[inside])
        callers = np.bincount(whom, minlength=n_members)
        found |= 2 * callers >= np.maximum(sizes[cluster] - 1, 2)
    return found
