"""The co-action projection against its naive twin, and what its counts mean."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from cib.datasets.scratch import Scratch
from cib.graphs import coaction, coaction_kernels, hot
from cib.graphs.coaction import coactions_of
from cib.graphs.codes import Codes
from cib.graphs.events import Events
from strategies import small_rows, wild_rows


def columns(rows):
    array = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return array[:, 0], array[:, 1], array[:, 2]


@given(small_rows, st.sampled_from([0, 1, 5, 1000]), st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_agrees_with_naive_twin(rows, window, min_tokens):
    got = coaction(*columns(rows), window=window, min_tokens=min_tokens)
    assert got.to_pylist() == naive.coaction(rows, window, min_tokens)


@given(wild_rows, st.sampled_from([0, 3, 2**40, 2**62]))
@settings(max_examples=100, deadline=None)
def test_agrees_on_extreme_codes_and_times(rows, window):
    got = coaction(*columns(rows), window=window, min_tokens=1)
    assert got.to_pylist() == naive.coaction(rows, window, 1)


@given(small_rows, st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_neither_order_of_rows_nor_threads_matter(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    one = coaction(*columns(rows), window=5, min_tokens=1, threads=1)
    two = coaction(*columns(shuffled), window=5, min_tokens=1, threads=3)
    assert one.equals(two)


@pytest.mark.parametrize(("distance", "met"), [(59, True), (60, True), (61, False)])
def test_the_boundary_is_inclusive(distance, met):
    got = coaction([0, 1], [0, 0], [100, 100 + distance], window=60, min_tokens=1)
    assert len(got) == met


def test_repeated_actions_count_as_event_pairs_and_one_token():
    # five shares against one: CooRTweet's weight is 5, ours is one token and five event pairs
    got = coaction([0] * 5 + [1], [0] * 6, [0, 1, 2, 3, 4, 2], window=10, min_tokens=1)
    assert got.to_pylist() == [{"a": 0, "b": 1, "n_tokens": 1, "n_events": 5, "n_shared": 1}]


def test_an_account_never_meets_itself():
    assert len(coaction([3, 3, 3], [0, 0, 0], [0, 0, 0], window=10, min_tokens=1)) == 0


def test_an_empty_log_has_no_pairs():
    got = coaction(np.array([], int), np.array([], int), np.array([], int), window=60)
    assert len(got) == 0
    assert got.column_names == ["a", "b", "n_tokens", "n_events", "n_shared"]


def test_codes_at_the_limit_cost_no_memory():
    limit = 2**31 - 2
    got = coaction([limit, 5, limit, 5], [limit, limit, 0, 0], [0, 1, 0, 1], window=1)
    assert got.to_pylist() == [{"a": 5, "b": limit, "n_tokens": 2, "n_events": 2, "n_shared": 2}]


@pytest.mark.parametrize("first_account", [0, 2**30 - 2, 2**31 - 4])
def test_rows_are_sorted_by_account_up_to_the_limit_of_codes(first_account):
    account = np.array([2, 0, 2, 1, 0], np.int64)
    entry = (first_account + account) << 33 | np.arange(5)
    start, row, token = coaction_kernels.sort_block(entry, np.arange(5), first_account, 3)
    assert start.tolist() == [0, 2, 3, 5]
    assert row.tolist() == token.tolist() == [1, 4, 3, 0, 2]


def test_more_than_2_31_event_pairs_do_not_overflow():
    n = 50_000
    account = np.repeat([0, 1], n)
    got = coaction(account, np.zeros(2 * n, int), np.zeros(2 * n, int), window=0, min_tokens=1)
    assert got["n_events"].to_pylist() == [n * n]


@pytest.mark.parametrize(
    ("n_accounts", "n_tokens", "each"), [(100_000, 20_000, 5), (3000, 700, 100), (300, 90, 150)]
)
@pytest.mark.parametrize("min_tokens", [1, 2, 4])
def test_crowds_agree_with_a_product_of_matrices(n_accounts, n_tokens, each, min_tokens):
    # account 0 is everywhere; in the second crowd its windows hold more than a filter is made for
    rng = np.random.default_rng(n_tokens)
    account = rng.integers(1, n_accounts, (n_tokens, each))
    account[:, 0] = 0
    token = np.repeat(np.arange(n_tokens), each)
    ts = rng.integers(0, 60, len(token))
    got = coaction(account.ravel(), token, ts, window=60, min_tokens=min_tokens)
    touched = np.unique(np.column_stack((account.ravel(), token)), axis=0).T
    touched = scipy.sparse.csr_array((np.ones(len(touched[0]), np.int32), touched))
    both = scipy.sparse.triu(touched @ touched.T, 1).tocsr()
    both.data[both.data < min_tokens] = 0
    both.eliminate_zeros()
    both = both.tocoo()
    order = np.lexsort((both.col, both.row))
    for name, values in {"a": both.row, "b": both.col, "n_tokens": both.data}.items():
        assert np.array_equal(got[name].to_numpy(), values[order])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(account=[0], token=[0, 1], ts=[0], window=1), "equal lengths"),
        (dict(account=[-1], token=[0], ts=[0], window=1), "account must hold codes"),
        (dict(account=[0], token=[2**31], ts=[0], window=1), "token must hold codes"),
        (dict(account=[0], token=[0], ts=[2**64 - 1], window=1), "ts must hold times up to"),
        (dict(account=[0.5], token=[0], ts=[0], window=1), "account must be a one-dimensional"),
        (dict(account=[0], token=[0], ts=[0], window=-1), "window must be 0 or more, not -1"),
        (dict(account=[0], token=[0], ts=[0], window=1, min_tokens=0), "min_tokens"),
        (dict(account=[0], token=[0], ts=[0], window=1, threads=0), "threads must be at least 1"),
    ],
)
def test_bad_arguments_say_what_was_found(arguments, message):
    with pytest.raises(ValueError, match=message):
        coaction(**arguments)


@pytest.fixture(scope="module")
def everything_hot():
    """As many tokens as can be are joined, not walked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hot, "_FREE_PAIRS", 0.0)
        patch.setattr(hot, "_COLD_PAIR_COST", 1e12)
        patch.setattr(hot, "_COMBINATION_COST", 0.0)
        patch.setattr(hot, "_MATCH_COST", 0.0)
        patch.setattr(hot, "_VISIT_COST", 1e-9)
        patch.setattr(sys.modules["cib.graphs.coaction"], "MOST_HELD", 7)
        yield


