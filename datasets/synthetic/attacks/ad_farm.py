"""A15, ad and podcast farm: rewarded traffic that downloads a minute of an episode and clicks ads.

People or scripts are rewarded for each episode opened and each ad clicked. A download is broken off
after about 60 s (what counts as a download; the scenario's figure), whatever the episode's length;
ad impressions come with far more clicks than the half percent or so of honest ones, from few
campaigns and few addresses. Truncated duration and concentration on campaigns or addresses betray
it; launch promotion looks alike. The click shares are assumptions.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.components import FIRST_RING, NUMBERS, Context, Targets
from cib.datasets.synthetic.events import AD_CLICK, AD_IMPRESSION, DOWNLOAD, ENDPLAY, Events
from cib.datasets.synthetic.markets import DAY_S, START_US
from cib.datasets.synthetic.operating import (
    acts,
    choose_targets,
    cover_plays,
    events_per_day,
    jitter,
    live_days,
    moments,
    operated,
)
from cib.datasets.synthetic.recruiting import ring_accounts
from cib.datasets.synthetic.rings import Infra, Planted, RingSpec
from cib.datasets.synthetic.scripts import parent_code
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import hashes
from cib.datasets.synthetic.turns import clear_of, in_turn

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="ad-farm",
    number=15,
    scenario="A15",
    n_accounts=200,
    n_targets=12,
    target_share=0.9,
    plays_per_day=40.0,
    clock="flat24",
    infra=Infra(accounts_per_ip=40, accounts_per_device=2, asns=2),
    fresh_share=0.8,
    tiers={"free": 1.0},
    parent="campaign",
    complicity="paying_client",
    options={
        "ad_share": 0.5,
        "campaigns": 2,
        "download_s": 60.0,
        "download_sd_s": 4.0,
        "click_share": 0.3,
    },
)
"""Targets are episodes and ads. Options: `ad_share` of targets and of their events are ads;
`campaigns` behind them; `download_s` and `download_sd_s`, length of a download; `click_share` of
the impressions are clicked on, a few seconds later. A click is not counted in `plays_per_day`."""
SWEEP = {
    "n_accounts": (50, 200, 1_000),
    "options.ad_share": (0.0, 0.5, 1.0),
    "options.click_share": (0.02, 0.1, 0.3),
    "options.campaigns": (1, 2, 10),
}


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring."""
    accounts = ring_accounts(rng, stage, spec)
    episodes, ads = _targets(rng, stage, spec)
    campaigns = _campaigns(rng, spec, stage)
    served = np.arange(len(ads)) % len(campaigns)
    count = events_per_day(rng, spec, live_days(rng, stage, spec)).ravel()
    who, day = np.divmod(np.repeat(np.arange(len(count)), count), stage.n_days)
    at_us = ((moments(rng, spec, day, accounts.market[who])) * 1e6).astype(np.int64)
    at_us += (jitter(rng, spec, len(who)) * 1e6).astype(np.int64)
    ad = rng.random(len(who)) < spec.option("ad_share", 0.5)
    ad = (ad & (len(ads) > 0)) | (len(episodes) == 0)
    length = rng.normal(
        spec.option("download_s", 60.0), spec.option("download_sd_s", 4.0), len(who)
    )
    length = np.where(ad, 20.0, np.maximum(length, 5.0))
    pause = rng.uniform(5, 40, len(who))
    at = in_turn(who, at_us, ((length + pause) * 1e6).astype(np.int64)) / 1e6
    parts = []
    if len(episodes):
        e = np.flatnonzero(~ad)
        parts.append(_downloads(rng, stage, accounts, who[e], episodes, at[e], length[e]))
    if len(ads):
        a = np.flatnonzero(ad)
        which = rng.integers(0, len(ads), len(a))
        parent = np.array([c.parent_id for c in campaigns], np.uint64)[served[which]]
        shown = acts(accounts, who[a], ads[which], AD_IMPRESSION, at[a]).replace(
            parent_kind=parent_code("campaign"), parent_id=parent
        )
        clicked = shown.take(rng.random(len(shown)) < spec.option("click_share", 0.3))
        wait_us = rng.integers(1_500_000, 9_000_000, len(clicked))
        clicks = clicked.replace(action=AD_CLICK, start_us=clicked.start_us + wait_us)
        parts += [shown, clicks]
    farmed = Events.concat(parts).replace(inauthentic=True)
    # Nobody opens what is not out yet.
    out_us = stage.catalogue.release_us[farmed.content] - START_US
    farmed = farmed.take(farmed.start_us >= out_us)
    cover = cover_plays(rng, stage, spec, accounts, farmed)
    events = Events.concat([farmed, cover.take(clear_of(farmed, cover))])
    component = operated(rng, stage, spec, accounts, events, contexts=campaigns)
    targets = np.concatenate([episodes, ads])
    return Planted(spec, component, Targets.of(targets, spec.complicity))


def _targets(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> tuple[Array, Array]:
    """Draw episodes and ads, as many of these as `ad_share` says."""
    n_ads = round(spec.n_targets * spec.option("ad_share", 0.5))
    of_kind = {"episode": spec.n_targets - n_ads, "ad": n_ads}
    # What comes out in the second half of the ring's days is of no use to it.
    middle_s = (spec.start_day + min(spec.start_day + spec.n_days, stage.n_days)) / 2 * DAY_S
    there = np.flatnonzero(stage.catalogue.release_us < START_US + middle_s * 1_000_000)
    drawn = [
        choose_targets(rng, stage, replace(spec, n_targets=n), kind, known=False, among=there)
        if n
        else np.empty(0, np.int64)
        for kind, n in of_kind.items()
    ]
    return drawn[0], drawn[1]


def _campaigns(rng: np.random.Generator, spec: RingSpec, stage: Stage) -> tuple[Context, ...]:
    """The campaigns that pay for the ads; their accounts belong to the ring's first account."""
    begun = START_US + (min(spec.start_day, stage.n_days) - 3) * DAY_S * 1_000_000
    owner = (FIRST_RING + spec.number) * NUMBERS
    return tuple(
        Context(int(parent_id), "campaign", owner, begun, 0)
        for parent_id in hashes(rng, max(round(spec.option("campaigns", 2)), 1))
    )


def _downloads(
    rng: np.random.Generator,
    stage: Stage,
    accounts: Accounts,
    account: Array,
    episodes: Array,
    at: Array,
    seconds: Array,
) -> Events:
    """Open an episode and break off."""
    episode = episodes[rng.integers(0, len(episodes), len(account))]
    ms = np.minimum(seconds * 1_000, stage.catalogue.length_ms[episode])
    return acts(accounts, account, episode, DOWNLOAD, at).replace(
        duration_ms=ms, reason_end=ENDPLAY
    )
