"""Honest people: everyday listeners, and the groups that look coordinated and are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts, make_accounts
from cib.datasets.synthetic.catalogue import DROP_DAY, MORNING_LIST, SLEEP_LIST, Catalogue
from cib.datasets.synthetic.components import Component, honest_component
from cib.datasets.synthetic.events import PLATFORMS, TIERS, Events, finish
from cib.datasets.synthetic.listening import Sessions, everyday, play
from cib.datasets.synthetic.markets import (
    DAY_S,
    MARKET_CODES,
    UTC_OFFSET_S,
    local_start,
)
from cib.datasets.synthetic.scripts import Scripts
from cib.datasets.synthetic.social import post_reactions, track_reactions
from cib.datasets.synthetic.streams import CONFOUNDERS, ORGANIC, ORGANIC_SOCIAL, hashes, stream

Array = npt.NDArray[Any]
Group = tuple[Accounts, Sessions, Scripts, Array]


def organic(seed: int, catalogue: Catalogue, n: int, n_days: int) -> Component:
    """Everyday listeners; those behind a CGNAT address are labelled G06."""
    rng = stream(seed, ORGANIC)
    accounts = make_accounts(rng, catalogue, n)
    plays = play(rng, catalogue, accounts, everyday(rng, accounts, n_days), catalogue.lists)
    rng = stream(seed, ORGANIC_SOCIAL)
    events = with_reactions(rng, catalogue, accounts, plays, n_days)
    group = np.where(accounts.behind_cgnat, "G06", "")
    return honest_component(accounts, finish(rng, events, n_days), group)


def confounders(seed: int, catalogue: Catalogue, scale: float, n_days: int) -> list[Component]:
    """One component per confounder group; `scale` multiplies their sizes."""
    out = []
    for i, make in enumerate(_GROUPS):
        rng = stream(seed, CONFOUNDERS + i)
        accounts, sessions, scripts, group = make(rng, catalogue, scale, n_days)
        plays = play(rng, catalogue, accounts, sessions, scripts)
        events = with_reactions(rng, catalogue, accounts, plays, n_days)
        out.append(honest_component(accounts, finish(rng, events, n_days), group))
    return out


def with_reactions(
    rng: np.random.Generator, catalogue: Catalogue, accounts: Accounts, plays: Events, n_days: int
) -> Events:
    """Add the likes and shares that come with listening."""
    return Events.concat(
        [
            plays,
            track_reactions(rng, catalogue, plays),
            post_reactions(rng, catalogue, accounts, n_days),
        ]
    )


def _album_drop(rng: np.random.Generator, catalogue: Catalogue, scale: float, n_days: int) -> Group:
    """G01: fans play a new album in order within hours of local midnight; others come later."""
    n_fans, n_later = round(60 * scale), round(80 * scale)
    accounts = make_accounts(rng, catalogue, n_fans + n_later)
    start, end = catalogue.album_start[catalogue.drop_album : catalogue.drop_album + 2]
    album = Scripts.of([np.arange(start, end)], "album", catalogue.album_id[[catalogue.drop_album]])
    fans, later = np.arange(n_fans), n_fans + np.arange(n_later)
    midnight = DROP_DAY * DAY_S - UTC_OFFSET_S[accounts.market]
    rounds = np.minimum(rng.geometric(0.5, n_fans), 4)
    first = Sessions.of(
        fans,
        midnight[fans] + np.minimum(rng.exponential(2.2 * 3600, n_fans), 12 * 3600),
        (end - start) * rounds,
        script=0,
        skip=0.03,
    )
    day = DROP_DAY + 1 + rng.integers(0, max(n_days - DROP_DAY - 1, 1), n_later)
    casual = Sessions.of(
        later,
        local_start(rng, day, accounts.market[later], accounts.shift_h[later]),
        rng.integers(1, 7, n_later),
        script=0,
        offset=rng.integers(0, end - start, n_later),
    )
    sessions = Sessions.concat([first, casual, everyday(rng, accounts, n_days)])
    return accounts, sessions, album, np.where(np.arange(len(accounts)) < n_fans, "G01", "")


def _list_followers(
    rng: np.random.Generator, catalogue: Catalogue, scale: float, n_days: int
) -> Group:
    """G04: the same editorial list in the same order, weekday mornings between 7 and 8."""
    n = round(50 * scale)
    accounts = make_accounts(rng, catalogue, n, market=MARKET_CODES.index("SE"))
    who, day = np.nonzero(rng.random((n, n_days)) < 0.75 * (np.arange(n_days) % 7 < 5))
    morning = day * DAY_S + 7 * 3600 - UTC_OFFSET_S[accounts.market[who]]
    sessions = Sessions.of(
        who,
        morning + 3600 * rng.random(len(who)),
        rng.integers(5, 26, len(who)),
        script=MORNING_LIST,
        skip=0.12,
        device=0,
    )
    sessions = Sessions.concat([sessions, everyday(rng, accounts, n_days, volume=0.6)])
    return accounts, sessions, catalogue.lists, np.full(n, "G04")


def _households(rng: np.random.Generator, catalogue: Catalogue, scale: float, n_days: int) -> Group:
    """G05: families of four behind one address, a shared speaker and the children's loop."""
    homes = round(8 * scale)
    n = 4 * homes
    accounts = make_accounts(rng, catalogue, n, household_size=4)
    device, platform = accounts.device.copy(), accounts.platform.copy()
    device[:, 2] = hashes(rng, homes)[accounts.household]
    platform[:, 2] = PLATFORMS.index("speaker")
    accounts = replace(
        accounts,
        device=device,
        platform=platform,
        tier=np.full(n, TIERS.index("family")),
        plan_id=hashes(rng, homes)[accounts.household],
    )
    loops = [rng.choice(accounts.library[4 * home], 12) for home in range(homes)]
    home, day = np.nonzero(rng.random((homes, n_days)) < 0.8)
    member = 4 * home + rng.integers(0, 4, len(home))
    evening = day * DAY_S + 3600 * rng.normal(18, 0.7, len(home))
    sessions = Sessions.of(
        member,
        evening - UTC_OFFSET_S[accounts.market[member]],
        rng.integers(10, 40, len(home)),
        script=home,
        skip=0.05,
        device=2,
    )
    sessions = Sessions.concat([sessions, everyday(rng, accounts, n_days)])
    scripts = Scripts.of(loops, "playlist_ugc", accounts.playlist_id[::4])
    return accounts, sessions, scripts, np.full(n, "G05")


