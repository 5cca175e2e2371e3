"""The count behind signals of what people do now and then, and a farm never does.

Of members with much of something (plays of targets) those are counted who never did something
else with it (skip, like). The chance of that is measured on the favourites of comparison accounts:
contents that one account acted on several times, with about as many plays in all.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from cib.algorithms.clusters import Clusters
from cib.algorithms.signals.comparison import (
    Pairs,
    excess,
    log10_upper_tail,
    outside_rows,
    pairs_of,
    target_rows,
)
from cib.algorithms.signals.signal import Finding, Measured, Unavailable
from cib.algorithms.signals.unusual import MIN_COMPARISON

FAVOURITE = 5
"""Rows of an account with one content that make it a favourite."""

MIN_ROWS = 20
"""Rows with favourites below which never doing something says nothing."""

MIN_MEMBERS = 3

Rows = Callable[[npt.NDArray[np.int64]], npt.NDArray[np.bool_]]
"""Says of each of some rows of the log whether it counts."""


def count_never(
    signal: str,
    clusters: Clusters,
    much: Rows,
    did: Rows,
    statement: Callable[[int, int, float], str],
) -> Measured | Unavailable:
    """Count, per cluster, the members who never did it with the targets that they act on much.

    Parameters
    ----------
    signal : name of the signal
    much : which rows of the log, given by position, count towards favourites
    did : which are the thing done
    statement : (members who never did, members judged, expected number) -> sentence
    """
    outside = outside_rows(clusters, MIN_ROWS)
    rows_there, never_there = _tally(clusters, outside, much, did)
    judged = np.flatnonzero(rows_there >= MIN_ROWS)
    if len(judged) < MIN_COMPARISON:
        return Unavailable(
            signal,
            f"only {len(judged)} comparable accounts outside clusters have {MIN_ROWS} interactions "
            f"with favourites; {MIN_COMPARISON} are needed",
        )
    level = _levels(rows_there[judged])
    rows_here, never_here = _tally(clusters, target_rows(clusters), much, did)
    members = np.flatnonzero(rows_here >= MIN_ROWS)
    here = np.searchsorted(level, rows_here[members], side="right") - 1
    there = np.searchsorted(level, rows_there[judged], side="right") - 1
    n_there = np.bincount(there, minlength=len(level))
    # one more in both counts: the chance is an estimate and must not be zero
    chance = (np.bincount(there, never_there[judged], len(level)) + 1) / (n_there + 1)
    cluster = clusters.of_account[members]
    n = np.bincount(cluster, minlength=clusters.n_clusters)
    k = np.bincount(cluster, never_here[members], clusters.n_clusters).astype(np.int64)
    mean = np.bincount(cluster, chance[here], clusters.n_clusters)
    findings = []
    for c in np.flatnonzero(n >= MIN_MEMBERS):
        rate = float(mean[c] / n[c])
        share = float(k[c] / n[c])
        findings.append(
            Finding(
                signal,
                int(c),
                share,
                rate,
                log10_upper_tail(int(k[c]), int(n[c]), rate),
                excess(share, rate),
                statement(int(k[c]), int(n[c]), float(mean[c])),
            )
        )
    return Measured(findings)


def _tally(
    clusters: Clusters,
    rows: npt.NDArray[np.int64],
    much: Rows,
    did: Rows,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """(n_accounts,) rows with favourites, and whether it was never done with any of them."""
    n = clusters.log.n_accounts
    pairs: Pairs = pairs_of(clusters, rows)
    times = pairs.times(much(rows))
    favourite = times >= FAVOURITE
    account = pairs.account[favourite]
    done = np.bincount(account, pairs.times(did(rows))[favourite], n)
    return np.bincount(account, times[favourite], n).astype(np.int64), done == 0


def _levels(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Lower ends of up to 8 groups of at least MIN_COMPARISON values each, ascending."""
    n = min(8, max(1, len(values) // MIN_COMPARISON))
    ends = np.sort(values)[np.arange(n) * len(values) // n]
    ends[0] = 0
    return np.unique(ends)
