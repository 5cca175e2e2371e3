"""Rare contents: rings that share some of many targets are found whole, tastes are not."""

from __future__ import annotations

from statistics import median

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cib.algorithms import rare
from cib.algorithms.block_lines import rare_statement
from cib.algorithms.edge_test import FEWEST_TRIALS, Edge
from cib.algorithms.edged_groups import SMALLEST, Group
from cib.algorithms.rare import rare_blocks
from cib.algorithms.settling import LIFT, Lists, settle
from tastes import POPULATIONS, empty_handed, layer_of, tastes

# -- what is found -----------------------------------------------------------------------------


def with_ring(account, content, random, n_ring=30, n_targets=200, each=60, cover=0):
    """Add accounts that act on some of their targets, and `cover` times as often on the crowd's."""
    first, first_target = account.max() + 1, content.max() + 1
    who = np.repeat(first + np.arange(n_ring), each)
    chosen = [random.choice(n_targets, each, replace=False) for _ in range(n_ring)]
    return (
        np.concatenate((account, who, np.repeat(who, cover))),
        np.concatenate(
            (
                content,
                first_target + np.concatenate(chosen),
                random.choice(content, cover * len(who)),
            )
        ),
        range(first, first + n_ring),
        range(first_target, first_target + n_targets),
    )


@pytest.mark.parametrize(
    ("n_ring", "n_targets", "each", "cover"),
    [(100, 200, 60, 0), (30, 200, 60, 0), (30, 200, 60, 1), (30, 20, 20, 0), (15, 60, 30, 3)],
)
def test_planted_rings_are_found_whole_and_pure(n_ring, n_targets, each, cover):
    random = np.random.default_rng(5)
    account, content, ring, targets = with_ring(
        *tastes(random), random, n_ring, n_targets, each, cover
    )
    (block,) = rare_blocks([layer_of(account, content)])
    assert block.account.tolist() == list(ring)
    found = set(block.content.tolist())
    assert len(found & set(targets)) >= 0.9 * n_targets
    assert len(found - set(targets)) <= 0.1 * n_targets
    assert (block.layer, block.signal) == ("play", "rare")
    assert block.log10_p < -2
    assert (block.posterior >= 0.9 - 1e-9).all()
    assert block.q_value <= 0.05
    assert abs(np.median(block.observed) - each) <= 0.1 * each
    assert (block.expected < 0.11 * block.observed).all()


def test_targets_with_more_accounts_than_count_as_rare_prove_nothing():
    random = np.random.default_rng(6)
    account, content, ring, _ = with_ring(*tastes(random), random, 60, 40, 30)
    layer = layer_of(account, content)
    assert rare_blocks([layer], rare=2) == []
    (block,) = rare_blocks([layer], rare=60)
    assert block.account.tolist() == list(ring)


def test_a_ring_that_several_communities_settle_on_is_one_block():
    random = np.random.default_rng(5)
    account, content, ring, targets = with_ring(*tastes(random), random, cover=2)
    (block,) = rare_blocks([layer_of(account, content)])
    assert block.account.tolist() == list(ring)
    assert set(targets) <= set(block.content.tolist())


def with_languages(random, n_languages=3, n_songs=3000, each=60):
    """Listeners of three languages, the more popular songs of which more hear."""
    accounts, contents, first = [], [], 0
    for language in range(n_languages):
        n = int(random.integers(300, 1500))
        n_acts = np.clip(each * np.exp(random.normal(size=n)), 1, n_songs).astype(int)
        chance = (1 + np.arange(n_songs)) ** -0.7
        songs = random.choice(n_songs, n_acts.sum(), p=chance / chance.sum())
        accounts.append(first + np.repeat(np.arange(n), n_acts))
        contents.append(language * n_songs + songs)
        first += n
    return np.concatenate(accounts), np.concatenate(contents)