def _superfans(rng: np.random.Generator, catalogue: Catalogue, scale: float, n_days: int) -> Group:
    """G09: one artist for most of two weeks, single tracks on repeat, up to 100 times a day."""
    n = round(20 * scale)
    accounts = make_accounts(rng, catalogue, n)
    idol = rng.choice(np.arange(10, 50), 4, replace=False)[np.arange(n) % 4]
    everything = [rng.permuted(np.flatnonzero(catalogue.artist == artist)) for artist in idol]
    favourite = [order[:1] for order in everything]
    scripts = Scripts.of(everything + favourite, "library", np.zeros(2 * n, np.uint64))
    who, day = np.nonzero(rng.random((n, n_days)) < 0.85)
    loop = rng.random(len(who)) < 0.15
    sessions = Sessions.of(
        who,
        local_start(rng, day, accounts.market[who], accounts.shift_h[who]),
        np.where(loop, rng.integers(20, 101, len(who)), rng.integers(12, 50, len(who))),
        script=who + n * loop,
        offset=np.where(loop, 0, rng.integers(0, 40, len(who))),
        skip=0.08,
    )
    sessions = Sessions.concat([sessions, everyday(rng, accounts, n_days, volume=0.15)])
    return accounts, sessions, scripts, np.full(n, "G09")


def _sleepers(rng: np.random.Generator, catalogue: Catalogue, scale: float, n_days: int) -> Group:
    """G07: sleep sounds through the night, and one account that never stops."""
    n = round(14 * scale)
    accounts = make_accounts(rng, catalogue, n)
    who, night = np.nonzero(rng.random((n, n_days)) < 0.6 * (np.arange(n) > 0)[:, None])
    bedtime = night * DAY_S + 3600 * rng.normal(22.8, 0.8, len(who))
    nights = Sessions.of(
        who,
        bedtime - UTC_OFFSET_S[accounts.market[who]],
        rng.integers(90, 200, len(who)),
        script=SLEEP_LIST,
        offset=rng.integers(0, 3, len(who)),
        skip=0.003,
        device=0,
    )
    # One long session a day; each waits for the one before, so the sound never stops.
    always = Sessions.of(
        np.zeros(n_days, np.int64),
        np.arange(n_days) * float(DAY_S),
        650,
        script=SLEEP_LIST,
        skip=0.0,
        device=1,
    )
    evenings = everyday(rng, accounts, n_days, volume=0.5)
    return (
        accounts,
        Sessions.concat([nights, always, evenings]),
        catalogue.lists,
        np.full(n, "G07"),
    )


_GROUPS: tuple[Callable[[np.random.Generator, Catalogue, float, int], Group], ...] = (
    _album_drop,
    _list_followers,
    _households,
    _superfans,
    _sleepers,
)
