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
from cib.algorithms.signals.main_values import home_markets, main_values, merged_markets
from cib.algorithms.signals.signal import Finding, Measured, Unavailable

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
    among: npt.NDArray[np.int64] | None = None,
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
    among : (n_accounts,) groups from 0 up, markets say, each with enough comparison accounts; an
        account is compared with those of its group; None: with all
    """
    comparison = eligible & (clusters.of_account < 0)
    if (lack := too_few(signal, comparison)) is not None:
        return lack
    if match_activity:
        level = matched_levels(clusters, comparison, among)
    else:
        level = np.zeros(len(statistic), np.int64) if among is None else among
    unusual = np.zeros(len(statistic), np.bool_)
    chance = np.zeros(len(statistic))
    for value in np.unique(level[comparison]):
        here = comparison & (level == value)
        limit = max(float(np.quantile(statistic[here], 1 - UNUSUAL_SHARE)), floor)
        unusual |= (level == value) & eligible & (statistic > limit)
        # one more in both counts: the chance is an estimate and must not be zero
        beyond = int((statistic[here] > limit).sum())
        chance[level == value] = (beyond + 1) / (int(here.sum()) + 1)
    findings = count_members(signal, clusters, unusual, chance, eligible, statement)
    return Measured(findings, np.where(eligible, statistic, np.nan), unusual)


def too_few(signal: str, comparison: npt.NDArray[np.bool_]) -> Unavailable | None:
    """Say that there are too few accounts to compare with, if there are."""
    n = int(comparison.sum())
    if n >= MIN_COMPARISON:
        return None
    return Unavailable(
        signal, f"only {n} comparable accounts outside clusters; {MIN_COMPARISON} are needed"
    )


def compared_markets(clusters: Clusters, eligible: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """(n_accounts,) market in which each account is compared; small ones are put together."""
    outside = eligible & (clusters.of_account < 0)
    return merged_markets(home_markets(clusters), outside, MIN_COMPARISON)


def matched_levels(
    clusters: Clusters,
    comparison: npt.NDArray[np.bool_],
    among: npt.NDArray[np.int64] | None = None,
) -> npt.NDArray[np.int64]:
    """(n_accounts,) levels of activity, those of each group apart."""
    activity = clusters.timelines.n_interactions
    if among is None:
        return activity_level(activity, comparison)
    level = np.zeros(len(activity), np.int64)
    for group in np.unique(among):
        here = among == group
        level[here] = activity_level(activity[here], comparison[here]) + (group << 6)
    return level


def count_members(
    signal: str,
    clusters: Clusters,
    has: npt.NDArray[np.bool_],
    chance: npt.NDArray[np.float64],
    eligible: npt.NDArray[np.bool_],
    statement: Callable[[int, int, float], str],
) -> list[Finding]:
    """Hold each cluster's number of members that have something against their chances of it.

    Parameters
    ----------
    has, chance, eligible : (n_accounts,) who has it, how likely that was, who is judged
    """
    members = eligible & (clusters.of_account >= 0)
    cluster = clusters.of_account[members]
    n = np.bincount(cluster, minlength=clusters.n_clusters)
    k = np.bincount(cluster, has[members], clusters.n_clusters).astype(int)
    mean = np.bincount(cluster, chance[members], clusters.n_clusters)
    findings = []
    for c in np.flatnonzero(n >= 3):
        share = mean[c] / n[c]
        # where everybody was sure to have it, nobody has it more than expected
        effect = max(0.0, (k[c] / n[c] - share) / (1 - share)) if share < 1 else 0.0
        findings.append(
            Finding(
                signal,
                int(c),
                float(k[c] / n[c]),
                float(share),
                log10_binomial_tail(int(k[c]), int(n[c]), float(share)),
                float(effect),
                statement(int(k[c]), int(n[c]), float(mean[c])),
            )
        )
    return findings


def log10_binomial_tail(k: int, n: int, chance: float) -> float:
    """log10 of the probability of k or more among n, each with that chance.

    Examples
    --------
    >>> round(log10_binomial_tail(3, 3, 0.1), 9)
    -3.0
    """
    # imported late: it takes a quarter of a second, and most scans of small logs find nothing
    from scipy.special import bdtrc

    return min(0.0, float(np.log10(max(float(bdtrc(k - 1, n, chance)), SMALLEST))))


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
    return f"{unusual:,} of {judged:,} accounts ({expected:,.1f} expected)"


def sharers(
    clusters: Clusters, column: pa.DictionaryArray
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Number of accounts that use what each account uses most (a device, an address).

    Returns
    -------
    tuple
        (n_accounts,) numbers, 0 for accounts without a value, and whether there was a value.
    """
    most_used, n_users = main_values(clusters, column)
    number = np.append(n_users, 0)[most_used].astype(np.float64)
    return number, number > 0
