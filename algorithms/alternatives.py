"""Benign alternatives: the innocent explanation that fits a cluster best, and what speaks for it.

Coordination is not inauthenticity. Each function here takes one innocent explanation and says how
well it fits a cluster, from 0 (ruled out) to 1 (it would look exactly like this), or returns None
when the log's columns cannot tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.algorithms.clusters import Clusters
from cib.datasets.durations import US_PER_DAY, US_PER_SECOND
from cib.datasets.wording import duration, percent

COLUMNS = ("ip_hash", "parent_kind")
"""Optional columns that some explanation can use."""

RULED_OUT_BELOW = 0.5

HOUSEHOLD_LIMIT = 6
"""Accounts of the largest family plan."""

LIST_KINDS = ("playlist_editorial", "playlist_algo", "radio", "autoplay", "album")

REFLEX_US = 10 * US_PER_SECOND
"""People who see the same thing at the same moment still act this far apart, or further."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One innocent explanation of one cluster."""

    name: str
    cluster: int
    fit: float
    """0 ruled out … 1 fits everything that was measured."""
    statement: str

    @property
    def ruled_out(self) -> bool:
        """Whether what was measured speaks against the explanation."""
        return self.fit < RULED_OUT_BELOW


def best_alternatives(clusters: Clusters) -> list[Alternative]:
    """Return the innocent explanation that fits best, one per cluster, in order of cluster."""
    pace = Pace.of(clusters)
    tried = [
        *shared_event(clusters, pace),
        *household(clusters),
        *followed_list(clusters),
        *shared_interest(clusters, pace),
    ]
    best: dict[int, Alternative] = {}
    for one in tried:
        if one.cluster not in best or one.fit > best[one.cluster].fit:
            best[one.cluster] = one
    return [best[c] for c in range(clusters.n_clusters)]


@dataclass(frozen=True, slots=True)
class Pace:
    """How close in time the joint actions of each cluster are."""

    leisurely: npt.NDArray[np.float64]
    """(n_clusters,) share of the joint actions that lie further apart than a reflex; one half
    where the clock is too coarse to tell: lockstep can then neither be shown nor denied."""
    coarse: bool
    """Whether all times are whole minutes."""

    @classmethod
    def of(cls, clusters: Clusters) -> Pace:
        """Measure the pace of every cluster."""
        n = clusters.n_clusters
        if coarse_clock(clusters.log.ts):
            return cls(np.full(n, 0.5), True)
        together = clusters.coacted
        cluster, gap = clusters.of_row[together], clusters.gap[together]
        total = np.bincount(cluster, minlength=n)
        share = np.bincount(cluster, gap > REFLEX_US, n) / np.maximum(total, 1)
        return cls(np.where(total > 0, share, 1.0), False)

    def words(self, cluster: int) -> str:
        """Say how close in time the joint actions of a cluster are."""
        if self.coarse:
            return "the clock is too coarse to show lockstep"
        return (
            f"{percent(1 - float(self.leisurely[cluster]))} of the joint actions lie within "
            f"{duration(REFLEX_US / US_PER_SECOND)} of each other"
        )


def coarse_clock(ts: npt.NDArray[np.int64]) -> bool:
    """Whether all times are whole minutes.

    Examples
    --------
    >>> coarse_clock(np.array([0, 60_000_000])), coarse_clock(np.array([0, 60_000_001]))
    (True, False)
    """
    step = 1 << 16  # nearly every log shows it in the first piece
    pieces = (ts[i : i + step] for i in range(0, len(ts), step))
    return all(bool((piece % (60 * US_PER_SECOND) == 0).all()) for piece in pieces)


def shared_event(clusters: Clusters, pace: Pace) -> list[Alternative]:
    """Weigh a release, premiere or news event: one day holds it all, and nobody is in lockstep."""
    together = clusters.joint
    cluster, ts = clusters.of_row[together], clusters.log.ts[clusters.row[together]]
    order = np.lexsort((ts, cluster))
    cluster, ts = cluster[order], ts[order]
    found = []
    for c in range(clusters.n_clusters):
        times = ts[np.searchsorted(cluster, c) : np.searchsorted(cluster, c, side="right")]
        if len(times) == 0:
            continue
        in_a_day = np.searchsorted(times, times + US_PER_DAY) - np.arange(len(times))
        share = float(in_a_day.max() / len(times))
        start = np.datetime64(int(times[in_a_day.argmax()]), "us").astype("datetime64[m]")
        fit = share * (0.5 + 0.5 * float(pace.leisurely[c]))
        verdict = "cannot be ruled out" if fit >= RULED_OUT_BELOW else "is unlikely"
        text = (
            f"A release, premiere or news event {verdict}: the busiest 24 hours (from "
            f"{str(start).replace('T', ' ')} UTC) hold {percent(share)} of the joint actions, and "
            f"{pace.words(c)}."
        )
        found.append(Alternative("shared event", c, fit, text))
    return found


