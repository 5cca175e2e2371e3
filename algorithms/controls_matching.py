"""Who may be a control of which member, and who is: the nearest number of interactions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.algorithms import controls_kernels as kernels
from cib.algorithms.clusters import Clusters
from cib.algorithms.groups import distinct
from cib.graphs import codes

Array = npt.NDArray[Any]

POOL = 100
"""Candidates looked at for each control sought."""

BATCH = 1 << 22
"""Candidates compared together, about."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Members to be matched, by cluster and market, those with most interactions first."""

    need: Array
    """(n_sought,) position in the three below."""
    n_interactions: Array
    """(n_sought,)"""
    cluster: Array
    """(n_needs,) the cluster of each need: members of one cluster with one market."""
    market: Array
    """(n_needs,) its market."""
    n_members: Array
    """(n_needs,) members that seek."""


def target_slots(clusters: Clusters) -> Array:
    """(n_contents,) position of each content among those that are some cluster's target, or -1."""
    slot = np.full(clusters.log.n_contents, -1, np.int32)
    contents = np.unique(clusters.target_content)
    slot[contents] = np.arange(len(contents))
    return slot


def members_sought(clusters: Clusters, n_interactions: Array, market: Array, most: int) -> Sought:
    """Choose the members to match: all, or of a large cluster `most` of every activity."""
    member = np.flatnonzero(clusters.of_account >= 0)
    member = member[np.lexsort((n_interactions[member], clusters.of_account[member]))]
    cluster = clusters.of_account[member]
    size = clusters.sizes
    rank = np.arange(len(member)) - (np.cumsum(size) - size)[cluster]
    # evenly spaced: so many of the first r + 1 are chosen, rounded up
    share = np.minimum(most, size)[cluster]
    chosen = -(-(rank + 1) * share // size[cluster]) > -(-rank * share // size[cluster])
    member, cluster = member[chosen], cluster[chosen]
    needs_cluster, needs_market, n_members = distinct(cluster, market[member])
    order = np.lexsort((member, -n_interactions[member], market[member], cluster))
    return Sought(
        need=np.repeat(np.arange(len(n_members)), n_members),
        n_interactions=n_interactions[member[order]],
        cluster=needs_cluster,
        market=needs_market,
        n_members=n_members,
    )


def candidates(
    clusters: Clusters, sought: Sought, acts: Array, market: Array
) -> Iterator[tuple[Array, Array]]:
    """Gather those who may serve each need: accounts of its market on any of its targets.

    Parameters
    ----------
    acts : (n_pairs,) ascending: target, times the number of places, plus place
    market : (n_places,) of the account in each place, ascending

    Yields
    ------
    need, place
        (n,) each: some needs, ascending, and the places that may serve each, ascending.
    """
    n_targets = np.bincount(clusters.target_cluster, minlength=clusters.n_clusters)
    # every need with every target of its cluster
    each = n_targets[sought.cluster]
    need = np.repeat(np.arange(len(each)), each)
    first = (np.cumsum(n_targets) - n_targets)[sought.cluster]
    content = clusters.target_content[counted_from(first, each)]
    base = target_slots(clusters)[content] * np.int64(len(market))
    low = np.searchsorted(acts, base + np.searchsorted(market, sought.market, "left")[need])
    high = np.searchsorted(acts, base + np.searchsorted(market, sought.market, "right")[need])
    # where too many may serve, every so-manieth of them, over all targets of the need in turn
    size = high - low
    before = np.cumsum(size) - size
    total = np.bincount(need, size, len(each)).astype(np.int64)
    step = np.maximum(-(-total // (POOL * sought.n_members)), 1)[need]
    before -= before[np.searchsorted(need, need)]
    low += -before % step
    size = np.maximum(-(-(high - low) // step), 0)
    batch = np.cumsum(size)[np.searchsorted(need, need, "right") - 1] // BATCH
    for part in np.split(np.arange(len(need)), np.flatnonzero(np.diff(batch)) + 1):
        at = np.repeat(low[part], size[part]) + counted_from(0 * part, size[part]) * np.repeat(
            step[part], size[part]
        )
        key = np.repeat(need[part], size[part]) * np.int64(len(market)) + acts[at] % len(market)
        if len(key):
            key = codes.distinct(key)
            yield key // len(market), key % len(market)


def counted_from(first: Array, n: Array) -> Array:
    """Count up from each first number, n times each.

    Examples
    --------
    >>> counted_from(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    return np.repeat(first - (np.cumsum(n) - n), n) + np.arange(int(n.sum()))


def match(need: Array, n_interactions: Array, sought: Sought) -> tuple[Array, Array]:
    """Choose a candidate for each member that these candidates may serve.

    Parameters
    ----------
    need, n_interactions : (n_candidates,) what each may serve, and its interactions; in order of
        the two, with all candidates of a need
    sought : the members

    Returns
    -------
    member, candidate
        (n_matched,) positions among the members sought and among the candidates.
    """
    new = np.ones(len(need), np.bool_)
    new[1:] = (need[1:] != need[:-1]) | (n_interactions[1:] != n_interactions[:-1])
    start = np.flatnonzero(new)
    of = need[start]
    begin, end = np.searchsorted(sought.need, [need[0], need[-1] + 1])
    chosen = np.empty(end - begin, np.int64)
    kernels.match_nearest(
        n_interactions[start],
        np.append(start, len(need)),
        np.searchsorted(of, sought.need[begin:end], "left"),
        np.searchsorted(of, sought.need[begin:end], "right"),
        sought.n_interactions[begin:end],
        chosen,
    )
    matched = np.flatnonzero(chosen >= 0)
    return begin + matched, chosen[matched]
