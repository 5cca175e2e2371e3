"""A trial: what one method found in one log, beside what is true of it, all as integer codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.integer]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Trial:
    """Findings and truth of one log, or of several logs pooled."""

    score: npt.NDArray[np.float64]
    """(n_accounts,) of every account that the truth knows; −∞ where the method names no score"""
    ring: Ints
    """(n_accounts,) ring of each account, −1 for none"""
    second_ring: Ints
    """(n_accounts,) another ring of it, −1 for none: operators share accounts between rings"""
    aside: Bools
    """(n_accounts,) grey accounts, which count neither way in measures of accounts"""
    n_rings: int
    rank: Ints
    """(n_clusters,) 1 for the cluster to look at first"""
    reported: Bools
    """(n_clusters,) whether the method calls it inauthentic"""
    cluster: Ints
    """(n_members,) cluster of each membership"""
    account: Ints
    """(n_members,) account of each membership"""
    log: Ints
    """(n_clusters,) log that each cluster is from"""
    predicted: npt.NDArray[np.float64] | None = None
    """(n_clusters,) probability that a cluster is inauthentic; None for methods without any"""

    @property
    def n_accounts(self) -> int:
        """Accounts that the truth knows."""
        return len(self.score)

    @property
    def n_clusters(self) -> int:
        """Clusters, reported or not."""
        return len(self.rank)

    @cached_property
    def inauthentic(self) -> Bools:
        """(n_accounts,) whether an account belongs to any ring."""
        return (self.ring >= 0) | (self.second_ring >= 0)

    @cached_property
    def honest(self) -> Bools:
        """(n_accounts,) whether an account counts as honest: in no ring and not grey."""
        return ~self.inauthentic & ~self.aside

    @cached_property
    def flagged(self) -> Bools:
        """(n_accounts,) whether an account is in a reported cluster."""
        out = np.zeros(self.n_accounts, np.bool_)
        out[self.account[self.reported[self.cluster]]] = True
        return out

    @cached_property
    def sizes(self) -> npt.NDArray[np.int64]:
        """(n_clusters,) accounts of each cluster, grey ones included."""
        return np.bincount(self.cluster, minlength=self.n_clusters)

    @cached_property
    def precision(self) -> npt.NDArray[np.float64]:
        """(n_clusters,) p, the share of each cluster's accounts that are inauthentic."""
        hits = np.bincount(self.cluster, self.inauthentic[self.account], minlength=self.n_clusters)
        return np.asarray(hits / np.maximum(self.sizes, 1))


def pool(trials: Sequence[Trial]) -> Trial:
    """Put trials of one method on several logs together; rings of different logs stay apart."""
    if len(trials) == 1:
        return trials[0]

    def shifted(name: str, counts: Sequence[int]) -> Ints:
        starts = np.cumsum([0, *counts[:-1]])
        parts = zip((getattr(trial, name) for trial in trials), starts, strict=True)
        return np.concatenate([np.where(part >= 0, part + start, -1) for part, start in parts])

    accounts = [trial.n_accounts for trial in trials]
    clusters = [trial.n_clusters for trial in trials]
    rings = [trial.n_rings for trial in trials]
    predicted = [trial.predicted for trial in trials if trial.predicted is not None]
    return Trial(
        score=np.concatenate([trial.score for trial in trials]),
        ring=shifted("ring", rings),
        second_ring=shifted("second_ring", rings),
        aside=np.concatenate([trial.aside for trial in trials]),
        n_rings=sum(rings),
        rank=np.concatenate([trial.rank for trial in trials]),
        reported=np.concatenate([trial.reported for trial in trials]),
        cluster=shifted("cluster", clusters),
        account=shifted("account", accounts),
        log=np.repeat(np.arange(len(trials)), clusters),
        predicted=np.concatenate(predicted) if len(predicted) == len(trials) else None,
    )
