"""The stage that attacks play on, made of a real log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.catalogue import (
    CONTENT_KINDS,
    N_COMMUNITIES,
    N_LISTS,
    Catalogue,
    kind_code,
    make_guide,
)
from cib.datasets.synthetic.markets import DAY_S, MARKETS, START_US
from cib.datasets.synthetic.planting.survey import Log
from cib.datasets.synthetic.population import accounts_numbered
from cib.datasets.synthetic.rings import RingSpec
from cib.datasets.synthetic.scripts import Scripts
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

_LENGTH_MS = 180_000
"""Taken where the log does not say how long a content is."""
_LIST_LENGTH = 40
_OLD_US = 4_000 * DAY_S * 1_000_000


@dataclass(frozen=True, slots=True)
class LogCatalogue(Catalogue):
    """The contents of a log. One that lacks a kind has everything for it."""

    def of_kind(self, kind: str) -> Array:
        """Indices of the contents of one kind, or of all when there is none."""
        found = np.flatnonzero(self.kind == kind_code(kind))
        return found if len(found) else np.arange(len(self))


@dataclass(frozen=True, slots=True)
class LogStage(Stage):
    """A log as a stage: nothing in it is reserved."""

    def _reserved(self) -> Array:
        return np.zeros(len(self.catalogue), np.bool_)


def log_stage(rng: np.random.Generator, log: Log, spec: RingSpec, seed: int) -> Stage:
    """Make the stage for a ring.

    Parameters
    ----------
    rng : random stream
    log : the log
    spec : the ring: contents of which the log does not say the kind are of the kinds it needs
    seed : of the planting

    Notes
    -----
    Popularity is distinct accounts. The log knows no artists, albums or tastes: there is one
    artist, each content is an album, and communities are drawn; cover does not depend on them, for
    its contents are copied from the log's accounts afterwards (see `cover`). Accounts of the log
    act on as many rows a day as they do in the log.
    """
    catalogue = _catalogue(rng, log, _kinds(log, spec))
    n_accounts = len(log.account_ids)

    def honest(numbers: Array) -> Accounts:
        accounts = accounts_numbered(seed, catalogue, n_accounts, np.asarray(numbers, np.int64))
        rows = log.account_rows[np.asarray(numbers, np.int64)]
        return replace(accounts, rate=rows / log.n_days, active=np.ones(len(rows)))

    return LogStage(
        seed=seed,
        catalogue=catalogue,
        n_days=log.n_days,
        n_accounts=n_accounts,
        audience=log.audience,
        honest=honest,
    )


def needed_kinds(spec: RingSpec) -> tuple[str, ...]:
    """Kinds of content that a scenario wants."""
    if spec.scenario == "A15":
        return ("episode", "ad")
    if spec.scenario == "A16":
        return ("post",) if spec.options.get("action") == "like" else ("hashtag", "url")
    usual = {"A13": "account", "A14": "playlist"}.get(spec.scenario, "track")
    return (str(spec.options.get("kind", usual)),)


def _kinds(log: Log, spec: RingSpec) -> Array:
    """Kind of every content: the log's own where it is one of ours, else what the ring needs."""
    needed = needed_kinds(spec)
    wanted = np.array([kind_code(kind) for kind in needed], np.int8)
    n = len(log.content_ids)
    spare = wanted[np.arange(n) % len(wanted)]
    if not log.content_kind:
        return spare
    code = {kind: i for i, kind in enumerate(CONTENT_KINDS)}
    named = np.array([code.get(kind.lower(), -1) for kind in log.content_kind], np.int8)
    kind = np.where(named >= 0, named, spare)
    # A log of posts and links alone: what it has must do for what the ring wants.
    return spare if set(wanted.tolist()) - set(kind.tolist()) else kind


def _catalogue(rng: np.random.Generator, log: Log, kind: Array) -> LogCatalogue:
    n = len(kind)
    weight = log.audience / log.audience.sum()
    n_communities = min(N_COMMUNITIES, n)
    community = rng.permutation(n) % n_communities
    order = np.argsort(community, kind="stable")
    mass = np.bincount(community, weight, N_COMMUNITIES)
    cdf = np.cumsum(weight[order] / mass[community[order]])
    drawn = np.searchsorted(np.cumsum(weight), rng.random(N_LISTS * _LIST_LENGTH))
    lists = np.minimum(drawn, n - 1).reshape(N_LISTS, _LIST_LENGTH)
    one = np.ones(1, np.uint64)
    return LogCatalogue(
        content_id=np.arange(n, dtype=np.uint64),
        kind=kind,
        artist=np.zeros(n, np.int64),
        artist_id=one,
        label_id=one,
        distributor_id=one,
        registrant=one,
        ai_tag=np.zeros(1, np.bool_),
        genre=np.zeros(1, np.int64),
        album=np.arange(n),
        album_id=hashes(rng, n),
        album_start=np.arange(n + 1),
        length_ms=np.where(log.length_ms > 0, log.length_ms, _LENGTH_MS).astype(np.int32),
        release_us=np.full(n, START_US - _OLD_US),
        weight=weight,
        market_taste=np.tile(0.1 * N_COMMUNITIES * mass, (len(MARKETS), 1)),
        community_track=order.astype(np.int32),
        community_cdf=cdf,
        guide=np.minimum(make_guide(cdf), n - 1),
        lists=Scripts.of(list(lists), "playlist_editorial", hashes(rng, N_LISTS)),
        drop_album=-1,
    )
