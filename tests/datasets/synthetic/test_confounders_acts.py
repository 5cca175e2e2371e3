"""Groups that do more than listen: G13, G14 and G15."""

from __future__ import annotations

import numpy as np

from cib.datasets.synthetic.components import Component
from cib.datasets.synthetic.confounders.campaigners import near
from cib.datasets.synthetic.events import (
    FOLLOW,
    PLAY,
    PLAYLIST_ADD,
    POST,
    REPORT,
    SAVE,
    SHARE,
    Events,
)
from cib.datasets.synthetic.markets import DAY_S, START_US
from cib.datasets.synthetic.stage import Stage
from honest_groups import group, plain

N = 240


def test_importers_bring_hundreds_within_minutes(stage: Stage) -> None:
    burst, usual = _burst(group(stage, "G13", N)), _burst(plain(stage, N))
    assert np.median(burst) > 250
    assert burst.min() > 80
    assert usual.max() < 40


def test_importers_bring_the_same_popular_lists_and_then_listen(stage: Stage) -> None:
    component = group(stage, "G13", N)
    assert _shared_follows(component) > 0.2 > 0.05 > _shared_follows(plain(stage, N))
    e = component.events
    added = e.take(e.action == PLAYLIST_ADD)
    key = added.account.astype(np.int64) * len(stage.catalogue) + added.content
    played = e.take(e.action == PLAY)
    of_own = np.isin(played.account.astype(np.int64) * len(stage.catalogue) + played.content, key)
    assert of_own.mean() > 0.3
    first = np.full(N, np.inf)
    np.minimum.at(first, e.account, e.start_s)
    age_s = first - (component.accounts.created_us - START_US) / 1e6
    assert 0.5 < (age_s < 2 * 3600).mean() < 0.7


def _burst(component: Component) -> np.ndarray:
    """Most adds, saves and follows of each account within 30 minutes."""
    e = component.events
    e = e.take(np.isin(e.action, [PLAYLIST_ADD, SAVE, FOLLOW]))
    key = np.sort(e.account.astype(np.int64) * 10**8 + e.start_us // 1_000_000)
    size = np.searchsorted(key, key + 1_800, side="right") - np.arange(len(key))
    most = np.zeros(len(component.accounts), np.int64)
    np.maximum.at(most, key // 10**8, size)
    return most


def _shared_follows(component: Component) -> float:
    """Mean over contents that are followed, weighted, of the share of accounts that follow them."""
    e = component.events
    pairs = np.unique(np.column_stack([e.account, e.content])[e.action == FOLLOW], axis=0)
    count = np.bincount(pairs[:, 1])
    return float((count[pairs[:, 1]] - 1).mean() / len(component.accounts))


def test_campaigners_post_nearly_one_text(stage: Stage) -> None:
    component = group(stage, "G14", N)
    posts = _posts(component)
    tags, of_tag = np.unique(posts.content, return_inverse=True)
    assert len(tags) == 1
    alike = np.mean([_alike(posts.text_hash[of_tag == i]) for i in range(len(tags))])
    assert alike > 0.95
    exact = len(np.unique(posts.text_hash)) / len(posts)
    assert 0.3 < exact < 0.8
    assert (component.role == "poster").all()
    assert len(_posts(plain(stage, N))) == 0


def test_a_campaign_is_one_wave_and_a_story_one_half_hour(stage: Stage) -> None:
    component = group(stage, "G14", N)
    e = component.events
    out_s = (stage.catalogue.release_us - START_US) / 1e6
    posts = _posts(component)
    links = e.take((e.action == SHARE) & (e.text_hash > 0))
    assert (links.start_s >= out_s[links.content]).all()
    # Two campaigns in turn: the second is a newsroom's story.
    stories = links.take(links.account % 2 == 1)
    assert len(np.unique(stories.content)) == 1
    assert (stories.start_s - out_s[stories.content]).max() <= 1_800.001
    assert len(np.unique(stories.text_hash)) == len(stories)
    began = posts.start_s.min()
    assert (posts.start_s < began + 2 * DAY_S).mean() > 0.6
    assert posts.start_s.max() < began + 21 * DAY_S


def _posts(component: Component) -> Events:
    e = component.events
    return e.take(e.action == POST)


def _alike(text: np.ndarray) -> float:
    """Share of texts within six bits of the commonest."""
    values, count = np.unique(text, return_counts=True)
    differing = values[count.argmax()] ^ text
    return float((np.bitwise_count(differing) <= 6).mean())


def test_changed_words_move_at_most_three_bits() -> None:
    text = np.full(2_000, 0x0123456789ABCDEF, np.uint64)
    bits = np.bitwise_count(near(np.random.default_rng(3), text) ^ text)
    assert bits.max() == 3
    assert 0.35 < (bits == 0).mean() < 0.65


def test_reporters_have_met_what_they_report(stage: Stage) -> None:
    component = group(stage, "G15", N)
    e = component.events
    reports = e.take((e.action == REPORT) & (e.target_account >= 0))
    assert _exposed(component, reports).mean() == 1.0
    everyday = plain(stage, N)
    usual = everyday.events.take(everyday.events.action == REPORT)
    assert len(reports) > 0.7 * N > 20 * len(usual)
    author, count = np.unique(reports.target_account, return_counts=True)
    assert len(author) == 4
    assert count.min() > 20
    assert np.isin(author, component.accounts.number[component.role == "poster"]).all()
    for one in author.tolist():
        reason = np.bincount(reports.report_reason[reports.target_account == one])
        assert reason.max() > 0.55 * reason.sum()
    assert set(component.role[reports.account]) == {"reporter"}


def test_some_see_it_and_say_nothing(stage: Stage) -> None:
    component = group(stage, "G15", N)
    e = component.events
    posts = e.content[e.action == POST]
    lists = np.array([c.parent_id for c in component.contexts], np.uint64)
    met = np.unique(
        e.account[(e.action == PLAY) & (np.isin(e.content, posts) | np.isin(e.parent_id, lists))]
    )
    said = np.unique(e.account[(e.action == REPORT) & (e.target_account >= 0)])
    assert len(met) >= 0.97 * (N - 4)
    assert 0.05 < 1 - len(said) / len(met) < 0.2


def _exposed(component: Component, reports: Events) -> np.ndarray:
    """Whether the reporter played the content, or from the playlist, before it reported it."""
    plays = component.events.take(component.events.action == PLAY)
    out = np.zeros(len(reports), bool)
    for row in range(len(reports)):
        mine = (plays.account == reports.account[row]) & (plays.start_us < reports.start_us[row])
        if reports.parent_id[row]:
            mine &= plays.parent_id == reports.parent_id[row]
        else:
            mine &= plays.content == reports.content[row]
        out[row] = mine.any()
    return out
