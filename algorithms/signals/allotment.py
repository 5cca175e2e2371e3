"""Allotment: members give the targets the same part of their activity, as by quota.

Some love a thing more than others: how much of their time people give to what they like varies
widely from one to the next. Who mixes ordered plays with cover mixes them by a rule, and all
accounts by the same one. Accounts that do nothing else are not judged.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.comparison import (
    Pairs,
    excess,
    log10_upper_tail,
    outside_rows,
    pairs_of,
)
from cib.algorithms.signals.signal import Finding, Measured, Unavailable
from cib.algorithms.signals.unusual import MIN_COMPARISON
from cib.datasets.needs import REQUIRED_ONLY
from cib.datasets.wording import percent

NEEDS = REQUIRED_ONLY

FACTOR = 1.25
"""Odds (on targets : on anything else) within this factor of the median are the same."""

MIN_ON_TARGETS = 5
MIN_ACCOUNTS = 5


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Members whose odds of acting on a target are about the same.

    An account with k of its m interactions on targets has odds k / (m - k). Comparison accounts
    are given as many favourites, those contents that they act on most, as the cluster has
    targets; how many of them are within a factor of 1.25 of their median is the chance that a
    member is. The median member is there by definition, and does not count in the p-value.
    """
    log, of_account = clusters.log, clusters.of_account
    total = clusters.timelines.n_interactions
    on = np.bincount(log.account[clusters.row], clusters.on_target, log.n_accounts)
    outside = pairs_of(clusters, outside_rows(clusters, 10 * MIN_ON_TARGETS))
    n_people = len(np.unique(outside.account))
    if n_people < MIN_COMPARISON:
        return Unavailable(
            "allotment",
            f"only {n_people} comparable accounts outside clusters; {MIN_COMPARISON} are needed",
        )
    n_targets = np.bincount(clusters.target_cluster, minlength=clusters.n_clusters)
    known: dict[int, tuple[float, int]] = {}
    findings = []
    fit = (of_account >= 0) & (on >= MIN_ON_TARGETS) & (on < total)
    by_cluster = np.flatnonzero(fit)[np.argsort(of_account[fit], kind="stable")]
    cuts = np.searchsorted(of_account[by_cluster], np.arange(clusters.n_clusters + 1))
    for c in range(clusters.n_clusters):
        members = by_cluster[cuts[c] : cuts[c + 1]]
        n = len(members)
        # most members must be judged: what a few strays do says nothing of the others
        if n < MIN_ACCOUNTS or 2 * n < int(clusters.sizes[c]):
            continue
        width = int(n_targets[c])
        if width not in known:
            known[width] = near_median(favourites_odds(outside, width))
        rate, n_compared = known[width]
        if n_compared < MIN_COMPARISON:
            continue
        odds = on[members] / (total[members] - on[members])
        share, _ = near_median(odds)
        k = round(share * n)
        middle = float(np.median(on[members] / total[members]))
        findings.append(
            Finding(
                "allotment",
                c,
                share,
                rate,
                log10_upper_tail(k - 1, n - 1, rate),
                excess((k - 1) / (n - 1), rate),
                f"{k:,} of {n:,} accounts give the targets about the same part of their activity, "
                f"{percent(middle)} at the median; of as many other people, {rate * n:.1f} "
                f"would be so alike in what they give to their favourites.",
            )
        )
    return Measured(findings)


def near_median(odds: npt.NDArray[np.float64]) -> tuple[float, int]:
    """Share of the odds within a factor of FACTOR of their median, and how many there are.

    Examples
    --------
    >>> near_median(np.array([0.5, 1.0, 1.2, 9.0]))
    (0.5, 4)
    """
    if not len(odds):
        return 0.0, 0
    middle = float(np.median(odds))
    near = (odds * FACTOR >= middle) & (odds <= middle * FACTOR)
    return float(near.mean()), len(odds)


def favourites_odds(pairs: Pairs, width: int) -> npt.NDArray[np.float64]:
    """Odds of each account between its `width` favourites and the rest; without one, left out."""
    times = pairs.times()
    order = np.lexsort((-times, pairs.account))
    account, times = pairs.account[order], times[order]
    first = np.flatnonzero(np.append(True, np.diff(account) != 0)) if len(account) else order
    rank = np.arange(len(account)) - np.repeat(first, np.diff(np.append(first, len(account))))
    number = np.cumsum(rank == 0) - 1
    favoured = np.bincount(number[rank < width], times[rank < width], len(first))
    rest = np.bincount(number, times, len(first)) - favoured
    judged = (rest > 0) & (favoured >= MIN_ON_TARGETS)
    return np.asarray(favoured[judged] / rest[judged])
