"""Audiences and their kernels against slow twins."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from cib.graphs import audiences_kernels as kernels
from cib.graphs.audiences import Audiences
from cib.graphs.events import Events
from strategies import small_rows


def events_of(rows):
    account, token, ts = np.array(rows, np.int64).reshape(-1, 3).T
    return Events.from_arrays(account, token, ts)


def entries_of(audiences):
    columns = (audiences.token, audiences.account, audiences.times)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def random_rows(seed, n=3_000):
    random = np.random.default_rng(seed)
    columns = (random.geometric(0.05, n), random.geometric(0.1, n), random.integers(0, 9, n))
    return np.stack(columns, axis=1).tolist()


@settings(deadline=None)
@given(small_rows, st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
def test_regulars_are_those_of_the_slow_twin(rows, least, smallest, threads):
    events = events_of(rows)
    expected = naive.regulars(rows, least, smallest)
    found = Audiences.of(events, least=least, smallest=smallest, threads=threads)
    assert entries_of(found) == expected
    assert (found.n_tokens, found.n_accounts) == (events.n_tokens, events.n_accounts)
    assert entries_of(Audiences.of(events).at_least(least, smallest)) == expected
    few = Audiences.of(events, least=least, smallest=smallest, largest=3, threads=threads)
    n_with = Counter(token for token, _, _ in expected)
    assert entries_of(few) == [entry for entry in expected if n_with[entry[0]] <= 3]


@pytest.mark.parametrize("seed", range(3))
def test_regulars_of_a_larger_log_for_any_number_of_threads(seed):
    rows = random_rows(seed)
    for threads in (1, 2, 3):
        found = Audiences.of(events_of(rows), least=2, smallest=3, threads=threads)
        assert entries_of(found) == naive.regulars(rows, 2, 3)


def test_very_many_actions_are_counted_as_255():
    audiences = Audiences.of(events_of([(0, 0, t) for t in range(300)] + [(1, 0, 0)]))
    assert audiences.times.tolist() == [255, 1]
    assert audiences.at_least(255).account.tolist() == [0]
    with pytest.raises(ValueError, match=r"least must be from 1 to 255, not 256\."):
        audiences.at_least(256)


@pytest.mark.parametrize("seed", range(5))
def test_hits_by_group_are_those_of_the_slow_twin(seed):
    random = np.random.default_rng(seed)
    found = Audiences.of(events_of(random_rows(seed)))
    of_token = random.integers(-1, 4, found.n_tokens).astype(np.int32)
    start, account, hits = kernels.hits_by_group(
        found.token, found.account, of_token, found.n_accounts, 5
    )
    by_group = [
        dict(zip(account[low:high].tolist(), hits[low:high].tolist(), strict=True))
        for low, high in pairwise(start.tolist())
    ]
    pairs = zip(found.token.tolist(), found.account.tolist(), strict=True)
    assert by_group == naive.hits_by_group(pairs, of_token.tolist(), 5)
    assert start[-1] == len(account) == sum(map(len, by_group))


@pytest.mark.parametrize("seed", range(3))
def test_alike_tokens_are_those_of_the_slow_overlap(seed):
    rows = [(account % 12, token, ts) for account, token, ts in random_rows(seed, 300)]
    found = Audiences.of(events_of(rows)).alike(0.5, min_shared=2, threads=2)
    turned = [(token, account) for account, token, _ in rows]
    assert found.to_pylist() == naive.overlap(turned, "jaccard", threshold=0.5, min_shared=2)
    assert len(found)


@pytest.mark.parametrize("seed", range(5))
def test_nearest_groups_are_those_of_the_slow_twin(seed):
    random = np.random.default_rng(seed)
    found = Audiences.of(events_of(random_rows(seed, 600)))
    groups = [set(random.choice(found.n_accounts, 12).tolist()) for _ in range(6)] + [set()]
    groups.append(groups[0])  # as like as another: the smaller counts
    pairs = sorted((account, g) for g, members in enumerate(groups) for account in members)
    account, group = np.array(pairs, np.int32).T
    nearest, similarity = kernels.nearest_group(
        found.token,
        found.account,
        np.searchsorted(account, np.arange(found.n_accounts + 1)),
        group,
        np.array([len(members) for members in groups]),
        found.n_tokens,
    )
    for token in range(found.n_tokens):
        audience = set(found.account[found.token == token].tolist())
        alike = [len(audience & one) / max(len(audience | one), 1) for one in groups]
        best = max(range(len(groups)), key=lambda g: (alike[g], -g))
        assert similarity[token] == alike[best]
        assert nearest[token] == (best if alike[best] else -1)


@settings(deadline=None, max_examples=50)
@given(small_rows, st.integers(1, 4), st.sampled_from([0.2, 0.5, 0.9]))
def test_of_tokens_that_are_compared_no_account_is_entered_under_many(rows, most, threshold):
    found = Audiences.of(events_of(rows))
    chosen = found.sample(most, threshold)
    assert np.array_equal(chosen, found.sample(most, threshold))
    n_of = Counter(found.account.tolist())
    expected, n_chosen = 0.0, 0
    for token in range(found.n_tokens):
        loads = sorted(n_of[a] for a in found.account[found.token == token].tolist())
        n_entered = int(len(loads) * (1 - threshold) / (1 + threshold)) + 1
        load = loads[min(n_entered, len(loads)) - 1] if loads else 0
        if load <= most:
            assert chosen[token]
        else:
            expected += most / load
            n_chosen += bool(chosen[token])
    assert abs(n_chosen - expected) < 1 + 1e-6
    kept = found.of_tokens(chosen)
    assert entries_of(kept) == [entry for entry in entries_of(found) if chosen[entry[0]]]
