"""What each account uses most: its main device, address or network."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals import unusual_kernels as kernels
from cib.algorithms.timelines import by_account


def main_values(
    clusters: Clusters, column: pa.DictionaryArray
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Value that each account has most often, and how many accounts have each value.

    Returns
    -------
    tuple
        (n_accounts,) codes into the column's dictionary, the smallest of those that tie, -1 for
        accounts without any; (n_values,) accounts that have it at all.
    """
    values = by_account(clusters.log, clusters.timelines, lambda codes: codes, column)
    main, n_users = kernels.most_used(values, clusters.timelines.start, len(column.dictionary))
    clusters.log.scratch.release(values)
    return main, n_users


def home_markets(clusters: Clusters) -> npt.NDArray[np.int64]:
    """(n_accounts,) code of each account's market, -1 for none; 0 for all without the column."""
    column = clusters.log.extras.get("market")
    if column is None:
        return np.zeros(clusters.log.n_accounts, np.int64)
    return main_values(clusters, column)[0]


def merged_markets(
    market: npt.NDArray[np.int64], comparison: npt.NDArray[np.bool_], least: int
) -> npt.NDArray[np.int64]:
    """(n_accounts,) markets from 0 up, in order of size; small ones put together.

    Parameters
    ----------
    market : (n_accounts,) codes, -1 for none
    comparison : (n_accounts,) accounts to compare with
    least : of those that every market must have; the smallest are joined until they do, with a
        larger one if need be

    Examples
    --------
    >>> merged_markets(np.array([3, 3, 3, 7, 1, 1]), np.ones(6, bool), 2).tolist()
    [1, 1, 1, 0, 0, 0]
    """
    codes, of_account = np.unique(market, return_inverse=True)
    sizes = np.bincount(of_account[comparison], minlength=len(codes))
    merged = np.zeros(len(codes), np.int64)
    group, total, left = 0, 0, int(sizes.sum())
    for one in np.lexsort((codes, sizes)):
        if total >= least and left >= least:
            group, total = group + 1, 0
        merged[one] = group
        total += int(sizes[one])
        left -= int(sizes[one])
    return np.asarray(merged[of_account])
