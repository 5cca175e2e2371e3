"""What a baseline finds, and the folder it is written to.

    accounts.parquet   account_id (as in the log), score (float64, higher is more suspect)
    clusters.parquet   cluster_id (int32), rank (int32, from 1), score (float64), reported (bool)
    members.parquet    cluster_id (int32), account_id

`accounts` has every account of the log, in ascending order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from baselines import TABLES

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Cluster:
    """A group of accounts that a baseline reports."""

    members: Array
    """(n,) account codes, ascending."""
    score: float


@dataclass(frozen=True)
class Findings:
    """Scores of all accounts, and clusters in any order."""

    score: Array
    """(n_accounts,) float64 by account code."""
    clusters: Sequence[Cluster] = ()
    """All are reported: those are the ones that a user of the method is shown."""

    def write(self, account_ids: pa.Array, folder: Path) -> None:
        """Write the three tables; ids come back as they are in the log.

        Raises
        ------
        ValueError
            There is not one finite score for each account.
        """
        if len(self.score) != len(account_ids) or not np.isfinite(self.score).all():
            raise ValueError(
                f"{len(self.score)} scores, {np.isfinite(self.score).sum()} of them finite, for "
                f"{len(account_ids)} accounts; there must be a finite one for each."
            )
        # a tie goes to the larger cluster, then to the one with the smaller ids
        ranked = sorted(
            self.clusters, key=lambda c: (-c.score, -len(c.members), c.members.tolist())
        )
        sizes = [len(cluster.members) for cluster in ranked]
        number = np.arange(len(ranked), dtype=np.int32)
        members = np.concatenate([np.empty(0, np.int64), *(c.members for c in ranked)])
        tables = (
            pa.table({"account_id": account_ids, "score": self.score.astype(np.float64)}),
            pa.table(
                {
                    "cluster_id": number,
                    "rank": number + np.int32(1),
                    "score": np.array([cluster.score for cluster in ranked], np.float64),
                    "reported": np.ones(len(ranked), np.bool_),
                }
            ),
            pa.table(
                {
                    "cluster_id": np.repeat(number, sizes),
                    "account_id": account_ids.take(pa.array(members.astype(np.int64))),
                }
            ),
        )
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in zip(TABLES, tables, strict=True):
            pq.write_table(table, folder / f"{name}.parquet")


def strongest(a: Array, b: Array, weight: Array, n_accounts: int) -> Array:
    """(n_accounts,) largest weight of an edge at each account; 0 without edges.

    This is the score that belongs to a threshold on edges: raise the threshold, and an account is
    flagged as long as it does not pass this.
    """
    out = np.zeros(n_accounts)
    np.maximum.at(out, a, weight)
    np.maximum.at(out, b, weight)
    return out


def components(a: Array, b: Array, weight: Array, n_accounts: int) -> list[Cluster]:
    """Connected components of two accounts or more, scored by the weight of all their edges.

    None of the tools ranks components, so that is ours: the one with the most co-actions in it
    comes first.
    """
    if not len(a):
        return []
    graph = sparse.coo_array((np.ones(len(a)), (a, b)), shape=(n_accounts, n_accounts))
    label = connected_components(graph, directed=False)[1]
    total = np.bincount(label[a], weight, minlength=label.max() + 1)
    return [Cluster(part, float(total[label[part[0]]])) for part in groups(label)]


def groups(label: Array) -> list[Array]:
    """Positions of each label that occurs twice or more, ascending."""
    order = np.argsort(label, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return [part for part in parts if len(part) > 1]
