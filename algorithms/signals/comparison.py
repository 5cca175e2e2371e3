"""The accounts that a cluster's members are compared with, and the one count most of it rests on.

What ordinary people do with what they like best is measured on accounts of no cluster: an even
sample of them, since a thousand say it as well as a million.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cib.algorithms.actions import LISTENING
from cib.algorithms.clusters import Clusters
from cib.algorithms.groups import numbered
from cib.algorithms.signals.unusual import SMALLEST
from cib.algorithms.timelines_kernels import count
from cib.datasets.log import InteractionLog
from cib.datasets.slices import rows_where

SAMPLE = 1000
"""Accounts outside clusters to compare with."""


class Pairs(NamedTuple):
    """What each account did with each content, by (account, content)."""

    account: npt.NDArray[np.int64]
    content: npt.NDArray[np.int64]
    of_row: npt.NDArray[np.int64]
    """(n_rows,) pair of each row"""

    def times(self, chosen: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.int64]:
        """(n_pairs,) rows of each pair, or those chosen of them."""
        rows = self.of_row if chosen is None else self.of_row[chosen]
        return np.bincount(rows, minlength=len(self.account))


def pairs_of(clusters: Clusters, rows: npt.NDArray[np.int64]) -> Pairs:
    """Group rows of the log, given by position, by account and content."""
    log = clusters.log
    width = np.int64(max(log.n_contents, 1))
    key = log.account[rows] * width + log.content[rows]
    distinct, of_row, _ = numbered(key)
    return Pairs(distinct // width, distinct % width, of_row)


def outside_rows(clusters: Clusters, min_rows: int) -> npt.NDArray[np.int64]:
    """Positions of the rows of the comparison accounts: a sample of those with enough rows."""
    fit = np.flatnonzero(
        (clusters.of_account < 0) & (clusters.timelines.n_interactions >= min_rows)
    )
    if len(fit) > SAMPLE:
        fit = fit[np.arange(SAMPLE) * len(fit) // SAMPLE]
    chosen = np.zeros(clusters.log.n_accounts, np.bool_)
    chosen[fit] = True
    return rows_where(lambda account: chosen[account], clusters.log.account)


def target_rows(clusters: Clusters) -> npt.NDArray[np.int64]:
    """Positions of the rows of members with their cluster's targets."""
    return clusters.row[clusters.on_target]


def main_action(log: InteractionLog) -> int:
    """Code of the log's main action: of listening and viewing the commonest, else of all.

    Examples
    --------
    >>> import pyarrow as pa
    >>> log = InteractionLog(*(np.zeros(6, np.int32),) * 2, np.array([0, 0, 0, 1, 2, 2], np.int16),
    ...                      np.arange(6), pa.array([1]), pa.array([1]), ("like", "play", "share"))
    >>> log.action_names[main_action(log)]
    'play'
    """
    times = count(log.action, len(log.action_names))
    listening = [i for i, name in enumerate(log.action_names) if name.lower() in LISTENING]
    return max(listening or range(len(times)), key=lambda i: int(times[i]), default=0)


def log10_upper_tail(k: int, n: int, chance: float) -> float:
    """log10 of the probability of k or more of n, each with the same chance."""
    # imported late: it takes a quarter of a second, and most scans of small logs find nothing
    from scipy.special import bdtrc

    if k <= 0:
        return 0.0
    return float(np.log10(max(float(bdtrc(k - 1, n, chance)), SMALLEST)))


def excess(observed: float, expected: float) -> float:
    """How far a share lies above what is expected of it, 0 to 1.

    Examples
    --------
    >>> excess(0.75, 0.5), excess(0.2, 0.5), excess(1.0, 1.0)
    (0.5, 0.0, 0.0)
    """
    return max(0.0, (observed - expected) / (1 - expected)) if expected < 1 else 0.0
