"""Who owns which playlist: whatever is played from one has an owner, honest or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.components import Context
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.markets import DAY_S, START_US
from cib.datasets.synthetic.scripts import parent_code
from cib.datasets.synthetic.streams import scrambled

Array = npt.NDArray[Any]

_MEAN_FOLLOWERS = 6.0
"""An assumption."""
_CREATED, _FOLLOWERS, _TITLE = 11, 12, 13
"""Keys of what is drawn by a playlist's id."""


def uniform(playlist_id: Array, key: int) -> Array:
    """Draw a number in [0, 1) by a playlist's id, (n,) float64."""
    drawn: Array = (scrambled(playlist_id, key) >> np.uint64(11)) * 2.0**-53
    return drawn


def titles(playlist_id: Array) -> Array:
    """Return the SimHash of a playlist's title, (n,) uint64, by its id."""
    return scrambled(playlist_id, _TITLE)


def followers(playlist_id: Array) -> Array:
    """Draw how many follow a playlist by its id, (n,) int64: most have hardly any."""
    drawn: Array = (-_MEAN_FOLLOWERS * np.log1p(-uniform(playlist_id, _FOLLOWERS))).astype(np.int64)
    return drawn


def created_us(playlist_id: Array, since_us: Array) -> Array:
    """Draw when a playlist was made by its id: between a moment and the start of the log.

    Parameters
    ----------
    playlist_id : (n,) uint64
    since_us : (n,) microseconds since 1970; where that is after the start, it is the moment
    """
    room = np.maximum(START_US - since_us, 0)
    drawn: Array = since_us + (uniform(playlist_id, _CREATED) * room).astype(np.int64)
    return drawn


def ring_playlists(
    accounts: Accounts, events: Events, known: Array, start_day: int
) -> tuple[Context, ...]:
    """Describe the playlists that a ring plays its targets from and nobody has described.

    Parameters
    ----------
    accounts : the ring's; they own the lists in turn
    events : the ring's
    known : ids of playlists that have an owner
    start_day : of the ring, before which the lists were made
    """
    from_list = events.inauthentic & (events.parent_kind == parent_code("playlist_ugc"))
    ids = np.setdiff1d(events.parent_id[from_list], np.append(known, np.uint64(0)))
    if not len(accounts):
        return ()
    owner = np.arange(len(ids)) % len(accounts)
    before = START_US + ((start_day - 87 * uniform(ids, _CREATED)) * DAY_S * 1e6).astype(np.int64)
    created = np.maximum(before, accounts.created_us[owner])
    following = followers(ids)
    return tuple(
        Context(
            parent_id=int(ids[i]),
            kind="playlist_ugc",
            owner=int(accounts.number[owner[i]]),
            created_us=int(created[i]),
            followers=int(following[i]),
        )
        for i in range(len(ids))
    )
