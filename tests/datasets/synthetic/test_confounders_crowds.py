"""Groups that come together for a moment: G03, G10 and G12."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from cib.datasets.synthetic.components import Component
from cib.datasets.synthetic.events import AD_CLICK, AD_IMPRESSION, SHARE, Events
from cib.datasets.synthetic.markets import DAY_S, START_US
from cib.datasets.synthetic.stage import Stage
from honest_groups import group, in_company, local_time, plain, plays_of

N = 400


def test_a_trend_doubles_every_6_to_24_hours(stage: Stage) -> None:
    component = group(stage, "G03", N)
    hook, plays = _hook(component)
    met = np.sort(_first_s(plays, N))
    assert np.isfinite(met).all()
    # From an eighth to a half of the people: two doublings, put off by the night at most.
    assert 2 * 5 < (met[N // 2] - met[N // 8]) / 3600 < 2 * 30
    # A few come across the whole song by themselves.
    assert ((plays.duration_ms >= 14_999) & (plays.duration_ms <= 60_000)).mean() > 0.95
    everyday = plays_of(plain(stage, N))
    assert len(np.unique(everyday.account[everyday.content == hook])) < 0.1 * N


def test_a_trend_is_passed_on_and_brings_new_accounts(stage: Stage) -> None:
    component = group(stage, "G03", N)
    hook, plays = _hook(component)
    met = _first_s(plays, N)
    e = component.events
    shares = e.take((e.action == SHARE) & (e.content == hook))
    assert len(shares) >= N - 1 - 5
    assert (shares.start_s >= met[shares.account]).all()
    # Before the next one comes, somebody has passed it on.
    passed_on = np.searchsorted(np.sort(shares.start_s), np.sort(met)[1:])
    assert (passed_on >= np.arange(1, N)).mean() > 0.97
    age_days = met / DAY_S - (component.accounts.created_us - START_US) / 1e6 / DAY_S
    new = age_days < 3.5
    assert 0.3 < new.mean() < 0.5
    assert (age_days > 0).all()
    everyday = plain(stage, N).accounts
    assert ((START_US - everyday.created_us) / 1e6 / DAY_S < 3.5).mean() < 0.02


def _hook(component: Component) -> tuple[int, Events]:
    """The track of the trend, and its plays."""
    e = component.events
    content, count = np.unique(e.content[e.action == SHARE], return_counts=True)
    hook = int(content[count.argmax()])
    plays = plays_of(component)
    return hook, plays.take(plays.content == hook)


def _first_s(plays: Events, n: int) -> np.ndarray:
    first = np.full(n, np.inf)
    np.minimum.at(first, plays.account, plays.start_s)
    return first


def test_promotion_brings_listeners_who_saw_the_ad(stage: Stage) -> None:
    component = group(stage, "G10", N)
    e, plays = component.events, plays_of(component)
    n_clicks = 0
    for ad in np.unique(e.content[e.action == AD_CLICK]).tolist():
        seen = _first_s(e.take((e.action == AD_IMPRESSION) & (e.content == ad)), N)
        clicked = _first_s(e.take((e.action == AD_CLICK) & (e.content == ad)), N)
        reached = np.flatnonzero(np.isfinite(seen))
        buyers = np.isfinite(clicked)
        if buyers.sum() < 20:  # an ad that everybody may meet
            continue
        # A few met this one between plays, like any other.
        assert np.bincount(component.accounts.market[reached]).max() > 0.85 * len(reached)
        assert 0.6 < buyers.sum() / len(reached) < 0.9
        assert (seen[buyers] < clicked[buyers]).all()
        near = plays.take(
            buyers[plays.account]
            & (plays.start_s > clicked[plays.account])
            & (plays.start_s < clicked[plays.account] + 300)
        )
        track = np.bincount(near.content).argmax()
        theirs = plays.take((plays.content == track) & buyers[plays.account])
        times = np.bincount(theirs.account, minlength=N)[buyers]
        assert times.max() <= 2
        assert (times >= 1).mean() > 0.97
        assert (theirs.start_s >= clicked[theirs.account]).all()
        assert theirs.start_s.max() - theirs.start_s.min() < 5 * DAY_S
        assert stage.audience[track] < 0.05 * stage.n_accounts
        n_clicks += int(buyers.sum())
    assert n_clicks > 0.7 * N
    others = plain(stage, N).events
    assert (others.action == AD_CLICK).sum() < 0.4 * n_clicks


def test_events_bring_people_together_to_the_moment(stage: Stage) -> None:
    plays, everyday = plays_of(group(stage, "G12", N)), plays_of(plain(stage, N))
    assert in_company(plays, 10.0, 5) > 0.6 > 0.02 > in_company(everyday, 10.0, 5)
    assert in_company(plays, 60.0, 80) > 0.2  # premiere


def test_some_listen_in_step_others_count_down_or_heard_the_radio(stage: Stage) -> None:
    component = group(stage, "G12", N)
    plays = plays_of(component)
    first = np.rint(np.array([0, 0.35, 0.60, 0.85, 1.0]) * N).astype(int)
    premiere, radio, together, countdown = (
        plays.take((plays.account >= low) & (plays.account < high))
        for low, high in pairwise(first.tolist())
    )
    assert _share_at_once(premiere, 180.0) > 0.95
    assert len(np.unique(component.accounts.market[premiere.account])) >= 5
    assert len(np.unique(component.accounts.market[radio.account])) == 1
    assert _share_at_once(radio, 1_500.0) > 0.8
    assert _share_at_once(radio, 60.0) < 0.4
    # In step through a list: track after track within seconds of each other.
    steps = [in_company(_from(together, day), 3.0, 8) for day in range(stage.n_days)]
    assert sum(steps) > 1.5
    assert len(_in_step(together)) >= 2 * 12
    song = np.bincount(_near_midnight(component, countdown)).argmax()
    counted = countdown.take(countdown.content == song)
    _, hour = local_time(component, counted)
    assert (np.abs(hour - 24 + 120 / 3600) < 12 / 3600).sum() >= 0.9 * (first[4] - first[3])
    assert len(np.unique(counted.start_us // 3_600_000_000)) >= 3  # one moment for each market


def _share_at_once(plays: Events, within_s: float) -> float:
    """Largest share of the accounts that began one track within some seconds."""
    order = np.lexsort((plays.start_us, plays.content))
    plays = plays.take(order)
    key = plays.content.astype(np.int64) * 10**8 + plays.start_us // 1_000_000
    end = np.searchsorted(key, key + int(within_s), side="right")
    best = int((end - np.arange(len(key))).argmax())
    return len(np.unique(plays.account[best : end[best]])) / len(np.unique(plays.account))


def _from(plays: Events, day: int) -> Events:
    return plays.take(plays.start_us // 86_400_000_000 == day)


def _in_step(plays: Events) -> np.ndarray:
    """Tracks that eight began within three seconds."""
    order = np.lexsort((plays.start_us, plays.content))
    content, start = plays.content[order], plays.start_s[order]
    near = (content[7:] == content[:-7]) & (start[7:] - start[:-7] < 3.0)
    return np.unique(content[7:][near])


def _near_midnight(component: Component, plays: Events) -> np.ndarray:
    _, hour = local_time(component, plays)
    return plays.content[(hour > 23.9) & (hour < 23.99)]
