"""What operators do: targets, days, moments, plays and cover; `recruiting.py` has their accounts.

The attacks put these together; each draws from the random stream that it is given.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.errors import UsageError
from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.addresses import HOME
from cib.datasets.synthetic.catalogue import kind_code
from cib.datasets.synthetic.components import FIRST_RING, Component
from cib.datasets.synthetic.cover import cover_listening
from cib.datasets.synthetic.events import DONE, FORWARD, PLAY, Events, finish, micros
from cib.datasets.synthetic.markets import (
    local_midnight,
    local_start,
)
from cib.datasets.synthetic.rings import RingSpec
from cib.datasets.synthetic.scripts import parent_code
from cib.datasets.synthetic.stage import Stage

Array = npt.NDArray[Any]

_JITTER_CLIP = 2.5  # standard deviations


def choose_targets(
    rng: np.random.Generator,
    stage: Stage,
    spec: RingSpec,
    kind: str = "track",
    *,
    known: bool = True,
    labels: int = 0,
    among: Array | None = None,
) -> Array:
    """Draw the ring's targets, (n_targets,) indices into the catalogue.

    Targets that the ring was given are taken as they are, those of this kind.

    Parameters
    ----------
    rng, stage, spec : the ring
    kind : a name in `CONTENT_KINDS`
    known : leave out what came out inside the period
    labels : tracks are of that many labels, or of more where those have too few in the band
    among : indices into the catalogue to which the choice is limited; None: all of the kind

    Raises
    ------
    UsageError
        The world has fewer contents of the kind than the ring wants targets.
    """
    if spec.given:
        given: Array = np.asarray(spec.given, np.int64)
        of_kind: Array = given[stage.catalogue.kind[given] == kind_code(kind)]
        return of_kind
    low, high = spec.audience
    candidates = stage.contents(kind, known=known)
    if among is not None:
        candidates = np.intersect1d(candidates, among, assume_unique=True)
    if len(candidates) < spec.n_targets:
        raise UsageError(
            f"Ring {spec.ring_id} needs {spec.n_targets} targets of kind {kind}, but this world "
            f"has {len(candidates)}: ask for fewer targets or more accounts."
        )
    # A world may have fewer contents inside the band than targets: the nearest outside fill up.
    heard = stage.audience[candidates]
    off = np.maximum(low - heard, 0) + np.maximum(heard - high, 0)
    order: tuple[Array, ...] = (rng.random(len(candidates)), off)
    if labels and kind == "track":
        rank = _label_rank(rng, stage, candidates, off, spec.n_targets, labels)
        order = (*order, rank, off > 0)
    chosen: Array = candidates[np.lexsort(order)[: spec.n_targets]]
    return rng.permuted(chosen)


def _label_rank(
    rng: np.random.Generator, stage: Stage, tracks: Array, off: Array, wanted: int, labels: int
) -> Array:
    """Return 0 for tracks of the labels that the ring works for, 1 and up for the others'."""
    catalogue = stage.catalogue
    _, label = np.unique(catalogue.label_id[catalogue.artist[tracks]], return_inverse=True)
    inside = np.bincount(label[off == 0], minlength=int(label.max()) + 1)
    # Labels with enough in the band come first, in any order, then those with the most.
    short = np.maximum(wanted / labels - inside, 0)
    place = np.argsort(np.lexsort((rng.random(len(short)), short)))[label]
    rank: Array = np.maximum(place - labels + 1, 0)
    return rank


