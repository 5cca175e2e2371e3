"""Calibration: the permutation test itself."""

from __future__ import annotations

import numpy as np

from cib.algorithms.calibration import calibrate, permuted_layer
from cib.graphs.layers import build_layers
from logs import crowd_and_ring

WINDOW = (10_000_000, 60_000_000)


def test_a_ring_is_found_and_gone_once_accounts_are_permuted():
    log, ring = crowd_and_ring()
    layers, _ = build_layers(log)
    rows = calibrate(layers, window=WINDOW, q=0.05, n_permutations=10, seed=1).to_pylist()
    assert [row["window"] for row in rows] == ["10s", "1m", "all"]
    for row in rows:
        assert row["accounts"] == len(ring)
        assert row["permuted_any"] <= 0.1
        assert row["plain_accounts"] >= len(ring)
        assert row["plain_permuted_accounts"] > 0
        assert row["permutations"] == 10


def test_the_seed_decides():
    layers, _ = build_layers(crowd_and_ring()[0])
    first, again, other = (
        calibrate(layers, window=WINDOW, q=0.05, n_permutations=3, seed=seed) for seed in (1, 1, 2)
    )
    assert first.equals(again)
    assert not first.equals(other)


def test_permuting_keeps_who_touched_what_and_when_it_was_touched():
    layer = build_layers(crowd_and_ring()[0])[0][0]
    permuted = permuted_layer(layer, np.random.default_rng(0))
    for names in (("account", "token"), ("token", "ts")):
        before, after = (
            sorted(zip(*(getattr(x, name).tolist() for name in names), strict=True))
            for x in (layer, permuted)
        )
        assert before == after
    assert (permuted.account != layer.events.account).any()