@pytest.mark.usefixtures("everything_hot")
class TestHotTokens:
    @given(small_rows, st.sampled_from([0, 1, 5, 1000]), st.integers(1, 4))
    @settings(max_examples=150, deadline=None)
    def test_agree_with_naive_twin(self, rows, window, min_tokens):
        got = coaction(*columns(rows), window=window, min_tokens=min_tokens)
        assert got.to_pylist() == naive.coaction(rows, window, min_tokens)

    @given(
        st.lists(
            st.tuples(st.integers(0, 30), st.integers(0, 200), st.integers(0, 9)), max_size=300
        ),
        st.integers(1, 3),
    )
    @settings(max_examples=50, deadline=None)
    def test_agree_beside_tokens_that_are_not_hot(self, rows, min_tokens):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(hot, "_MAX_HOT", 3)
            got = coaction(*columns(rows), window=2, min_tokens=min_tokens)
        assert got.to_pylist() == naive.coaction(rows, 2, min_tokens)

    @given(wild_rows, st.sampled_from([0, 3, 2**40, 2**62, 2**64]))
    @settings(max_examples=100, deadline=None)
    def test_agree_on_extreme_codes_and_times(self, rows, window):
        got = coaction(*columns(rows), window=window, min_tokens=2)
        assert got.to_pylist() == naive.coaction(rows, window, 2)

    def test_are_chosen(self):
        rows = [(a, o, a) for a in range(20) for o in range(5)]
        events = Events.from_arrays(*columns(rows))
        pairs = np.full(5, 190)
        assert hot.choose_hot(events, pairs, np.uint64(60), 2).tokens.tolist() == [0, 1, 2, 3, 4]
        assert hot.choose_hot(events, pairs, np.uint64(60), 1).tokens.tolist() == []

    @given(small_rows, st.integers(2, 4))
    @settings(max_examples=50, deadline=None)
    def test_agree_when_the_join_costs_more_than_it_may(self, rows, min_tokens):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(hot, "_VISIT_COST", 1e12)
            got = coaction(*columns(rows), window=5, min_tokens=min_tokens)
        assert got.to_pylist() == naive.coaction(rows, 5, min_tokens)


@given(small_rows, st.sampled_from([0, 5]), st.booleans())
@settings(max_examples=50, deadline=None)
def test_on_disk_as_in_memory(rows, window, wide):
    account, token, ts = columns(rows)
    ts = ts * 2**56 if wide else ts  # so wide that accounts do not fit the sort keys
    scratch = Scratch(memory=0)
    spilled = coaction(account, token, ts, window=window, scratch=scratch)
    assert spilled.equals(coaction(account, token, ts, window=window))
    assert (scratch.spilled > 0) == bool(rows)


@given(small_rows, st.lists(st.integers(0, 50), min_size=1, max_size=4), st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_several_windows_in_one_pass_as_one_by_one(rows, window, min_tokens):
    events = Events.from_arrays(*columns(rows))
    found, _ = coactions_of(events, window=window, min_tokens=min_tokens)
    assert found.window == tuple(sorted(set(window)))
    accounts = Codes.of("account", columns(rows)[0])
    for k, width in enumerate(found.window):
        got = found.table(k, accounts).to_pylist()
        assert got == naive.coaction(rows, width, min_tokens)


@given(small_rows | wild_rows)
@settings(max_examples=100, deadline=None)
def test_events_are_sorted_by_token_and_time(rows):
    account, token, ts = columns(rows)
    events = Events.from_arrays(account, token, ts, threads=3)
    of_row = np.repeat(np.arange(events.n_tokens), np.diff(events.token_start))
    got = sorted(zip(events.account.tolist(), of_row.tolist(), events.ts.tolist(), strict=True))
    assert got == sorted(rows)
    assert list(zip(of_row, events.ts, strict=True)) == sorted(zip(token, ts, strict=True))


@pytest.mark.parametrize("tick", [1, 7, 1000, 10**6])
def test_a_coarse_clock_is_packed_and_comes_back(tick):
    rng = np.random.default_rng(0)
    account, token = rng.integers(0, 2**30, 5000), rng.integers(0, 50, 5000)
    ts = 10**15 + tick * rng.integers(0, 2**34, 5000)
    events = Events.from_arrays(account, token, ts)
    order = np.lexsort((ts, token))
    assert (events.ts == ts[order]).all()
    assert (events.account == account[order]).all()


def test_progress_reaches_the_end_and_an_interrupt_stops_it():
    rng = np.random.default_rng(0)
    rows = [rng.integers(0, 2000, 20_000) for _ in range(3)]
    seen = []
    coaction(*rows, window=5, progress=lambda done, of: seen.append((done, of)))
    assert seen[-1][0] == seen[-1][1] == len(seen) > 1

    def interrupt(done, of):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coaction(*rows, window=5, progress=interrupt)
