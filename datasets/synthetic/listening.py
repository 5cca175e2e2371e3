"""Sessions, and how a session becomes plays."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import LIBRARY_SIZE, N_FOLLOWED, Accounts, draw_tracks
from cib.datasets.synthetic.catalogue import LIST_LENGTH, Catalogue
from cib.datasets.synthetic.events import PLAY, Events
from cib.datasets.synthetic.markets import local_start
from cib.datasets.synthetic.scripts import Scripts, parent_code

Array = npt.NDArray[Any]

FREE = -1
_SEGMENT = 8  # plays for which a listener keeps to one way of choosing
_SESSION_SIGMA = 1.1  # with median 11: quantiles .25/.5/.75/.9/.99 near 5/11/23/45/142, mean 20
_LIBRARY, _PLAYLIST, _SEARCH, _ALBUM, _LIST = range(5)
_MODE_SHARE = (0.40, 0.20, 0.25, 0.10, 0.05)
_MODE_PARENT = ("library", "playlist_ugc", "search", "album", "playlist_editorial")


@dataclass(frozen=True, slots=True)
class Sessions:
    """Aligned arrays, one entry per session."""

    account: Array
    start_s: Array
    """When it is meant to start; a session waits for the account's previous one to end."""
    n_plays: Array
    script: Array
    """Index into the scripts it follows, or `FREE`."""
    offset: Array
    """Where in the script it starts."""
    skip: Array
    """Share of plays under 30 s; NaN for the account's own."""
    device: Array
    """0 … N_DEVICES - 1, or -1 to draw."""

    def __len__(self) -> int:
        return len(self.account)

    @staticmethod
    def of(
        account: Array,
        start_s: Array,
        n_plays: Array | int,
        *,
        script: Array | int = FREE,
        offset: Array | int = 0,
        skip: Array | float = np.nan,
        device: Array | int = -1,
    ) -> Sessions:
        """Make sessions; scalars hold for all."""
        n = len(account)
        return Sessions(
            account=np.asarray(account, np.int64),
            start_s=np.asarray(start_s, np.float64),
            n_plays=np.broadcast_to(np.asarray(n_plays, np.int64), n),
            script=np.broadcast_to(np.asarray(script, np.int64), n),
            offset=np.broadcast_to(np.asarray(offset, np.int64), n),
            skip=np.broadcast_to(np.asarray(skip, np.float64), n),
            device=np.broadcast_to(np.asarray(device, np.int64), n),
        )

    @staticmethod
    def concat(parts: list[Sessions]) -> Sessions:
        """Put several lots of sessions together."""
        return Sessions(
            *(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Sessions))
        )


def everyday(
    rng: np.random.Generator, accounts: Accounts, n_days: int, volume: float = 1.0
) -> Sessions:
    """Draw everybody's ordinary sessions, a day before and after the period included.

    Parameters
    ----------
    rng : the component's stream
    accounts : whose
    n_days : length of the log
    volume : factor on the accounts' own plays per day
    """
    n = len(accounts)
    days = np.arange(-1, n_days + 1)
    who, day = np.nonzero(rng.random((n, len(days))) < accounts.active[:, None])
    rate = accounts.rate * volume
    median = np.minimum(11.0, 0.55 * rate + 0.5)
    mean = median * np.exp(_SESSION_SIGMA**2 / 2)
    count = 1 + rng.poisson(np.maximum(rate / mean - 1.0, 0.0)[who])
    account = np.repeat(who, count)
    day = np.repeat(days[day], count)
    size = np.exp(rng.normal(np.log(median[account]), _SESSION_SIGMA))
    return Sessions.of(
        account,
        local_start(rng, day, accounts.market[account], accounts.shift_h[account]),
        np.clip(np.rint(size), 1, 400).astype(np.int64),
    )


def play(
    rng: np.random.Generator,
    catalogue: Catalogue,
    accounts: Accounts,
    sessions: Sessions,
    scripts: Scripts,
) -> Events:
    """Play the sessions through: what, how long, when, on which device, from where."""
    order = np.lexsort((sessions.start_s, sessions.account))
    s = Sessions(*(getattr(sessions, f.name)[order] for f in fields(Sessions)))
    of = np.repeat(np.arange(len(s)), s.n_plays)
    first = np.append(0, np.cumsum(s.n_plays))[:-1]
    position = np.arange(len(of)) - first[of]
    account = s.account[of]

    track, kind, parent = _choose(rng, catalogue, accounts, s, of, position)
    scripted = s.script[of] != FREE
    script = s.script[of][scripted]
    track[scripted] = scripts.at(script, (s.offset[of] + position)[scripted])
    kind[scripted] = scripts.parent_kind[script]
    parent[scripted] = scripts.parent_id[script]

    skip = np.where(np.isnan(s.skip), accounts.skip[s.account], s.skip)[of]
    duration_s = play_seconds(rng, catalogue.length_ms[track] / 1000.0, skip)
    gap_s = rng.exponential(1.2, len(of)) + (rng.random(len(of)) < 0.02) * rng.exponential(
        240, len(of)
    )
    start_s = _start_times(s, of, first, duration_s + gap_s)
    slot = np.where(s.device >= 0, s.device, rng.choice(3, len(s), p=(0.62, 0.28, 0.10)))[of]
    out = (rng.random(len(s)) < 0.5)[of] & (slot == 0)  # only the phone leaves the house
    n = len(of)
    return Events(
        account=account,
        content=track,
        action=np.full(n, PLAY, np.int8),
        start_s=start_s,
        duration_ms=np.maximum(duration_s * 1000, 1).astype(np.int32),
        parent_kind=kind,
        parent_id=parent,
        device=accounts.device[account, slot],
        ip=np.where(out, accounts.mobile_ip[account], accounts.home_ip[account]),
        ip_market=accounts.ip_market[account],
        platform=accounts.platform[account, slot],
        inauthentic=np.zeros(n, bool),
        event_id=np.zeros(n, np.uint64),
    )