@pytest.mark.parametrize(
    ("n_ring", "n_targets", "each", "cover"),
    [(400, 60, 42, 0), (400, 60, 42, 2), (1000, 1000, 300, 0), (400, 200, 80, 2)],
)
def test_rings_of_hundreds_are_found_behind_cover(n_ring, n_targets, each, cover):
    random = np.random.default_rng(8)
    account, content, ring, targets = with_ring(
        *with_languages(random), random, n_ring, n_targets, each, cover
    )
    assert np.bincount(content)[list(targets)].min() > 100
    blocks = rare_blocks([layer_of(account, content)])
    found = [set(block.account.tolist()) for block in blocks]
    assert max(len(one & set(ring)) / len(one | set(ring)) for one in found) >= 0.9


def test_what_cover_hides_shows_in_what_is_played_over_and_over(monkeypatch):
    """Two accounts share seven targets of 500, songs of a crowd, and hits that everybody plays."""
    random = np.random.default_rng(8)
    account, content = with_languages(random)
    n_crowd = len(account)
    account, content, ring, targets = with_ring(account, content, random, 1000, 500, 60, cover=2)
    often = np.r_[random.geometric(0.15, n_crowd), np.full(60_000, 8), np.ones(2 * 60_000, int)]
    who, hit = np.nonzero(random.random((account.max() + 1, 100)) < 0.3)
    layer = layer_of(
        np.append(np.repeat(account, often), np.repeat(who, 6)),
        np.append(np.repeat(content, often), np.repeat(content.max() + 1 + hit, 6)),
    )
    (block,) = rare_blocks([layer])
    assert block.least == 6
    assert "hardly anybody else acts on 6 times or more (play)" in rare_statement(block)
    assert set(block.account.tolist()) == set(ring)
    assert set(block.content.tolist()) == set(targets)
    monkeypatch.setattr(rare, "LEAST", (1,))
    assert rare_blocks([layer]) == []


def test_tiny_contents_that_two_members_share_do_not_make_a_group_one_of_rare_contents():
    targets = [(a, c) for a in range(30) for c in range(5)]
    tiny = [(a + i, 5 + 2 * a + i % 2) for a in range(20) for i in range(2)]
    account, content = np.array(sorted({*targets, *tiny}), np.int32).T
    contents = Lists.of(account, content, 30)
    everything = Group(
        np.arange(30, dtype=np.int32), np.unique(content), np.zeros(30, np.int64), Edge(0, 0.0, 0.0)
    )
    accounts = contents.turned(int(content.max()) + 1)
    assert np.median(accounts.size[everything.content]) < 3
    assert rare.usual_audience(everything, contents, accounts) == 30


def albums_of_a_scene(random, n_accounts=3000, n_albums=30, length=12, each=4):
    """Everybody hears some of the albums, a quarter to the end; others hear a song of one."""
    heard = [random.choice(n_albums, each, replace=False) for _ in range(n_accounts)]
    album = np.concatenate(heard)
    depth = np.minimum(random.geometric(0.3, len(album)), length)
    depth[random.random(len(album)) < 0.25] = length
    act, song = np.nonzero(np.arange(length) < depth[:, None])
    account, content = np.repeat(np.arange(n_accounts), each)[act], album[act] * length + song
    idle = n_accounts + np.repeat(np.arange(n_accounts), 3)
    return np.append(account, idle), np.append(content, random.choice(content, len(idle)))


def test_albums_whose_first_songs_are_too_well_known_are_no_blocks():
    for world in range(20):
        layer = layer_of(*albums_of_a_scene(np.random.default_rng((13, world))))
        assert rare_blocks([layer]) == []


def test_a_farm_that_makes_most_of_all_rare_acts_is_found():
    random = np.random.default_rng(5)
    account, content, ring, targets = with_ring(*tastes(random), random, 80, 2000, 600)
    n_rare = np.bincount(content)
    assert np.isin(content, targets).sum() > 0.6 * n_rare[n_rare <= 100].sum()
    (block,) = rare_blocks([layer_of(account, content)])
    assert block.account.tolist() == list(ring)
    assert set(block.content.tolist()) == set(targets)


def test_where_pairs_are_too_many_it_takes_more_in_common(monkeypatch):
    random = np.random.default_rng(5)
    account, content, ring, _ = with_ring(*tastes(random), random)
    layer, capped = layer_of(account, content), []
    monkeypatch.setattr(rare, "MOST_PAIRS", 2000)
    one, two = (rare_blocks([layer], threads=n, capped=capped.append) for n in (1, 2))
    assert list(map(repr, one)) == list(map(repr, two))
    assert one[0].account.tolist() == list(ring)
    assert len(capped) == 2
    assert capped[0][0] == (
        "layer play: accounts were linked by 16 contents instead of 8, "
        "for there were more than 2,000 pairs"
    )


