"""G14, activists, newsrooms and campaigns: one tag, one link, nearly one text, in the open.

Activists post a campaign's hashtag and petition with its text, word for word or with a few words of
their own, most of them in the first day. Newsrooms share the same story's link within half an hour
of its release, each in its own words. Real people under their names, whose accounts are years old.
Looks like A16.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts, make_accounts
from cib.datasets.synthetic.components import NUMBERS, Component, honest_component
from cib.datasets.synthetic.confounders.crowd import lives
from cib.datasets.synthetic.events import COMMENT, POST, SHARE, Events
from cib.datasets.synthetic.markets import DAY_S, START_US, local_start
from cib.datasets.synthetic.operating import acts
from cib.datasets.synthetic.sessions import everyday
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

SIZE = 600
_CAMPAIGN = 100
"""People in a campaign; every fourth is a newsroom's story."""
_VERBATIM = 0.35
_MOST_BITS = 3
"""Bits of 64 in which texts with a few words changed differ, at most."""
_MORE = 1.5
"""Mean of the posts, comments and shares that follow an activist's first."""
_WEEK_S = 7.0 * DAY_S


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw the campaigns and what their people post."""
    accounts = make_accounts(rng, stage.catalogue, n, first_number=number * NUMBERS)
    n_campaigns = max(round(n / _CAMPAIGN), 2)
    campaign = np.arange(n) % n_campaigns
    newsroom = campaign % 4 == 1
    link = _fresh(rng, stage, "url", n_campaigns)
    tag = _fresh(rng, stage, "hashtag", n_campaigns)
    text = hashes(rng, n_campaigns)
    out_s = (stage.catalogue.release_us[link] - START_US) / 1e6
    others = [
        _stories(rng, accounts, np.flatnonzero(newsroom), link[campaign], out_s[campaign]),
        _petitions(rng, accounts, np.flatnonzero(~newsroom), campaign, link, tag, text, out_s),
    ]
    sessions = everyday(rng, accounts, stage.n_days)
    events = lives(rng, stage, accounts, sessions, others=Events.concat(others))
    component = honest_component(number, accounts, events, "G14")
    return replace(component, role=np.full(n, "poster", object))


def near(rng: np.random.Generator, text: Array) -> Array:
    """Return the SimHashes of texts with a few words changed: up to three bits of 64 differ."""
    out = text.copy()
    bits = rng.integers(0, _MOST_BITS + 1, len(text)) * (rng.random(len(text)) >= _VERBATIM)
    for nth in range(_MOST_BITS):
        flip = np.uint64(1) << rng.integers(0, 64, len(text)).astype(np.uint64)
        out = np.where(bits > nth, out ^ flip, out)
    return out


def _stories(
    rng: np.random.Generator, accounts: Accounts, who: Array, link: Array, out_s: Array
) -> Events:
    """Every newsroom shares the link of its agency's story once."""
    moment_s = out_s[who] + np.minimum(rng.gamma(2.0, 300.0, len(who)), 1_800.0)
    return acts(accounts, who, link[who], SHARE, moment_s).replace(text_hash=hashes(rng, len(who)))


def _petitions(
    rng: np.random.Generator,
    accounts: Accounts,
    who: Array,
    campaign: Array,
    link: Array,
    tag: Array,
    text: Array,
    out_s: Array,
) -> Events:
    """Activists post the tag first, then share the link and comment under it for a week."""
    n = len(who)
    wave_s = np.where(
        rng.random(n) < 0.7, rng.exponential(5 * 3600.0, n), rng.exponential(2.0 * DAY_S, n)
    )
    joins_s = out_s[campaign[who]] + 60.0 + np.minimum(wave_s, _WEEK_S)
    more = np.repeat(np.arange(n), rng.poisson(_MORE, n))
    day = np.floor((joins_s[more] + rng.exponential(1.0 * DAY_S, len(more))) / DAY_S)
    again_s = local_start(rng, day.astype(np.int64), accounts.market[who[more]])
    again_s = np.where(again_s > joins_s[more], again_s, again_s + DAY_S)
    account = np.concatenate([who, who, who[more]])
    mine = campaign[account]
    action = np.concatenate(
        [np.full(n, POST), np.full(n, SHARE), rng.choice([POST, SHARE, COMMENT], len(more))]
    )
    moment_s = np.concatenate([joins_s, joins_s + rng.uniform(5, 300, n), again_s])
    return acts(
        accounts, account, np.where(action == POST, tag[mine], link[mine]), action, moment_s
    ).replace(text_hash=near(rng, text[mine]))


def _fresh(rng: np.random.Generator, stage: Stage, kind: str, n: int) -> Array:
    """Draw contents that come out early enough for a campaign of days, one each."""
    usable = stage.contents(kind)
    out_day = (stage.catalogue.release_us[usable] - START_US) / 1e6 / DAY_S
    # As near to the first two thirds of the period as the world has them.
    late = np.maximum(out_day - 0.65 * stage.n_days, 0) + np.maximum(-out_day, 0)
    order = np.lexsort((rng.random(len(usable)), late))
    chosen: Array = usable[np.resize(order, n)]
    return chosen
