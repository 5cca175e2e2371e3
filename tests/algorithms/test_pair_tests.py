"""Tests of pairs that surely prove nothing are cut short, and nobody can tell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cib.algorithms import occasion_kernels, timing_null
from cib.algorithms.evidence import find_evidence
from cib.algorithms.pair_tests import PairTests, TokenPairs
from cib.algorithms.shortlist import Shortlist
from cib.graphs.candidates import Candidates
from cib.graphs.events import Events
from cib.graphs.layers import build_layers
from cib.graphs.sharing import N_STRATA, stratum
from logs import crowd_and_ring
from strategies import small_rows, wild_rows


def busy_rows(seed, n_rows=4_000, n_accounts=40, n_tokens=12):
    """Accounts that come back to popular tokens again and again; some pairs in step."""
    rng = np.random.default_rng(seed)
    account = (n_accounts * rng.random(n_rows) ** 2).astype(int)
    token = (n_tokens * rng.random(n_rows) ** 2).astype(int)
    ts = rng.integers(0, 20_000, n_rows)
    follow = rng.random(n_rows) < 0.05
    account = np.concatenate((account, 38 + rng.integers(0, 2, int(follow.sum()))))
    token = np.concatenate((token, token[follow]))
    return account, token, np.concatenate((ts, ts[follow] + rng.integers(0, 3, int(follow.sum()))))


def outcomes(columns, window, limit=None):
    """Outcome of the tests of all candidates of some rows."""
    events = Events.from_arrays(*columns)
    found = Candidates.find(events, window=window, min_tokens=2)
    rates = TokenPairs.count(events, found.window, None)
    limits = None if limit is None else np.full(N_STRATA, limit)
    return [
        PairTests.of(histories, rates).test(a, b, 2, limits)
        for histories, parts in found.by_histories(occasions=True)
        for a, b in parts
    ]


def assert_the_same_below(limit, whole, short):
    """What is below a limit is equal to the last bit; the rest is not said to be less likely."""
    for one, two in zip(whole, short, strict=True):
        enough = one.pairs.enough
        below = enough & (one.log10_p < limit)
        assert (below == (enough & (two.log10_p < limit))).all()
        for name in ("observed", "expected", "by_occasions", "log10_p"):
            assert (getattr(one, name)[below] == getattr(two, name)[below]).all()
        assert (two.log10_p[enough] >= one.log10_p[enough]).all()


@given(small_rows | wild_rows, st.lists(st.sampled_from([0, 1, 3, 10, 2**40]), min_size=1))
@settings(max_examples=80, deadline=None)
def test_several_windows_at_once_agree_with_each_alone(rows, window):
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    for tested in outcomes(columns, window):
        pairs = tested.pairs
        for k, width in enumerate(pairs.window):
            alone = timing_null(*columns, window=width)
            enough = pairs.enough[k]
            assert alone["n_events"].to_pylist() == pairs.n_events[k][enough].tolist()
            assert alone["observed"].to_pylist() == tested.observed[k][enough].tolist()
            assert alone["log10_p"].to_pylist() == tested.log10_p[k][enough].tolist()


def test_more_windows_than_a_row_has_bits_for():
    events = Events.from_arrays([0, 1, 0, 1], [0, 0, 1, 1], [0, 1, 0, 1])
    found = Candidates.find(events, window=range(33))
    with pytest.raises(ValueError, match=r"at most 32 windows, not 33"):
        list(found.by_histories(occasions=True))


@given(small_rows, st.sampled_from([-0.4, -1.0, -3.0]))
@settings(max_examples=80, deadline=None)
def test_small_logs_are_the_same_below_the_limit(rows, limit):
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    assert_the_same_below(limit, outcomes(columns, [2, 9]), outcomes(columns, [2, 9], limit))


@pytest.mark.parametrize("limit", [-1.0, -2.0, -5.0])
def test_busy_logs_are_the_same_below_the_limit(limit):
    columns = busy_rows(1)
    whole = outcomes(columns, [5, 40, 200])
    assert_the_same_below(limit, whole, outcomes(columns, [5, 40, 200], limit))
    log10_p = np.concatenate([one.log10_p[one.pairs.enough] for one in whole])
    assert 0 < np.count_nonzero(log10_p < limit) < len(log10_p)


def test_most_pairs_are_cut_short(monkeypatch):
    """Looking at occasions is what costs; few pairs that prove nothing are looked at."""
    looked_at = []

    def spy(*arguments):
        joined(*arguments)
        wanted, expected = arguments[8], arguments[11]
        looked_at.append((np.count_nonzero(wanted), np.count_nonzero(expected)))

    joined = occasion_kernels.joined_tails
    monkeypatch.setattr(occasion_kernels, "joined_tails", spy)
    outcomes(busy_rows(2), [40], -4.0)
    n_wanted, n_looked_at = np.sum(looked_at, axis=0)
    assert n_wanted > 1_000
    assert n_looked_at < 0.25 * n_wanted


def test_a_limit_changes_no_edge(monkeypatch):
    layers, _ = build_layers(crowd_and_ring()[0])
    windows = (10_000_000, 60_000_000, 3_600_000_000)
    found = find_evidence(layers, window=windows, q=0.05)
    monkeypatch.setattr(Shortlist, "limit", lambda *_: np.full(N_STRATA, np.inf))
    whole = find_evidence(layers, window=windows, q=0.05)
    assert len(whole.edges)
    assert found.edges.equals(whole.edges)
    assert [x.n_candidates for x in found.tests] == [x.n_candidates for x in whole.tests]


def test_what_reaches_the_limit_is_dropped_from_the_list():
    columns = busy_rows(3)
    (whole,) = outcomes(columns, [40])
    shares = np.zeros(N_STRATA)
    np.add.at(shares, stratum(whole.pairs.n_shared), 1)
    shortlist = Shortlist([type("Sharing", (), {"n_pairs": 2 * shares})()], [0], 0.05)
    shortlist.expect(0, len(whole.pairs.a))
    limit = shortlist.limit(0)[stratum(whole.pairs.n_shared)]
    at_most = whole.log10_p[0] < limit
    assert 0 < np.count_nonzero(at_most) < len(at_most)
    shortlist.add(0, whole)
    kept = shortlist._parts[0]
    assert set(zip(kept["a"], kept["b"], strict=True)) <= set(
        zip(whole.pairs.a[at_most], whole.pairs.b[at_most], strict=True)
    )
