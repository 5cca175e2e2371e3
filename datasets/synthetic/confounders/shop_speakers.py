"""G08, shops, cafés and their speakers: one account plays a fixed list for 12 to 18 hours a day.

Seven of ten accounts belong to one chain whose shops in all markets play the head office's list
from its beginning when they open; the others are small chains and single shops. They live for
nothing else. Looks like A03; a private account in a shop breaks its licence, so it is grey.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts, draw_tracks, make_accounts
from cib.datasets.synthetic.components import NUMBERS, Component, Context, honest_component
from cib.datasets.synthetic.confounders.crowd import lives
from cib.datasets.synthetic.events import PLATFORMS, TIERS
from cib.datasets.synthetic.markets import DAY_S, START_US, local_midnight
from cib.datasets.synthetic.scripts import Scripts
from cib.datasets.synthetic.sessions import Sessions
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

SIZE = 400
_BIG_CHAIN = 0.7
_SMALL_CHAIN = 10
_HOURS = (12.0, 18.0)
_TRACKS = (40, 120)
_SUNDAY_OPEN = 0.5
_HEARD, _PAUSE_S = 0.9, 6.0  # mean share of a track that is played out, and pause after it


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw shops, chains, lists and opening hours."""
    catalogue, n_days = stage.catalogue, stage.n_days
    accounts = _shops(
        rng, make_accounts(rng, catalogue, n, first_number=number * NUMBERS, household_size=1)
    )
    chain = _chains(rng, n)
    n_chains = int(chain.max()) + 1
    head = np.array([np.flatnonzero(chain == c)[0] for c in range(n_chains)])
    lengths = rng.integers(_TRACKS[0], _TRACKS[1] + 1, n_chains)
    orders = [
        np.unique(draw_tracks(rng, catalogue, accounts.taste_cdf, np.repeat(shop, length)))
        for shop, length in zip(head.tolist(), lengths.tolist(), strict=True)
    ]
    playlist = accounts.playlist_id[head]
    scripts = Scripts.of([rng.permuted(order) for order in orders], "playlist_ugc", playlist)

    # A chain has opening hours; its shops keep them to the quarter of an hour.
    opens_h = rng.uniform(5.0, 9.0, n_chains)[chain] + rng.normal(0, 0.1, n)
    hours = np.minimum(rng.uniform(*_HOURS, n_chains)[chain], 23.5 - opens_h)
    length_s = np.array([catalogue.length_ms[order].mean() / 1000 for order in orders])
    track_s = _HEARD * length_s + _PAUSE_S
    n_plays = np.rint(hours * 3600 / track_s[chain])
    sunday = rng.random(n) < _SUNDAY_OPEN
    open_on = (np.arange(n_days) % 7 < 6) | sunday[:, None]
    who, day = np.nonzero(open_on & (rng.random((n, n_days)) < 0.98))
    sessions = Sessions.of(
        who,
        local_midnight(accounts.market[who], day) + opens_h[who] * 3600,
        n_plays[who],
        script=chain[who],
        skip=0.005,
        device=2,
        place=0,
    )
    contexts = tuple(
        Context(
            parent_id=int(playlist[c]),
            kind="playlist_ugc",
            owner=int(accounts.number[head[c]]),
            created_us=START_US - int(rng.uniform(30, 600) * DAY_S) * 1_000_000,
            followers=int((chain == c).sum()),
        )
        for c in range(n_chains)
    )
    return honest_component(
        number,
        accounts,
        lives(rng, stage, accounts, sessions, scripts, reacts=False),
        "G08",
        policy_view="grey",
        contexts=contexts,
    )


def _shops(rng: np.random.Generator, accounts: Accounts) -> Accounts:
    """A speaker or a computer behind the counter, and a plan that is paid for."""
    n = len(accounts)
    platform = accounts.platform.copy()
    platform[:, 2] = np.where(
        rng.random(n) < 0.6, PLATFORMS.index("speaker"), PLATFORMS.index("desktop")
    )
    return replace(
        accounts,
        platform=platform,
        tier=np.full(n, TIERS.index("premium")),
        plan_id=np.zeros(n, np.uint64),
        payment_hash=hashes(rng, n),
    )


def _chains(rng: np.random.Generator, n: int) -> Array:
    """Return everybody's chain: the big one, chains of ten, and shops of their own."""
    big = round(_BIG_CHAIN * n)
    small = (n - big) // 2
    chain = np.concatenate(
        [np.zeros(big), 1 + np.arange(small) // _SMALL_CHAIN, 1e6 + np.arange(n - big - small)]
    )
    _, dense = np.unique(chain, return_inverse=True)
    shuffled: Array = rng.permuted(dense.ravel())
    return shuffled
