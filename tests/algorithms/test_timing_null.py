"""The timing null against its naive twin, and its p-values against simulation."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from cib.algorithms import timing_null
from cib.algorithms.evidence import measure_pairs
from cib.graphs import coaction
from cib.graphs.layers.layer import Layer
from strategies import small_rows, wild_rows


def columns(rows):
    array = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return array[:, 0], array[:, 1], array[:, 2]


@given(small_rows | wild_rows, st.sampled_from([0, 2, 10, 2**40]), st.integers(1, 2))
@settings(max_examples=100, deadline=None)
def test_agrees_with_naive_twin(rows, window, min_tokens):
    got = timing_null(*columns(rows), window=window, min_tokens=min_tokens)
    pairs = coaction(*columns(rows), window=window, min_tokens=min_tokens)
    assert got.select(pairs.column_names).equals(pairs)
    for row in got.to_pylist():
        a, b = row["a"], row["b"]
        tested = [("tokens", 1, row["n_tokens"], naive.co_action_chances(rows, a, b, window))]
        if naive.repeats(rows, a, b):
            tested = [("tokens", 2, *tested[0][2:])] + [
                ("occasions", 4, *naive.occasions(rows, host, guest, window))
                for host, guest in ((a, b), (b, a))
            ]
        tails = [price * naive.poisson_binomial_tail(p, x) for _, price, x, p in tested]
        want = min(1.0, float(min(tails)))
        if want <= 0.05:
            assert row["log10_p"] == pytest.approx(np.log10(want), abs=1e-9)
            best = tested[tails.index(min(tails))]
            if tails.count(min(tails)) == 1:
                assert (row["statistic"], row["observed"]) == (best[0], best[2])
                assert row["expected"] == pytest.approx(float(sum(best[3])))
        else:
            # nothing to see: a bound is enough, and it is never too small
            assert 10 ** row["log10_p"] >= want * (1 - 1e-9)


@given(small_rows)
@settings(max_examples=50, deadline=None)
def test_tokens_alone_agree_with_naive_twin(rows):
    account, token, ts = columns(rows)
    layer = Layer("play", "played", None, account.astype(np.int32), token.astype(np.int32), ts)
    n_pairs = 0
    for tested in measure_pairs(layer, window=(5,), min_tokens=1, by_occasions=False):
        assert not tested.by_occasions.any()
        found = zip(tested.pairs.a, tested.pairs.b, tested.pairs.n_tokens[0], strict=True)
        for (a, b, x), log10_p in zip(found, tested.log10_p[0], strict=True):
            want = float(naive.poisson_binomial_tail(naive.co_action_chances(rows, a, b, 5), x))
            if want <= 0.05:
                assert log10_p == pytest.approx(np.log10(want), abs=1e-9)
            assert 10**log10_p >= want * (1 - 1e-9)
            n_pairs += 1
    assert n_pairs == len(coaction(account, token, ts, window=5, min_tokens=1))


@given(small_rows)
@settings(max_examples=30, deadline=None)
def test_threads_do_not_matter(rows):
    one = timing_null(*columns(rows), window=5, min_tokens=1, threads=1)
    three = timing_null(*columns(rows), window=5, min_tokens=1, threads=3)
    assert one.equals(three)


def random_log(rng, n_rows, n_accounts, n_tokens, span):
    """Popular tokens, busy accounts, repeats, ties and bursts, as in real logs."""
    account = (n_accounts * rng.random(n_rows) ** 2).astype(int)
    token = (n_tokens * rng.random(n_rows) ** 2).astype(int)
    burst = rng.integers(0, span, n_tokens)[token]
    ts = np.where(
        rng.random(n_rows) < 0.5, burst + rng.integers(0, 20, n_rows), rng.integers(0, span, n_rows)
    )
    return account, token, ts


def permute_within(rng, account, token):
    order = np.lexsort((rng.random(len(token)), token))
    permuted = np.empty_like(account)
    permuted[np.argsort(token, kind="stable")] = account[order]
    return permuted


@pytest.mark.parametrize("repeats", ["few", "many"])
def test_p_values_are_valid_under_the_null(repeats):
    """P(p <= alpha) <= alpha for every testable pair, over permuted logs with bursts and ties."""
    rng = np.random.default_rng(5)
    shape = (600, 40, 60, 5000) if repeats == "few" else (600, 12, 15, 2000)
    account, token, ts = random_log(rng, *shape)
    shared = coaction(account, token, ts, window=10**9, min_tokens=1)
    testable = int((shared["n_shared"].to_numpy() >= 2).sum())
    levels = np.array([0.2, 0.05, 0.01, 0.001])
    counts = np.zeros(4)
    n_logs = 300
    for _ in range(n_logs):
        permuted = permute_within(rng, account, token)
        p = 10 ** timing_null(permuted, token, ts, window=15)["log10_p"].to_numpy()
        counts += [(p <= level).sum() for level in levels]
    rates = counts / (n_logs * testable)
    # pairs within a log are dependent, so allow a tenth beyond the nominal level
    assert (rates <= levels * 1.1 + 1e-4).all(), rates
    # and it is no empty shell: repeats make the union bound blunt, but not blind
    assert rates[0] > (0.01 if repeats == "few" else 0.005)


def planted(rng, n_tokens=30):
    """A pair in step on tokens that forty others act on at random."""
    rows = [(a, o, int(rng.integers(0, 10**6))) for o in range(n_tokens) for a in range(2, 42)]
    for o in range(n_tokens):
        t = int(rng.integers(0, 10**6))
        rows += [(0, o, t), (1, o, t + 5)]
    return rows


def test_a_pair_in_step_is_found_and_nobody_else():
    rows = planted(np.random.default_rng(2))
    got = timing_null(*columns(rows), window=60).to_pylist()
    assert [(r["a"], r["b"]) for r in got if r["significant"]] == [(0, 1)]
    assert got[0]["log10_p"] < -80


def test_a_pair_that_dominates_its_tokens_does_not_hide_itself():
    """Leaving the pair out: what it does together must not pass for the tokens' habit."""
    rng = np.random.default_rng(3)
    rows = []
    for o in range(12):
        for t in rng.integers(0, 10**7, 3):
            rows += [(0, o, int(t)), (1, o, int(t) + 1)]
        rows += [(a, o, int(rng.integers(0, 10**7))) for a in range(2, 22)]
    found = timing_null(*columns(rows), window=10).to_pylist()[0]
    assert (found["a"], found["b"], found["n_tokens"]) == (0, 1, 12)
    assert found["significant"]
    left_out = naive.co_action_chances(rows, 0, 1, 10)
    counted = [9 * Fraction(*naive.token_pairs(rows, o, 10)) for o in range(12)]
    assert sum(left_out) < sum(counted) / 2


