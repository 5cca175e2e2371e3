"""What people do beside listening: saves, likes, follows, comments, shares, reports."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.catalogue import Catalogue
from cib.datasets.synthetic.events import (
    AD_CLICK,
    AD_IMPRESSION,
    COMMENT,
    DOWNLOAD,
    FOLLOW,
    LIKE,
    PLAY,
    PLAYLIST_ADD,
    REPORT,
    SAVE,
    SHARE,
    TIERS,
    Events,
)
from cib.datasets.synthetic.markets import DAY_S, START_US, local_start
from cib.datasets.synthetic.operating import acts
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

_REACTIONS_PER_PLAY = 0.03
"""Of completed plays."""
_REACTION_MIX = {LIKE: 0.45, SAVE: 0.30, PLAYLIST_ADD: 0.15, SHARE: 0.10}
_FOLLOWS_PER_PLAY = 0.002
_POST_REACTIONS = 0.25
"""Mean reactions to posts, links and tags per account and day."""
_POST_MIX = {LIKE: 0.72, SHARE: 0.16, COMMENT: 0.1195, REPORT: 0.0005}
_KIND_MIX = {"post": 0.7, "url": 0.18, "hashtag": 0.12}
_ADS_PER_PLAY = 0.08
_CLICKS_PER_AD = 0.01
_DOWNLOADS_PER_PLAY = 0.004
_EPISODES_PER_PLAY = 0.0015
_FREE = TIERS.index("free")
_VIEW_SHARE = 0.5
"""Of the reactions to posts that come with a view of some seconds in the log."""
_STOCK_COMMENTS = 40
"""Emoji and lyrics that many people write alike: 5% of comments."""


def with_reactions(
    rng: np.random.Generator, stage: Stage, accounts: Accounts, plays: Events
) -> Events:
    """Add what comes with listening: reactions to tracks, artists followed, posts reacted to."""
    return Events.concat(
        [
            plays,
            track_reactions(rng, stage.catalogue, plays),
            artist_follows(rng, stage.catalogue, plays),
            post_reactions(rng, stage, accounts),
            advertising(rng, stage, accounts, plays),
            keeping(rng, stage, accounts, plays),
        ]
    )


def track_reactions(rng: np.random.Generator, catalogue: Catalogue, plays: Events) -> Events:
    """Draw reactions to 3% of the completed plays, while the track is on."""
    rows = _sample(rng, len(plays), _REACTIONS_PER_PLAY / 0.6)
    full = plays.duration_ms[rows] >= 0.95 * catalogue.length_ms[plays.content[rows]]
    liked = plays.take(rows[full])
    n = len(liked)
    moment = liked.start_us + (rng.random(n) * liked.duration_ms * 1000).astype(np.int64)
    return _bare(liked, moment).replace(action=_draw(rng, _REACTION_MIX, n))


def artist_follows(rng: np.random.Generator, catalogue: Catalogue, plays: Events) -> Events:
    """Draw follows of the artists being played, each account and artist once."""
    rows = _sample(rng, len(plays), _FOLLOWS_PER_PLAY)
    played = plays.take(rows)
    profile = catalogue.of_kind("account")[catalogue.artist[played.content]]
    _, first = np.unique(played.account.astype(np.int64) * len(catalogue) + profile, True)
    first = np.sort(first)
    played = played.take(first)
    return _bare(played, played.start_us + 1_500_000).replace(content=profile[first], action=FOLLOW)


def post_reactions(rng: np.random.Generator, stage: Stage, accounts: Accounts) -> Events:
    """Draw reactions to posts, links and tags: popular ones more, mostly in the first two days."""
    catalogue = stage.catalogue
    mean = _POST_REACTIONS * stage.n_days * accounts.active / max(accounts.active.mean(), 1e-9)
    count = rng.poisson(mean * rng.gamma(0.7, 1 / 0.7, len(accounts)))
    account = np.repeat(np.arange(len(accounts)), count)
    n = len(account)
    names = list(_KIND_MIX)
    kind = rng.choice(len(names), n, p=list(_KIND_MIX.values()))
    content = np.empty(n, np.int64)
    for code, name in enumerate(names):
        content[kind == code] = catalogue.draw_kind(rng, name, int((kind == code).sum()))
    # One account reacts to one post once.
    _, keep = np.unique(account * len(catalogue) + content, return_index=True)
    account, content = account[keep], content[keep]
    n = len(account)
    published_s = (catalogue.release_us[content] - START_US) / 1e6
    day = np.floor((published_s + rng.exponential(1.2 * DAY_S, n)) / DAY_S).astype(np.int64)
    moment_s = local_start(rng, day, accounts.market[account], accounts.shift_h[account])
    # Whoever would have come before the post was there comes the next day at the same hour.
    early = moment_s < published_s
    moment_s = moment_s + DAY_S * np.ceil((published_s - moment_s) / DAY_S) * early
    action = _draw(rng, _POST_MIX, n)
    stock = hashes(np.random.Generator(np.random.PCG64(1)), _STOCK_COMMENTS)
    text = np.where(
        rng.random(n) < 0.05, stock[rng.integers(0, _STOCK_COMMENTS, n)], hashes(rng, n)
    )
    reason = rng.integers(0, 7, n)
    made = acts(accounts, account, content, action, moment_s).replace(
        text_hash=np.where(action == COMMENT, text, np.uint64(0)),
        report_reason=np.where(action == REPORT, reason, -1),
    )
    return Events.concat([made, _views(rng, made.take(rng.random(n) < _VIEW_SHARE))])


def _views(rng: np.random.Generator, reacted: Events) -> Events:
    """Make the views of posts before a reaction: plays of 3 to 28 s, which never count."""
    n = len(reacted)
    seconds = rng.uniform(3, 28, n)
    return reacted.replace(
        action=PLAY,
        start_us=reacted.start_us - (seconds * 1e6).astype(np.int64) - 1_000_000,
        duration_ms=(seconds * 1000).astype(np.int64),
        text_hash=0,
        report_reason=-1,
    )


def advertising(
    rng: np.random.Generator, stage: Stage, accounts: Accounts, plays: Events
) -> Events:
    """Draw the ads that come between plays of those who do not pay; few are clicked."""
    rows = _sample(rng, len(plays), _ADS_PER_PLAY)
    rows = rows[accounts.tier[plays.account[rows]] == _FREE]
    shown = plays.take(rows)
    start = np.maximum(shown.start_us - 1_000_000 * rng.integers(1, 30, len(rows)), 0)
    ads = _bare(shown, start).replace(
        content=stage.catalogue.draw_kind(rng, "ad", len(rows)), action=AD_IMPRESSION
    )
    clicked = ads.take(rng.random(len(rows)) < _CLICKS_PER_AD)
    clicked = clicked.replace(
        action=AD_CLICK, start_us=clicked.start_us + rng.integers(1, 20, len(clicked)) * 1_000_000
    )
    return Events.concat([ads, clicked])


def keeping(rng: np.random.Generator, stage: Stage, accounts: Accounts, plays: Events) -> Events:
    """Draw what is kept for later: tracks by those who pay, episodes by anybody."""
    rows = _sample(rng, len(plays), _DOWNLOADS_PER_PLAY)
    rows = rows[accounts.tier[plays.account[rows]] != _FREE]
    tracks = plays.take(rows)
    tracks = _bare(tracks, tracks.start_us + 2_000_000).replace(action=DOWNLOAD)
    heard = plays.take(_sample(rng, len(plays), _EPISODES_PER_PLAY))
    length = stage.catalogue.length_ms
    episode = stage.catalogue.draw_kind(rng, "episode", len(heard))
    whole = np.where(rng.random(len(heard)) < 0.5, 1.0, rng.random(len(heard)))
    episodes = _bare(heard, heard.start_us - 2_000_000).replace(
        content=episode, action=DOWNLOAD, duration_ms=(length[episode] * whole).astype(np.int64)
    )
    return Events.concat([tracks, episodes])


def _bare(played: Events, start_us: Array) -> Events:
    """Keep who, what, where and on which device; drop what only plays have."""
    return played.replace(
        start_us=start_us,
        duration_ms=-1,
        parent_kind=-1,
        parent_id=0,
        reason_end=-1,
        flags=0,
        received_us=0,
        inauthentic=False,
    )


def _draw(rng: np.random.Generator, mix: dict[int, float], n: int) -> Array:
    share = np.array(list(mix.values()))
    return np.array(list(mix), np.int8)[rng.choice(len(share), n, p=share / share.sum())]


def _sample(rng: np.random.Generator, n: int, share: float) -> Array:
    """Draw rows, each with the same chance, in time proportional to how many are drawn."""
    drawn = rng.integers(0, max(n, 1), rng.binomial(n, share) if n else 0)
    return np.unique(drawn)
