"""Kernels of playing.py: one account after the other, one play after the other."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit


class ListenerArrays(NamedTuple):
    """What the kernel knows of accounts; see `Accounts`."""

    taste_cdf: Any
    discount: Any
    theta: Any
    skip: Any
    playlist_id: Any
    follows: Any
    device: Any
    platform: Any
    ip: Any
    asn: Any


class SessionArrays(NamedTuple):
    """Sessions by account and start; see `Sessions`."""

    account: Any
    start_s: Any
    n_plays: Any
    script: Any
    offset: Any
    skip: Any
    device: Any
    place: Any


class ScriptArrays(NamedTuple):
    """Fixed orders; see `Scripts`."""

    track: Any
    start: Any
    parent_kind: Any
    parent_id: Any


class CatalogueArrays(NamedTuple):
    """What the kernel knows of contents; see `Catalogue`."""

    community_track: Any
    community_cdf: Any
    guide: Any
    album: Any
    album_id: Any
    album_start: Any
    length_ms: Any


class KindCodes(NamedTuple):
    """Codes of the parents that plays come from."""

    album: int
    autoplay: int
    library: int
    playlist_algo: int
    playlist_ugc: int
    radio: int
    search: int


class PlayArrays(NamedTuple):
    """What comes out, one entry per play; see `Events`."""

    account: Any
    content: Any
    start_us: Any
    duration_ms: Any
    parent_kind: Any
    parent_id: Any
    device: Any
    ip: Any
    asn: Any
    platform: Any
    reason_end: Any
    flags: Any
    received_us: Any


_GUIDE = 4096
_SEGMENT = 8.0  # mean plays for which a listener keeps to one way of choosing
_LOOP = -2
_PAST = 64  # plays that an account brings along from before the log
_ALBUM_SHARE, _LIST_SHARE = 0.028, 0.012  # of the segments with something new; the others: finds
_LIST_MORE = 6
_RUN_SHARE = 0.24  # of the segments with something known: a past run in its order
_NEAR, _FAR = 7.0, 0.7  # known plays lie this many back at least, this share of the past at most
_OFFLINE_SHARE = 0.04
_SHUFFLE, _OFFLINE = 1, 2
_BACK, _ENDPLAY, _ERROR, _FORWARD, _LOGOUT, _DONE = range(6)
_DAY_US = 86_400_000_000


@njit(cache=True, nogil=True)
def _find(rng: Any, taste_cdf: Any, catalogue: Any) -> int:
    """Draw a track by taste and popularity."""
    u = rng.random()
    community = 0
    while taste_cdf[community] < u and community < len(taste_cdf) - 1:
        community += 1
    where = community + rng.random()
    slot = catalogue.guide[int(where * _GUIDE)]
    last = len(catalogue.community_cdf) - 1
    while slot < last and catalogue.community_cdf[slot] < where:
        slot += 1
    track: int = catalogue.community_track[slot]
    return track


@njit(cache=True, nogil=True)
def _back(rng: Any, n_past: int) -> int:
    """Draw how many plays ago something known was played: the recent more often.

    Uniform in the logarithm, which gives the return times measured (quartiles 8, 55 and 301 h).
    """
    back: int = min(int(_NEAR * np.exp(np.log(_FAR * n_past / _NEAR) * rng.random())), n_past)
    return back


@njit(cache=True, nogil=True)
def _seconds(rng: Any, length_s: float, skip: float) -> float:
    """Draw how long a play lasts.

    Of plays that are not skipped within 30 s, 5.5% end by 60 s, 82% run to 95% of the length or
    beyond, the rest end anywhere between; of the skipped, 5 in 7 end within 5 s. Measured on 39
    listeners' own exports (see the specification, 4.7).
    """
    u = rng.random()
    v = rng.random()
    if u < skip * 5 / 7:
        listened = 0.3 + 4.7 * v
    elif u < skip:
        listened = 5 + 25 * v
    else:
        kind = rng.random()
        if kind < 0.055:
            listened = 30 + 30 * v
        elif kind < 0.18:
            listened = 60 + max(0.95 * length_s - 60, 0.0) * v
        else:
            listened = length_s * (0.95 + 0.05 * v**0.5)
    seconds: float = min(listened, length_s)
    return seconds


@njit(cache=True, nogil=True)
def play_sessions(
    rng: Any,
    listeners: Any,
    sessions: Any,
    scripts: Any,
    lists: Any,
    catalogue: Any,
    kinds: Any,
    out: Any,
) -> None:
    """Fill `out` with the plays of all sessions, which come by account and start."""
    most = 0
    total = 0
    for s in range(len(sessions.account)):
        if s and sessions.account[s] != sessions.account[s - 1]:
            total = 0
        total += sessions.n_plays[s]
        most = max(most, total)
    past = np.empty(_PAST + most, np.int32)
    n_past = 0
    distinct = 0.0
    free_at = -1e18
    row = 0
    for s in range(len(sessions.account)):
        a = sessions.account[s]
        taste = listeners.taste_cdf[a]
        if s == 0 or a != sessions.account[s - 1]:
            free_at = -1e18
            n_past = _PAST
            distinct = 0.6 * _PAST
            for i in range(n_past):
                past[i] = _find(rng, taste, catalogue)
        theta = listeners.theta[a]
        discount = listeners.discount[a]
        skip = sessions.skip[s]
        if not skip >= 0.0:
            skip = listeners.skip[a]
        slot = sessions.device[s]
        if slot < 0:
            u = rng.random()
            slot = 0 if u < 0.62 else 1 if u < 0.90 else 2
        place = sessions.place[s]
        if place < 0:
            place = 1 if rng.random() < 0.35 else 0
        if slot != 0 and place == 1:
            place = 0  # only the phone leaves the house
        offline = place == 1 and slot == 0 and rng.random() < 4 * _OFFLINE_SHARE
        late_us = 0
        if offline:
            late_us = int(_DAY_US * (1.0 + 13.0 * rng.random() ** 2))
        clock = max(sessions.start_s[s], free_at)
        first = row
        n = sessions.n_plays[s]
        script = sessions.script[s]
        left = 0  # plays until the next choice of how to choose
        run = -1  # place in the account's own past from which a run is repeated
        album_next = -1
        album_end = -1
        list_at = 0
        list_index = -1
        track = -1
        kind = kinds.library
        parent = np.uint64(0)
        shuffled = 0
        fresh = False
        for i in range(n):
            if script >= 0:
                start = scripts.start[script]
                length = scripts.start[script + 1] - start
                track = scripts.track[start + (sessions.offset[s] + i) % length]
                kind = scripts.parent_kind[script]
                parent = scripts.parent_id[script]
                shuffled = 0
            elif script == _LOOP:
                if i == 0:
                    track = past[n_past - 1 - int(min(n_past, 200) * rng.random())]
                    kind = kinds.library
                    parent = np.uint64(0)
            else:
                if left == 0:
                    left = 1 + int(_SEGMENT * rng.standard_exponential())
                    run = -1
                    album_next = -1
                    list_index = -1
                    shuffled = 0
                    parent = np.uint64(0)
                    fresh = rng.random() * (n_past + theta) < theta + discount * distinct
                    u = rng.random()
                    if fresh and u < _ALBUM_SHARE:
                        seed = _find(rng, taste, catalogue)
                        album = catalogue.album[seed]
                        album_end = catalogue.album_start[album + 1]
                        album_next = catalogue.album_start[album]
                        if rng.random() < 0.3:
                            album_next = seed
                        left = album_end - album_next  # an album is played to its end
                        kind = kinds.album
                        parent = catalogue.album_id[album]
                    elif fresh and u < _ALBUM_SHARE + _LIST_SHARE:
                        list_index = listeners.follows[
                            a, int(listeners.follows.shape[1] * rng.random())
                        ]
                        length = lists.start[list_index + 1] - lists.start[list_index]
                        left += _LIST_MORE
                        list_at = 0 if rng.random() < 0.5 else int(length * rng.random())
                        kind = lists.parent_kind[list_index]
                        parent = lists.parent_id[list_index]
                    elif fresh:
                        kind = kinds.search
                        if u > 0.85:
                            kind = kinds.autoplay
                        elif u > 0.70:
                            kind = kinds.radio
                        elif u > 0.55:
                            kind = kinds.playlist_algo
                    elif u < _RUN_SHARE:
                        run = n_past - min(_back(rng, n_past) + left, n_past)
                        kind = kinds.playlist_ugc
                        parent = listeners.playlist_id[a]
                    else:
                        shuffled = _SHUFFLE
                        kind = kinds.library
                left -= 1
                if album_next >= 0:
                    track = album_next
                    album_next += 1
                elif list_index >= 0:
                    start = lists.start[list_index]
                    length = lists.start[list_index + 1] - start
                    track = lists.track[start + list_at % length]
                    list_at += 1
                elif fresh:
                    track = _find(rng, taste, catalogue)
                elif run >= 0:
                    track = past[run]
                    run += 1
                else:
                    track = past[n_past - _back(rng, n_past)]
                if fresh:
                    distinct += 1.0
            past[n_past] = track
            n_past += 1
            length_s = catalogue.length_ms[track] / 1000.0
            seconds = _seconds(rng, length_s, skip)
            out.account[row] = a
            out.content[row] = track
            out.start_us[row] = int(clock * 1e6)
            out.duration_ms[row] = max(int(seconds * 1000), 1)
            out.parent_kind[row] = kind
            out.parent_id[row] = parent
            out.device[row] = listeners.device[a, slot]
            out.ip[row] = listeners.ip[a, place]
            out.asn[row] = listeners.asn[a, place]
            out.platform[row] = listeners.platform[a, slot]
            out.flags[row] = shuffled + (_OFFLINE if offline else 0)
            reason = _DONE
            if seconds < 0.98 * length_s:
                u = rng.random()
                reason = _FORWARD if u < 0.9 else _BACK if u < 0.95 else _ERROR
            out.reason_end[row] = reason
            clock += seconds + 1.2 * rng.standard_exponential()
            if rng.random() < 0.02:
                clock += 240.0 * rng.standard_exponential()
            row += 1
        if row > first:
            if out.reason_end[row - 1] != _DONE:
                out.reason_end[row - 1] = _LOGOUT if rng.random() < 0.3 else _ENDPLAY
            for i in range(first, row):
                out.received_us[i] = int(clock * 1e6) + late_us if offline else 0
        free_at = clock
