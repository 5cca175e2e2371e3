"""Groups that follow lists and loops: G02, G04, G07, G08, G09 and G16 (and G01)."""

from __future__ import annotations

import numpy as np
import pytest

from cib.datasets.synthetic.addresses import hosting_asn
from cib.datasets.synthetic.catalogue import DROP_DAY, SLEEP_LIST
from cib.datasets.synthetic.events import COUNTED_MS, PLAY
from cib.datasets.synthetic.markets import DAY_S
from cib.datasets.synthetic.scripts import parent_code
from cib.datasets.synthetic.stage import Stage
from honest_groups import active_hours, group, in_company, local_time, plain, plays_of, run_holders

N = 160


def test_everyday_people_share_no_long_runs(stage: Stage) -> None:
    # The measure by which the groups below are told apart from them.
    assert run_holders(plays_of(plain(stage, N))) < 0.12
    assert in_company(plays_of(plain(stage, N)), 60.0, 5) == 0.0


def test_album_fans_play_it_in_order_on_the_night(stage: Stage) -> None:
    component = group(stage, "G01", N)
    plays = plays_of(component)
    drop = plays.take(stage.catalogue.album[plays.content] == stage.catalogue.drop_album)
    day, hour = local_time(component, drop)
    night = (day == DROP_DAY) & (hour < 12)
    assert len(np.unique(drop.account[night])) > 0.35 * N
    assert run_holders(drop.take(night), 10) > 0.8


def test_organised_fans_share_an_order_around_the_clock(stage: Stage) -> None:
    component = group(stage, "G02", N)
    plays = plays_of(component)
    assert run_holders(plays) > 0.5
    (playlist,) = component.contexts
    theirs = plays.take(plays.parent_id == playlist.parent_id)
    artists, count = np.unique(stage.catalogue.artist[theirs.content], return_counts=True)
    assert 0.55 < count.max() / count.sum() < 0.75
    assert len(artists) >= 10  # filler
    assert len(np.unique(component.accounts.market[theirs.account])) >= 5
    account, hours = active_hours(theirs)
    assert len(np.unique(account[hours >= 16])) > 0.12 * N
    single = np.bincount(theirs.content).argmax()
    assert (theirs.duration_ms >= COUNTED_MS).mean() > 0.98
    assert stage.catalogue.artist[single] == artists[count.argmax()]
    assert (component.role == "hub_owner").sum() == 1


def test_list_followers_start_right_after_the_refresh(stage: Stage) -> None:
    component = group(stage, "G04", N)
    plays = plays_of(component)
    everyday = plays_of(plain(stage, N))
    assert in_company(plays, 60.0, 3) > 0.5 > 0.1 > in_company(everyday, 60.0, 3)
    algorithmic = np.flatnonzero(np.arange(N) % 2 == 1)
    of_list = plays.take(
        (plays.parent_kind == parent_code("playlist_algo")) & (plays.parent_id > 0)
    )
    assert np.array_equal(np.unique(of_list.account), algorithmic)
    monday = of_list.take(of_list.start_us < DAY_S * 1_000_000)
    assert run_holders(monday, 5) > 0.8
    assert len(np.unique(component.accounts.market[monday.account])) >= 4
    first = monday.start_s[np.unique(monday.account, return_index=True)[1]]
    # One may still be in the middle of something else.
    assert (np.abs(first - 14.5 * 3600) <= 1_800).mean() > 0.75


def test_morning_lists_follow_each_markets_clock(stage: Stage) -> None:
    component = group(stage, "G04", N)
    plays = plays_of(component)
    listed = stage.catalogue.lists.parent_id[0]
    theirs = plays.take(plays.parent_id == listed)
    even = theirs.take(theirs.account % 2 == 0)
    _, hour = local_time(component, even)
    assert ((hour >= 7) & (hour < 10)).mean() > 0.75


