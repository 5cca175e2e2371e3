"""Likes and shares: of tracks while they play, of posts while they are fresh."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.catalogue import Catalogue
from cib.datasets.synthetic.events import LIKE, SHARE, Events
from cib.datasets.synthetic.markets import DAY_S, START_US, local_start

Array = npt.NDArray[Any]

_LIKES_PER_PLAY = 0.03
_SHARE_OF_LIKES = 0.1
_POST_REACTIONS = 7.0
"""Mean reactions to posts per account over two weeks."""


def track_reactions(rng: np.random.Generator, catalogue: Catalogue, plays: Events) -> Events:
    """Draw likes (3% of the completed plays) and shares of the tracks being played."""
    full = plays.duration_ms >= 0.95 * catalogue.length_ms[plays.content]
    rows = np.flatnonzero(full & (rng.random(len(plays)) < _LIKES_PER_PLAY))
    liked = plays.take(rows)
    moment_s = liked.start_s + rng.random(len(rows)) * liked.duration_ms / 1000.0
    return _react(rng, liked, moment_s)


def post_reactions(
    rng: np.random.Generator, catalogue: Catalogue, accounts: Accounts, n_days: int
) -> Events:
    """Draw likes and shares of posts: popular posts more, mostly in the first two days."""
    posts = catalogue.posts
    weight = 1 / (np.arange(len(posts)) + 10.0)
    mean = _POST_REACTIONS * n_days / 14 * accounts.active / accounts.active.mean()
    count = rng.poisson(mean * rng.gamma(0.7, 1 / 0.7, len(accounts)))
    account = np.repeat(np.arange(len(accounts)), count)
    content = posts[rng.choice(len(posts), len(account), p=weight / weight.sum())]
    # One account reacts to one post once.
    _, keep = np.unique(account * len(catalogue.content_id) + content, return_index=True)
    account, content = account[keep], content[keep]
    published_s = (catalogue.release_us[content] - START_US) / 1e6
    seen_s = published_s + rng.exponential(1.2 * DAY_S, len(account))
    day = (seen_s // DAY_S).astype(np.int64)
    moment_s = local_start(rng, day, accounts.market[account], accounts.shift_h[account])
    # Whoever would have come before the post was there comes the next day at the same hour.
    early = moment_s < published_s
    moment_s = moment_s + DAY_S * np.ceil((published_s - moment_s) / DAY_S) * early
    return _react(rng, reactions(accounts, account, content, moment_s), moment_s)


def reactions(accounts: Accounts, account: Array, content: Array, moment_s: Array) -> Events:
    """Make likes from the accounts' phones, at home."""
    n = len(account)
    return Events(
        account=account,
        content=content,
        action=np.full(n, LIKE, np.int8),
        start_s=moment_s,
        duration_ms=np.full(n, -1, np.int32),
        parent_kind=np.full(n, -1, np.int8),
        parent_id=np.zeros(n, np.uint64),
        device=accounts.device[account, 0],
        ip=accounts.home_ip[account],
        ip_market=accounts.ip_market[account],
        platform=accounts.platform[account, 0],
        inauthentic=np.zeros(n, bool),
        event_id=np.zeros(n, np.uint64),
    )


def _react(rng: np.random.Generator, base: Events, moment_s: Array) -> Events:
    """Turn `base` into likes at these moments; some are shares instead."""
    n = len(base)
    return base.replace(
        action=np.where(rng.random(n) < _SHARE_OF_LIKES, SHARE, LIKE),
        start_s=moment_s,
        duration_ms=-1,
        parent_kind=-1,
        parent_id=0,
    )
