"""Two groups of counts: against exact fractions, a slow optimum, and laws that are known."""

from __future__ import annotations

from fractions import Fraction
from math import comb, log10

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import betaln, gammaln

from cib.algorithms import two_groups_kernels as kernels
from cib.algorithms.two_groups import BetaBinomial, two_groups


def exact_tail(x, n, a, b):
    """P(at least x of n) for whole a and b, by Pólya's urn."""

    def rising(value, k):
        out = 1
        for i in range(k):
            out *= value + i
        return out

    return sum(
        Fraction(comb(n, k) * rising(a, k) * rising(b, n - k), rising(a + b, n))
        for k in range(x, n + 1)
    )


@given(
    trials=st.integers(1, 60),
    hits=st.integers(0, 60),
    a=st.integers(1, 30),
    b=st.integers(1, 400),
)
@settings(deadline=None)
def test_tail_agrees_with_exact_fractions(trials, hits, a, b):
    hits = min(hits, trials)
    found = BetaBinomial(a, b).log10_tail(np.array([hits]), np.array([trials]))[0]
    exact = exact_tail(hits, trials, a, b)
    assert found == pytest.approx(
        log10(exact.numerator) - log10(exact.denominator), abs=1e-9, rel=1e-9
    )


def test_tail_where_the_law_rises_at_its_end():
    """With b < 1 an account gives nearly nothing or nearly all: the last terms matter."""
    law = BetaBinomial(0.01, 0.01)
    hits = np.array([1, 500, 1000])
    assert law.log10_tail(hits, np.full(3, 1000)) == pytest.approx(np.log10([0.5] * 3), abs=0.05)


def slow_fit(hits, trials, weight):
    """The most likely beta-binomial law by a general optimiser."""

    def loss(log_law):
        a, b = np.exp(log_law)
        return -(weight * (betaln(hits + a, trials - hits + b) - betaln(a, b))).sum()

    start = np.log([1.0, 5.0])
    return minimize(loss, start, method="Nelder-Mead", options={"maxiter": 4000, "fatol": 1e-9})


def test_laws_are_the_most_likely_ones_given_who_belongs():
    random = np.random.default_rng(3)
    trials = random.integers(5, 80, 3_000)
    hits = random.binomial(trials, random.beta(0.5, 12, 3_000))
    trials[:60], hits[:60] = 40, random.binomial(40, random.beta(30, 20, 60))
    found = two_groups(hits, trials, np.arange(3_000) < 60)
    for law, weight in ((found.null, 1 - found.posterior), (found.other, found.posterior)):
        best = slow_fit(hits, trials, weight)
        a, b = np.log([law.a, law.b])
        value = -(weight * (betaln(hits + law.a, trials - hits + law.b) - betaln(law.a, law.b)))
        assert value.sum() <= best.fun + 1e-2, (a, b, best.x)


def test_the_second_group_is_found_with_a_rough_first_guess():
    random = np.random.default_rng(4)
    trials = random.integers(10, 80, 5_000)
    hits = random.binomial(trials, random.beta(0.3, 30, 5_000))
    trials[:50], hits[:50] = 60, random.binomial(60, 0.5, 50)
    guess = (np.arange(5_000) < 30) | (random.random(5_000) < 0.01)
    found = two_groups(hits, trials, guess)
    assert found.belong(0.5)[:50].all()
    assert found.belong(0.5)[50:].sum() <= 10
    assert found.other.mean == pytest.approx(0.5, abs=0.05)
    assert found.null.mean == pytest.approx(0.01, abs=0.003)


def test_nobody_belongs_to_a_group_with_fewer_hits():
    trials = np.full(200, 50)
    hits = np.where(np.arange(200) < 20, 0, 25)
    assert not two_groups(hits, trials, np.arange(200) < 20).belong(0.5).any()


def test_accounts_with_very_many_trials_are_judged_by_what_the_others_teach():
    random = np.random.default_rng(5)
    trials = random.integers(10, 80, 5_000)
    hits = random.binomial(trials, random.beta(0.3, 30, 5_000))
    trials[:50], hits[:50] = 60, random.binomial(60, 0.5, 50)
    trials[50:60], hits[50:60] = 20_000, 10_000
    trials[60:70], hits[60:70] = 20_000, 200
    guess = np.arange(5_000) < 60
    some = two_groups(hits, trials, guess, most_trials=100)
    every = two_groups(hits, trials, guess, most_trials=100_000)
    for found in (some, every):
        assert found.belong(0.5)[:60].all()
        assert not found.belong(0.5)[60:70].any()
    assert some.null.mean == pytest.approx(every.null.mean, rel=0.3)


def test_log_gamma():
    for x in np.concatenate([np.logspace(-7, 9, 200), [1.0, 2.0, 9.999, 10.0]]):
        assert kernels.log_gamma(x) == pytest.approx(gammaln(x), rel=1e-11, abs=1e-11)
