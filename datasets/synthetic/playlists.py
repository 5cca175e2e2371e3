"""Who owns which playlist: whatever is played from one has an owner, honest or not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.components import Component, Context
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


def with_owners(component: Component, borrowed: Accounts | None, start_day: int = 0) -> Component:
    """Describe the playlists that a component plays from and nobody has described.

    Parameters
    ----------
    component : its accounts own such lists in turn; of a ring, only what serves it counts, for
        its cover may come from lists of honest people
    borrowed : the everyday listeners whose accounts it used, None for none
    start_day : of a ring, before which the lists were made
    """
    accounts, e = component.accounts, component.events
    from_list = e.parent_kind == parent_code("playlist_ugc")
    if e.inauthentic.any():
        from_list &= e.inauthentic
    known = np.array([0, *(context.parent_id for context in component.contexts)], np.uint64)
    owned, since = [known, accounts.playlist_id], [accounts.created_us]
    if borrowed is not None:
        owned.append(borrowed.playlist_id)
        since.append(borrowed.created_us)
    ids = np.setdiff1d(e.parent_id[from_list], np.concatenate(owned))
    signed_up = np.concatenate(since)
    owner = np.arange(len(ids)) % max(len(signed_up), 1)
    number = component.numbers(owner)
    before = START_US + ((start_day - 87 * uniform(ids, _CREATED)) * DAY_S * 1e6).astype(np.int64)
    created, following = np.maximum(before, signed_up[owner]), followers(ids)
    described = tuple(
        Context(int(ids[i]), "playlist_ugc", int(number[i]), int(created[i]), int(following[i]))
        for i in range(len(ids))
    )
    return replace(component, contexts=component.contexts + described)