def test_two_rings_that_share_no_target_are_two_blocks():
    random = np.random.default_rng(7)
    account, content, one, _ = with_ring(*tastes(random), random, 40)
    account, content, other, _ = with_ring(account, content, random, 30)
    blocks = rare_blocks([layer_of(account, content)])
    assert [block.account.tolist() for block in blocks] == [list(one), list(other)]


# -- what is not -------------------------------------------------------------------------------


def larger(random):
    """Tastes of two hundred contents, of which fans share dozens."""
    return tastes(random, n_tastes=6, n_contents=200)


def busy(random, n_tastes=8, n_fans=60, n_contents=120):
    """Fans differ more in how much they play than in what."""
    plays = np.minimum(random.pareto(1.0, (n_tastes, n_fans, 1)) * 8 / n_contents, 1)
    taste, fan, content = np.nonzero(random.random((n_tastes, n_fans, n_contents)) < plays)
    return taste * n_fans + fan, taste * n_contents + content


def strangers(n, each, n_contents, sigma, n_casual):
    """Everybody draws from one catalogue; some draw a lot, and hardly differ in how much."""

    def make(random):
        active = np.maximum(each * np.exp(sigma * random.normal(size=n)), 1).astype(int)
        account = np.repeat(np.arange(n + n_casual), np.append(active, [10] * n_casual))
        return account, random.integers(0, n_contents, len(account))

    return make


def last_plays(random, n=300, each=200, n_scenes=5, n_contents=1_500):
    """The last plays of each account, some of them of its scene, the others of what all play."""
    scene = np.arange(n) % n_scenes
    of_scene = random.random((n, each)) < random.beta(1, 2, (n, 1))
    own = scene[:, None] * n_contents + random.integers(0, n_contents, (n, each))
    common = n_scenes * n_contents + np.minimum(random.zipf(1.3, (n, each)), 20_000)
    return np.repeat(np.arange(n), each), np.where(of_scene, own, common).ravel()


RARE_POPULATIONS = POPULATIONS | {
    "larger": larger,
    "busy": busy,
    "strangers, few busy": strangers(50, 300, 8_000, 0, 400),
    "strangers, many busy": strangers(200, 300, 8_000, 0.2, 800),
    "last plays": last_plays,
}


