"""G07, sleep, noise and focus: hours of short tracks without a skip, and accounts that never stop.

Most play a few sounds of 60 to 180 s from bedtime to morning, some through the working day, a few
around the clock. Looks like A01 and A04. Honest accounts with 20 or more active hours on a day hold
0.83% of account-days among 39 measured ones, all from four of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import make_accounts
from cib.datasets.synthetic.catalogue import SLEEP_LIST
from cib.datasets.synthetic.components import NUMBERS, Component, honest_component
from cib.datasets.synthetic.confounders.crowd import lives, mixed_scripts
from cib.datasets.synthetic.markets import local_midnight
from cib.datasets.synthetic.scripts import Scripts
from cib.datasets.synthetic.sessions import Sessions, everyday
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

SIZE = 400
_ALWAYS, _FOCUS = 0.06, 0.2
"""Share of accounts that never stop, and of those that play noise while they work."""
_OWN_SOUNDS = (4, 20)
"""Sounds in an account's own loop; half play the editorial sleep list instead."""
_HEARD, _PAUSE_S = 0.92, 6.0  # mean share of a track that is played out, and pause after it


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw sleepers, focused workers and speakers that are never switched off."""
    catalogue, n_days = stage.catalogue, stage.n_days
    accounts = make_accounts(rng, catalogue, n, first_number=number * NUMBERS)
    place = rng.permuted(np.arange(n))
    n_always = max(round(_ALWAYS * n), 1)
    always = place < n_always
    focus = ~always & (place < n_always + round(_FOCUS * n))

    lists = catalogue.lists
    sounds = lists.track[lists.start[SLEEP_LIST] : lists.start[SLEEP_LIST + 1]]
    own = [
        rng.choice(sounds, size, replace=False)
        for size in rng.integers(_OWN_SOUNDS[0], _OWN_SOUNDS[1] + 1, n).tolist()
    ]
    scripts = mixed_scripts([lists, Scripts.of(own, "playlist_ugc", hashes(rng, n))])
    n_lists = len(lists.parent_id)
    script = np.where(rng.random(n) < 0.5, SLEEP_LIST, n_lists + np.arange(n))

    weekday = np.arange(n_days) % 7 < 5
    chance = np.where(focus[:, None], 0.8 * weekday, 0.7)
    on = always[:, None] | (rng.random((n, n_days)) < chance)
    who, day = np.nonzero(on)
    begins_h = np.select(
        [always[who], focus[who]],
        [rng.uniform(0, 0.2, len(who)), rng.normal(8.8, 0.6, len(who))],
        rng.normal(22.8, 0.8, len(who)),
    )
    hours = np.where(always[who], 23.7, rng.uniform(8.0, 10.0, len(who)))
    track_s = _HEARD * catalogue.length_ms[sounds].mean() / 1000 + _PAUSE_S
    through = Sessions.of(
        who,
        local_midnight(accounts.market[who], day) + begins_h * 3600,
        np.rint(hours * 3600 / track_s),
        script=script[who],
        offset=rng.integers(0, 4, len(who)),
        skip=0.002,
        device=np.where(always, 2, 0)[who],
        place=0,
    )
    # Who never stops has no time for anything else.
    sessions = Sessions.concat(
        [through, everyday(rng, accounts, n_days, volume=np.where(always, 0.0, 0.5))]
    )
    return honest_component(number, accounts, lives(rng, stage, accounts, sessions, scripts), "G07")
