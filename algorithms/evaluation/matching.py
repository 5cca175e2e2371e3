"""Which cluster is which ring: overlaps, one-to-one matching, splits and merges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.algorithms.evaluation.trial import Bools, Ints, Trial

MATCHED_JACCARD = 0.5
"""A ring is found when a cluster and it share at least half of their union."""

PART_SHARE, PART_ACCOUNTS = 0.1, 3
"""A cluster holds a part of a ring from a tenth of its accounts on, and at least three."""


@dataclass(frozen=True)
class Overlaps:
    """Pairs of cluster and ring with accounts in common."""

    cluster: Ints
    ring: Ints
    n_common: npt.NDArray[np.int64]
    jaccard: npt.NDArray[np.float64]


@dataclass(frozen=True)
class RingOutcomes:
    """What became of each ring, (n_rings,) each."""

    size: npt.NDArray[np.int64]
    n_flagged: npt.NDArray[np.int64]
    """Accounts of it in any reported cluster."""
    cluster: Ints
    """Cluster matched to it, reported or not; −1 for none."""
    jaccard: npt.NDArray[np.float64]
    """Of the matched cluster; otherwise the best of any cluster, 0 for none."""
    found: Bools
    """Whether a cluster is matched to it, whatever the method thinks of that cluster."""
    reported: Bools
    """Whether a reported cluster is matched to it."""
    n_parts: Ints
    """Clusters that hold a part of it; two or more mean that it is split."""
    merged: Bools
    """Whether a cluster that holds a part of it holds a part of another ring as well."""


def overlaps(trial: Trial) -> Overlaps:
    """Count the accounts that clusters and rings have in common."""
    member_cluster = np.concatenate([trial.cluster, trial.cluster]).astype(np.int64)
    member_ring = np.concatenate([trial.ring[trial.account], trial.second_ring[trial.account]])
    inside = member_ring >= 0
    width = max(trial.n_rings, 1)
    key, n_common = np.unique(
        member_cluster[inside] * width + member_ring[inside], return_counts=True
    )
    cluster, ring = key // width, key % width
    union = trial.sizes[cluster] + ring_sizes(trial)[ring] - n_common
    return Overlaps(cluster, ring, n_common, n_common / np.maximum(union, 1))


def ring_sizes(trial: Trial) -> npt.NDArray[np.int64]:
    """(n_rings,) accounts of each ring, shared ones counted in both."""
    both = np.concatenate([trial.ring, trial.second_ring])
    return np.bincount(both[both >= 0], minlength=trial.n_rings)


def one_to_one(cluster: Ints, ring: Ints, jaccard: npt.NDArray[np.float64]) -> Bools:
    """Choose pairs so that no cluster and no ring is in two: most pairs, then largest Jaccard sum.

    Parameters
    ----------
    cluster, ring, jaccard : (n,) the pairs that may be chosen, each at most once, Jaccard in (0, 1]

    Returns
    -------
    (n,) array
        Whether each pair is chosen.

    Examples
    --------
    >>> one_to_one(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([0.9, 0.5, 0.6])).tolist()
    [False, True, True]
    """
    _, c, n_of_cluster = np.unique(cluster, return_inverse=True, return_counts=True)
    _, r, n_of_ring = np.unique(ring, return_inverse=True, return_counts=True)
    # with Jaccard above one half and no shared accounts there is never a choice
    chosen: npt.NDArray[np.bool_] = (n_of_cluster[c] == 1) & (n_of_ring[r] == 1)
    open_ = np.flatnonzero(~chosen)
    if len(open_):
        import scipy.sparse  # noqa: F401  (before scipy.optimize, see cib/cli/app.py)
        from scipy.optimize import linear_sum_assignment

        _, c = np.unique(c[open_], return_inverse=True)
        _, r = np.unique(r[open_], return_inverse=True)
        worth = np.zeros((c.max() + 1, r.max() + 1))
        # the Jaccard indices together weigh less than one more pair
        worth[c, r] = 1 + jaccard[open_] / (len(open_) + 1)
        row, column = linear_sum_assignment(worth, maximize=True)
        mate = np.full(len(worth), -1)
        mate[row] = column
        chosen[open_] = mate[c] == r
    return chosen


def match_rings(trial: Trial) -> RingOutcomes:
    """Match clusters to rings at Jaccard ≥ 0.5, one to one, and find splits and merges.

    Reported clusters are matched first, so that a cluster which the method waves through never
    takes a ring from one that it reports.
    """
    pairs, size = overlaps(trial), ring_sizes(trial)
    cluster = np.full(trial.n_rings, -1)
    jaccard = np.zeros(trial.n_rings)
    np.maximum.at(jaccard, pairs.ring, pairs.jaccard)
    eligible = pairs.jaccard >= MATCHED_JACCARD
    for reported in (True, False):
        taken = cluster[pairs.ring] >= 0
        open_ = np.flatnonzero(eligible & (trial.reported[pairs.cluster] == reported) & ~taken)
        open_ = open_[one_to_one(pairs.cluster[open_], pairs.ring[open_], pairs.jaccard[open_])]
        cluster[pairs.ring[open_]] = pairs.cluster[open_]
        jaccard[pairs.ring[open_]] = pairs.jaccard[open_]
    found = cluster >= 0
    reported_ = np.zeros(trial.n_rings, np.bool_)
    reported_[found] = trial.reported[cluster[found]]
    part = pairs.n_common >= np.maximum(PART_SHARE * size[pairs.ring], PART_ACCOUNTS)
    rings_of_cluster = np.bincount(pairs.cluster[part], minlength=trial.n_clusters)
    merged = np.zeros(trial.n_rings, np.bool_)
    merged[pairs.ring[part][rings_of_cluster[pairs.cluster[part]] > 1]] = True
    flagged = np.concatenate([trial.ring[trial.flagged], trial.second_ring[trial.flagged]])
    return RingOutcomes(
        size=size,
        n_flagged=np.bincount(flagged[flagged >= 0], minlength=trial.n_rings),
        cluster=cluster,
        jaccard=jaccard,
        found=found,
        reported=reported_,
        n_parts=np.bincount(pairs.ring[part], minlength=trial.n_rings),
        merged=merged,
    )
