"""Centrality against scikit-learn and networkx, SynchroTrap by hand, FRAUDAR under camouflage."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

import networkx
import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.metrics.pairwise import cosine_similarity

from baseline_toys import DAY, MINUTE, connected, log_of, members, random_rows


def cosines(rows, n_accounts, *, counted):
    """Cosine of TF-IDF vectors as the authors compute it, for one trace; 0 on the diagonal."""
    users = defaultdict(set)
    for account, content, *_ in rows:
        users[content].add(account)
    shared = [row for row in rows if len(users[row[1]]) > 1]
    matrix = np.zeros((n_accounts, max(users) + 1))
    np.add.at(matrix, tuple(np.array([row[:2] for row in shared]).T), 1)
    matrix = matrix if counted else np.minimum(matrix, 1)
    present = matrix.any(axis=1)  # an account that shares nothing is none for the idf
    out = np.zeros((n_accounts, n_accounts))
    tfidf = TfidfTransformer().fit_transform(sparse.csr_matrix(matrix[present]))
    out[np.ix_(present, present)] = cosine_similarity(tfidf)
    np.fill_diagonal(out, 0)
    return out


def pruned(adjacency, percentile):
    """networkx's centrality by account, and the components at or above the percentile."""
    graph = networkx.from_numpy_array(adjacency)
    graph.remove_nodes_from(list(networkx.isolates(graph)))
    central = networkx.eigenvector_centrality(graph, weight="weight", max_iter=100_000, tol=1e-13)
    limit = np.percentile(list(central.values()), percentile) - 1e-9
    graph.remove_nodes_from([node for node, value in central.items() if value < limit])
    parts = [sorted(part) for part in networkx.connected_components(graph) if len(part) > 1]
    score = np.zeros(len(adjacency))
    score[list(central)] = list(central.values())
    return score, sorted(parts, key=lambda m: (-len(m), m))


@pytest.mark.parametrize("n_accounts", [30, 90])  # solved directly, and by Lanczos
@pytest.mark.parametrize("percentile", [0, 60, 95])
def test_centrality_against_scikit_learn_and_networkx(module, n_accounts, percentile):
    rows = random_rows(3, 400, n_accounts, 60, n_actions=2)
    log = log_of(rows, n_accounts + 2)
    networks = [
        cosines([row for row in rows if row[3] == action], log.n_accounts, counted=True)
        for action in (0, 1)
    ]
    score, parts = pruned(sum(networks), percentile)
    found = module("baselines.centrality").run(log, percentile=percentile)
    np.testing.assert_allclose(found.score, score, atol=1e-7)
    assert len(parts) > 0
    assert members(found) == parts


@pytest.mark.parametrize("n_accounts", [30, 90])
def test_filtered_centrality_takes_the_largest_cosine(module, n_accounts):
    rows = random_rows(5, 500, n_accounts, 40, n_actions=2)
    rows += [(account, content, 0, 0) for account in range(5) for content in range(40, 60)]
    networks = [
        cosines([row for row in rows if row[3] == action], n_accounts, counted=False)
        for action in (0, 1)
    ]
    fused = np.maximum(*(np.where(network >= 0.4, network, 0) for network in networks))
    assert np.count_nonzero(fused) > 20
    score, parts = pruned(fused, 80)
    found = module("baselines.centrality").run_filtered(
        log_of(rows, n_accounts), min_cosine=0.4, percentile=80
    )
    np.testing.assert_allclose(found.score, score, atol=1e-7)
    assert members(found) == parts
    assert {0, 1, 2, 3, 4} <= set(parts[0])


def test_centrality_where_nothing_is_shared(module):
    log = log_of([(0, 0, 0), (1, 1, 0), (2, 2, 0)])
    for name, how in (("run", {}), ("run_filtered", {"min_cosine": 0.5})):
        found = getattr(module("baselines.centrality"), name)(log, percentile=99, **how)
        assert found.score.tolist() == [0, 0, 0]
        assert members(found) == []


def similarity_by_day(rows, bin_width):
    """Matched actions over all actions of two accounts: counted day by day, then added up."""
    above, below = Counter(), Counter()
    for day in {ts // DAY for _, _, ts in rows}:
        acts = defaultdict(set)
        for account, content, ts in rows:
            if ts // DAY == day:
                acts[account].add((content, (ts - day * DAY) // bin_width))
        for pair in itertools.combinations(sorted({row[0] for row in rows}), 2):
            a, b = (acts[account] for account in pair)
            above[pair] += len(a & b)
            below[pair] += len(a | b)
    return {pair: (above[pair], above[pair] / below[pair]) for pair in above if above[pair]}


@pytest.mark.parametrize("seed", range(4))
def test_synchrotrap_against_counting_by_day(module, seed):
    rows = [(a, c, t * MINUTE) for a, c, t, _ in random_rows(seed, 170, 10, 3, 3 * 1440)]
    matched = similarity_by_day(rows, 60 * MINUTE)
    alike = {pair: jaccard for pair, (matches, jaccard) in matched.items() if matches >= 2}
    threshold = sorted(alike.values())[-3]  # that one is in
    found = module("baselines.synchrotrap").run(
        log_of(rows), bin_width=60 * MINUTE, threshold=threshold, min_matches=2
    )
    edges = [(*pair, jaccard) for pair, jaccard in alike.items() if jaccard >= threshold]
    assert len(edges) < len(alike) < len(matched)
    assert members(found) == connected(edges)[0]
    for account, score in enumerate(found.score):
        best = max((s for pair, s in alike.items() if account in pair), default=0)
        assert score == pytest.approx(best, abs=1e-12)


def test_synchrotrap_chains_by_single_linkage(module):
    """0 and 2 have nothing in common; 1 is half like each, so all three are one cluster."""
    acts = {0: (0, 1, 2, 3), 1: (2, 3, 4, 5), 2: (4, 5, 6, 7)}
    rows = [(account, content, 0) for account, mine in acts.items() for content in mine]
    synchrotrap = module("baselines.synchrotrap")
    how = {"bin_width": 30 * MINUTE, "min_matches": 2}
    found = synchrotrap.run(log_of(rows), threshold=2 / 6, **how)
    assert members(found) == [[0, 1, 2]]
    assert found.score == pytest.approx([1 / 3] * 3)
    assert members(synchrotrap.run(log_of(rows), threshold=0.34, **how)) == []
    with pytest.raises(ValueError, match="whole part of a day"):
        synchrotrap.run(log_of(rows), bin_width=7 * MINUTE, threshold=0.5, min_matches=2)


def test_fraudar_finds_rings_under_camouflage_one_after_the_other(module):
    random = np.random.default_rng(0)
    rows = [(int(a), int(c), 0) for a, c in random.integers(0, (400, 300), (3_000, 2))]
    rings = range(400, 430), range(430, 450)
    for number, ring in enumerate(rings):
        targets = range(300 + 20 * number, 320 + 12 * number)
        rows += [(account, content, i) for account in ring for content in targets for i in (1, 2)]
        rows += [(account, int(c), 0) for account in ring for c in random.integers(0, 300, 10)]
    found = module("baselines.fraudar").run(log_of(rows), n_blocks=2)
    assert [c.members.tolist() for c in found.clusters] == [list(ring) for ring in rings]
    # 30 accounts with each of 20 contents that nobody else has, each pair once
    assert found.clusters[0].score == pytest.approx(600 / np.log(30 + 5) / 50)
    assert found.clusters[0].score > found.clusters[1].score
    assert set(found.score[400:430]) == {found.clusters[0].score}
    assert not found.score[:400].any()
