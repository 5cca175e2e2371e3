"""Intervals: published values, scipy, and how often they hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cib.algorithms.evaluation.uncertainty import (
    percentile_interval,
    ratio_interval,
    ring_draws,
    share_interval,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_published(hits, n, low, high):
    assert [round(float(x), 4) for x in wilson_interval(hits, n)] == [low, high]


def test_wilson_is_scipys():
    rng = np.random.default_rng(0)
    n = rng.integers(1, 500, 200)
    hits = (rng.random(200) * (n + 1)).astype(int)
    low, high = wilson_interval(hits, n)
    for k, m, a, b in zip(hits, n, low, high, strict=True):
        theirs = stats.binomtest(int(k), int(m)).proportion_ci(method="wilson")
        assert (a, b) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_wilson_of_nothing_is_unknown():
    assert np.isnan(wilson_interval(0, 0)).all()


def test_draws_are_of_rings_and_repeat_with_the_seed():
    draws = ring_draws(7, 500, seed=3)
    assert (draws.sum(axis=1) == 7).all()
    assert (draws == ring_draws(7, 500, seed=3)).all()
    assert (draws != ring_draws(7, 500, seed=4)).any()
    # each ring is in a draw of 7 as often as a binomial law says
    assert np.bincount(draws.ravel(), minlength=8)[0] / draws.size == pytest.approx(
        (6 / 7) ** 7, abs=0.02
    )
    assert ring_draws(1, 500, seed=0).shape == (0, 1)


def coverage(n_rings, measure, truth, n_worlds=400):
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(n_worlds):
        chance = rng.beta(2, 1, n_rings)  # recall differs between rings, mean 2/3
        size = rng.integers(10, 60, n_rings)
        low, high = measure(rng, chance, size)
        held += low <= truth <= high
    return held / n_worlds


def test_bootstrap_over_rings_holds_the_truth_and_over_accounts_would_not():
    """Accounts of a ring are alike: 95% intervals over accounts hold the truth far less often."""

    def over_rings(rng, chance, size):
        found = rng.binomial(size, chance).astype(float)
        return ratio_interval(ring_draws(len(size), 300, 0), found, size.astype(float))

    def over_accounts(rng, chance, size):
        return wilson_interval(rng.binomial(size, chance).sum(), size.sum())

    assert 0.90 <= coverage(40, over_rings, 2 / 3) <= 0.98
    assert coverage(40, over_accounts, 2 / 3) < 0.6


def test_shares_of_rings_hold_the_truth():
    def share(rng, chance, size):
        return share_interval(ring_draws(len(size), 300, 0), rng.random(len(size)) < 0.7)

    assert 0.90 <= coverage(30, share, 0.7) <= 0.99


def test_rings_that_agree_get_wilsons_interval():
    draws = ring_draws(3, 100, 0)
    for hit in (True, False):
        low, high = share_interval(draws, np.full(3, hit))
        theirs = stats.binomtest(3 * hit, 3).proportion_ci(method="wilson")
        assert (low, high) == pytest.approx((theirs.low, theirs.high))


def test_no_interval_from_draws_that_are_all_alike_or_unknown():
    for values in (np.full(5, 0.7), np.full(5, np.nan), np.empty(0)):
        assert np.isnan(percentile_interval(values)).all()
    assert percentile_interval(np.array([np.nan, 0.0, 1.0])) == pytest.approx((0.025, 0.975))
