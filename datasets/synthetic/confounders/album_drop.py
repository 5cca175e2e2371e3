"""G01, album-drop fans: a new album in order, hours after local midnight. Looks like A01, A02."""

from __future__ import annotations

import numpy as np

from cib.datasets.synthetic.accounts import make_accounts
from cib.datasets.synthetic.catalogue import DROP_DAY
from cib.datasets.synthetic.components import NUMBERS, Component, honest_component
from cib.datasets.synthetic.events import finish
from cib.datasets.synthetic.markets import local_midnight, local_start
from cib.datasets.synthetic.playing import play
from cib.datasets.synthetic.scripts import Scripts
from cib.datasets.synthetic.sessions import Sessions, everyday
from cib.datasets.synthetic.social import with_reactions
from cib.datasets.synthetic.stage import Stage

SIZE = 2_000
_FAN_SHARE = 0.5
"""The others come in the days after, to a few tracks each."""


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw the fans, who repeat the album up to four times, and those who come later."""
    catalogue, n_days = stage.catalogue, stage.n_days
    accounts = make_accounts(rng, catalogue, n, first_number=number * NUMBERS)
    start, end = catalogue.album_start[catalogue.drop_album : catalogue.drop_album + 2]
    album = Scripts.of([np.arange(start, end)], "album", catalogue.album_id[[catalogue.drop_album]])
    n_fans = round(n * _FAN_SHARE)
    fans, later = np.arange(n_fans), np.arange(n_fans, n)
    midnight = local_midnight(accounts.market, DROP_DAY)
    rounds = np.minimum(rng.geometric(0.5, n_fans), 4)
    first = Sessions.of(
        fans,
        midnight[fans] + np.minimum(rng.exponential(2.2 * 3600, n_fans), 12 * 3600),
        (end - start) * rounds,
        script=0,
        skip=0.03,
    )
    day = DROP_DAY + 1 + rng.integers(0, max(n_days - DROP_DAY - 1, 1), len(later))
    casual = Sessions.of(
        later,
        local_start(rng, day, accounts.market[later], accounts.shift_h[later]),
        rng.integers(1, 7, len(later)),
        script=0,
        offset=rng.integers(0, end - start, len(later)),
    )
    sessions = Sessions.concat([first, casual, everyday(rng, accounts, n_days)])
    plays = play(rng, catalogue, accounts, sessions, album)
    events = with_reactions(rng, stage, accounts, plays)
    return honest_component(number, accounts, finish(events, n_days), "G01")
