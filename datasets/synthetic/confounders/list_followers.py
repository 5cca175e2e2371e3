"""G04, followers of editorial and algorithmic lists: the same order, right after the refresh.

Half follow the morning list, renewed at seven o'clock of each market; half an algorithmic list that
is renewed at one hour for the whole world and announced on the phone. On one day everybody hears
the same tracks in the same order. Looks like A03.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import make_accounts
from cib.datasets.synthetic.catalogue import LIST_LENGTH, MORNING_LIST
from cib.datasets.synthetic.components import NUMBERS, Component, honest_component
from cib.datasets.synthetic.confounders.crowd import lives, mixed_scripts
from cib.datasets.synthetic.markets import DAY_S, local_midnight
from cib.datasets.synthetic.scripts import Scripts
from cib.datasets.synthetic.sessions import Sessions, everyday
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

SIZE = 1_000
_MORNING_H, _REFRESH_H = 7.0, 14.0
"""Local hour of the morning list, UTC hour of the algorithmic one, when most markets are awake."""
_HABIT = 0.6
"""Share of weekdays on which a follower listens."""
_POOL = 120


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw followers of both lists and a fresh order of each for every day."""
    catalogue, n_days = stage.catalogue, stage.n_days
    accounts = make_accounts(rng, catalogue, n, first_number=number * NUMBERS)
    lists = catalogue.lists
    morning = lists.track[lists.start[MORNING_LIST] : lists.start[MORNING_LIST + 1]]
    popular = np.unique(catalogue.draw_kind(rng, "track", _POOL))
    scripts = mixed_scripts(
        [
            Scripts.of(
                [rng.permuted(morning) for _ in range(n_days)],
                "playlist_editorial",
                np.full(n_days, lists.parent_id[MORNING_LIST]),
            ),
            Scripts.of(
                [rng.permuted(popular)[:LIST_LENGTH] for _ in range(n_days)],
                "playlist_algo",
                np.full(n_days, hashes(rng, 1)[0]),
            ),
        ]
    )
    algorithmic = np.arange(n) % 2 == 1
    weekday = np.arange(n_days) % 7 < 5
    who, day = np.nonzero(rng.random((n, n_days)) < _HABIT * weekday)
    refreshed_s = np.where(
        algorithmic[who],
        day * float(DAY_S) + _REFRESH_H * 3600,
        local_midnight(accounts.market[who], day) + _MORNING_H * 3600,
    )
    follow = Sessions.of(
        who,
        refreshed_s + np.minimum(rng.exponential(1_200.0, len(who)), 3_600.0),
        rng.integers(8, 31, len(who)),
        script=day + n_days * algorithmic[who],
        skip=0.1,
        device=0,
    )
    sessions = Sessions.concat([follow, everyday(rng, accounts, n_days, volume=0.7)])
    events = lives(rng, stage, accounts, sessions, scripts)
    return honest_component(number, accounts, events, "G04")
