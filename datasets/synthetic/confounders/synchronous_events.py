"""G12, synchronous events: a premiere, a song on the radio, listening together, a countdown.

- premiere: a single comes out at one moment for the whole world; fans press play within a minute;
- radio: after a song was on the air, listeners of one market look for it within minutes;
- together: groups of up to 40 play the host's list in step, to the second, several evenings;
- countdown: a song is started so that its chorus falls on local midnight, in every market.

Looks like A02, and like A01 where people listen together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts, draw_tracks, make_accounts
from cib.datasets.synthetic.components import NUMBERS, Component, honest_component
from cib.datasets.synthetic.confounders.crowd import heard, known_artists, lives, songs_of
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.markets import DAY_S, local_midnight, market_index
from cib.datasets.synthetic.sessions import everyday
from cib.datasets.synthetic.stage import Stage

Array = npt.NDArray[Any]

SIZE = 1_200
_SHARES = {"premiere": 0.35, "radio": 0.25, "together": 0.25, "countdown": 0.15}
_CROWD = 40
"""Most people in a session that is listened to together."""
_EVENINGS = 3
_LIST = 12
_LAG_S = 0.4
"""Standard deviation of how far clients are apart that play in step."""


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw who is at which event, and what everybody does besides."""
    catalogue = stage.catalogue
    sizes = np.diff(np.rint(np.cumsum([0.0, *_SHARES.values()]) * n).astype(np.int64))
    parts: list[Accounts] = []
    for name, size in zip(_SHARES, sizes.tolist(), strict=True):
        # Radio reaches one market, a big one.
        market = market_index(("US", "BR", "DE")[rng.integers(0, 3)]) if name == "radio" else None
        made = sum(len(part) for part in parts)
        parts.append(
            make_accounts(rng, catalogue, size, first_number=number * NUMBERS + made, market=market)
        )
    accounts = Accounts.concat(parts)
    first = np.cumsum(sizes) - sizes
    who = [f + np.arange(size) for f, size in zip(first, sizes, strict=True)]
    plays = Events.concat(
        [
            _premiere(rng, stage, accounts, who[0]),
            _radio(rng, stage, accounts, who[1]),
            _together(rng, stage, accounts, who[2]),
            _countdown(rng, stage, accounts, who[3]),
        ]
    )
    sessions = everyday(rng, accounts, stage.n_days)
    events = lives(rng, stage, accounts, sessions, plays=plays)
    return honest_component(number, accounts, events, "G12")


def _premiere(rng: np.random.Generator, stage: Stage, accounts: Accounts, who: Array) -> Events:
    """Everybody plays it within a minute or so, and the more eager again."""
    catalogue = stage.catalogue
    song = songs_of(catalogue, int(known_artists(rng, catalogue, 1)[0]))[-1]
    moment_s = (rng.integers(min(1, stage.n_days - 1), stage.n_days) * 24 + 17) * 3600.0
    times = rng.integers(1, 4, len(who))
    account, turn = _repeated(who, times)
    length_s = catalogue.length_ms[song] / 1000.0
    delay_s = np.minimum(rng.exponential(25.0, len(who)), 180.0)
    start_s = moment_s + np.repeat(delay_s, times) + turn * (length_s + 3.0)
    heard_s = np.full(len(account), length_s)
    return heard(catalogue, accounts, account, np.full(len(account), song), start_s, heard_s)


def _radio(rng: np.random.Generator, stage: Stage, accounts: Accounts, who: Array) -> Events:
    """After a minute of the broadcast, fewer and fewer look for the song; most hear it out."""
    catalogue = stage.catalogue
    few = stage.contents("track", known=True)
    song = np.full(len(who), rng.choice(few))
    day = int(rng.integers(min(1, stage.n_days - 1), stage.n_days))
    aired_s = local_midnight(accounts.market[who], day) + 3600 * rng.integers(8, 19) + 60.0 * 37
    start_s = aired_s + 20.0 + rng.exponential(300.0, len(who))
    seconds = np.where(rng.random(len(who)) < 0.7, np.inf, rng.uniform(20, 120, len(who)))
    return heard(catalogue, accounts, who, song, start_s, seconds)


def _together(rng: np.random.Generator, stage: Stage, accounts: Accounts, who: Array) -> Events:
    """A host plays a list, the others' players follow; not everybody stays to the end."""
    catalogue = stage.catalogue
    n = len(who)
    if not n:
        return Events.of(0)
    crowds = max(-(-n // _CROWD), 1)
    crowd = np.arange(n) % crowds
    hosts = who[:crowds]
    order = draw_tracks(
        rng,
        catalogue,
        accounts.taste_cdf,
        np.repeat(hosts, _EVENINGS * _LIST),
    ).reshape(-1, _EVENINGS, _LIST)
    # On different days, or two evenings of one crowd would play over each other.
    apart = max(stage.n_days // (2 * _EVENINGS), 1) * np.arange(_EVENINGS)
    day = (rng.integers(0, stage.n_days, (crowds, 1)) + apart) % stage.n_days
    begin_s = day * float(DAY_S) + rng.uniform(17, 22, day.shape) * 3600
    length_s = catalogue.length_ms[order] / 1000.0
    at_s = begin_s[:, :, None] + np.cumsum(length_s + 1.0, axis=2) - length_s - 1.0
    stays = rng.integers(_LIST // 2, _LIST + 1, (n, _EVENINGS))
    stays *= rng.random((n, _EVENINGS)) < 0.85
    guest, evening, slot = np.nonzero(np.arange(_LIST) < stays[:, :, None])
    lag_s = 1.0 + np.abs(rng.normal(0, _LAG_S, len(guest)))
    where = (crowd[guest], evening, slot)
    # In step: a client that lags is cut off when the next track begins.
    return heard(
        catalogue,
        accounts,
        who[guest],
        order[where],
        at_s[where] + lag_s,
        length_s[where] - 2.0,
        parent="playlist_ugc",
        parent_id=accounts.playlist_id[hosts][crowd[guest]],
    )


def _countdown(rng: np.random.Generator, stage: Stage, accounts: Accounts, who: Array) -> Events:
    """Started two minutes to midnight, give or take what people's watches do."""
    catalogue = stage.catalogue
    song = catalogue.draw_kind(rng, "track", 1)[0]
    day = int(rng.integers(min(1, stage.n_days - 1), stage.n_days))
    start_s = local_midnight(accounts.market[who], day) - 120.0 + rng.normal(0, 2.0, len(who))
    return heard(
        catalogue, accounts, who, np.full(len(who), song), start_s, np.full(len(who), np.inf)
    )


def _repeated(who: Array, times: Array) -> tuple[Array, Array]:
    """Repeat accounts, and number each one's turns from zero."""
    account = np.repeat(who, times)
    first = np.repeat(np.cumsum(times) - times, times)
    return account, np.arange(len(account)) - first
