"""Counting testable pairs against the naive twin; the bound is a bound."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from cib.graphs.events import Events
from cib.graphs.sharing import count_sharing
from strategies import small_rows

many_tokens = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 30), st.just(0)), max_size=120)


def events_of(rows):
    array = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Events.from_arrays(array[:, 0], array[:, 1], array[:, 2])


@given(small_rows | many_tokens, st.integers(1, 5), st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_agrees_with_naive_twin(rows, min_tokens, threads):
    got = count_sharing(events_of(rows), min_tokens=min_tokens, threads=threads)
    counted = {k: int(n) for k, n in enumerate(got.n_pairs) if n}
    assert got.exact
    assert counted == naive.shared_counts(rows, min_tokens)


@given(many_tokens, st.integers(1, 5))
@settings(max_examples=100, deadline=None)
def test_the_bound_is_never_below_the_count(rows, min_tokens):
    events = events_of(rows)
    exact = count_sharing(events, min_tokens=min_tokens)
    bound = count_sharing(events, min_tokens=min_tokens, max_visits=-1)
    assert not bound.exact
    assert (bound.n_pairs >= exact.n_pairs).all()