def live_days(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Array:
    """Return on which days each account works for the ring, (n_accounts, n_days) bool.

    Accounts start when the ring does (after their warm-up) and end after `active_days`, earlier
    through churn; with `reuse`, those given up come back a week later.
    """
    day = np.arange(stage.n_days)
    life = spec.lifecycle
    first = spec.start_day + life.warmup_days
    last = min(spec.start_day + spec.n_days, stage.n_days)
    live = np.broadcast_to((day >= first) & (day < last), (spec.n_accounts, stage.n_days)).copy()
    given_up = np.full(spec.n_accounts, float(life.active_days))
    if life.churn_per_day > 0:
        given_up = np.minimum(given_up, rng.exponential(1 / life.churn_per_day, spec.n_accounts))
    since = day[None, :] - first
    away = since >= given_up[:, None]
    if life.reuse:
        away &= since < given_up[:, None] + 7
    return live & ~away


def with_warmup(stage: Stage, spec: RingSpec, live: Array) -> Array:
    """Return `live` with the days added on which accounts only listen like others."""
    day = np.arange(stage.n_days)
    warm = (day >= spec.start_day) & (day < spec.start_day + spec.lifecycle.warmup_days)
    listening: Array = live | (warm & (day < spec.start_day + spec.n_days))
    return listening


def events_per_day(rng: np.random.Generator, spec: RingSpec, live: Array) -> Array:
    """Draw target events per account and day, (n_accounts, n_days) int64, 0 when not live."""
    own = spec.plays_per_day * np.exp(rng.normal(0, spec.plays_sigma, (spec.n_accounts, 1)))
    return rng.poisson(own * live)


def moments(
    rng: np.random.Generator,
    spec: RingSpec,
    day: Array,
    market: Array | int,
    shift_h: Array | float = 0.0,
) -> Array:
    """Draw moments of days by the ring's clock, seconds since the start of the log.

    `shift_h` moves the diurnal clock, one or (n,) hours.
    """
    n = len(day)
    markets = np.broadcast_to(np.asarray(market), n)
    if spec.clock == "diurnal":
        return local_start(rng, day, markets, shift_h)
    low, high = (0.0, 24.0) if spec.clock == "flat24" else (9.0, 18.0)
    within: Array = local_midnight(markets, day) + rng.uniform(low, high, n) * 3600.0
    return within


def jitter(rng: np.random.Generator, spec: RingSpec, n: int) -> Array:
    """Draw how far accounts are off the schedule, seconds; never over 2.5 standard deviations."""
    return spec.jitter_s * np.clip(rng.normal(size=n), -_JITTER_CLIP, _JITTER_CLIP)


def play_seconds(
    rng: np.random.Generator, spec: RingSpec, length_ms: Array, room_s: Array | float = np.inf
) -> Array:
    """Draw how long target plays last.

    Parameters
    ----------
    rng : the ring's stream
    spec : its `duration` decides, or its option `play_s`: the mean, in seconds
    length_ms : (n,) of the tracks
    room_s : the longest that the schedule leaves
    """
    n = len(length_ms)
    longest = np.minimum(length_ms / 1000.0, room_s)
    full = longest * rng.uniform(0.96, 1.0, n)
    if spec.option("play_s", 0.0) > 0:
        return np.minimum(spec.option("play_s", 0.0) * rng.normal(1.0, 0.02, n), longest)
    if spec.duration == "just_over_30":
        return np.minimum(np.clip(rng.normal(33, 1.0, n), 31, 35), np.maximum(longest, 31.0))
    if spec.duration == "skip_mix":
        skipped = rng.random(n) < 0.2
        full = np.where(skipped, rng.uniform(1, 30, n), full)
    return full


def target_plays(
    rng: np.random.Generator,
    stage: Stage,
    spec: RingSpec,
    accounts: Accounts,
    account: Array,
    track: Array,
    start_s: Array,
    *,
    parent_id: Array | int = 0,
    room_s: Array | float = np.inf,
    device: int = 1,
    place: int = 0,
) -> Events:
    """Make the ring's plays of its targets.

    Parameters
    ----------
    rng, stage, spec, accounts : the ring
    account : (n,) indices into `accounts`
    track : (n,) indices into the catalogue
    start_s : (n,) seconds since the start of the log
    parent_id : the playlist's or album's id, one or (n,); 0 for the accounts' own playlists, and
        for the album that a track is on
    room_s : the longest that a play may last
    device, place : which of the accounts' devices and places
    """
    if isinstance(parent_id, int) and parent_id == 0:
        if spec.parent == "playlist_ugc":
            parent_id = accounts.playlist_id[account]
        elif spec.parent == "album":
            parent_id = stage.catalogue.album_id[stage.catalogue.album[track]]
    seconds = play_seconds(rng, spec, stage.catalogue.length_ms[track], room_s)
    full = seconds >= 0.95 * stage.catalogue.length_ms[track] / 1000.0
    return Events.of(
        len(account),
        account=account,
        content=track,
        action=PLAY,
        start_us=micros(start_s),
        duration_ms=seconds * 1000,
        parent_kind=parent_code(spec.parent),
        parent_id=parent_id,
        **whereabouts(accounts, account, device, place),
        reason_end=np.where(full, DONE, FORWARD),
        inauthentic=True,
    )


def whereabouts(accounts: Accounts, account: Array, device: int, place: int) -> dict[str, Array]:
    """Return the arrays of events that say on which device and from where, by name."""
    return {
        "device": accounts.device[account, device],
        "platform": accounts.platform[account, device],
        "ip": accounts.addresses.ip[account, place],
        "asn": accounts.addresses.asn[account, place],
        "ip_market": accounts.ip_market[account],
    }


def acts(
    accounts: Accounts, account: Array, content: Array, action: Array | int, start_s: Array
) -> Events:
    """Make events that are not plays (likes, follows, posts, reports …) from phones at home."""
    return Events.of(
        len(account),
        account=account,
        content=content,
        action=action,
        start_us=micros(start_s),
        **whereabouts(accounts, account, 0, HOME),
    )


def cover_plays(
    rng: np.random.Generator,
    stage: Stage,
    spec: RingSpec,
    accounts: Accounts,
    boosts: Events,
    *,
    filler: Array | None = None,
    live: Array | None = None,
) -> Events:
    """Make the listening that hides the ring, so that targets are `target_share` of all.

    Parameters
    ----------
    rng, stage, spec, accounts : the ring
    boosts : what serves the ring
    filler : (n_accounts,) plays beside the targets that the ring has anyway
    live : (n_accounts, n_days) bool, days on which accounts listen; default all

    Notes
    -----
    Cover is part of the ring's conduct but not itself inauthentic streams of a target; for its
    kinds see `cover_listening`.
    """
    if spec.target_share >= 1.0:
        return Events.of(0)
    n = len(accounts)
    wanted = np.bincount(boosts.account, minlength=n)[:n] * (1 / spec.target_share - 1)
    wanted = np.maximum(wanted - (0 if filler is None else filler), 0)
    return cover_listening(rng, stage, spec, accounts, wanted, live)


def operated(
    rng: np.random.Generator,
    stage: Stage,
    spec: RingSpec,
    accounts: Accounts,
    events: Events,
    *,
    role: str | Array = "listener",
    klass: str | Array = "automated",
    policy_view: str = "inauthentic",
    **more: Any,
) -> Component:
    """Make the ring's component from its accounts and all their events.

    `role` and `klass` are one for all or (n_accounts + borrowed,); `more` goes to `Component`.
    """
    n = len(accounts) + len(more.get("borrowed", ()))
    return Component(
        FIRST_RING + spec.number,
        accounts,
        finish(events, stage.n_days),
        klass=np.broadcast_to(np.asarray(klass), n).astype(object),
        role=np.broadcast_to(np.asarray(role), n).astype(object),
        policy_view=policy_view,
        **more,
    )
