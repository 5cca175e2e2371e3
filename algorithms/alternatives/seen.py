"""What is seen of each cluster: the measurements that innocent explanations make predictions on.

`conduct.py` has those that every log allows; here are those that take optional columns, and those
by kind of action. NaN where the column is missing.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from cib.algorithms.actions import FOLLOWING, LISTENING, REPORTING, SPEAKING, of_kind
from cib.algorithms.alternatives.conduct import Conduct
from cib.algorithms.clusters import Clusters
from cib.algorithms.groups import (
    Array,
    Floats,
    distinct,
    most_common,
    quantile_by,
    ratio,
    share_by,
)
from cib.datasets.columns import DEFAULT_ACTION
from cib.datasets.durations import US_PER_DAY
from cib.datasets.slices import codes_at, rows_where

ENOUGH_TO_REACT = 300
"""Interactions among which people who like what they hear would have reacted several times."""


class Seen(Conduct):
    """Measurements of the clusters of one scan, each made once, when first asked for."""

    def __init__(self, clusters: Clusters) -> None:
        super().__init__(clusters)
        self._codes: dict[str, Array] = {}
        self._main: dict[str, Array] = {}

    def has(self, *columns: str) -> bool:
        """Whether the log has these optional columns."""
        return all(column in self.clusters.log.extras for column in columns)

    def codes(self, column: str) -> Array:
        """(n_member_rows,) codes of a column, or its values if it has none; -1 where null."""
        if column not in self._codes:
            self._codes[column] = codes_at(self.clusters.log.extras[column], self.row)
        return self._codes[column]

    def names(self, column: str) -> list[str]:
        """Values of a column of names, by code."""
        return [str(x) for x in self.clusters.log.extras[column].dictionary.to_pylist()]

    @cached_property
    def heard_ms(self) -> Array:
        """(n_member_rows,) milliseconds played; -1 where it is no play or unknown."""
        return self.codes("duration_ms")

    @cached_property
    def skips(self) -> Floats:
        """Share of the plays of targets that end within 30 s."""
        if not self.has("duration_ms"):
            return np.full(self.n, np.nan)
        play = self.target & (self.heard_ms >= 0)
        return share_by(self.cluster[play], self.heard_ms[play] < 30_000, self.n)

    @cached_property
    def just_over(self) -> Floats:
        """Share of the plays of targets of 30 s and more that end before 35 s."""
        if not self.has("duration_ms"):
            return np.full(self.n, np.nan)
        play = self.target & (self.heard_ms >= 30_000)
        return share_by(self.cluster[play], self.heard_ms[play] < 35_000, self.n)

    @cached_property
    def heard_s(self) -> Floats:
        """Seconds of the middling play of a target."""
        if not self.has("duration_ms"):
            return np.full(self.n, np.nan)
        play = self.target & (self.heard_ms >= 0)
        return quantile_by(self.cluster[play], self.heard_ms[play] / 1000, self.n)

    @cached_property
    def paid(self) -> Floats:
        """Share of the interactions with targets that earn royalties."""
        if not self.has("royalty_micro"):
            return np.full(self.n, np.nan)
        return share_by(
            self.cluster[self.target], self.codes("royalty_micro")[self.target] > 0, self.n
        )

    # -- parents -----------------------------------------------------------------------------

    def through(self, *kinds: str) -> Floats:
        """Share of the interactions with targets that came through parents of these kinds."""
        if not self.has("parent_kind"):
            return np.full(self.n, np.nan)
        names = self.names("parent_kind")
        wanted = np.array([*(name in kinds for name in names), False])
        inside = wanted[self.codes("parent_kind")[self.target]]
        return share_by(self.cluster[self.target], inside, self.n)

    @cached_property
    def main_parent(self) -> Floats:
        """Share of the interactions with targets that came through the commonest parent."""
        if not self.has("parent_id"):
            return np.full(self.n, np.nan)
        codes = self.codes("parent_id")[self.target]
        known = codes >= 0
        cluster = self.cluster[self.target]
        _, most, _ = most_common(cluster[known], codes[known], self.n)
        return ratio(most, np.bincount(cluster, minlength=self.n))

    # -- machines and places -----------------------------------------------------------------

    def audience_of(self, column: str, value: Array) -> Floats:
        """Accounts outside each cluster that have its value (n_clusters,), per member that has."""
        log, of_account = self.clusters.log, self.clusters.of_account
        values = log.extras[column]
        wanted = np.zeros(len(values.dictionary) + 1, np.bool_)
        wanted[value[value >= 0]] = True
        rows = rows_where(lambda code: wanted[code], values)
        pair_code, account, _ = distinct(codes_at(values, rows), log.account[rows])
        everyone = np.bincount(pair_code, minlength=len(values.dictionary))
        of = of_account[account]
        mine = (of >= 0) & (value[of] == pair_code)
        inside = np.bincount(of[mine], minlength=self.n).astype(np.float64)
        all_of = (
            np.where(value >= 0, everyone[np.maximum(value, 0)], 0) if len(everyone) else inside
        )
        return ratio(all_of - inside, inside)

    def main_value(self, column: str) -> Array:
        """(n_members,) the value a member has most on targets, -1 where it has none."""
        if column not in self._main:
            codes = self.codes(column)[self.target]
            known = codes >= 0
            member = self.member[self.target][known]
            self._main[column] = most_common(member, codes[known], len(self.members))[0]
        return self._main[column]

    def shared(self, column: str) -> Floats:
        """Share of the members whose main value is also that of another member."""
        if not self.has(column):
            return np.full(self.n, np.nan)
        value = self.main_value(column)
        known = value >= 0
        cluster, code = self.member_cluster[known], value[known]
        of, _, times = distinct(cluster, code)
        return ratio(
            np.bincount(of, np.where(times > 1, times, 0), self.n),
            np.bincount(cluster, minlength=self.n),
        )

    def commonest(self, column: str) -> Floats:
        """Share of the members whose main value is the cluster's commonest."""
        if not self.has(column):
            return np.full(self.n, np.nan)
        _, most, judged = self._commonest(column)
        return ratio(most, judged)

    def _commonest(self, column: str) -> tuple[Array, Array, Array]:
        value = self.main_value(column)
        known = value >= 0
        return most_common(self.member_cluster[known], value[known], self.n)

    @cached_property
    def neighbours(self) -> Floats:
        """Accounts outside the cluster behind its commonest address, per member that is."""
        return self.audience_of("ip_hash", self._commonest("ip_hash")[0])

    @cached_property
    def devices(self) -> Floats:
        """Devices of a middling member on targets."""
        if not self.has("device_hash"):
            return np.full(self.n, np.nan)
        codes = self.codes("device_hash")[self.target]
        known = codes >= 0
        member, _, _ = distinct(self.member[self.target][known], codes[known])
        return self.of_members(self._counted(member))

    @cached_property
    def abroad(self) -> Floats:
        """Share of a middling member's interactions from another market than its own."""
        if not self.has("market", "ip_market"):
            return np.full(self.n, np.nan)
        # the same market has a code of its own in each column
        markets = {name: i for i, name in enumerate(self.names("market"))}
        of_address = [markets.get(name, len(markets)) for name in self.names("ip_market")]
        home = self.codes("market")
        here = np.array([*of_address, -1])[self.codes("ip_market")]
        known = (home >= 0) & (here >= 0)
        return self.of_members(
            share_by(self.member[known], (home != here)[known], len(self.members))
        )

    # -- actions -----------------------------------------------------------------------------

    def doing(self, kinds: tuple[str, ...]) -> Array:
        """(n_member_rows,) whether an interaction is of one of these kinds."""
        return of_kind(self.action, self.clusters.log.action_names, kinds)

    def targets_by(self, *kinds: str) -> Floats:
        """Share of the interactions with targets that are of these kinds."""
        if self.clusters.log.action_names == (DEFAULT_ACTION,):
            return np.full(self.n, np.nan)
        return share_by(self.cluster[self.target], self.doing(kinds)[self.target], self.n)

    @cached_property
    def reactions(self) -> Floats:
        """Share of saves, likes, follows, posts and the like among interactions with targets.

        NaN where these are too few to miss any, or where nobody in the log reacts to anything.
        """
        kinds = (*FOLLOWING, *SPEAKING)
        if not any(name.lower() in kinds for name in self.clusters.log.action_names):
            return np.full(self.n, np.nan)
        enough = np.bincount(self.cluster[self.target], minlength=self.n) >= ENOUGH_TO_REACT
        return np.where(enough, self.targets_by(*kinds), np.nan)

    @cached_property
    def listens(self) -> Floats:
        """Share of the members that listen on at least three days."""
        if self.clusters.log.action_names == (DEFAULT_ACTION,):
            return np.full(self.n, np.nan)
        heard = self.doing(LISTENING)
        member, _, _ = self.slots(US_PER_DAY, heard)
        days = np.bincount(member, minlength=len(self.members))
        return share_by(self.member_cluster, days >= 3, self.n)

    @cached_property
    def met_before(self) -> Floats:
        """Share of reported contents that the member had met before reporting them."""
        report = self.doing(REPORTING) & self.target
        member, content, _ = distinct(self.member[report], self.content[report])
        width = np.int64(max(self.clusters.log.n_contents, 1))
        reported = member * width + content
        key = self.member * width + self.content
        first = np.full(len(reported), np.iinfo(np.int64).max)
        at = np.searchsorted(reported, key[report])
        np.minimum.at(first, at, self.ts[report])
        other = ~self.doing(REPORTING) & np.isin(key, reported)
        at = np.searchsorted(reported, key[other])
        met = np.zeros(len(reported), np.bool_)
        met[at[self.ts[other] <= first[at]]] = True
        return share_by(self.member_cluster[member], met, self.n)