def household(clusters: Clusters) -> list[Alternative]:
    """A family, or one person with several accounts: few accounts behind one address."""
    sizes = clusters.sizes
    addresses = clusters.log.extras.get("ip_hash")
    shares = None if addresses is None else largest_shares(clusters, addresses)
    found = []
    for c in np.flatnonzero(sizes <= HOUSEHOLD_LIMIT):
        n = int(sizes[c])
        if shares is None:
            fit = 0.5
            text = (
                f"With only {n} accounts this may be a household or one person; without a column "
                f"ip_hash that cannot be ruled out."
            )
        else:
            fit = float(shares[c])
            text = (
                f"{percent(fit)} of the interactions of these {n} accounts come from one address"
                + (
                    ", as in a household or with one person's accounts; this cannot be ruled out."
                    if fit >= RULED_OUT_BELOW
                    else ", so a household is ruled out."
                )
            )
        found.append(Alternative("household", int(c), fit, text))
    return found


def largest_shares(clusters: Clusters, column: pa.DictionaryArray) -> npt.NDArray[np.float64]:
    """(n_clusters,) share of a cluster's interactions with the value most common among them."""
    n = clusters.n_clusters
    codes = np.asarray(column.indices.fill_null(-1))[clusters.row].astype(np.int64)
    known = codes >= 0
    width = len(column.dictionary)
    key, times = np.unique(
        clusters.of_row[known] * np.int64(width) + codes[known], return_counts=True
    )
    most = np.zeros(n)
    np.maximum.at(most, key // max(width, 1), times)
    return np.asarray(most / np.bincount(clusters.of_row, minlength=n))


def followed_list(clusters: Clusters) -> list[Alternative]:
    """Followers of one playlist, album or radio: the platform chose what they act on together."""
    kinds = clusters.log.extras.get("parent_kind")
    if kinds is None:
        return []
    together = clusters.joint
    cluster = clusters.of_row[together]
    through = kinds.take(pa.array(clusters.row[together])).cast(pa.string())
    listed = np.asarray(pc.fill_null(pc.is_in(through, pa.array(LIST_KINDS)), False))
    total = np.bincount(cluster, minlength=clusters.n_clusters)
    inside = np.bincount(cluster, listed, clusters.n_clusters)
    found = []
    for c in np.flatnonzero(total):
        share = float(inside[c] / total[c])
        text = (
            f"{percent(share)} of the joint actions came through an album, radio or a playlist of "
            f"the platform, whose followers are led alike; this cannot be ruled out."
            if share >= RULED_OUT_BELOW
            else f"Following one playlist, album or radio is ruled out: only {percent(share)} of "
            f"the joint actions came that way."
        )
        found.append(Alternative("followed list", int(c), share, text))
    return found


def shared_interest(clusters: Clusters, pace: Pace) -> list[Alternative]:
    """Fans, followers or neighbours in taste: many others act on the same, none in lockstep."""
    everyone = np.bincount(clusters.target_cluster, clusters.target_total, clusters.n_clusters)
    own = np.bincount(clusters.of_row[clusters.on_target], minlength=clusters.n_clusters)
    found = []
    for c in range(clusters.n_clusters):
        others = 1 - float(own[c] / everyone[c]) if everyone[c] else 0.0
        fit = min(0.95, 0.5 * others + 0.5 * float(pace.leisurely[c]))
        verdict = "cannot be ruled out" if fit >= RULED_OUT_BELOW else "alone is unlikely"
        text = (
            f"A shared interest {verdict}: others make {percent(others)} of the interactions with "
            f"the same content, and {pace.words(c)}."
        )
        found.append(Alternative("shared interest", c, fit, text))
    return found
