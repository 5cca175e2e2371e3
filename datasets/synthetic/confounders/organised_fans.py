"""G02, organised fans: guideline playlists of one artist, played around the clock by a fandom.

A fandom agrees on a playlist: two of three tracks are the artist's, the single most often, with
tracks of others between them so that it looks human. Members in many markets loop the same
version, muted, on the computer: some day and night, the others for hours. A new version comes every
week. Looks like A01, A03 and A05; policies differ, so it is grey.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import make_accounts
from cib.datasets.synthetic.components import NUMBERS, Component, Context, honest_component
from cib.datasets.synthetic.confounders.crowd import known_artists, lives, songs_of
from cib.datasets.synthetic.markets import DAY_S, START_US, local_midnight, local_start
from cib.datasets.synthetic.scripts import Scripts
from cib.datasets.synthetic.sessions import Sessions, everyday
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

SIZE = 600
_FANDOM = 200
_BLOCKS = 8
"""Of six tracks: single, filler, song, single, filler, song."""
_TIRELESS = 0.25
"""Share of the members who stream day and night."""
_DAY_PLAYS = 310  # 18 hours of 205 s: the clock of a day also holds their own listening


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw fandoms of about 200, each with its artist, its playlist and its weeks."""
    catalogue, n_days = stage.catalogue, stage.n_days
    accounts = make_accounts(rng, catalogue, n, first_number=number * NUMBERS)
    n_fandoms = max(round(n / _FANDOM), 1)
    fandom = rng.integers(0, n_fandoms, n)
    weeks = (n_days + 6) // 7
    artists = known_artists(rng, catalogue, n_fandoms)
    orders = [_guideline(rng, stage, int(a)) for a in artists for _ in range(weeks)]
    playlist = hashes(rng, n_fandoms)
    scripts = Scripts.of(orders, "playlist_ugc", np.repeat(playlist, weeks))

    # A campaign lasts half the period, at least a week.
    length = max(n_days // 2, 7)
    first = rng.integers(0, max(n_days - length, 0) + 1, n_fandoms)[fandom]
    tireless = rng.random(n) < _TIRELESS
    days = np.arange(n_days)
    on = (days >= first[:, None]) & (days < first[:, None] + length)
    on &= rng.random((n, n_days)) < np.where(tireless, 0.9, 0.6)[:, None]
    who, day = np.nonzero(on)
    market = accounts.market[who]
    loops = Sessions.of(
        who,
        np.where(
            tireless[who],
            local_midnight(market, day) + rng.uniform(0, 7200, len(who)),
            local_start(rng, day, market, accounts.shift_h[who]),
        ),
        np.where(tireless[who], _DAY_PLAYS, rng.integers(30, 110, len(who))),
        script=fandom[who] * weeks + day // 7,
        skip=0.0,
        device=1,
    )
    sessions = Sessions.concat([loops, everyday(rng, accounts, n_days, volume=0.4)])
    owner = np.array([np.append(np.flatnonzero(fandom == f), 0)[0] for f in range(n_fandoms)])
    contexts = tuple(
        Context(
            parent_id=int(playlist[f]),
            kind="playlist_ugc",
            owner=int(accounts.number[owner[f]]),
            created_us=START_US - int(rng.uniform(5, 200) * DAY_S) * 1_000_000,
            followers=int(5 * (fandom == f).sum()),
        )
        for f in range(n_fandoms)
    )
    component = honest_component(
        number,
        accounts,
        lives(rng, stage, accounts, sessions, scripts),
        "G02",
        policy_view="grey",
        contexts=contexts,
    )
    role = component.role.astype(object)
    role[owner] = "hub_owner"
    return replace(component, role=role)


def _guideline(rng: np.random.Generator, stage: Stage, artist: int) -> Array:
    """One version of a playlist: the single, other songs of the artist, and filler."""
    songs = songs_of(stage.catalogue, artist)
    others = stage.catalogue.draw_kind(rng, "track", 4 * _BLOCKS)
    others = others[stage.catalogue.artist[others] != artist][: 2 * _BLOCKS]
    # A star may fill the draw by itself in a tiny world; then fewer fillers go round.
    filler = np.resize(others, 2 * _BLOCKS) if len(others) else np.full(2 * _BLOCKS, songs[-1])
    rest = np.resize(rng.permuted(songs[1:]) if len(songs) > 1 else songs, 2 * _BLOCKS)
    block = np.empty((_BLOCKS, 6), np.int64)
    block[:, [0, 3]] = songs[0]
    block[:, [1, 4]] = filler.reshape(_BLOCKS, 2)
    block[:, [2, 5]] = rest.reshape(_BLOCKS, 2)
    return block.ravel()
