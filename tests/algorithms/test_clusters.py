"""From edges to clusters, and to the interactions and targets behind them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from cib.algorithms.clusters import find_clusters
from cib.algorithms.clusters_kernels import nearest_gap
from cib.algorithms.evidence import find_evidence
from cib.graphs.layers import build_layers
from logs import crowd_and_ring

WINDOW = (10_000_000, 60_000_000)


def clusters_of(log, **options):
    layers, _ = build_layers(log)
    evidence = find_evidence(layers, window=WINDOW, q=0.05)
    return evidence, find_clusters(log, layers, evidence, window=WINDOW, **options)


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 2), st.integers(0, 30), st.integers(0, 3)),
        max_size=25,
    )
)
@settings(max_examples=100, deadline=None)
def test_nearest_gap_agrees_with_naive_twin(rows):
    rows = sorted(rows, key=lambda row: row[:3])
    columns = np.array(rows, np.int64).reshape(-1, 4).T
    got = nearest_gap(*(np.ascontiguousarray(c) for c in columns))
    assert got.tolist() == [naive.nearest_gap(rows, i) for i in range(len(rows))]


def test_a_ring_is_found_whole_and_alone():
    log, ring = crowd_and_ring()
    _, clusters = clusters_of(log)
    assert clusters.n_clusters == 1
    assert np.flatnonzero(clusters.of_account == 0).tolist() == ring
    assert clusters.target_content.tolist() == list(range(15))
    members = np.isin(log.account, ring)
    assert clusters.row.tolist() == np.flatnonzero(members).tolist()
    assert clusters.on_target.all()
    assert (clusters.gap < 5_000_000).all()
    assert clusters.target_total.tolist() == np.bincount(log.content)[:15].tolist()


def test_nothing_is_found_in_a_crowd():
    log, _ = crowd_and_ring(n_targets=0)
    evidence, clusters = clusters_of(log)
    assert len(evidence.edges) == 0
    assert clusters.n_clusters == 0
    assert (clusters.of_account == -1).all()
    assert len(clusters.row) == len(clusters.target_content) == 0


def test_small_or_weak_groups_form_no_cluster():
    log, _ = crowd_and_ring()
    assert clusters_of(log, min_cluster_size=13)[1].n_clusters == 0
    assert clusters_of(log, q=1e-300)[1].n_clusters == 0


def test_content_met_on_now_and_then_is_no_target():
    """Each member also acts on one popular content, at its own times."""
    log, ring = crowd_and_ring()
    rng = np.random.default_rng(1)
    extra = [(a, 40, int(t)) for a in ring for t in rng.integers(0, 10 * 86400 * 10**6, 5)]
    rows = np.concatenate([np.stack([log.account, log.content, log.ts], 1), extra])
    from logs import make_log

    _, clusters = clusters_of(make_log(*rows.T))
    assert clusters.n_clusters == 1
    assert 40 not in clusters.target_content.tolist()
