"""The Poisson-binomial tail: exact, free of underflow, and why Poisson would not do."""

from __future__ import annotations

from fractions import Fraction
from math import isinf, log10

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import naive
from cib.algorithms.poisson_binomial_kernels import MAX_EXACT_STEPS, log10_tail

chances = st.lists(
    st.floats(0, 1) | st.floats(0, 1e-6) | st.sampled_from([0.0, 1.0, 0.5]), max_size=25
)


def tail(p, x):
    return log10_tail(
        np.array(p, float), np.ones(len(p), np.int64), len(p), x, np.empty(len(p) + 1)
    )


@given(chances, st.integers(0, 26))
@settings(max_examples=250, deadline=None)
def test_agrees_with_exact_rational_arithmetic(p, x):
    exact = naive.poisson_binomial_tail([Fraction(v) for v in p], x)
    got = tail(p, x)
    if exact == 0:
        assert isinf(got)
    else:
        # logarithms of numerator and denominator: the fraction itself may underflow
        want = min(log10(exact.numerator) - log10(exact.denominator), 0.0)
        assert got >= want - 1e-9
        if exact <= 0.05:
            assert got == pytest.approx(want, abs=1e-9)


@given(chances, st.data())
@settings(max_examples=100, deadline=None)
def test_trials_with_equal_chances_count_as_so_many(p, data):
    times = data.draw(st.lists(st.integers(1, 40), min_size=len(p), max_size=len(p)))
    x = data.draw(st.integers(0, 1 + sum(times)))
    got = log10_tail(
        np.array(p, float), np.array(times, np.int64), len(p), x, np.empty(sum(times) + 2)
    )
    assert got == pytest.approx(tail(np.repeat(p, times), x), rel=1e-9, abs=1e-9)


def test_does_not_underflow():
    n, x, p = 50, 40, 1e-13
    want = float(stats.binom.logpmf(x, n, p)) / np.log(10)
    # the first term of the tail carries nearly all of it, and it is far below 1e-308
    assert want < -500
    assert tail([p] * n, x) == pytest.approx(want, abs=1e-3)


@given(
    st.lists(st.floats(0.01, 0.99), min_size=150, max_size=300),
    st.floats(0.05, 0.8),
)
@settings(max_examples=60, deadline=None)
def test_the_bound_of_long_sums_is_a_bound_and_close(p, where):
    mean, spread = sum(p), sum(v * (1 - v) for v in p) ** 0.5
    x = int(mean + 3 * spread + where * (len(p) - mean - 3 * spread)) - 1
    if x >= len(p) - 10 or x * len(p) <= MAX_EXACT_STEPS:
        return
    law = np.zeros(len(p) + 1)
    law[0] = 1.0
    for v in p:
        law[1:] = law[1:] * (1 - v) + law[:-1] * v
        law[0] *= 1 - v
    exact = law[x:].sum()
    if exact > 1e-290:  # the plain recursion loses its digits below
        assert log10(exact) <= tail(p, x) <= log10(exact) + 0.25


def test_the_bound_of_very_long_sums_is_within_a_fifth():
    n, x, p = 2000, 1200, 0.5
    want = float(stats.binom.logsf(x - 1, n, p)) / np.log(10)
    assert want < tail([p] * n, x) < want + log10(1.2)


@given(chances.filter(bool), st.integers(1, 26))
@settings(max_examples=100, deadline=None)
def test_poisson_bounds_the_tail_from_mean_plus_one_on(p, x):
    mean = sum(p)
    if x >= mean + 1:
        poisson = stats.poisson.logsf(x - 1, mean) / np.log(10)
        if -300 < poisson < np.log10(0.05):  # scipy itself underflows below
            assert tail(p, x) <= poisson + 1e-9


@pytest.mark.parametrize(
    ("p", "x", "poisson_is"),
    [
        # below mean + 1 Poisson is too small: it would claim evidence that is not there
        ([0.04], 1, "too small"),
        ([0.04, 0.001], 1, "too small"),
        # far above it, with chances that are not small, it is too large: power is lost
        ([0.5] * 20, 20, "too large"),
        ([0.7] * 30, 30, "too large"),
        # with small chances both agree to a factor of two
        ([0.001] * 40, 2, "about right"),
    ],
)
def test_where_poisson_is_not_safe(p, x, poisson_is):
    """Both laws against a simulation of the very experiment."""
    rng = np.random.default_rng(1)
    n = 400_000
    hits = np.zeros(n, int)
    for chance in p:
        hits += rng.random(n) < chance
    k = int((hits >= x).sum())
    low, high = stats.binomtest(k, n).proportion_ci(0.9999)
    exact = 10 ** tail(p, x)
    assert low <= exact <= high
    poisson = float(stats.poisson.sf(x - 1, sum(p)))
    if poisson_is == "too small":
        assert poisson < exact
    elif poisson_is == "too large":
        assert poisson > 10 * high
    else:
        assert exact / 2 < poisson < exact * 2
