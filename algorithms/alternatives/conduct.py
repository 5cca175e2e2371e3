"""What is seen of each cluster in the required columns: members, others, time.

Everything is measured on the members' rows, for all clusters at once, and only when an
explanation asks for it. Arrays are (n_clusters,) unless they say otherwise; NaN where a cluster
has nothing to measure it on, or the log lacks the column.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

import numpy as np

from cib.algorithms.alternatives import conduct_kernels as kernels
from cib.algorithms.blocks import AUDIENCE
from cib.algorithms.clusters import Clusters
from cib.algorithms.groups import (
    Array,
    Floats,
    distinct,
    numbered,
    ordered,
    quantile_by,
    ratio,
    share_by,
)
from cib.datasets.durations import US_PER_DAY, US_PER_HOUR, US_PER_SECOND
from cib.datasets.slices import rows_where

REFLEX_US = 10 * US_PER_SECOND
"""People who see the same thing at the same moment still act this far apart, or further."""

FELLOWS = 200
"""Members of one cluster that are held against all others, at most."""


class Conduct:
    """Measurements that every log allows, each made once, when first asked for."""

    def __init__(self, clusters: Clusters) -> None:
        self.clusters = clusters
        self.n = clusters.n_clusters
        log = clusters.log
        members = np.flatnonzero(clusters.of_account >= 0)
        place = np.zeros(log.n_accounts, np.int32)
        place[members] = np.arange(len(members))
        # Rows by member and time, once: most measurements go through one member after the other.
        member, ts = place[log.account[clusters.row]], log.ts[clusters.row]
        order = ordered(member, ts)
        self.row = clusters.row[order]
        """(n_member_rows,) positions in the log; by member, and in order of time within one."""
        self.member = member[order]
        """(n_member_rows,) place of each row's account among the members."""
        self.ts = ts[order]
        self.content, self.action = log.content[self.row], log.action[self.row]
        self.cluster = clusters.of_row[order]
        self.gap_to_member = clusters.gap[order]
        self.members = members
        """(n_members,) account codes."""
        self.member_cluster = clusters.of_account[members]
        self.target = clusters.on_target[order] | self._common(clusters)
        """(n_member_rows,) interactions with targets; in a cluster that has none, with what it
        has instead: contents that it co-acts on and half of its members touch."""
        self.target_cluster, self.target_content, _ = distinct(
            self.cluster[self.target], self.content[self.target]
        )

    def _common(self, clusters: Clusters) -> Array:
        """(n_member_rows,) what stands for targets in clusters without any."""
        without = ~np.isin(np.arange(self.n), clusters.target_cluster)
        rows = np.flatnonzero(without[self.cluster])
        common = np.zeros(len(self.cluster), np.bool_)
        if not len(rows):
            return common
        width = np.int64(max(clusters.log.n_contents, 1))
        key = self.cluster[rows] * width + self.content[rows]
        touched, _, _ = distinct(key, self.member[rows])
        contents, n_members = np.unique(touched, return_counts=True)
        shared = contents[2 * n_members >= clusters.sizes[contents // width]]
        acted = np.unique(key[self.gap_to_member[rows] >= 0])
        common[rows] = np.isin(key, np.intersect1d(shared, acted, assume_unique=True))
        return common

    # -- members and their own lives ---------------------------------------------------------

    @cached_property
    def sizes(self) -> Floats:
        """Members."""
        return self.clusters.sizes.astype(np.float64)

    @cached_property
    def n_targets(self) -> Floats:
        """Targets."""
        return np.bincount(self.target_cluster, minlength=self.n).astype(np.float64)

    def of_members(self, value: Array, q: float = 0.5) -> Floats:
        """Quantile of a figure (n_members,) over the members of each cluster."""
        return quantile_by(self.member_cluster, value, self.n, q)

    def per_member(self, inside: Array) -> Floats:
        """(n_members,) share of each member's rows that are True."""
        return share_by(self.member, inside, len(self.members))

    @cached_property
    def own_life(self) -> Floats:
        """Share of a middling member's interactions that have nothing to do with the targets."""
        return self.of_members(1 - self.per_member(self.target))

    @cached_property
    def common(self) -> tuple[Floats, Floats]:
        """Share of a middling member's interactions that is on common contents; how many these are.

        Common are the contents that at least half of the members touch, targets or not.
        """
        member, content, times = distinct(self.member, self.content)
        width = np.int64(max(self.clusters.log.n_contents, 1))
        key = self.member_cluster[member] * width + content
        contents, at, n_members = np.unique(key, return_inverse=True, return_counts=True)
        common = 2 * n_members >= self.clusters.sizes[contents // width]
        inside = np.bincount(member, times * common[at], len(self.members))
        total = np.bincount(self.member, minlength=len(self.members))
        share = self.of_members(ratio(inside, total))
        number = np.bincount((contents // width)[common], minlength=self.n)
        return share, number.astype(np.float64)

    @cached_property
    def closest(self) -> tuple[Floats, Floats]:
        """What a middling member has in common with the fellow that has most in common with it.

        The share of its interactions that are with contents that this fellow touches, too, targets
        or not; and how many these contents are.
        """
        member, content, times = distinct(self.member, self.content)
        cluster = self.member_cluster[member]
        order = ordered(cluster, member)
        member, content, times = member[order], content[order], times[order]
        bounds = np.searchsorted(cluster[order], np.arange(self.n + 1))
        share, number = np.full(self.n, np.nan), np.full(self.n, np.nan)
        for c, (low, high) in enumerate(pairwise(bounds.tolist())):
            part = slice(low, high)
            share[c], number[c] = closest_fellows(member[part], content[part], times[part])
        return share, number

    @cached_property
    def cells(self) -> tuple[Array, Array, Array]:
        """Member, content and number of interactions, for each pair that occurs among targets."""
        return distinct(self.member[self.target], self.content[self.target])  # type: ignore[return-value]

    @cached_property
    def reach(self) -> Floats:
        """Share of the targets that a middling member has touched."""
        touched = np.bincount(self.cells[0], minlength=len(self.members))
        return self.of_members(touched / np.maximum(self.n_targets[self.member_cluster], 1))

    @cached_property
    def favourite(self) -> Floats:
        """How often a middling member returns to its favourite target, over its middling one."""
        member, _, times = self.cells
        middle = quantile_by(member, times, len(self.members))
        most = quantile_by(member, times, len(self.members), 1.0)
        return self.of_members(ratio(most, middle))

    @cached_property
    def times_each(self) -> Floats:
        """Times that members come to a target they touch, on average."""
        return ratio(
            np.bincount(self.cluster[self.target], minlength=self.n),
            np.bincount(self.member_cluster[self.cells[0]], minlength=self.n),
        )

    # -- others ------------------------------------------------------------------------------

    @cached_property
    def audiences(self) -> tuple[Array, Array]:
        """Accounts in and outside the cluster that touch each target, (n_targets,) each."""
        log = self.clusters.log
        wanted = np.zeros(log.n_contents, np.bool_)
        wanted[self.target_content] = True
        rows = rows_where(lambda content: wanted[content], log.content)
        content, _, _ = distinct(log.content[rows], log.account[rows])
        everyone = np.bincount(content, minlength=log.n_contents)[self.target_content]
        width = np.int64(max(log.n_contents, 1))
        key = self.target_cluster * width + self.target_content
        mine = self.member_cluster[self.cells[0]] * width + self.cells[1]
        inside = np.bincount(np.searchsorted(key, mine), minlength=len(key))
        return inside, everyone - inside

    @cached_property
    def others(self) -> Floats:
        """Share of the middling target's audience that is not in the cluster."""
        inside, outside = self.audiences
        return quantile_by(self.target_cluster, ratio(outside, inside + outside), self.n)

    @cached_property
    def edge(self) -> Floats:
        """Decades of evidence that a mirrored audience is no taste; 0 without such a block."""
        out = np.zeros(self.n)
        for cluster, block in self.clusters.blocks:
            if block.signal == AUDIENCE:
                out[cluster] = max(out[cluster], -block.log10_q)
        return out

    # -- time --------------------------------------------------------------------------------

    @cached_property
    def coarse(self) -> bool:
        """Whether all times of the log are whole minutes."""
        return coarse_clock(self.clusters.log.ts)

    @cached_property
    def in_step(self) -> Floats:
        """Share of the interactions with targets within a reflex of another member's on the same.

        NaN with a clock so coarse that everybody seems to be in step.
        """
        if self.coarse:
            return np.full(self.n, np.nan)
        close = (self.gap_to_member >= 0) & (self.gap_to_member <= REFLEX_US)
        return share_by(self.cluster[self.target], close[self.target], self.n)

    @cached_property
    def busiest_day(self) -> Floats:
        """Share of the interactions with targets that fall into the busiest 24 hours."""
        cluster, ts = self.cluster[self.target], self.ts[self.target]
        order = ordered(cluster, ts)
        most = busiest(cluster[order], ts[order], US_PER_DAY, self.n)
        return ratio(most, np.bincount(cluster, minlength=self.n))

    def slots(self, width: int, among: Array | None = None) -> tuple[Array, Array, Array]:
        """Member, slot of time (of `width` microseconds) and interactions in it, for each pair.

        Parameters
        ----------
        among : (n_member_rows,) which rows count; None for all
        """
        member = self.member if among is None else self.member[among]
        slot = (self.ts if among is None else self.ts[among]) // width
        new = np.ones(len(slot), np.bool_)
        new[1:] = (member[1:] != member[:-1]) | (slot[1:] != slot[:-1])
        first = np.flatnonzero(new)
        return member[first], slot[first], np.diff(np.append(first, len(slot)))

    @cached_property
    def days(self) -> Floats:
        """Days on which a middling member touches a target."""
        return self.of_members(self._counted(self.slots(US_PER_DAY, self.target)[0]))

    @cached_property
    def hours_a_day(self) -> Floats:
        """Clock hours with a target, on a middling member's middling day with one."""
        member, hour, _ = self.slots(US_PER_HOUR, self.target)
        of_day, _, hours = distinct(member, hour // 24)
        return self.of_members(quantile_by(of_day, hours, len(self.members)))

    @cached_property
    def rounds(self) -> Floats:
        """Interactions with targets of a middling member on its middling day with one."""
        member, _, times = self.slots(US_PER_DAY, self.target)
        return self.of_members(quantile_by(member, times, len(self.members)))

    def _counted(self, member: Array) -> Floats:
        count = np.bincount(member, minlength=len(self.members)).astype(np.float64)
        count[count == 0] = np.nan
        return count

    @cached_property
    def clockwork(self) -> Floats:
        """Share of a middling member's gaps that lie within 2% of its middling one."""
        same = self.member[1:] == self.member[:-1]
        member, gap = self.member[1:][same], np.diff(self.ts)[same]
        middle = quantile_by(member, gap, len(self.members))[member]
        exact = np.abs(gap - middle) <= 0.02 * middle
        return self.of_members(share_by(member, exact & (gap > 0), len(self.members)))

    @cached_property
    def same_hours(self) -> Floats:
        """Share of a middling member's days that begin within half an hour of its usual time."""
        member, _, times = self.slots(US_PER_DAY)
        first = self.ts[np.cumsum(times) - times] % US_PER_DAY
        usual = quantile_by(member, first, len(self.members))[member]
        return self.of_members(
            share_by(member, np.abs(first - usual) <= US_PER_HOUR / 2, len(self.members))
        )

    @cached_property
    def own_burst(self) -> Floats:
        """Share of a middling member's interactions with targets within its busiest hour."""
        member, ts = self.member[self.target], self.ts[self.target]
        most = busiest(member, ts, US_PER_HOUR, len(self.members))
        return self.of_members(ratio(most, np.bincount(member, minlength=len(self.members))))


def closest_fellows(member: Array, content: Array, times: Array) -> tuple[float, float]:
    """Share and number of what a middling member has in common with its closest fellow.

    In a large cluster the fellows of `FELLOWS` members, evenly spaced, are sought among all.

    Parameters
    ----------
    member, content, times : each pair of a member and a content that it touched, in order of
        member; and its interactions with it

    Examples
    --------
    >>> member, content = np.array([0, 0, 1, 1, 2]), np.array([5, 6, 5, 7, 8])
    >>> closest_fellows(member, content, np.array([9, 1, 5, 5, 1]))
    (0.5, 1.0)
    """
    start = np.flatnonzero(np.append(True, member[1:] != member[:-1])[: len(member)])
    start = np.append(start, len(member))
    n = min(len(start) - 1, FELLOWS)
    if n < 2:
        return 0.0, 0.0
    chosen = np.arange(n) * (len(start) - 1) // n
    share, number = kernels.closest(start, numbered(content)[1], times, chosen)
    middle = (n - 1) // 2
    return float(np.sort(share)[middle]), float(np.sort(number)[middle])


def busiest(group: Array, ts: Array, width: int, n_groups: int) -> Floats:
    """(n_groups,) most times of each group that lie within one stretch of `width`.

    Parameters
    ----------
    group, ts : in order of group, and of time within one

    Examples
    --------
    >>> busiest(np.array([0, 0, 0, 1]), np.array([1, 5, 6, 5]), 3, 3).tolist()
    [2.0, 1.0, 0.0]
    """
    most = np.zeros(n_groups)
    if not len(ts):
        return most
    # one axis for all groups: no stretch reaches from one into the next
    axis = group.astype(np.int64) * np.int64(np.ptp(ts) + width) + (ts - ts.min())
    np.maximum.at(most, group, np.searchsorted(axis, axis + width) - np.arange(len(axis)))
    return most


def coarse_clock(ts: Array) -> bool:
    """Whether all times are whole minutes.

    Examples
    --------
    >>> coarse_clock(np.array([0, 60_000_000])), coarse_clock(np.array([0, 60_000_001]))
    (True, False)
    """
    step = 1 << 16  # nearly every log shows it in the first piece
    pieces = (ts[i : i + step] for i in range(0, len(ts), step))
    return all(bool((piece % (60 * US_PER_SECOND) == 0).all()) for piece in pieces)
