"""Cover: the listening in which a ring hides, and the order that one client can play things in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.events import PLAY, Events
from cib.datasets.synthetic.markets import DAY_S, START_US, utc_offset_s
from cib.datasets.synthetic.playing import play
from cib.datasets.synthetic.rings import RingSpec
from cib.datasets.synthetic.scripts import Scripts, parent_code
from cib.datasets.synthetic.sessions import Sessions, everyday
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

_SPARE = 2.0
"""Sessions drawn, in relation to what is wanted; the rest is thrown away."""
_ACCOUNTS_PER_MODEL = 20
_FILLER_LISTS, _FILLER_LENGTH = 3, 60
_GAP_US = 1_000_000


def cover_listening(
    rng: np.random.Generator,
    stage: Stage,
    spec: RingSpec,
    accounts: Accounts,
    wanted: Array,
    live: Array | None = None,
) -> Events:
    """Make ordinary listening, as many plays for each account as are wanted of it.

    Parameters
    ----------
    rng, stage, spec, accounts : the ring; `spec.cover` says of what kind
    wanted : (n_accounts,) plays
    live : (n_accounts, n_days) bool, days on which accounts listen; default all

    Notes
    -----
    `popular` draws by popularity alone: no taste, no past. `taste_matched` listens as honest
    accounts do. `copied` plays the history of an everyday listener in its order, twenty accounts
    the same one; that history is drawn anew, as copied from the time before the log. `organised`
    plays a few common lists of well-known tracks, as guidelines tell organised fans to do.
    """
    n = len(accounts)
    wanted = np.rint(wanted).astype(np.int64)
    if spec.cover == "none" or not wanted.any():
        return Events.of(0)
    live = _signed_up(accounts, stage.n_days, live)
    n_days = stage.n_days if live is None else np.maximum(live.sum(axis=1), 1)
    listeners = replace(
        accounts, active=np.full(n, 0.95), rate=np.maximum(_SPARE * wanted / (0.95 * n_days), 0.1)
    )
    if spec.cover == "popular":
        everyone = np.broadcast_to(accounts.taste_cdf.mean(axis=0), accounts.taste_cdf.shape)
        listeners = replace(
            listeners, taste_cdf=np.ascontiguousarray(everyone), theta=np.full(n, 1e9)
        )
    drawn = everyday(rng, listeners, stage.n_days)
    sessions = _cut(rng, drawn, wanted, stage.n_days, listeners.market, live)
    scripts = None
    if spec.cover == "copied":
        scripts, sessions = _copied(rng, stage, sessions, n)
    elif spec.cover == "organised":
        scripts, sessions = _organised(rng, stage, sessions)
    return play(rng, stage.catalogue, listeners, sessions, scripts)


def beside(
    rng: np.random.Generator, accounts: Accounts, cover: Events, account: Array, day: Array
) -> Array:
    """Draw moments right after plays of the same accounts' cover on the same days.

    Parameters
    ----------
    rng : the ring's stream
    accounts : the ring's
    cover : their plays
    account, day : (n,) who wants a moment, and on which local day, counted from the log's first

    Returns
    -------
    (n,) float64 seconds since the start of the log; NaN where the account has no cover that day
    """
    if not len(cover):
        return np.full(len(account), np.nan)
    many = 1 << 20  # days
    cover_day = _local_day(cover.start_s, accounts.market[cover.account])
    key = cover.account.astype(np.int64) * many + cover_day
    order = np.argsort(key, kind="stable")
    wanted = np.asarray(account, np.int64) * many + day
    first, end = (np.searchsorted(key[order], wanted, side) for side in ("left", "right"))
    row = first + (rng.random(len(wanted)) * (end - first)).astype(np.int64)
    anchor = order[np.minimum(row, len(order) - 1)]
    after = cover.start_s[anchor] + cover.duration_ms[anchor] / 1000.0 + 0.5
    moment: Array = np.where(end > first, after, np.nan)
    return moment


def one_at_a_time(events: Events) -> Events:
    """Let plays wait until the account's earlier ones are over: one client plays one thing.

    What is not a play stays where it is. Plays that start at the same moment keep their order.
    """
    plays = np.flatnonzero(events.action == PLAY)
    if not len(plays):
        return events
    order = plays[np.lexsort((events.start_us[plays], events.account[plays]))]
    account = events.account[order].astype(np.int64)
    start = events.start_us[order]
    busy = events.duration_ms[order].astype(np.int64) * 1000 + _GAP_US
    before = np.cumsum(busy) - busy
    before -= before[np.searchsorted(account, account)]  # of the same account's plays
    # A running maximum within accounts: each account's values lie above all earlier accounts'.
    above = account * (np.ptp(start) + before.max() + 1)
    moved = np.maximum.accumulate(start - before + above) - above + before - start
    new, received = events.start_us.copy(), events.received_us.copy()
    new[order] += moved
    received[order] += np.where(received[order] > 0, moved, 0)
    return events.replace(start_us=new, received_us=received)


def _signed_up(accounts: Accounts, n_days: int, live: Array | None) -> Array | None:
    """Take away the local days up to the one on which an account signed up."""
    created_s = (accounts.created_us - START_US) / 1e6
    first = np.ceil((created_s + utc_offset_s(accounts.market, 0)) / DAY_S)
    if not (first > 0).any():
        return live
    there: Array = np.arange(n_days) >= first[:, None]
    return there if live is None else there & live


def _local_day(start_s: Array, market: Array) -> Array:
    """Return the day by the market's clock, counted from the log's first."""
    day = np.floor(start_s / DAY_S).astype(np.int64)
    local: Array = np.floor((start_s + utc_offset_s(market, day)) / DAY_S).astype(np.int64)
    return local


def _cut(
    rng: np.random.Generator,
    drawn: Sessions,
    wanted: Array,
    n_days: int,
    market: Array,
    live: Array | None,
) -> Sessions:
    """Keep sessions in random order until each account has the plays that are wanted of it."""
    usable = (drawn.start_s >= 0) & (drawn.start_s < n_days * DAY_S)
    if live is not None:
        day = _local_day(drawn.start_s, market[drawn.account])
        usable &= live[drawn.account, np.clip(day, 0, n_days - 1)] & (day >= 0) & (day < n_days)
    drawn = drawn.take(usable)
    drawn = drawn.take(np.lexsort((rng.random(len(drawn)), drawn.account)))
    before = np.cumsum(drawn.n_plays) - drawn.n_plays
    first = np.searchsorted(drawn.account, drawn.account)
    left = wanted[drawn.account] - (before - before[first])
    kept = replace(drawn, n_plays=np.clip(left, 0, drawn.n_plays))
    return kept.take(kept.n_plays > 0)


def _copied(
    rng: np.random.Generator, stage: Stage, sessions: Sessions, n: int
) -> tuple[Scripts, Sessions]:
    """Let sessions follow the history of the everyday listener that their account copies."""
    size = min(max(n // _ACCOUNTS_PER_MODEL, 1), stage.n_accounts)
    models = stage.honest(np.sort(rng.choice(stage.n_accounts, size, replace=False)))
    history = play(rng, stage.catalogue, models, everyday(rng, models, stage.n_days))
    start = np.searchsorted(history.account, np.arange(size + 1))
    kept = np.flatnonzero(np.diff(start))  # a model may be silent for the whole period
    scripts = Scripts(
        track=history.content.astype(np.int64),
        start=np.append(start[kept], len(history)),
        parent_kind=np.full(len(kept), parent_code("library"), np.int8),
        parent_id=np.zeros(len(kept), np.uint64),
    )
    in_order = sessions.take(np.lexsort((sessions.start_s, sessions.account)))
    before = np.cumsum(in_order.n_plays) - in_order.n_plays
    begin = rng.integers(0, max(len(history), 1), n)
    offset = before - before[np.searchsorted(in_order.account, in_order.account)]
    model = rng.integers(0, len(kept), n)
    return scripts, replace(
        in_order, script=model[in_order.account], offset=offset + begin[in_order.account]
    )


def _organised(
    rng: np.random.Generator, stage: Stage, sessions: Sessions
) -> tuple[Scripts, Sessions]:
    """Let sessions play common lists of well-known tracks from the top."""
    tracks = stage.catalogue.draw_kind(rng, "track", _FILLER_LISTS * _FILLER_LENGTH)
    scripts = Scripts.of(
        list(tracks.reshape(_FILLER_LISTS, _FILLER_LENGTH)),
        "playlist_ugc",
        hashes(rng, _FILLER_LISTS),
    )
    which = rng.integers(0, _FILLER_LISTS, len(sessions))
    return scripts, replace(sessions, script=which, offset=np.zeros(len(sessions), np.int64))