def test_accounts_that_loop_the_same_content_in_lockstep_are_found():
    """They meet on every token by chance alone; what counts is that they meet every time."""
    rng = np.random.default_rng(6)
    rows = [(a, o, int(rng.integers(0, 10**6))) for o in range(8) for a in range(20, 60)]
    for o in range(8):
        for t in rng.integers(0, 10**6, 30):
            rows += [(a, o, int(t) + int(rng.integers(0, 5))) for a in range(12)]
    got = timing_null(*columns(rows), window=10)
    found = got.filter(got["significant"])
    assert set(found["statistic"].to_pylist()) == {"occasions"}
    members = set(found["a"].to_pylist()) | set(found["b"].to_pylist())
    assert members == set(range(12))
    assert len(found) == 12 * 11 // 2


def test_a_coarse_clock_is_no_evidence():
    """Everybody acts on the minute: ties are as common for the pair as for all others."""
    rng = np.random.default_rng(4)
    rows = [(a, o, int(rng.integers(0, 3)) * 60) for o in range(20) for a in range(12)]
    got = timing_null(*columns(rows), window=0)
    assert len(got) > 50
    assert not any(got["significant"].to_pylist())


@pytest.mark.parametrize("q", [0.0, 1.0, -0.1, float("nan")])
def test_q_outside_0_1_is_refused(q):
    with pytest.raises(ValueError, match="q must be between 0 and 1"):
        timing_null([0, 1], [0, 0], [0, 0], window=1, q=q)


def test_what_coaction_refuses_is_refused():
    with pytest.raises(ValueError, match="min_tokens must be at least 1"):
        timing_null([0, 1], [0, 0], [0, 0], window=1, min_tokens=0)
    with pytest.raises(ValueError, match="window must be 0 or more"):
        timing_null([0, 1], [0, 0], [0, 0], window=-1)


def test_large_codes_come_back_as_they_were():
    got = timing_null(
        [2**30, 5, 2**30, 5], [2**31 - 2, 2**31 - 2, 7, 7], [0, 1, 100, 101], window=5
    )
    assert [(r["a"], r["b"], r["n_tokens"]) for r in got.to_pylist()] == [(5, 2**30, 2)]