def play_seconds(rng: np.random.Generator, length_s: Array, skip: Array) -> Array:
    """Draw how long each play lasts.

    Of plays that are not skipped within 30 s, 4.7% end by 60 s, 82% run to 95% of the length or
    beyond, the rest end anywhere between; of the skipped, 5 in 7 end within 5 s. Measured on 39
    listeners' own exports (see the specification, 4.7).
    """
    n = len(length_s)
    u, v, kind = rng.random(n), rng.random(n), rng.random(n)
    listened = np.select(
        [kind < 0.047, kind < 0.18],
        [30 + 30 * v, 60 + np.maximum(0.95 * length_s - 60, 0) * v],
        length_s * (0.95 + 0.05 * np.sqrt(v)),
    )
    skipped = np.where(u < skip * 5 / 7, 0.3 + 4.7 * v, 5 + 25 * v)
    seconds: Array = np.minimum(np.where(u < skip, skipped, listened), length_s)
    return seconds


def _choose(
    rng: np.random.Generator,
    catalogue: Catalogue,
    accounts: Accounts,
    s: Sessions,
    of: Array,
    position: Array,
) -> tuple[Array, Array, Array]:
    """Tracks and parents for free listening, a segment at a time."""
    # A segment boundary falls anywhere in the session, or all runs would start at multiples.
    phase = rng.integers(0, _SEGMENT, len(s))
    n_segments = (s.n_plays + phase - 1) // _SEGMENT + 1
    first_segment = np.append(0, np.cumsum(n_segments))
    segment = first_segment[:-1][of] + (position + phase[of]) // _SEGMENT
    in_segment = np.minimum(position, (position + phase[of]) % _SEGMENT)
    owner = np.repeat(s.account, n_segments)
    n = len(owner)
    mode = rng.choice(len(_MODE_SHARE), n, p=_MODE_SHARE)[segment]

    account = s.account[of]
    track = draw_tracks(rng, catalogue, accounts.taste_cdf, account)
    loved = (LIBRARY_SIZE * rng.random(len(of)) ** 1.8).astype(np.int64)
    track = np.where(mode == _LIBRARY, accounts.library[account, loved], track)
    begin = rng.integers(0, LIBRARY_SIZE, n)[segment]
    own = accounts.library[account, (begin + in_segment) % LIBRARY_SIZE]
    track = np.where(mode == _PLAYLIST, own, track)

    # People come back to albums too: an album is one that holds a track of the account's library.
    seed_track = accounts.library[owner, (LIBRARY_SIZE * rng.random(n) ** 1.8).astype(np.int64)]
    album = catalogue.album[seed_track]
    begin = np.where(rng.random(n) < 0.7, catalogue.album_start[album], seed_track)[segment]
    on_album = (mode == _ALBUM) & (begin + in_segment < catalogue.album_start[album + 1][segment])
    track = np.where(on_album, begin + in_segment, track)

    chosen = accounts.follows[owner, rng.integers(0, N_FOLLOWED, n)][segment]
    entry = np.where(rng.random(n) < 0.5, 0, rng.integers(0, LIST_LENGTH, n))[segment]
    track = np.where(mode == _LIST, catalogue.lists.at(chosen, entry + in_segment), track)

    kind = np.array([parent_code(k) for k in _MODE_PARENT], np.int8)[mode]
    kind[(mode == _ALBUM) & ~on_album] = parent_code("radio")  # what plays when the album is over
    parent = np.select(
        [on_album, mode == _LIST, mode == _PLAYLIST],
        [
            catalogue.album_id[album[segment]],
            catalogue.lists.parent_id[chosen],
            accounts.playlist_id[account],
        ],
        np.uint64(0),
    )
    return track, kind, parent


def _start_times(s: Sessions, of: Array, first: Array, spent_s: Array) -> Array:
    """Start of every play: sessions of one account never overlap, plays of one session neither.

    A session starts when it was meant to or when the previous one ends, whichever is later:
    start_i = max over j <= i of (meant_j + the time sessions j … i-1 take).
    """
    before = np.cumsum(spent_s) - spent_s
    in_session = before - before[first][of]
    length = np.bincount(of, spent_s, len(s))
    taken = np.cumsum(length) - length
    new = np.append(True, s.account[1:] != s.account[:-1])
    taken -= taken[new][np.cumsum(new) - 1]
    # Far apart, so that the running maximum never carries from one account into the next. Only the
    # wait is taken from these large numbers: they would round the microseconds of the times.
    free_at = s.start_s - taken + s.account * 1e8
    wait = np.maximum.accumulate(free_at) - free_at
    times: Array = (s.start_s + wait)[of] + in_session
    return times
