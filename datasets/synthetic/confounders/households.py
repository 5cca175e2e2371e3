"""G05, households: a family plan, one address, a shared speaker, children's songs in a loop.

Families of three to six have much taste in common, and a list that everybody plays. In the
afternoon the speaker plays the children's dozen songs from one of the parents' accounts, again and
again. Looks like A06 and A10.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts, draw_tracks, make_accounts
from cib.datasets.synthetic.components import NUMBERS, Component, honest_component
from cib.datasets.synthetic.confounders.crowd import lives
from cib.datasets.synthetic.events import PLATFORMS, TIERS
from cib.datasets.synthetic.markets import local_midnight, local_start
from cib.datasets.synthetic.scripts import Scripts
from cib.datasets.synthetic.sessions import Sessions, everyday
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

SIZE = 800
_SIZES = (3, 4, 5, 6)
_COMMON_TASTE = 0.5
_SONGS, _FAMILY_SONGS = 12, 80
_TOGETHER = 0.3
"""Share of days on which somebody plays from the family's list."""
_WITH_CHILDREN = 0.6
"""Share of the households where the loop runs, on seven days of ten."""


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw families, their afternoons at the speaker and everybody's own life."""
    n_days = stage.n_days
    accounts = _families(rng, stage, n, number)
    home = accounts.household
    first = np.flatnonzero(np.diff(home, prepend=-1))
    n_homes = len(first)
    lists = [
        draw_tracks(
            rng, stage.catalogue, accounts.taste_cdf[first], np.repeat(np.arange(n_homes), k)
        )
        for k in (_SONGS, _FAMILY_SONGS)
    ]
    orders = [*lists[0].reshape(n_homes, -1), *lists[1].reshape(n_homes, -1)]
    scripts = Scripts.of(orders, "playlist_ugc", hashes(rng, 2 * n_homes))
    # In every world somebody has children, however small it is.
    children = rng.permuted(np.arange(n_homes)) < max(round(_WITH_CHILDREN * n_homes), 1)
    where, day = np.nonzero((rng.random((n_homes, n_days)) < 0.7) & children[:, None])
    parent = first[where]
    afternoon_s = local_midnight(accounts.market[parent], day) + 3600 * rng.normal(
        16.5, 1.0, len(day)
    )
    loops = Sessions.of(
        parent,
        afternoon_s,
        rng.integers(12, 40, len(day)),
        script=where,
        offset=rng.integers(0, _SONGS, len(day)),
        skip=0.04,
        device=2,
        place=0,
    )
    who, day = np.nonzero(rng.random((n, n_days)) < _TOGETHER * accounts.active[:, None])
    family = Sessions.of(
        who,
        local_start(rng, day, accounts.market[who], accounts.shift_h[who]),
        rng.integers(4, 20, len(who)),
        script=n_homes + home[who],
        offset=rng.integers(0, _FAMILY_SONGS, len(who)),
    )
    sessions = Sessions.concat([loops, family, everyday(rng, accounts, n_days)])
    return honest_component(number, accounts, lives(rng, stage, accounts, sessions, scripts), "G05")


def _families(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Accounts:
    """Draw as many accounts in families of each size; only the last of a size may lack members."""
    share = np.diff(np.round(np.linspace(0, n, len(_SIZES) + 1)).astype(np.int64))
    parts: list[Accounts] = []
    made, homes = 0, 0
    for size, count in zip(_SIZES, share.tolist(), strict=True):
        if not count:
            continue
        part = make_accounts(
            rng,
            stage.catalogue,
            count,
            first_number=number * NUMBERS + made,
            household_size=size,
        )
        parts.append(replace(part, household=part.household + homes))
        made, homes = made + count, int(parts[-1].household[-1]) + 1
    accounts = Accounts.concat(parts)
    home = accounts.household
    first = np.flatnonzero(np.diff(home, prepend=-1))
    device, platform = accounts.device.copy(), accounts.platform.copy()
    device[:, 2] = hashes(rng, homes)[home]
    platform[:, 2] = PLATFORMS.index("speaker")
    common = accounts.taste_cdf[first][home]
    return replace(
        accounts,
        device=device,
        platform=platform,
        taste_cdf=(1 - _COMMON_TASTE) * accounts.taste_cdf + _COMMON_TASTE * common,
        tier=np.full(n, TIERS.index("family")),
        plan_id=hashes(rng, homes)[home],
        payment_hash=hashes(rng, homes)[home],
        addresses=replace(
            accounts.addresses,
            ip=np.column_stack(
                [accounts.addresses.ip[first, 0][home], accounts.addresses.ip[:, 1:]]
            ),
            asn=np.column_stack(
                [accounts.addresses.asn[first, 0][home], accounts.addresses.asn[:, 1:]]
            ),
        ),
    )