@pytest.mark.parametrize("population", RARE_POPULATIONS)
def test_tastes_give_a_block_in_at_most_a_share_q_of_worlds(population):
    q, n_worlds, n_found = 0.2, 100, 0
    for world in range(n_worlds):
        account, content = RARE_POPULATIONS[population](np.random.default_rng((7, world)))
        idle = account.max() + 1 + np.arange(800)
        account = np.append(account, idle)
        content = np.append(content, content.max() + 1 + idle // 2)
        n_found += bool(rare_blocks([layer_of(account, content)], q=q, threads=1))
    print(f"{n_found} of {n_worlds}")
    assert n_found <= n_worlds * (q + 3 * np.sqrt(q * (1 - q) / n_worlds))


@pytest.mark.parametrize("rare", [10, 30, 100, 1_000])
@pytest.mark.parametrize(
    ("name", "content"),
    [("lastfm_kgat_bipartite_sample", "content"), ("lastfm_hetrec2011_plays", "object")],
)
def test_real_listening_holds_no_block(real_log, name, content, rare):
    table = pq.read_table(real_log(name))
    row, col = (np.unique(table[one], return_inverse=True)[1] for one in ("account", content))
    assert rare_blocks([layer_of(row, col)], rare=rare, q=0.5) == []


@pytest.mark.parametrize(("account", "content"), empty_handed(7))
def test_logs_that_can_prove_nothing(account, content):
    assert rare_blocks([layer_of(account, content)]) == []


# -- the same on any machine, of any log -------------------------------------------------------


def test_the_same_blocks_for_any_number_of_threads():
    random = np.random.default_rng(8)
    account, content = tastes(random)
    for _ in range(3):
        account, content, _, _ = with_ring(account, content, random)
    order = random.permutation(len(account))
    one, two, three = (
        rare_blocks([layer_of(account[order], content[order])], threads=n) for n in (1, 2, 3)
    )
    assert len(one) == 3
    for other in (two, three):
        assert list(map(repr, other)) == list(map(repr, one))
    in_order = rare_blocks([layer_of(account, content)])
    assert list(map(repr, in_order)) == list(map(repr, one))


def test_layers_of_other_tokens_are_left_alone():
    random = np.random.default_rng(9)
    account, content, _, _ = with_ring(*tastes(random), random)
    seen = []
    urls = layer_of(account, content, name="url", of_contents=False)
    assert rare_blocks([urls], progress=seen.append) == []
    (block,) = rare_blocks([urls, layer_of(account, content)], progress=seen.append)
    assert seen == ["play"]
    assert block.layer == "play"


def is_common(audience, members, usual):
    """Whether members make a content the group's; whoever is asked about it is left out."""
    n = len(audience & members)
    return n > 1 and 2 * n >= usual * (len(audience) - 1)


def slowly_settled(members, contents, accounts, rounds=6):
    """The definition, in sets."""
    members = set(members)
    for _ in range(rounds):
        inside = {c: len(members & who) for c, who in accounts.items() if len(members & who) > 1}
        if not inside:
            return None
        share = {c: n / len(accounts[c]) for c, n in inside.items()}
        below = 0
        for _, c in sorted((share[c], c) for c in inside):
            below += inside[c]
            if below >= 0.75 * sum(inside.values()):
                usual = share[c]
                break

        common = {c for c in inside if is_common(accounts[c], members, usual)}
        if len(common) < FEWEST_TRIALS:
            return None
        hits = {
            a: sum(is_common(accounts[c], members - {a}, usual) for c in common & what)
            for a, what in contents.items()
            if common & what
        }
        most = median(n for a, n in hits.items() if a in members)
        others = [what for a, what in contents.items() if a not in members]
        n_others = sum(map(len, others))
        popularity = sum(len(accounts[c]) for c in common) / sum(map(len, accounts.values()))
        if LIFT * popularity > 1 and n_others:
            popularity = sum(len(what & common) for what in others) / n_others
        before = members
        members = {
            a
            for a, n in hits.items()
            if 2 * n >= most and n >= LIFT * popularity * len(contents[a])
        }
        if len(members) < SMALLEST:
            return None
        if members == before:
            break
    return sorted(members), sorted(common), [hits[a] for a in sorted(members)]


@settings(deadline=None)
@given(
    st.sets(st.tuples(st.integers(0, 11), st.integers(0, 14)), min_size=30),
    st.sets(st.integers(0, 11), min_size=SMALLEST),
)
def test_settling_agrees_with_naive_twin(entries, members):
    assert settled(entries, members) == slowly_settled(members, *by_either(entries))


@pytest.mark.parametrize("seed", range(20))
def test_settling_of_a_ring_agrees_with_naive_twin(seed):
    random = np.random.default_rng(seed)
    chance = random.beta(1, 19, (150, 200))
    chance[:10, :20] = random.uniform(0.5, 1)
    entries = set(
        zip(*map(np.ndarray.tolist, np.nonzero(random.random(chance.shape) < chance)), strict=True)
    )
    members = set(random.choice(10, 6, replace=False).tolist()) | {int(random.integers(10, 150))}
    found = settled(entries, members)
    assert found == slowly_settled(members, *by_either(entries))
    assert found is not None


def settled(entries, members):
    """What `settle` makes of accounts, in lists."""
    account, content = np.array(sorted(entries), np.int32).T
    contents = Lists.of(account, content, 150)
    accounts = contents.turned(200)
    group = settle(np.array(sorted(members), np.int32), contents, accounts)
    return group and (group.account.tolist(), group.content.tolist(), group.hits.tolist())


def by_either(entries):
    """Contents of each account, and accounts of each content."""
    contents = {a: {c for b, c in entries if b == a} for a, _ in entries}
    accounts = {c: {a for a, d in entries if d == c} for _, c in entries}
    return contents, accounts
