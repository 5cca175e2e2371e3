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
    tried = [
        *shared_event(clusters),
        *household(clusters),
        *followed_list(clusters),
        *shared_interest(clusters),
    ]
    best: dict[int, Alternative] = {}
    for one in tried:
        if one.cluster not in best or one.fit > best[one.cluster].fit:
            best[one.cluster] = one
    return [best[c] for c in range(clusters.n_clusters)]


def leisurely_share(clusters: Clusters) -> npt.NDArray[np.float64]:
    """Share of each cluster's joint actions that lie further apart than a reflex.

    One half where the clock is too coarse to tell: lockstep can then neither be shown nor denied.
    """
    n = clusters.n_clusters
    if coarse_clock(clusters):
        return np.full(n, 0.5)
    rows = np.flatnonzero(clusters.coacted)
    cluster, gap = clusters.of_row[rows], clusters.gap[rows]
    total = np.bincount(cluster, minlength=n)
    return np.asarray(np.bincount(cluster, gap > REFLEX_US, n) / np.maximum(total, 1))


def coarse_clock(clusters: Clusters) -> bool:
    """Whether all times are whole minutes."""
    return bool((clusters.log.ts % (60 * US_PER_SECOND) == 0).all())


def pace(clusters: Clusters, leisurely: float) -> str:
    """Say how close in time the joint actions are."""
    if coarse_clock(clusters):
        return "the clock is too coarse to show lockstep"
    return (
        f"{percent(1 - leisurely)} of the joint actions lie within "
        f"{duration(REFLEX_US / US_PER_SECOND)} of each other"
    )


def shared_event(clusters: Clusters) -> list[Alternative]:
    """Weigh a release, premiere or news event: one day holds it all, and nobody is in lockstep."""
    leisurely = leisurely_share(clusters)
    rows = np.flatnonzero(clusters.coacted)
    order = rows[np.lexsort((clusters.log.ts[rows], clusters.of_row[rows]))]
    cluster, ts = clusters.of_row[order], clusters.log.ts[order]
    found = []
    for c in range(clusters.n_clusters):
        times = ts[np.searchsorted(cluster, c) : np.searchsorted(cluster, c, side="right")]
        if len(times) == 0:
            continue
        in_a_day = np.searchsorted(times, times + US_PER_DAY) - np.arange(len(times))
        share = float(in_a_day.max() / len(times))
        start = np.datetime64(int(times[in_a_day.argmax()]), "us").astype("datetime64[m]")
        fit = share * (0.5 + 0.5 * float(leisurely[c]))
        verdict = "cannot be ruled out" if fit >= RULED_OUT_BELOW else "is unlikely"
        text = (
            f"A release, premiere or news event {verdict}: the busiest 24 hours (from "
            f"{str(start).replace('T', ' ')} UTC) hold {percent(share)} of the joint actions, and "
            f"{pace(clusters, float(leisurely[c]))}."
        )
        found.append(Alternative("shared event", c, fit, text))
    return found


def household(clusters: Clusters) -> list[Alternative]:
    """A family, or one person with several accounts: few accounts behind one address."""
    sizes = clusters.sizes
    addresses = clusters.log.extras.get("ip_hash")
    found = []
    for c in np.flatnonzero(sizes <= HOUSEHOLD_LIMIT):
        n = int(sizes[c])
        if addresses is None:
            fit = 0.5
            text = (
                f"With only {n} accounts this may be a household or one person; without a column "
                f"ip_hash that cannot be ruled out."
            )
        else:
            fit = together(clusters, int(c), addresses)
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


def together(clusters: Clusters, cluster: int, column: pa.DictionaryArray) -> float:
    """Share of a cluster's interactions that carry the value most common among them."""
    rows = np.flatnonzero(clusters.of_row == cluster)
    codes = np.asarray(column.indices.fill_null(-1))[rows]
    codes = codes[codes >= 0]
    return float(np.bincount(codes).max() / len(rows)) if len(codes) else 0.0


def followed_list(clusters: Clusters) -> list[Alternative]:
    """Followers of one playlist, album or radio: the platform chose what they act on together."""
    kinds = clusters.log.extras.get("parent_kind")
    if kinds is None:
        return []
    listed = np.asarray(
        pc.fill_null(pc.is_in(kinds.cast(pa.string()), pa.array(LIST_KINDS)), False)
    )
    rows = np.flatnonzero(clusters.coacted)
    cluster = clusters.of_row[rows]
    total = np.bincount(cluster, minlength=clusters.n_clusters)
    inside = np.bincount(cluster, listed[rows], clusters.n_clusters)
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


def shared_interest(clusters: Clusters) -> list[Alternative]:
    """Fans, followers or neighbours in taste: many others act on the same, none in lockstep."""
    log = clusters.log
    leisurely = leisurely_share(clusters)
    everyone = np.bincount(
        clusters.target_cluster,
        np.bincount(log.content, minlength=log.n_contents)[clusters.target_content],
        clusters.n_clusters,
    )
    own = np.bincount(clusters.of_row[clusters.on_target], minlength=clusters.n_clusters)
    found = []
    for c in range(clusters.n_clusters):
        others = 1 - float(own[c] / everyone[c]) if everyone[c] else 0.0
        fit = min(0.95, 0.5 * others + 0.5 * float(leisurely[c]))
        verdict = "cannot be ruled out" if fit >= RULED_OUT_BELOW else "alone is unlikely"
        text = (
            f"A shared interest {verdict}: others make {percent(others)} of the interactions with "
            f"the same content, and {pace(clusters, float(leisurely[c]))}."
        )
        found.append(Alternative("shared interest", c, fit, text))
    return found
