"""Groups whose addresses give them away: G05, G06 and G11."""

from __future__ import annotations

import numpy as np

from cib.datasets.synthetic.components import Component
from cib.datasets.synthetic.events import PLATFORMS
from cib.datasets.synthetic.stage import Stage
from honest_groups import group, local_time, plain, plays_of

N = 240


def test_families_share_address_speaker_plan_and_taste(stage: Stage) -> None:
    component = group(stage, "G05", N)
    accounts = component.accounts
    size = np.bincount(accounts.household)
    assert set(size) == {3, 4, 5, 6}
    assert len(np.unique(accounts.plan_id)) == len(size)
    # Two homes may leave through one exit of a VPN.
    assert len(np.unique(accounts.addresses.ip[:, 0])) >= 0.95 * len(size)
    assert _overlap(stage, component, accounts.household) > 2 * _overlap(
        stage, component, np.random.default_rng(0).permutation(accounts.household)
    )


def test_children_hear_a_dozen_songs_again_and_again(stage: Stage) -> None:
    component = group(stage, "G05", N)
    plays = plays_of(component)
    speaker = plays.take(plays.platform == PLATFORMS.index("speaker"))
    playlist, which, count = np.unique(speaker.parent_id, return_inverse=True, return_counts=True)
    songs = np.unique(np.column_stack([which.ravel(), speaker.content]), axis=0)[:, 0]
    often = playlist[(count > 20 * np.bincount(songs)) & (playlist > 0)]
    assert np.bincount(songs)[np.isin(playlist, often)].max() <= 12
    homes = component.accounts.household.max() + 1
    assert 0.5 * homes < len(often) < 0.7 * homes
    loops = speaker.take(np.isin(speaker.parent_id, often))
    assert len(np.unique(loops.account)) == len(often)  # one of the parents' accounts
    _, hour = local_time(component, loops)
    assert ((hour > 13) & (hour < 21)).mean() > 0.7


def _overlap(stage: Stage, component: Component, household: np.ndarray) -> float:
    """Mean share of an account's tracks that somebody else of its household plays, too."""
    plays = plays_of(component)
    own = np.unique(np.column_stack([plays.account, plays.content]), axis=0)
    home = household[own[:, 0]].astype(np.int64) * len(stage.catalogue) + own[:, 1]
    _, inverse, count = np.unique(home, return_inverse=True, return_counts=True)
    return float((count[inverse.ravel()] > 1).mean())


def test_colleagues_leave_through_one_address(stage: Stage) -> None:
    assert _behind_one_address(group(stage, "G06", N)) > 0.6
    assert _behind_one_address(plain(stage, N)) < 0.1


def _behind_one_address(component: Component) -> float:
    """Share of plays in work hours from an address with 20 accounts or more."""
    plays = plays_of(component)
    day, hour = local_time(component, plays)
    work = plays.take((day % 7 < 5) & (hour >= 10) & (hour < 16) & (plays.ip > 0))
    ip, inverse = np.unique(work.ip, return_inverse=True)
    pairs = np.unique(np.column_stack([inverse.ravel(), work.account]), axis=0)
    return float((np.bincount(pairs[:, 0], minlength=len(ip))[inverse.ravel()] >= 20).mean())


def test_sites_are_offices_schools_and_dormitories(stage: Stage) -> None:
    accounts = group(stage, "G06", 1_500).accounts
    site, members = np.unique(accounts.addresses.ip[:, 2], return_counts=True)
    assert members.min() >= 20
    assert members.max() <= 520  # a rest joins the last site
    sleeps_here = accounts.addresses.ip[:, 0] == accounts.addresses.ip[:, 2]
    assert 0.02 < sleeps_here.mean() < 0.6
    _, users = np.unique(accounts.device[:, 1], return_counts=True)
    assert users.max() == 5
    for one in site[:5]:
        assert len(np.unique(accounts.market[accounts.addresses.ip[:, 2] == one])) == 1


def test_travellers_are_elsewhere_for_days(stage: Stage) -> None:
    component, everyday = group(stage, "G11", N), plain(stage, N)
    away, usual = _days_away(stage, component), _days_away(stage, everyday)
    assert np.nanmean(away) > 0.3 > 0.08 > np.nanmean(usual)
    away = away[~np.isnan(away).all(axis=1)]
    seen = np.nanmean(away, axis=1)
    # Half travel and a fifth have a VPN: at home on some days, away on others.
    assert 0.55 < ((seen > 0) & (seen < 1)).mean() < 0.75
    assert 0.2 < (seen == 1).mean() < 0.4
    runs = []
    for row in away[(seen > 0) & (seen < 1)]:
        known = row[~np.isnan(row)]
        edges = np.flatnonzero(np.diff(np.concatenate([[0], known, [0]])))
        runs += (edges[1::2] - edges[::2]).tolist()
    assert np.median(runs) >= 2


def test_another_market_has_another_address(stage: Stage) -> None:
    component = group(stage, "G11", N)
    plays = plays_of(component)
    away = plays.ip_market != component.accounts.market[plays.account]
    at_home = component.accounts.addresses.ip[plays.account]
    assert not (plays.ip[away][:, None] == at_home[away]).any()
    assert (plays.ip[~away][:, None] == at_home[~away]).any(axis=1).all()


def _days_away(stage: Stage, component: Component) -> np.ndarray:
    """Return (n, n_days): 1 where the account's plays are mostly from elsewhere, NaN where none."""
    plays = plays_of(component)
    day = plays.start_us // 86_400_000_000
    cell = plays.account * stage.n_days + day
    size = len(component.accounts) * stage.n_days
    away = plays.ip_market != component.accounts.market[plays.account]
    with np.errstate(invalid="ignore"):
        share = np.bincount(cell, away, size) / np.bincount(cell, minlength=size)
    return np.where(np.isnan(share), np.nan, share > 0.5).reshape(-1, stage.n_days)
