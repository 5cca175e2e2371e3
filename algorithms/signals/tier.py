"""Tier: members have one kind of cheap plan far more than people of their markets do.

Of the accounts behind detected artificial streams at one service, 54% were on family plans, where
an account costs a sixth, and 6 to 13% on trials (Centre national de la musique, study of 2021 data,
published in 2023). An account that pays the full price is no bargain for a farm.

Every plan is held against its share among the accounts of no cluster of the same markets: the
number of members is binomial with that share if they were like people there. The least likely plan
is shown, and pays for the others.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.main_values import home_markets, main_values, merged_markets
from cib.algorithms.signals.signal import Finding, Measured, Unavailable
from cib.algorithms.signals.unusual import MIN_COMPARISON, SMALLEST, of_members, too_few
from cib.datasets.needs import Needs

NEEDS: Needs = (("tier",),)

USES = ("market",)

INNOCENT = ("premium",)
"""Plans that speak for nothing, however common."""

FEWEST = 5
"""Members with a value from which on a cluster is judged: of fewer, any may be alike."""

MOST_VALUES = 1_000
"""Values that the column may have: with more, they are no plans but details."""


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Share of members whose plan is the one most surprisingly common among them."""
    values = clusters.log.extras["tier"]
    if len(values.dictionary) > MOST_VALUES:
        return Unavailable(
            "tier",
            f"tier has {len(values.dictionary):,} values; with more than {MOST_VALUES:,} they are "
            "no plans",
        )
    main, _ = main_values(clusters, values)
    known = main >= 0
    comparison = known & (clusters.of_account < 0)
    if (lack := too_few("tier", comparison)) is not None:
        return lack
    names = [str(value) for value in values.dictionary.to_pylist()]
    market = merged_markets(home_markets(clusters), comparison, MIN_COMPARISON)
    usual = shares(main, market, comparison, len(names))
    judged = np.array([name not in INNOCENT for name in names])
    members = known & (clusters.of_account >= 0)
    findings = []
    cluster = clusters.of_account[members]
    order = np.argsort(cluster, kind="stable")
    member = np.flatnonzero(members)[order]
    ends = np.searchsorted(cluster[order], np.arange(clusters.n_clusters + 1))
    for c in range(clusters.n_clusters):
        mine = member[ends[c] : ends[c + 1]]
        if len(mine) < FEWEST:
            continue
        has = np.bincount(main[mine], minlength=len(names))
        chance = usual[market[mine]].mean(axis=0)
        value, log10_p = least_likely(has, chance, len(mine), judged)
        if value < 0:
            continue
        share, rate = has[value] / len(mine), chance[value]
        findings.append(
            Finding(
                "tier",
                c,
                float(share),
                float(rate),
                log10_p,
                float(max(0.0, (share - rate) / (1 - rate))),
                f"{of_members(int(has[value]), len(mine), float(rate * len(mine)))} have the plan "
                f"{names[value]}, far more than accounts of the same markets.",
            )
        )
    return Measured(findings)


def shares(
    main: npt.NDArray[np.int64],
    market: npt.NDArray[np.int64],
    comparison: npt.NDArray[np.bool_],
    n_values: int,
) -> npt.NDArray[np.float64]:
    """(n_markets, n_values) share of the comparison accounts with each value; never zero."""
    n_markets = int(market.max()) + 1
    key = market[comparison] * n_values + main[comparison]
    counts = np.bincount(key, minlength=n_markets * n_values).reshape(n_markets, n_values)
    # one more of each: the share is an estimate and must not be zero
    return np.asarray((counts + 1) / (counts.sum(axis=1, keepdims=True) + n_values))


def least_likely(
    has: npt.NDArray[np.int64],
    chance: npt.NDArray[np.float64],
    n: int,
    judged: npt.NDArray[np.bool_],
) -> tuple[int, float]:
    """Value whose number among n is least likely, -1 when none is judged; log10 of its p-value.

    The p-value pays for all values judged (Bonferroni).
    """
    from scipy.special import bdtrc  # imported late: it takes a quarter of a second

    candidates = np.flatnonzero(judged & (has > 0))
    if not len(candidates):
        return -1, 0.0
    tails = bdtrc(has[candidates] - 1, n, np.minimum(chance[candidates], 1.0))
    best = int(tails.argmin())
    p = max(float(tails[best]) * int(judged.sum()), SMALLEST)
    return int(candidates[best]), min(0.0, float(np.log10(p)))
