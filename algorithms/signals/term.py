"""Term: members take up the targets together, and drop them together, as by contract.

A release, a premiere or a film brings many to the same content on one day; they lose interest each
in their own time. A campaign ends when it is paid up. What begins with the log or ends with it is
not judged, nor what lasts less than three days, as news does, nor what fills fewer than half of the
days in between, as evenings of listening together do.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cib.algorithms.clusters import Clusters
from cib.algorithms.groups import ends_by, numbered
from cib.algorithms.signals.comparison import (
    excess,
    log10_upper_tail,
    outside_rows,
    pairs_of,
    target_rows,
)
from cib.algorithms.signals.signal import Finding, Measured, Unavailable
from cib.algorithms.signals.unusual import MIN_COMPARISON
from cib.datasets.durations import US_PER_DAY
from cib.datasets.needs import REQUIRED_ONLY
from cib.datasets.wording import percent

NEEDS = REQUIRED_ONLY

MIN_ROWS = 3
"""Rows with one content that make a comparison account's first and last of them count."""

MIN_MEMBERS = 5
SHORTEST_US = 3 * US_PER_DAY
MOST_DAYS = 0.5
"""Share of the days of a term on which the median member acts on targets, at least."""

EDGE_US = US_PER_DAY
"""What begins or ends this close to the log's own ends may go on beyond them."""


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Members whose first and whose last interactions with targets fall into one day each.

    The 24 hours that hold most members' last interactions are held against comparison accounts:
    the share of them whose last interaction with one of their contents falls there is the chance
    that a member's does. The p-value pays for every day that could have been chosen (Bonferroni).
    """
    log = clusters.log
    outside = outside_rows(clusters, MIN_ROWS)
    pairs = pairs_of(clusters, outside)
    several = pairs.times() >= MIN_ROWS
    begins, ends = (x[several] for x in ends_by(pairs.of_row, log.ts[outside], len(several)))
    if len(ends) < MIN_COMPARISON:
        return Unavailable(
            "term",
            f"only {len(ends)} contents that accounts outside clusters come back to; "
            f"{MIN_COMPARISON} are needed",
        )
    begins, ends = np.sort(begins), np.sort(ends)
    rows = target_rows(clusters)
    first, last = ends_by(log.account[rows], log.ts[rows], log.n_accounts)
    day = log.ts[rows] // US_PER_DAY
    worked = numbered(day * log.n_accounts + log.account[rows])[0] % max(log.n_accounts, 1)
    active = np.bincount(worked, minlength=log.n_accounts)
    members = np.flatnonzero((clusters.of_account >= 0) & (last >= first))
    log_from, log_to = int(log.ts.min()), int(log.ts.max())
    n_days = max(1.0, (log_to - log_from) / US_PER_DAY)
    order = members[np.argsort(clusters.of_account[members], kind="stable")]
    cuts = np.searchsorted(clusters.of_account[order], np.arange(clusters.n_clusters + 1))
    findings = []
    for c in range(clusters.n_clusters):
        mine = order[cuts[c] : cuts[c + 1]]
        n = len(mine)
        span = last[mine] - first[mine]
        steady = active[mine] * US_PER_DAY / (span + US_PER_DAY)
        if n < MIN_MEMBERS or np.median(span) < SHORTEST_US or np.median(steady) < MOST_DAYS:
            continue
        n_first, from_ = busiest_day(first[mine])
        n_last, to = busiest_day(last[mine])
        if from_ < log_from + EDGE_US or to + US_PER_DAY > log_to - EDGE_US:
            continue
        usual_first, usual_last = _share_in(begins, from_), _share_in(ends, to)
        tail = log10_upper_tail(n_last, n, usual_last) + float(np.log10(n_days))
        effect = min(excess(n_first / n, usual_first), excess(n_last / n, usual_last))
        dates = [str(np.datetime64(int(x), "us").astype("datetime64[D]")) for x in (from_, to)]
        findings.append(
            Finding(
                "term",
                c,
                n_last / n,
                usual_last,
                min(0.0, tail),
                effect,
                f"{percent(n_first / n)} of the accounts took up the targets within 24 hours "
                f"(from {dates[0]}) and {percent(n_last / n)} dropped them within 24 hours (from "
                f"{dates[1]}); of what other people come back to, {percent(usual_last)} was "
                "dropped then.",
            )
        )
    return Measured(findings)


def busiest_day(ts: npt.NDArray[np.int64]) -> tuple[int, int]:
    """How many times lie in the 24 hours that hold most of them, and where those begin.

    Examples
    --------
    >>> busiest_day(np.array([0, 5 * US_PER_DAY, 5 * US_PER_DAY + 1]))
    (2, 432000000000)
    """
    times = np.sort(ts)
    inside = np.searchsorted(times, times + US_PER_DAY) - np.arange(len(times))
    best = int(inside.argmax())
    return int(inside[best]), int(times[best])


def _share_in(times: npt.NDArray[np.int64], begin: int) -> float:
    """Share of sorted times in the 24 hours from `begin`, never zero: one more in both counts."""
    low, high = np.searchsorted(times, (begin, begin + US_PER_DAY))
    return float((high - low + 1) / (len(times) + 1))
