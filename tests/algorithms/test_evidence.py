"""Evidence: a shortlist loses no discovery, and memory does not grow with what is tested."""

from __future__ import annotations

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cib.algorithms.evidence import find_evidence
from cib.algorithms.fdr import log10_chance_count, log10_q_values
from cib.algorithms.shortlist import Shortlist
from cib.datasets.scratch import Scratch
from cib.graphs import candidates
from cib.graphs.layers import build_layers
from cib.graphs.layers.layer import Layer
from cib.graphs.sharing import N_STRATA, Sharing, stratum
from logs import crowd_and_ring

WINDOW = (10_000_000, 60_000_000)


def outcomes(rng, n, first, strong):
    """Tests of n pairs at two windows; a share of them is strong."""
    log10_p = -rng.exponential(np.where(rng.random(n) < strong, 4.0, 0.4), (2, n))
    n_tokens = np.sort(rng.integers(0, 5, (2, n)), axis=0)
    n_tokens[1] = np.maximum(n_tokens[1], 2)
    a = np.arange(first, first + n, dtype=np.int32)
    pairs = SimpleNamespace(
        a=a, b=a + 1, window=(1, 2), enough=n_tokens >= 2, n_tokens=n_tokens,
        n_shared=rng.integers(2, 40, n), n_events=n_tokens.astype(np.int64),
    )  # fmt: skip
    by_occasions = np.zeros((2, n), np.bool_)
    return SimpleNamespace(
        pairs=pairs, log10_p=log10_p, by_occasions=by_occasions, observed=n_tokens, expected=log10_p
    )


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.1, 0.7]), st.sampled_from([0.01, 0.3]))
@settings(max_examples=60, deadline=None)
def test_the_same_discoveries_and_q_values_as_with_all_tests_at_hand(seed, strong, q):
    rng = np.random.default_rng(seed)
    sharing = [Sharing(np.full(N_STRATA, 300.0), True), Sharing(np.full(N_STRATA, 20.0), True)]
    shortlist = Shortlist(sharing, range(2), q)
    counts, keys, first = [], [], 0
    for layer in (1, 0):
        parts = [
            outcomes(rng, int(n), first + i * 1000, strong)
            for i, n in enumerate(rng.integers(1, 200, rng.integers(1, 5)))
        ]
        first += 10_000
        shortlist.expect(layer, sum(len(part.pairs.a) for part in parts))
        for part in parts:
            best = np.where(part.pairs.enough, part.log10_p, np.inf).min(axis=0)
            group = layer * N_STRATA + stratum(part.pairs.n_shared)
            adjusted = np.minimum(best + np.log10(2), 0.0)
            counts.append(log10_chance_count(adjusted, group, shortlist.n_tests))
            keys.append(part.pairs.a)
            shortlist.add(layer, part)
    every = log10_q_values(np.concatenate(counts), 1.0)
    want = dict(zip(np.concatenate(keys).tolist(), every.tolist(), strict=True))
    columns = shortlist.columns()
    got = dict(
        zip(
            columns["a"].tolist(),
            log10_q_values(columns["log10_chance"], 1.0).tolist(),
            strict=True,
        )
    )
    limit = np.log10(q)
    assert {k: v for k, v in got.items() if v <= limit} == {
        k: v for k, v in want.items() if v <= limit
    }


@pytest.mark.parametrize(("pairs", "room"), [(7, 1 << 28), (1000, 1), (50, 20_000)])
def test_edges_do_not_depend_on_how_candidates_are_cut(monkeypatch, pairs, room):
    layers, _ = build_layers(crowd_and_ring()[0])
    whole = find_evidence(layers, window=WINDOW, q=0.05)
    monkeypatch.setattr(candidates, "PART_PAIRS", pairs)
    monkeypatch.setattr(candidates, "LEAST_ROOM", room)
    cut = [
        Layer(x.name, x.phrase, x.row, x.account, x.token, x.ts, Scratch(memory=0)) for x in layers
    ]
    parts = find_evidence(cut, window=WINDOW, q=0.05)
    assert len(whole.edges)
    assert parts.edges.equals(whole.edges)
    assert [x.n_candidates for x in parts.tests] == [x.n_candidates for x in whole.tests]


def test_memory_does_not_grow_with_candidates(monkeypatch):
    """A million pairs that all met and prove nothing: never all in memory at once."""
    monkeypatch.setattr(candidates, "PART_PAIRS", 1 << 15)
    n = 1500
    account = np.tile(np.arange(n, dtype=np.int32), 2)
    token = np.repeat(np.arange(2, dtype=np.int32), n)
    ts = np.zeros(2 * n, np.int64)
    layer = Layer("play", "played", None, account, token, ts, Scratch(memory=0), threads=1)
    find_evidence([layer], window=[1, 2, 3], q=0.05)  # kernels are compiled before it counts
    tracemalloc.start()
    try:
        evidence = find_evidence([layer], window=[1, 2, 3], q=0.05)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    n_candidates = n * (n - 1) // 2
    assert evidence.tests[0].n_candidates == {1: n_candidates, 2: n_candidates, 3: n_candidates}
    assert len(evidence.edges) == 0
    # everything that is known of one takes 115 bytes with three windows, and 190 while it is tested
    assert peak < 24 * n_candidates
