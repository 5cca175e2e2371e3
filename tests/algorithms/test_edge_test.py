"""The edge of a block: p-values under tastes that fade out, and power where there is an edge."""

from __future__ import annotations

from itertools import product
from math import log10

import numpy as np
import pytest

from cib.algorithms.edge_test import edge_log10_p, edge_of


def slow_p(hits, trials, rows):
    """By brute force over who of those near is in the core."""
    middle = float(np.median([h / d for h, d, r in zip(hits, trials, rows, strict=True) if r]))
    chances, n_core = [], 0
    for h, d in zip(hits, trials, strict=True):
        core = [k for k in range(d + 1) if 0.75 * middle * d <= k <= 1.25 * middle * d]
        fringe = [k for k in range(d + 1) if 0.25 * middle * d <= k < 0.75 * middle * d]
        if not fringe or fringe[0] < 2 or h not in core + fringe:
            continue
        chances.append(len(core) / (len(core) + len(fringe)))
        n_core += h in core
    total = 0.0
    for outcome in product((0, 1), repeat=len(chances)):
        if sum(outcome) >= n_core:
            total += np.prod([c if o else 1 - c for c, o in zip(chances, outcome, strict=True)])
    return total


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_brute_force(seed):
    random = np.random.default_rng(seed)
    trials = random.integers(8, 40, 60)
    hits = np.zeros(60, int)
    hits[:9] = random.binomial(trials[:9], 0.5)
    hits[9:13] = random.binomial(trials[9:13], 0.2)
    rows = np.arange(60) < 9
    expected = slow_p(hits.tolist(), trials.tolist(), rows.tolist())
    found = edge_log10_p(hits, trials, rows)
    if expected < 0.1:  # above, a bound stands in for the exact value
        assert found == pytest.approx(log10(expected), abs=1e-6)
    else:
        assert found >= log10(expected) - 1e-6


@pytest.mark.parametrize("law", ["beta", "flat", "steep"])
def test_p_values_hold_for_tastes_that_fade_out(law):
    """Shares with a falling density: p-values below alpha in at most a share alpha of worlds."""
    random = np.random.default_rng(11)
    n_worlds, p_values = 1_000, []
    for _ in range(n_worlds):
        trials = random.integers(10, 100, 2_000)
        share = {
            "beta": lambda: random.beta(0.3, 3, 2_000),
            "flat": lambda: np.where(random.random(2_000) < 0.1, random.random(2_000), 0.0),
            "steep": lambda: random.beta(1, 8, 2_000),
        }[law]()
        hits = random.binomial(trials, share)
        middle = random.uniform(0.3, 0.8)
        rows = np.abs(hits / trials - middle) < 0.2 * middle
        if rows.any():
            p_values.append(10 ** edge_log10_p(hits, trials, rows))
    p_values = np.array(p_values)
    for alpha in (0.01, 0.05, 0.2):
        limit = alpha + 3 * np.sqrt(alpha * (1 - alpha) / n_worlds)
        assert (p_values <= alpha).mean() <= limit


def test_an_edge_is_seen():
    random = np.random.default_rng(12)
    trials = random.integers(20, 100, 2_000)
    hits = random.binomial(trials, random.beta(0.3, 60, 2_000))
    hits[:40] = random.binomial(trials[:40], 0.6)
    assert edge_log10_p(hits, trials, np.arange(2_000) < 40) < -6


def test_says_nothing_where_most_rows_reach_the_fringe():
    trials = np.full(100, 40)
    hits = np.where(np.arange(100) < 45, 20, 12)
    assert edge_log10_p(hits, trials, np.arange(100) < 45) == 0.0


def test_p_values_hold_given_that_rows_had_to_be_in_the_core():
    """Nobody looks unless five rows are in the core; a flat law is the null's own boundary."""
    random = np.random.default_rng(13)
    p_values, plain = [], []
    for _ in range(20_000):
        hits = random.integers(0, 13, 8)
        trials, rows = np.full(8, 12), hits >= 6
        if not rows.any():
            continue
        one = edge_of(hits, trials, rows, 100, n_chosen=5)
        if one.n_core >= 5:
            p_values.append(one.log10_p)
            plain.append(edge_of(hits, trials, rows, 100).log10_p)
    share, without = ((np.array(p) <= np.log10(0.02)).mean() for p in (p_values, plain))
    limit = 0.02 + 3 * np.sqrt(0.02 / len(p_values))
    assert len(p_values) > 1_000
    assert share <= limit < without


def test_rows_that_had_to_be_there_prove_nothing():
    hits = np.array([0] * 90 + [10] * 5)
    assert edge_of(hits, np.full(95, 20), hits > 0, n_chosen=5).log10_p == 0.0
    assert edge_of(hits, np.full(95, 20), hits > 0).log10_p == pytest.approx(-5 * log10(2))


def test_rows_of_no_hits_need_not_be_given():
    hits = np.array([0] * 90 + [10] * 10)
    whole = edge_of(hits, np.full(100, 20), hits > 0)
    assert edge_of(hits[90:], np.full(10, 20), hits[90:] > 0, 100) == whole
    assert edge_of(hits[90:], np.full(10, 20), hits[90:] > 0).log10_p == 0.0
