"""The same campaign in two runs: clusters matched by the accounts that they share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]

SAME = 0.3
"""Least part of the smaller of two clusters that must be in the other for one to be the other."""
GROWTH = 0.1
"""A change in size beyond this part of the former size is growth or shrinkage."""
CHANGES = ("new", "known", "grown", "shrunk", "split", "merged", "gone")


def match(previous: pa.Table, current: pa.Table) -> pa.Table:
    """Say of every cluster of a run what it was in the run before.

    Two clusters are **kin** when they share at least two accounts and these are at least 30% of the
    smaller one's. Then, for a cluster of the current run:

    - **new**: it has no kin in the previous run;
    - **merged**: it has several kin there, and for at least two of them it is the nearest kin that
      they have in the current run;
    - **split**: its nearest kin there is also the nearest kin of another current cluster;
    - otherwise it is its nearest kin there: **grown** when it has over 10% more accounts,
      **shrunk** when it has over 10% fewer, else **known**.

    A cluster of the previous run without kin in the current one is **gone**. The nearest kin is the
    one with most accounts in common, then with the larger Jaccard similarity, then with the smaller
    number. Merged comes before split.

    Parameters
    ----------
    previous, current : `members` of two runs: cluster_id, account_id of one type; an account is in
        at most one cluster of each

    Returns
    -------
    pa.Table
        current_cluster (int32), previous_cluster (int32), n_shared (int64), jaccard (double: shared
        accounts over accounts in either), change (string). One row per cluster of the current run,
        with its nearest kin or null; for a merged one a row for each of its kin; then one row per
        cluster that is gone, with null as current_cluster. Ascending by current_cluster, then most
        shared first.

    Raises
    ------
    ValueError
        The ids are of two types.

    Examples
    --------
    >>> before = pa.table({"cluster_id": [1, 1, 1, 2, 2], "account_id": ["a", "b", "c", "d", "e"]})
    >>> after = pa.table({"cluster_id": [1, 1, 1, 1], "account_id": ["a", "b", "c", "x"]})
    >>> match(before, after).select(["current_cluster", "previous_cluster", "change"]).to_pylist()
    ... # doctest: +NORMALIZE_WHITESPACE
    [{'current_cluster': 1, 'previous_cluster': 1, 'change': 'grown'},
     {'current_cluster': None, 'previous_cluster': 2, 'change': 'gone'}]
    """
    if previous["account_id"].type != current["account_id"].type:
        raise ValueError(
            f"account ids are {previous['account_id'].type} in one run and "
            f"{current['account_id'].type} in the other; they cannot be matched."
        )
    of_old, old_names, old_size = _clusters(previous)
    of_new, new_names, new_size = _clusters(current)
    place = pc.index_in(
        current["account_id"].combine_chunks(), value_set=previous["account_id"].combine_chunks()
    )
    there = np.asarray(pc.fill_null(place, -1), np.int64)
    both = there >= 0
    width = np.int64(max(len(old_names), 1))
    pair, shared = np.unique(of_new[both] * width + of_old[there[both]], return_counts=True)
    new, old = pair // width, pair % width
    smaller = np.minimum(new_size[new], old_size[old])
    kin = (shared >= 2) & (shared >= SAME * smaller)
    new, old, shared = new[kin], old[kin], shared[kin].astype(np.int64)
    jaccard = shared / (new_size[new] + old_size[old] - shared)

    nearest_of_new = _nearest(new, old, shared, jaccard, len(new_names))
    nearest_of_old = _nearest(old, new, shared, jaccard, len(old_names))
    # kin of which this cluster is the nearest, per current cluster
    led = np.flatnonzero(nearest_of_old >= 0)
    n_led = np.bincount(new[nearest_of_old[led]], minlength=len(new_names))
    merged = n_led >= 2
    chosen = nearest_of_new >= 0
    parent = np.full(len(new_names), -1, np.int64)
    parent[chosen] = old[nearest_of_new[chosen]]
    n_children = np.bincount(parent[chosen], minlength=len(old_names))
    ratio = new_size / np.maximum(old_size[parent] if len(old_names) else 1, 1)
    change = np.where(
        ratio > 1 + GROWTH, "grown", np.where(ratio < 1 - GROWTH, "shrunk", "known")
    ).astype(object)
    siblings = chosen.copy()
    siblings[chosen] = n_children[parent[chosen]] >= 2
    change[siblings] = "split"
    change[merged] = "merged"
    change[~chosen] = "new"

    rows = np.concatenate([nearest_of_new[chosen & ~merged], np.flatnonzero(merged[new])])
    fresh = np.flatnonzero(~chosen)
    gone = np.setdiff1d(np.arange(len(old_names)), old)
    nothing = np.full(len(fresh), -1), np.full(len(gone), -1)
    table = pa.table(
        {
            "current_cluster": _named(new_names, np.concatenate([new[rows], fresh, nothing[1]])),
            "previous_cluster": _named(old_names, np.concatenate([old[rows], nothing[0], gone])),
            "n_shared": np.concatenate([shared[rows], np.zeros(len(fresh) + len(gone), np.int64)]),
            "jaccard": np.concatenate([jaccard[rows], np.zeros(len(fresh) + len(gone))]),
            "change": pa.array(
                [*change[new[rows]], *change[fresh], *(["gone"] * len(gone))], pa.string()
            ),
        }
    )
    order = [("current_cluster", "ascending"), ("n_shared", "descending")]
    return table.sort_by([*order, ("jaccard", "descending"), ("previous_cluster", "ascending")])


def _clusters(members: pa.Table) -> tuple[Ints, Ints, Ints]:
    """Return each member's cluster as a code, the clusters' numbers, and their sizes."""
    names, code, size = np.unique(
        members["cluster_id"].to_numpy(), return_inverse=True, return_counts=True
    )
    return code.astype(np.int64), names.astype(np.int64), size.astype(np.int64)


def _nearest(
    one: Ints, other: Ints, shared: Ints, jaccard: npt.NDArray[np.float64], n: int
) -> Ints:
    """Return for each of n clusters the pair with its nearest kin, −1 when it has none."""
    order = np.lexsort((other, -jaccard, -shared, one))
    first = np.flatnonzero(np.diff(one[order], prepend=-1))
    nearest = np.full(n, -1, np.int64)
    nearest[one[order[first]]] = order[first]
    return nearest


def _named(names: Ints, code: Ints) -> pa.Array:
    """Return numbers of clusters, null where the code is −1."""
    missing = code < 0
    found = names[np.where(missing, 0, code)] if len(names) else np.zeros(len(code), np.int64)
    return pa.array(found.astype(np.int32), mask=missing)