def test_sleepers_play_short_sounds_for_hours_without_a_skip(stage: Stage) -> None:
    component = group(stage, "G07", 60)
    plays = plays_of(component)
    lists = stage.catalogue.lists
    sounds = lists.track[lists.start[SLEEP_LIST] : lists.start[SLEEP_LIST + 1]]
    through = plays.take(np.isin(plays.content, sounds))
    assert not np.isin(plays_of(plain(stage, N)).content, sounds).any()
    assert (through.duration_ms < COUNTED_MS).mean() < 0.03  # some come again by day
    assert through.duration_ms.max() <= 180_000
    span = np.bincount(through.account, through.duration_ms / 3.6e6, 60)
    nights = np.array(
        [
            len(np.unique(through.start_us[through.account == a] // 86_400_000_000))
            for a in range(60)
        ]
    )
    assert np.median(span / nights) > 4  # a night has parts of two days
    own = np.isin(through.parent_id, component.accounts.playlist_id) | (through.parent_id == 0)
    of_list = np.isin(through.parent_id, lists.parent_id)
    loop = through.take(~own & ~of_list)
    variety = np.unique(np.column_stack([loop.account, loop.content]), axis=0)[:, 0]
    assert np.bincount(variety).max() <= 20
    assert 0.2 * 60 < len(np.unique(loop.account)) < 0.8 * 60  # the others play the editorial list
    account, hours = active_hours(plays)
    never_stops = np.bincount(account[hours >= 22], minlength=60) >= 0.9 * stage.n_days
    assert 1 <= never_stops.sum() <= 8


def test_shops_play_a_fixed_list_all_day(stage: Stage) -> None:
    component = group(stage, "G08", 60)
    plays = plays_of(component)
    day, hour = local_time(component, plays)
    days = np.unique(np.column_stack([plays.account, day]), axis=0, return_inverse=True)[1].ravel()
    first, last = np.full(days.max() + 1, 99.0), np.zeros(days.max() + 1)
    np.minimum.at(first, days, hour)
    np.maximum.at(last, days, hour)
    assert 11.8 < np.median(last - first) < 18
    tracks = np.unique(np.column_stack([plays.account, plays.content]), axis=0)[:, 0]
    assert np.bincount(tracks).max() <= 120
    assert run_holders(plays, 10) > 0.6  # the chain
    chain = max(component.contexts, key=lambda context: context.followers)
    assert chain.followers == 42
    assert len(np.unique(plays.account[plays.parent_id == chain.parent_id])) == 42
    assert (component.events.action == PLAY).all()


def test_superfans_hear_one_artist_each_in_their_own_order(stage: Stage) -> None:
    component = group(stage, "G09", N)
    assert _devoted_weeks(stage, component) > 0.4 > 0.03 > _devoted_weeks(stage, plain(stage, N))
    plays = plays_of(component)
    cell = np.column_stack([plays.account, plays.start_us // 86_400_000_000, plays.content])
    _, times = np.unique(cell, axis=0, return_counts=True)
    assert 10 <= (times >= 80).sum() <= 0.03 * N * stage.n_days
    assert times.max() >= 100
    assert run_holders(plays) < 0.15


def _devoted_weeks(stage: Stage, component: object) -> float:
    """Share of account-weeks of 20 plays or more with 80% for one artist."""
    plays = plays_of(component)  # type: ignore[arg-type]
    week = plays.account.astype(np.int64) * 64 + plays.start_us // (7 * 86_400_000_000)
    artist = stage.catalogue.artist[plays.content]
    (cells, count) = np.unique(np.column_stack([week, artist]), axis=0, return_counts=True)
    top = np.zeros(week.max() + 1)
    np.maximum.at(top, cells[:, 0], count)
    total = np.bincount(week)
    usable = total >= 20
    return float((top[usable] >= 0.8 * total[usable]).mean())


@pytest.mark.parametrize("n", [30, 90])
def test_machines_play_by_the_clock_and_are_never_paid(stage: Stage, n: int) -> None:
    component = group(stage, "G16", n)
    e = component.events
    assert (e.action == PLAY).all()
    assert (e.duration_ms < COUNTED_MS).all()
    assert np.isin(e.asn, hosting_asn(np.arange(12))).all()
    assert set(
        np.bincount(np.unique(component.accounts.addresses.ip[:, 0], return_inverse=True)[1])
    ) <= {10}
    plays = plays_of(component)
    probes = plays.take(plays.parent_id == 0)
    gap = np.diff(probes.start_s)[np.diff(probes.account) == 0]
    assert np.isclose(gap[:, None], [1_200, 1_800, 3_600], atol=6.0).any(axis=1).all()
    hours = np.bincount(probes.start_us // 3_600_000_000 % 24, minlength=24)
    assert hours.max() < 1.1 * hours.min()
    crawled = plays.take(plays.parent_id > 0)
    assert (len(crawled) > 0) == (n == 90)
    if n == 90:
        assert ((crawled.duration_ms >= 28_900) & (crawled.duration_ms <= 29_000)).all()
