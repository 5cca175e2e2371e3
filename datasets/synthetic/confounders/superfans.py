"""G09, superfans: one artist is four fifths of all plays for weeks, single tracks on repeat.

Everyone on their own, in their own order and at their own hours; on some days one track is played
more than a hundred times. Looks like A01. Among 39 measured honest accounts, a track is streamed
100 times or more on 0.043% of account-days (198 at most), and 1.0% of account-weeks have a top
artist with 80% or more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import make_accounts
from cib.datasets.synthetic.components import NUMBERS, Component, honest_component
from cib.datasets.synthetic.confounders.crowd import known_artists, lives, songs_of
from cib.datasets.synthetic.markets import DAY_S, local_midnight, local_start
from cib.datasets.synthetic.scripts import Scripts
from cib.datasets.synthetic.sessions import Sessions, everyday
from cib.datasets.synthetic.stage import Stage

Array = npt.NDArray[Any]

SIZE = 400
_IDOLS = 12
_CRAZE = 0.03
"""Share of days with one track on repeat, 100 to 160 times."""
_LOOP = (100, 160)
_OTHER_PLAYS = 3.0
"""Plays of anything else on an active day."""


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw fans of a dozen artists, each with an order and a favourite of their own."""
    catalogue, n_days = stage.catalogue, stage.n_days
    accounts = make_accounts(rng, catalogue, n, first_number=number * NUMBERS)
    songs = [songs_of(catalogue, int(a)) for a in known_artists(rng, catalogue, min(_IDOLS, n))]
    idol = rng.integers(0, len(songs), n)
    everything = [rng.permuted(songs[i]) for i in idol.tolist()]
    favourite = [order[:1] for order in everything]
    scripts = Scripts.of(everything + favourite, "library", np.zeros(2 * n, np.uint64))

    # In love for two to eight weeks, somewhere in the period.
    days = np.arange(n_days)
    length = np.minimum(rng.integers(2, 9, n) * 7, n_days)
    first = (rng.random(n) * (n_days - length + 1)).astype(np.int64)
    in_love = (days >= first[:, None]) & (days < (first + length)[:, None])
    who, day = np.nonzero(in_love & (rng.random((n, n_days)) < 0.85))
    craze = rng.random(len(who)) < _CRAZE
    # A small world has its day of madness too.
    if len(who) and not craze.any():
        craze[rng.integers(0, len(who))] = True
    listening = Sessions.of(
        who,
        np.where(
            craze,
            local_midnight(accounts.market[who], day) + 3600 * rng.uniform(8, 12, len(who)),
            local_start(rng, day, accounts.market[who], accounts.shift_h[who]),
        ),
        np.where(craze, rng.integers(*_LOOP, len(who)), rng.integers(15, 50, len(who))),
        script=who + n * craze,
        offset=np.where(craze, 0, rng.integers(0, 40, len(who))),
        skip=0.06,
    )
    # Hardly anything else while it lasts, and the life of everybody before and after.
    little = everyday(rng, accounts, n_days, np.minimum(_OTHER_PLAYS / accounts.rate, 0.5))
    usual = everyday(rng, accounts, n_days)
    little = little.take(_within(in_love, little))
    usual = usual.take(~_within(in_love, usual))
    sessions = Sessions.concat([listening, little, usual])
    return honest_component(number, accounts, lives(rng, stage, accounts, sessions, scripts), "G09")


def _within(in_love: Array, sessions: Sessions) -> Array:
    """Mask of the sessions on days that are True in `in_love`, (n, n_days)."""
    day = np.floor(sessions.start_s / DAY_S).astype(np.int64)
    on: Array = in_love[sessions.account, np.clip(day, 0, in_love.shape[1] - 1)]
    return on
