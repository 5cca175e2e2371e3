"""Mirrored audiences: rings are found whole, tastes are not, on any log and any machine."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

from cib.algorithms import mirrored
from cib.algorithms.edged_groups import SMALLEST
from cib.algorithms.mirrored import mirrored_blocks
from cib.datasets.durations import US_PER_DAY
from tastes import POPULATIONS, empty_handed, layer_of, tastes

N_RING, N_TARGETS = 30, 20


def all_at_once(random):
    """Everybody acts on every target, once, on one day."""
    return [(a, t, 0) for a in range(N_RING) for t in range(N_TARGETS)]


def slowly(random):
    """Everybody acts on most targets, now and then in three months."""
    return [
        (a, t, int(random.integers(90)))
        for a in range(N_RING)
        for t in random.choice(N_TARGETS, 18, replace=False)
    ]


def by_turns(random):
    """A third of the accounts acts on a third of the targets each day, until all have."""
    days = [(who, what) for who in range(3) for what in range(3)]
    return [
        (a, t, day)
        for day, (who, what) in enumerate(days)
        for a in range(who, N_RING, 3)
        for t in range(what, N_TARGETS, 3)
    ]


RINGS = {"all at once": (all_at_once, 0), "nine tenths is cover": (all_at_once, 9)}
RINGS |= {"slowly": (slowly, 1), "by turns": (by_turns, 1)}


@pytest.mark.parametrize("ring", RINGS)
def test_planted_rings_are_found_whole_and_pure(ring):
    acts, cover = RINGS[ring]
    random = np.random.default_rng(5)
    account, content = tastes(random)
    first, first_target = account.max() + 1, content.max() + 1
    a, t, day = np.array(acts(random)).T
    n_cover = cover * len(a)
    account, content = (
        np.concatenate(parts)
        for parts in (
            (account, a + first, random.integers(first, first + N_RING, n_cover)),
            (content, t + first_target, random.choice(content, n_cover)),
        )
    )
    ts = np.append(random.integers(0, 90, len(account) - len(a)), day) * US_PER_DAY
    blocks = mirrored_blocks([layer_of(account, content, ts)])
    assert len(blocks) == 1
    assert blocks[0].account.tolist() == list(range(first, first + N_RING))
    assert set(range(first_target, first_target + N_TARGETS)) <= set(blocks[0].content.tolist())
    assert len(blocks[0].content) <= N_TARGETS + 2
    assert (blocks[0].layer, blocks[0].least) == ("play", 1)
    assert blocks[0].log10_p < -6
    assert (blocks[0].posterior > 0.9).all()
    assert blocks[0].q_value <= 0.05


def test_targets_that_others_play_now_and_then_are_found_by_those_who_play_often():
    random = np.random.default_rng(6)
    account, content = tastes(random)
    first, first_target = account.max() + 1, content.max() + 1
    ring = np.repeat(first + np.arange(N_RING), 4 * N_TARGETS)
    targets = np.tile(first_target + np.arange(N_TARGETS), 4 * N_RING)
    passing = random.integers(0, first, 60 * N_TARGETS)
    account = np.concatenate((account, ring, passing))
    content = np.concatenate((content, targets, np.repeat(np.unique(targets), 60)))
    (block,) = mirrored_blocks([layer_of(account, content)])
    assert block.least == 3
    assert block.account.tolist() == list(range(first, first + N_RING))
    assert block.content.tolist() == np.unique(targets).tolist()


@pytest.mark.parametrize("most", [mirrored.MOST_CONTENTS, 4])
@pytest.mark.parametrize("population", POPULATIONS)
def test_tastes_give_a_block_in_at_most_a_share_q_of_worlds(population, most, monkeypatch):
    monkeypatch.setattr(mirrored, "MOST_CONTENTS", most)
    q, n_worlds, n_found = 0.2, 200, 0
    for world in range(n_worlds):
        account, content = POPULATIONS[population](np.random.default_rng((7, world)))
        idle = account.max() + 1 + np.arange(800)
        account = np.append(account, idle)
        content = np.append(content, np.full(800, content.max() + 1))
        n_found += bool(mirrored_blocks([layer_of(account, content)], q=q, threads=1))
    assert n_found <= n_worlds * (q + 3 * np.sqrt(q * (1 - q) / n_worlds))


# -- when there is too much to compare ------------------------------------------------------------


def farm(random, n_songs=400):
    """A catalogue of which each account of a ring streams nine tenths, and what people like."""
    account, content = tastes(random)
    first, first_song = account.max() + 1, content.max() + 1
    has = random.random((N_RING, n_songs)) < 0.9
    who, what = np.nonzero(has)
    layer = layer_of(np.append(account, first + who), np.append(content, first_song + what))
    return layer, range(first, first + N_RING), range(first_song, first_song + n_songs)


@pytest.mark.parametrize("bound", [{"MOST_CONTENTS": 50}, {"MOST_PAIRS": 2000}])
def test_a_catalogue_too_large_to_compare_is_found_whole_by_a_part_of_it(bound, monkeypatch):
    layer, ring, songs = farm(np.random.default_rng(9))
    for name, value in bound.items():
        monkeypatch.setattr(mirrored, name, value)
    join, joined = mirrored.join, []

    def spy(of_content, audiences, compared, *more):
        joined.append(np.isin(audiences.token[~compared[audiences.token]], list(songs)).any())
        join(of_content, audiences, compared, *more)

    monkeypatch.setattr(mirrored, "join", spy)
    capped = []
    one, two = (mirrored_blocks([layer], threads=n, capped=capped.append) for n in (1, 2))
    assert list(map(repr, one)) == list(map(repr, two))
    assert joined[0]
    assert {account for block in one for account in block.account.tolist()} == set(ring)
    found = {content for block in one for content in block.content.tolist()}
    assert found <= set(songs)
    assert len(found) >= 0.95 * len(songs)
    for what, _ in capped:  # said of what no group has, not of what joined one
        assert int(what.split("audiences of ")[1].split()[0].replace(",", "")) < 0.5 * len(songs)


def test_of_two_catalogues_neither_goes_without(monkeypatch):
    monkeypatch.setattr(mirrored, "MOST_CONTENTS", 100)
    random = np.random.default_rng(4)
    account, content = tastes(random)
    first, first_song = account.max() + 1, content.max() + 1
    ring, song = (x.ravel() for x in np.mgrid[:60, :400])  # everybody has each song of one
    layer = layer_of(
        np.append(account, first + ring), np.append(content, first_song + 2 * song + ring // 30)
    )
    found = [set(block.account.tolist()) for block in mirrored_blocks([layer])]
    for members in (range(first, first + 30), range(first + 30, first + 60)):
        assert set(members) in found


def test_what_is_not_compared_is_said(monkeypatch):
    monkeypatch.setattr(mirrored, "MOST_CONTENTS", 10)
    account, content = np.tile(np.arange(12), 9), np.repeat(np.arange(9), 12)
    random = np.random.default_rng(2)  # everybody has 40 more, of which no two are alike
    other = 9 + np.concatenate([random.choice(60, 40, replace=False) for _ in range(12)])
    layer = layer_of(np.append(account, np.repeat(np.arange(12), 40)), np.append(content, other))
    capped = []
    assert mirrored_blocks([layer], capped=capped.append) == []
    assert [what.startswith("layer play: audiences of ") for what, _ in capped] == [True]
    assert capped[0][1] == ("a ring with few targets may be missed if its accounts have so many")


def test_the_same_blocks_for_any_number_of_threads():
    random = np.random.default_rng(8)
    account, content = tastes(random)
    rings = [(account.max() + 1, content.max() + 1), (account.max() + 50, content.max() + 50)]
    for a, c in rings:
        grid = np.array([(a + i, c + j) for i in range(20) for j in range(10)]).T
        account, content = np.append(account, grid[0]), np.append(content, grid[1])
    layer = layer_of(account, content)
    one, two, three = (mirrored_blocks([layer], threads=n) for n in (1, 2, 3))
    assert len(one) == 2
    for other in (two, three):
        assert list(map(repr, other)) == list(map(repr, one))


@pytest.mark.parametrize(("account", "content"), empty_handed(4))
def test_logs_that_can_prove_nothing(account, content):
    assert mirrored_blocks([layer_of(account, content)]) == []


def test_sparse_codes_and_times_far_apart():
    codes = np.array([*range(20), 2**20])
    account = np.concatenate((np.tile(codes[:12], 9), 12 + np.arange(40)))
    content = np.concatenate((np.repeat(2**20 + np.arange(9), 12), np.full(40, 3)))
    far = np.where(np.arange(len(account)) % 2, 2**62, -(2**62))
    (block,) = mirrored_blocks([layer_of(account, content, far)])
    assert block.account.tolist() == list(range(12))
    assert block.content.tolist() == list(range(2**20, 2**20 + 9))


def test_layers_of_other_tokens_are_left_alone():
    account, content = np.tile(np.arange(12), 9), np.repeat(np.arange(9), 12)
    account, content = np.append(account, 12 + np.arange(40)), np.append(content, np.full(40, 9))
    seen = []
    urls = layer_of(account, content, name="url", of_contents=False)
    assert mirrored_blocks([urls], progress=seen.append) == []
    (block,) = mirrored_blocks([urls, layer_of(account, content)], progress=seen.append)
    assert seen == ["play"]
    assert block.layer == "play"


def test_an_audience_too_small_to_be_alike_forms_no_group():
    for n, expected in ((SMALLEST - 1, 0), (3 * SMALLEST, 1)):
        account, content = np.tile(np.arange(n), 12), np.repeat(np.arange(12), n)
        account, content = np.append(account, n + np.arange(60)), np.append(content, [12] * 60)
        assert len(mirrored_blocks([layer_of(account, content)])) == expected


def test_real_listening_holds_no_block(real_log):
    table = pq.read_table(real_log("lastfm_kgat_bipartite_sample"))
    row, col = (np.unique(table[name], return_inverse=True)[1] for name in ("account", "content"))
    assert mirrored_blocks([layer_of(row, col)], q=0.05) == []


def test_blocks_of_real_trolls_lie_within_categories(real_log):
    """Linvill and Warren's categories; most accounts of the blocks are of one category each."""
    table = pq.read_table(real_log("ira_twitter_events")).to_pandas()
    known = pq.read_table(real_log("ira_twitter_accounts")).to_pandas().set_index("account")
    category = known["category"].astype(str)
    rows = table[table["kind"] == "url"]
    codes, content = (np.unique(rows[c], return_inverse=True) for c in ("account", "object"))
    blocks = mirrored_blocks([layer_of(codes[1], content[1], name="url")])
    assert len(blocks) >= 3
    n_most = n_all = 0
    for block in blocks:
        found = category.reindex(codes[0][block.account]).fillna("Unknown")
        n_most += int(found.value_counts().iloc[0])
        n_all += len(found)
    print(f"{len(blocks)} blocks, {n_all} accounts, {n_most} of their block's main category")
    assert n_most >= 0.9 * n_all
