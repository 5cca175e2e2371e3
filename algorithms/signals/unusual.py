"""The one test that most signals share: how many members are unusual among comparable accounts.

An account is unusual when its statistic exceeds that of at least 95% of the comparison accounts:
those in no cluster, with about the same number of interactions. If members were like everybody
else, their number of unusual accounts would be binomial with that share.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals import unusual_kernels as kernels
from cib.algorithms.signals.signal import Finding, Measured, Unavailable
from cib.algorithms.timelines import by_account

UNUSUAL_SHARE = 0.05

SMALLEST = 1e-300
"""Probabilities below this are written as this."""

MIN_COMPARISON = 100
"""Comparison accounts needed per level of activity; below it levels are merged."""


def count_unusual(
    signal: str,
    clusters: Clusters,
    statistic: npt.NDArray[np.float64],
    eligible: npt.NDArray[np.bool_],
    statement: Callable[[int, int, float], str],
    *,
    floor: float = -np.inf,
    match_activity: bool = True,
) -> Measured | Unavailable:
    """Count, per cluster, the members whose statistic is unusually high.

    Parameters
    ----------
    signal : name of the signal
    statistic : (n_accounts,) higher is more suspicious
    eligible : (n_accounts,) accounts with enough data to be judged
    statement : (unusual members, judged members, expected number) -> sentence
    floor : a statistic at or under it is never unusual, whatever the others do
    match_activity : compare accounts of about the same number of interactions
    """
    comparison = eligible & (clusters.of_account < 0)
    if comparison.sum() < MIN_COMPARISON:
        return Unavailable(
            signal,
            f"only {int(comparison.sum())} comparable accounts outside clusters; "
            f"{MIN_COMPARISON} are needed",
        )
    activity = clusters.timelines.n_interactions
    level = activity_level(activity, comparison) if match_activity else np.zeros_like(activity)
    unusual = np.zeros(len(statistic), np.bool_)
    chance = np.zeros(len(statistic))
    for value in np.unique(level[comparison]):
        here = comparison & (level == value)
        limit = max(float(np.quantile(statistic[here], 1 - UNUSUAL_SHARE)), floor)
        unusual |= (level == value) & eligible & (statistic > limit)
        # one more in both counts: the chance is an estimate and must not be zero
        beyond = int((statistic[here] > limit).sum())
        chance[level == value] = (beyond + 1) / (int(here.sum()) + 1)
    members = eligible & (clusters.of_account >= 0)
    cluster = clusters.of_account[members]
    n = np.bincount(cluster, minlength=clusters.n_clusters)
    k = np.bincount(cluster, unusual[members], clusters.n_clusters).astype(int)
    mean = np.bincount(cluster, chance[members], clusters.n_clusters)
    findings = []
    judged = np.flatnonzero(n >= 3)
    if len(judged):
        # imported late: it takes a quarter of a second, and most scans of small logs find nothing
        from scipy.special import bdtrc
    for c in judged:
        share = mean[c] / n[c]
        tail = float(bdtrc(k[c] - 1, n[c], share))
        log10_p = float(np.log10(max(tail, SMALLEST)))
        effect = max(0.0, (k[c] / n[c] - share) / (1 - share))
        findings.append(
            Finding(
                signal,
                int(c),
                float(k[c] / n[c]),
                float(share),
                min(0.0, log10_p),
                float(effect),
                statement(int(k[c]), int(n[c]), float(mean[c])),
            )
        )
    return Measured(findings, np.where(eligible, statistic, np.nan), unusual)


def activity_level(
    activity: npt.NDArray[np.integer], comparison: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """Group accounts by powers of two of their activity, merging levels with few comparisons.

    A level without enough comparison accounts joins the next lower one, so that the most active
    members are compared with the most active outsiders there are.
    """
    level = np.frexp(np.maximum(activity, 1).astype(np.float64))[1].astype(np.int64)
    counts = np.bincount(level[comparison], minlength=int(level.max()) + 1)
    merged = np.arange(len(counts))
    total, top = 0, 0
    for value in range(len(counts)):
        if total >= MIN_COMPARISON and counts[value:].sum() >= MIN_COMPARISON:
            total, top = 0, value
        total += counts[value]
        merged[value] = top
    return np.asarray(merged[level])


def of_members(unusual: int, judged: int, expected: float) -> str:
    """Say "38 of 40 accounts … (2.1 expected)" the same way everywhere."""
    return f"{unusual} of {judged} accounts ({expected:.1f} expected)"


def sharers(
    clusters: Clusters, column: pa.DictionaryArray
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Number of accounts that use what each account uses most (a device, an address).

    Returns
    -------
    tuple
        (n_accounts,) numbers, 0 for accounts without a value, and whether there was a value.
    """
    codes = np.asarray(column.indices.fill_null(-1))
    values = by_account(clusters.log, clusters.timelines, codes)
    most_used, n_users = kernels.most_used(values, clusters.timelines.start, len(column.dictionary))
    number = np.append(n_users, 0)[most_used].astype(np.float64)
    return number, number > 0
