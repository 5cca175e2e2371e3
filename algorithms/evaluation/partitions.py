"""How clean clusters are: purity, weighted precision, homogeneity."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def purity(n_main: npt.ArrayLike, size: npt.ArrayLike) -> float:
    """Share of the accounts in clusters that belong to the main ring of their cluster.

    Honest accounts are no class of their own, so a cluster of fans has purity 0, not 1.

    Parameters
    ----------
    n_main : (n_clusters,) accounts of the ring that has most in the cluster, 0 without one
    size : (n_clusters,) accounts of the cluster

    Examples
    --------
    >>> purity([8, 0], [10, 10])
    0.4
    """
    return ratio(np.asarray(n_main), np.asarray(size))


def weighted_precision(p: npt.ArrayLike, size: npt.ArrayLike) -> float:
    """WP = Σ n p² / Σ n p: the precision of the cluster that an inauthentic account is found in.

    Parameters
    ----------
    p : (n_clusters,) share of each cluster's accounts that are inauthentic
    size : (n_clusters,) n, its accounts

    Examples
    --------
    >>> weighted_precision([1.0, 0.5], [10, 20])
    0.75
    """
    hits = np.multiply(p, size)
    return ratio(hits * np.asarray(p), hits)


def homogeneity(label: npt.NDArray[np.integer], cluster: npt.NDArray[np.integer]) -> float:
    """Homogeneity 1 − H(label | cluster) / H(label) (Rosenberg & Hirschberg, EMNLP 2007).

    Parameters
    ----------
    label : (n,) true class of each membership, its ring or honest
    cluster : (n,) cluster of each

    Returns
    -------
    float
        Between 0 and 1; 1 when there is one label only, NaN without memberships.

    Examples
    --------
    >>> homogeneity(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2]))
    1.0
    """
    if not len(label):
        return float("nan")
    _, label = np.unique(label, return_inverse=True)
    _, cluster = np.unique(cluster, return_inverse=True)
    whole = entropy_sum(np.bincount(label))
    if whole == 0:
        return 1.0
    _, joint = np.unique(cluster * (label.max() + 1) + label, return_counts=True)
    # n H(label | cluster) = n H(label, cluster) - n H(cluster)
    left = entropy_sum(joint) - entropy_sum(np.bincount(cluster))
    return float(min(max(1 - left / whole, 0.0), 1.0))


def entropy_sum(counts: npt.NDArray[np.integer]) -> float:
    """Entropy (nats) of things counted by kind, times their number."""
    counts = counts[counts > 0]
    n = counts.sum()
    return float(n * np.log(n) - (counts * np.log(counts)).sum())


def ratio(top: npt.NDArray[np.number], bottom: npt.NDArray[np.number]) -> float:
    """Σ top / Σ bottom; NaN when there is nothing below."""
    whole = float(np.sum(bottom))
    return float(np.sum(top)) / whole if whole else float("nan")
