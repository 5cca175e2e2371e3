"""Controls: who they are, how they are matched, and what they do with the targets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive_controls as naive
from cib.algorithms import controls as controls_file
from cib.algorithms import controls_matching
from cib.algorithms.clusters import rows_of_members, with_targets
from cib.algorithms.controls import find_controls
from cib.algorithms.controls_kernels import match_nearest
from logs import make_log


def clusters_of(rows, of_account, together=None):
    """Clusters as given; the contents of rows of which `together` holds are targets.

    Rows are (account, content, market), the market being a number or -1, or None for a log
    without the column.
    """
    account, content, market = zip(*rows, strict=True)
    names = [None if m < 0 else f"M{m}" for m in market] if market[0] is not None else None
    extras = {} if names is None or not any(names) else {"market": names}
    log = make_log(account, content, range(len(rows)), **extras)
    of_account = np.array(of_account[: log.n_accounts], np.int32)
    row = rows_of_members(log.account, of_account)
    gap = np.where(np.ones(len(rows), bool) if together is None else together, 1, -1)[row]
    return with_targets(log, int(of_account.max()) + 1, of_account, row, gap)


def pairs(*columns):
    return list(zip(*(column.tolist() for column in columns), strict=True))


def check(clusters, rows, most=controls_file.MOST):
    """The controls are those of the naive twin; returns them."""
    found = find_controls(clusters, most=most)
    assert found.cluster.dtype == found.account.dtype == found.of_row.dtype == np.int32
    targets = pairs(clusters.target_cluster, clusters.target_content)
    known, acts = naive.controls(rows, clusters.of_account.tolist(), targets, most)
    chosen = pairs(found.cluster, found.account)
    assert chosen == sorted(known)
    assert sorted(pairs(found.of_row, found.row)) == sorted(acts)
    return chosen


@given(
    st.lists(st.integers(0, 12), max_size=20).map(sorted),
    st.lists(st.integers(-2, 14), max_size=24),
)
@settings(max_examples=150, deadline=None)
def test_matching_agrees_with_naive_twin(values, wanted):
    """Two ranges of values side by side, which must not borrow from one another."""
    distinct, counts = np.unique(np.array(values, np.int64), return_counts=True)
    n, k = len(distinct), len(wanted)
    start = np.append(0, np.cumsum(np.tile(counts, 2)))
    chosen = np.empty(2 * k, np.int64)
    low, high = np.repeat([0, n], k), np.repeat([n, 2 * n], k)
    match_nearest(np.tile(distinct, 2), start, low, high, np.array(wanted * 2, np.int64), chosen)
    expected = naive.match_nearest(values, wanted)
    assert chosen[:k].tolist() == expected
    assert chosen[k:].tolist() == [i + len(values) if i >= 0 else -1 for i in expected]


@st.composite
def scenes(draw):
    n_accounts, n_contents = draw(st.integers(2, 14)), draw(st.integers(1, 6))
    with_markets = draw(st.booleans())
    market = draw(st.lists(st.integers(-1, 2), min_size=n_accounts, max_size=n_accounts))
    who = st.tuples(st.integers(0, n_accounts - 1), st.integers(0, n_contents - 1), st.booleans())
    rows = [(a, c, together) for a, c, together in draw(st.lists(who, min_size=1, max_size=80))]
    of_account = draw(st.lists(st.integers(-1, 2), min_size=n_accounts, max_size=n_accounts))
    if with_markets:
        market[rows[0][0]] = 0
    else:
        market = [-1] * n_accounts
    return (
        [(a, c, market[a]) for a, c, _ in rows],
        of_account,
        np.array([together for _, _, together in rows]),
        draw(st.integers(1, 5)),
    )


@given(scenes())
@settings(max_examples=150, deadline=None)
def test_controls_agree_with_naive_twin(scene):
    rows, of_account, together, most = scene
    check(clusters_of(rows, of_account, together), rows, most)


def test_controls_in_small_steps(monkeypatch):
    """However many rows, pairs and candidates are looked at together, the same are chosen."""
    rng = np.random.default_rng(1)
    rows = [(int(a), int(c), int(a) % 3) for a, c in rng.zipf(1.3, (3000, 2)) % (90, 40)]
    of_account = [int(g) if g < 4 else -1 for g in rng.integers(0, 9, 90)]
    clusters = clusters_of(rows, of_account)
    assert len(check(clusters, rows)) > 20
    monkeypatch.setattr(controls_file, "ROWS", 100)
    monkeypatch.setattr(controls_file, "KEPT", 50)
    monkeypatch.setattr(controls_matching, "BATCH", 10)
    check(clusters, rows)


def acts(account, n, content=0, market=None, own=100):
    """An account that acts n times: once on a content, then on things of its own."""
    return [(account, content, market)] + [(account, own + account, market)] * (n - 1)


def test_the_nearest_number_of_interactions_in_the_same_market():
    """Members 0 (5 interactions, EE) and 1 (50, BG); everybody acts on content 0."""
    rows = acts(0, 5, market=0) + acts(1, 50, market=1)
    near, far = acts(2, 7, market=0) + acts(3, 40, market=1), acts(4, 90, market=1)
    elsewhere = acts(5, 5, market=1) + acts(6, 50, market=0)
    together = [content == 0 for _, content, _ in rows + near + far + elsewhere]
    clusters = clusters_of(rows + near + far + elsewhere, [0, 0, *[-1] * 5], together)
    assert pairs(*[getattr(find_controls(clusters), n) for n in ("cluster", "account")]) == [
        (0, 2),
        (0, 3),
    ]
    alike = [(a, c, None) for a, c, _ in rows + near + far + elsewhere]
    clusters = clusters_of(alike, [0, 0, *[-1] * 5], together)
    assert find_controls(clusters).account.tolist() == [5, 6]  # without markets, the very same


def test_targets_of_nobody_else_have_no_controls():
    rows = acts(0, 5) + acts(1, 5) + acts(2, 5, content=1)
    found = find_controls(clusters_of(rows, [0, 0, -1]))
    assert [len(x) for x in (found.cluster, found.account, found.row, found.of_row)] == [0] * 4
    nobody = find_controls(clusters_of(rows, [-1, -1, -1]))
    assert len(nobody.account) == len(nobody.row) == 0


def test_an_account_may_be_control_of_several_clusters():
    rows = acts(0, 3) + acts(1, 3, content=1) + acts(2, 3, content=0) + [(2, 1, None)]
    found = find_controls(clusters_of(rows, [0, 1, -1]))
    assert pairs(found.cluster, found.account) == [(0, 2), (1, 2)]
    assert sorted(pairs(found.of_row, found.row)) == [(0, 6), (1, 9)]


def test_large_clusters_are_matched_by_members_of_every_activity():
    """Of 40 members with 1 to 40 interactions, 4 are matched, each by one with as many."""
    rows = [row for a in range(40) for row in acts(a, a + 1)]
    rows += [row for a in range(40) for row in acts(40 + a, a + 1)]
    found = find_controls(clusters_of(rows, [0] * 40 + [-1] * 40), most=4)
    assert found.account.tolist() == [40, 50, 60, 70]


@pytest.mark.parametrize("n_targets", [1, 50])
def test_of_very_many_candidates_some_of_every_activity_are_looked_at(n_targets):
    """3,000 accounts with 1 to 120 interactions; 300 are looked at for 3 members."""
    wanted = [60, 80, 100]
    rows = [(a, target, None) for a in range(3) for target in range(n_targets)]
    rows += [(a, 10_000 + a, None) for a in range(3) for _ in range(wanted[a] - n_targets)]
    n = np.random.default_rng(0).integers(1, 121, 3000)
    for a, k in enumerate(n.tolist(), 3):
        rows += acts(a, k, content=a % n_targets, own=10_000)
    together = np.array([content < n_targets for _, content, _ in rows])
    clusters = clusters_of(rows, [0] * 3 + [-1] * 3000, together)
    found = find_controls(clusters)
    got = np.sort(clusters.timelines.n_interactions[found.account])
    assert len(got) == 3
    assert np.abs(got - wanted).max() <= 10
