"""G10, legitimate promotion: a paid social campaign brings listeners of one market, once or twice.

For three days an ad for a little known track is shown in one market. Most of those who see it click
and play the track within minutes, a second time at most; a few keep it. Looks like A11 and A12.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts, make_accounts
from cib.datasets.synthetic.components import NUMBERS, Component, honest_component
from cib.datasets.synthetic.confounders.crowd import heard, lives
from cib.datasets.synthetic.events import AD_CLICK, AD_IMPRESSION, SAVE, Events
from cib.datasets.synthetic.markets import MARKETS, WEIGHT, local_start
from cib.datasets.synthetic.operating import acts
from cib.datasets.synthetic.sessions import everyday
from cib.datasets.synthetic.stage import Stage

Array = npt.NDArray[Any]

SIZE = 900
_CAMPAIGN = 300
"""Accounts a campaign reaches; smaller groups are one campaign."""
_DAYS = 3
_CLICKS = 0.8
_AGAIN = 0.35
_KEEPS = 0.08
_MOST_ADS = 4


def make(rng: np.random.Generator, stage: Stage, n: int, number: int) -> Component:
    """Draw the campaigns, whom they reach and who clicks."""
    catalogue, n_days = stage.catalogue, stage.n_days
    n_campaigns = max(round(n / _CAMPAIGN), 1)
    campaign = np.sort(np.arange(n) % n_campaigns)
    # Each in a market of its own, while there are enough.
    market = rng.choice(len(MARKETS), n_campaigns, replace=n_campaigns > len(MARKETS), p=WEIGHT)
    accounts = Accounts.concat(
        [
            make_accounts(
                rng,
                catalogue,
                int((campaign == c).sum()),
                first_number=number * NUMBERS + int(np.searchsorted(campaign, c)),
                market=int(market[c]),
            )
            for c in range(n_campaigns)
        ]
    )
    begins = rng.integers(1, max(n_days - _DAYS, 2), n_campaigns)[campaign]
    ad = rng.choice(catalogue.of_kind("ad"), n_campaigns)[campaign]
    track = _tracks(rng, stage, n_campaigns)[campaign]

    # Everybody sees the ad on one day up to four times, and clicks the last.
    day = begins + np.minimum(rng.geometric(0.45, n) - 1, _DAYS - 1)
    last_s = local_start(rng, day, accounts.market, accounts.shift_h)
    before = rng.integers(0, _MOST_ADS, n)
    viewer = np.repeat(np.arange(n), before)
    early_s = last_s[viewer] - rng.uniform(600, 6 * 3600, len(viewer))
    clicks = np.flatnonzero(rng.random(n) < _CLICKS)
    clicked_s = last_s[clicks] + rng.uniform(1.0, 12.0, len(clicks))
    played_s = clicked_s + 5.0 + rng.exponential(40.0, len(clicks))
    second = rng.random(len(clicks)) < _AGAIN
    again_s = played_s[second] + rng.uniform(600, 20 * 3600, int(second.sum()))
    who = np.concatenate([clicks, clicks[second]])
    length_s = catalogue.length_ms[track[who]] / 1000.0
    # Half leave before the end, as people do who do not know a song.
    seconds = np.where(rng.random(len(who)) < 0.5, rng.uniform(5.0, length_s), length_s)
    plays = heard(
        catalogue, accounts, who, track[who], np.concatenate([played_s, again_s]), seconds
    )
    kept = rng.random(len(clicks)) < _KEEPS
    everyone = np.arange(n)
    others = Events.concat(
        [
            acts(accounts, viewer, ad[viewer], AD_IMPRESSION, early_s),
            acts(accounts, everyone, ad, AD_IMPRESSION, last_s),
            acts(accounts, clicks, ad[clicks], AD_CLICK, clicked_s),
            acts(accounts, clicks[kept], track[clicks[kept]], SAVE, played_s[kept] + 20.0),
        ]
    )
    sessions = everyday(rng, accounts, n_days)
    events = lives(rng, stage, accounts, sessions, plays=plays, others=others)
    return honest_component(number, accounts, events, "G10")


def _tracks(rng: np.random.Generator, stage: Stage, n: int) -> Array:
    """Draw tracks that hardly anybody plays by themselves."""
    usable = stage.contents("track", known=True)
    least = usable[np.argsort(stage.audience[usable], kind="stable")]
    chosen: Array = rng.choice(least[: max(len(least) // 3, n)], n, replace=False)
    return chosen
