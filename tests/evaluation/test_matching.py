"""Clusters and rings: against sets, against every possible matching, and cases told by hand."""

from __future__ import annotations

import numpy as np
import pytest

import naive_evaluation as naive
from cib.algorithms.evaluation.matching import match_rings, one_to_one, overlaps
from cib.algorithms.evaluation.trial import Trial, pool


def trial(rings, clusters, reported=None, n_accounts=100):
    """Rings and clusters given as sets of accounts; an account may be in two rings."""
    ring, second = np.full(n_accounts, -1), np.full(n_accounts, -1)
    for r, accounts in enumerate(rings):
        for a in accounts:
            if ring[a] < 0:
                ring[a] = r
            else:
                second[a] = r
    pairs = [(c, a) for c, accounts in enumerate(clusters) for a in accounts]
    return Trial(
        score=np.zeros(n_accounts),
        ring=ring,
        second_ring=second,
        aside=np.zeros(n_accounts, bool),
        n_rings=len(rings),
        rank=np.arange(1, len(clusters) + 1),
        reported=np.array([True] * len(clusters) if reported is None else reported, bool),
        cluster=np.array([c for c, _ in pairs], int),
        account=np.array([a for _, a in pairs], int),
        log=np.zeros(len(clusters), int),
    )


@pytest.mark.parametrize("seed", range(20))
def test_overlaps_are_those_of_sets(seed):
    made = naive.random_trial(np.random.default_rng(seed))
    rings, clusters = naive.members_of(made)
    got = overlaps(made)
    table = {
        (int(c), int(r)): (int(n), float(j))
        for c, r, n, j in zip(got.cluster, got.ring, got.n_common, got.jaccard, strict=True)
    }
    assert table == {
        (c, r): (len(a & b), pytest.approx(len(a & b) / len(a | b)))
        for c, a in enumerate(clusters)
        for r, b in enumerate(rings)
        if a & b
    }


@pytest.mark.parametrize("seed", range(60))
def test_one_to_one_is_the_best_of_all_matchings(seed):
    rng = np.random.default_rng(seed)
    n_clusters, n_rings = rng.integers(1, 6, 2)
    jaccard = rng.choice([0.2, 0.5, 0.6, 0.8, 1.0], (n_clusters, n_rings))
    cluster, ring = np.nonzero(jaccard >= 0.5)
    chosen = one_to_one(cluster, ring, jaccard[cluster, ring])
    assert len(set(cluster[chosen])) == len(set(ring[chosen])) == chosen.sum()
    n, total = naive.best_matching(jaccard.tolist())
    assert chosen.sum() == n
    assert jaccard[cluster, ring][chosen].sum() == pytest.approx(total)


@pytest.mark.parametrize("seed", range(20))
def test_a_ring_is_found_when_any_pair_allows_it(seed):
    made = naive.random_trial(np.random.default_rng(100 + seed))
    rings, clusters = naive.members_of(made)
    got = match_rings(made)
    assert got.size.tolist() == [len(r) for r in rings]
    flagged = set().union(*(c for c, hit in zip(clusters, made.reported, strict=True) if hit))
    assert got.n_flagged.tolist() == [len(r & flagged) for r in rings]
    for r in np.flatnonzero(got.found):
        a, b = clusters[got.cluster[r]], rings[r]
        assert got.jaccard[r] == pytest.approx(len(a & b) / len(a | b))
        assert got.jaccard[r] >= 0.5
    # Jaccard above one half with disjoint rings leaves no choice; with shared accounts at most
    # as many rings are found as there are pairs
    possible = {r for c in clusters for r, b in enumerate(rings) if len(c & b) >= len(c | b) / 2}
    assert set(np.flatnonzero(got.found).tolist()) <= possible


def test_half_of_the_union_is_enough_and_less_is_not():
    ring = set(range(10))
    assert match_rings(trial([ring], [set(range(5))])).reported.tolist() == [True]
    assert match_rings(trial([ring], [set(range(4))])).reported.tolist() == [False]
    assert match_rings(trial([ring], [set(range(20))])).reported.tolist() == [True]
    assert match_rings(trial([ring], [set(range(21))])).reported.tolist() == [False]


def test_a_cluster_that_is_waved_through_finds_but_does_not_report():
    ring = set(range(10))
    got = match_rings(trial([ring], [ring, set(range(9))], reported=[False, True]))
    assert (got.reported.tolist(), got.cluster.tolist()) == ([True], [1])
    got = match_rings(trial([ring], [ring], reported=[False]))
    assert (got.reported.tolist(), got.found.tolist()) == ([False], [True])


def test_splits_and_merges():
    a, b = set(range(20)), set(range(20, 40))
    got = match_rings(trial([a, b], [set(range(12)), set(range(12, 20)), b]))
    assert (got.n_parts.tolist(), got.merged.tolist()) == ([2, 1], [False, False])
    got = match_rings(trial([a, b], [a | b]))
    assert (got.n_parts.tolist(), got.merged.tolist()) == ([1, 1], [True, True])
    # two stray accounts are no part of a ring
    got = match_rings(trial([a, b], [a | {20, 21}, b - {20, 21}]))
    assert (got.n_parts.tolist(), got.merged.tolist()) == ([1, 1], [False, False])


def test_no_rings_and_no_clusters():
    assert match_rings(trial([], [{1, 2}])).size.tolist() == []
    assert match_rings(trial([{1, 2}], [])).found.tolist() == [False]


def test_pooling_keeps_logs_apart():
    parts = [naive.random_trial(np.random.default_rng(seed)) for seed in range(3)]
    together, alone = match_rings(pool(parts)), [match_rings(part) for part in parts]
    for name in ("size", "n_flagged", "jaccard", "found", "reported", "n_parts", "merged"):
        expected = np.concatenate([getattr(one, name) for one in alone])
        assert getattr(together, name).tolist() == pytest.approx(expected.tolist())
