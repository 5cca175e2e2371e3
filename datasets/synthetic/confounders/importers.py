"""G13, migrants and importers: hundreds of playlist adds, saves and follows within minutes.

People who come from another service, six of ten with a new account, bring their collection in one
go: whole popular lists in order and the artists on them, and songs of their own. Half use a tool
that works from its own servers. Then they listen to it. Looks like A13.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts, draw_tracks, make_accounts
from cib.datasets.synthetic.addresses import hosting_asn
from cib.datasets.synthetic.catalogue import N_LISTS, Catalogue
from cib.datasets.synthetic.components import NUMBERS, Component, honest_component
from cib.datasets.synthetic.confounders.crowd import lives, signed_up
from cib.datasets.synthetic.events import FOLLOW, PLATFORMS, PLAYLIST_ADD, SAVE
from cib.datasets.synthetic.markets import local_start
from cib.datasets.synthetic.operating import acts
from cib.datasets.synthetic.scripts import Scripts, parent_code
from cib.datasets.synthetic.sessions import Sessions, everyday
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

SIZE = 500
_NEW = 0.6
_BY_TOOL = 0.5
_LISTS = (2, 7)
_POPULAR_LISTS = 30
_OWN_SONGS = (60, 300)
_GAP_S = (0.2, 1.5)
"""From one item to the next, for the slowest and fastest import."""
_TOOL_ADDRESSES = 6


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw who imports what and when, and the listening that follows."""
    catalogue, n_days = stage.catalogue, stage.n_days
    accounts = make_accounts(rng, catalogue, n, first_number=number * NUMBERS)
    day = rng.integers(1, max(n_days - 2, 2), n)
    begin_s = local_start(rng, day, accounts.market, accounts.shift_h)
    new = np.flatnonzero(rng.random(n) < _NEW)
    accounts = signed_up(accounts, new, begin_s[new] - rng.uniform(120, 3_600, len(new)))
    account, content, action = _collections(rng, catalogue, accounts)
    # Items of an account lie side by side, in the order of the lists they come from.
    nth = np.arange(len(account)) - np.searchsorted(account, account)
    gap_s = rng.uniform(*_GAP_S, n)[account]
    imported = acts(
        accounts,
        account,
        content,
        action,
        begin_s[account] + nth * gap_s + rng.uniform(0, 0.2, len(account)),
    ).replace(
        parent_id=np.where(action == PLAYLIST_ADD, accounts.playlist_id[account], np.uint64(0)),
        parent_kind=np.where(action == PLAYLIST_ADD, parent_code("playlist_ugc"), -1),
        platform=PLATFORMS.index("web"),
        device=accounts.device[account, 1],
    )
    by_tool = (rng.random(n) < _BY_TOOL)[account]
    server = (rng.random(n) * _TOOL_ADDRESSES).astype(np.int64)[account]
    imported = imported.replace(
        ip=np.where(by_tool, hashes(rng, _TOOL_ADDRESSES)[server], imported.ip),
        asn=np.where(by_tool, hosting_asn(int(rng.integers(0, 12))), imported.asn),
    )
    songs = np.flatnonzero(action == PLAYLIST_ADD)
    first = np.searchsorted(account[songs], np.arange(n + 1))
    brought = Scripts(
        track=content[songs],
        start=first,
        parent_kind=np.full(n, parent_code("playlist_ugc"), np.int8),
        parent_id=accounts.playlist_id,
    )
    who, at = np.nonzero(
        (np.arange(n_days) >= day[:, None]) & (rng.random((n, n_days)) < accounts.active[:, None])
    )
    own = Sessions.of(
        who,
        np.maximum(
            local_start(rng, at, accounts.market[who], accounts.shift_h[who]), begin_s[who] + 900
        ),
        rng.integers(4, 25, len(who)),
        script=who,
        offset=rng.integers(0, 300, len(who)),
    )
    ordinary = everyday(rng, accounts, n_days, volume=0.6)
    born_s = np.full(n, -np.inf)
    born_s[new] = begin_s[new]
    ordinary = ordinary.take(ordinary.start_s >= born_s[ordinary.account])
    events = lives(rng, stage, accounts, Sessions.concat([own, ordinary]), brought, others=imported)
    return honest_component(number, accounts, events, "G13")


def _collections(
    rng: np.random.Generator, catalogue: Catalogue, accounts: Accounts
) -> tuple[Array, Array, Array]:
    """Return who brings what by which action, by account."""
    n = len(accounts)
    lists = catalogue.lists
    popular = rng.choice(np.arange(1, N_LISTS - 1), _POPULAR_LISTS, replace=False)
    n_lists = rng.integers(*_LISTS, n)
    holder = np.repeat(np.arange(n), n_lists)
    chosen = popular[(rng.random(len(holder)) ** 2 * _POPULAR_LISTS).astype(np.int64)]
    length = lists.start[chosen + 1] - lists.start[chosen]
    row = np.repeat(np.arange(len(holder)), length)
    slot = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    listed, track = holder[row], lists.track[lists.start[chosen][row] + slot]
    singer = catalogue.of_kind("account")[catalogue.artist[track]]
    fan = np.repeat(np.arange(n), rng.integers(*_OWN_SONGS, n))
    own = draw_tracks(rng, catalogue, accounts.taste_cdf, fan)
    account = np.concatenate([listed, fan, listed])
    content = np.concatenate([track, own, singer])
    action = np.concatenate(
        [
            np.full(len(listed), PLAYLIST_ADD),
            np.full(len(fan), SAVE),
            np.full(len(listed), FOLLOW),
        ]
    )
    # Everything once, and the collection of an account in one piece.
    key = (account * 16 + action) * len(catalogue) + content
    _, keep = np.unique(key, return_index=True)
    keep = np.sort(keep)
    keep = keep[np.argsort(account[keep], kind="stable")]
    return account[keep], content[keep], action[keep]
