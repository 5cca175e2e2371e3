"""Cutting work and running it in order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cib.graphs.threads import even_cuts, map_ordered


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 8))
def test_cuts_cover_everything_once(work, parts):
    cumulative = np.concatenate(([0], np.cumsum(work))).astype(np.int64)
    cuts = even_cuts(cumulative, parts)
    assert [i for lo, hi in cuts for i in range(lo, hi)] == list(range(len(work)))


def test_results_come_in_the_order_of_the_jobs():
    assert map_ordered(lambda x: x * x, [(i,) for i in range(50)], 4) == [i * i for i in range(50)]
