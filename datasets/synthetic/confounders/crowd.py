"""What several confounder groups need: plays at given moments, room for them, who to listen to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.catalogue import Catalogue
from cib.datasets.synthetic.events import DONE, FORWARD, PLAY, Events, finish, micros
from cib.datasets.synthetic.markets import START_US
from cib.datasets.synthetic.operating import whereabouts
from cib.datasets.synthetic.playing import play
from cib.datasets.synthetic.scripts import Scripts, parent_code
from cib.datasets.synthetic.sessions import Sessions
from cib.datasets.synthetic.social import with_reactions
from cib.datasets.synthetic.stage import Stage

Array = npt.NDArray[Any]

_TIME_BITS = 36  # of milliseconds: two years


def heard(
    catalogue: Catalogue,
    accounts: Accounts,
    account: Array,
    content: Array,
    start_s: Array,
    seconds: Array,
    *,
    parent: str = "search",
    parent_id: Array | int = 0,
    device: int = 0,
    place: int = 0,
) -> Events:
    """Make plays whose moment and length are known.

    Parameters
    ----------
    catalogue, accounts : the world and the group
    account : (n,) indices into `accounts`
    content : (n,) indices into the catalogue
    start_s : (n,) seconds since the start of the log
    seconds : (n,) how long each lasts; what plays is never played for longer than it is
    parent : a name in `PARENT_KINDS`
    parent_id : the playlist's or album's id, one or (n,)
    device, place : which of the accounts' devices and places
    """
    length_s = catalogue.length_ms[content] / 1000.0
    seconds = np.where(length_s > 0, np.minimum(seconds, length_s), seconds)
    return Events.of(
        len(account),
        account=account,
        content=content,
        action=PLAY,
        start_us=micros(start_s),
        duration_ms=np.maximum(seconds * 1000, 1),
        parent_kind=parent_code(parent),
        parent_id=parent_id,
        **whereabouts(accounts, account, device, place),
        reason_end=np.where(seconds >= 0.98 * length_s, DONE, FORWARD),
    )


def make_room(plays: Events, wanted: Events, pause_s: float = 3.0) -> Events:
    """Return `plays` without those that run while the same account has a play in `wanted`.

    Parameters
    ----------
    plays : what the accounts would have played
    wanted : plays of the same accounts that come first
    pause_s : least time between the two
    """
    pause_ms = int(pause_s * 1000)
    begin = _key(wanted.account, wanted.start_us // 1000 - pause_ms)
    end = _key(wanted.account, wanted.start_us // 1000 + wanted.duration_ms + pause_ms)
    order = np.argsort(begin, kind="stable")
    begin, end = begin[order], np.maximum.accumulate(end[order])
    start = _key(plays.account, plays.start_us // 1000)
    stop = _key(plays.account, plays.start_us // 1000 + plays.duration_ms)
    before = np.searchsorted(begin, stop)  # wanted plays that begin before this one stops
    last_end = np.append(np.int64(-1), end)[before]
    return plays.take(last_end <= start)


def _key(account: Array, time_ms: Array) -> Array:
    """One number that sorts by account and time; a week before the log is its zero."""
    week = np.int64(7 * 86_400_000)
    keys: Array = (account.astype(np.int64) << _TIME_BITS) + np.maximum(time_ms + week, 0)
    return keys


def lives(
    rng: np.random.Generator,
    stage: Stage,
    accounts: Accounts,
    sessions: Sessions,
    scripts: Scripts | None = None,
    *,
    plays: Events | None = None,
    others: Events | None = None,
    reacts: bool = True,
) -> Events:
    """Put a group's events together.

    Parameters
    ----------
    rng, stage, accounts : the group's stream, its world, its members
    sessions : what they listen to by session, everyday life included
    scripts : what the sessions' `script` counts in
    plays : plays at given moments; sessions make room for them
    others : what they do beside playing
    reacts : whether they also like, follow and comment as everybody does
    """
    listened = play(rng, stage.catalogue, accounts, sessions, scripts)
    if plays is not None:
        listened = Events.concat([make_room(listened, plays), plays])
    events = with_reactions(rng, stage, accounts, listened) if reacts else listened
    if others is not None:
        events = Events.concat([events, others])
    # Who signed up inside the period did nothing before.
    events = events.take(events.start_us >= (accounts.created_us - START_US)[events.account])
    return finish(events, stage.n_days)


def known_artists(rng: np.random.Generator, catalogue: Catalogue, n: int) -> Array:
    """Draw `n` different artists with a following: neither stars nor unknown, (n,) indices."""
    n_artists = len(catalogue.artist_id) - 2  # without the newcomer and the sleep label
    low = min(10, n_artists // 4)
    return rng.choice(np.arange(low, max(low + n, min(low + 90, n_artists))), n, replace=False)


def songs_of(catalogue: Catalogue, artist: int) -> Array:
    """Tracks of an artist, the best known first."""
    tracks = np.flatnonzero((catalogue.artist == artist) & (catalogue.length_ms > 0))
    best: Array = tracks[np.argsort(-catalogue.weight[tracks], kind="stable")]
    return best


def signed_up(accounts: Accounts, who: Array, moment_s: Array) -> Accounts:
    """Return the accounts with `who` (indices) created at these moments of the log."""
    created = accounts.created_us.copy()
    created[who] = START_US + micros(moment_s)
    return replace(accounts, created_us=created)


def mixed_scripts(parts: list[Scripts]) -> Scripts:
    """Put scripts of several kinds into one; they keep their order."""
    shift = np.cumsum([0] + [len(part.track) for part in parts])
    starts = [part.start[:-1] + by for part, by in zip(parts, shift[:-1], strict=True)]
    return Scripts(
        track=np.concatenate([part.track for part in parts]),
        start=np.append(np.concatenate(starts), shift[-1]),
        parent_kind=np.concatenate([part.parent_kind for part in parts]),
        parent_id=np.concatenate([part.parent_id for part in parts]),
    )
