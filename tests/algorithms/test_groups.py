"""Sorting and numbering by group, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cib.algorithms import groups

integers = st.integers(-5, 5) | st.integers(-(2**63), 2**63 - 1)


@pytest.fixture(scope="module", params=[0, groups._FEW], ids=["by byte", "as it comes"])
def few(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "_FEW", request.param)
        yield


@pytest.mark.usefixtures("few")
class TestOrder:
    @given(st.integers(1, 4), st.lists(st.tuples(*[integers] * 4), max_size=40))
    @settings(max_examples=100, deadline=None)
    def test_is_that_of_lexsort(self, n_keys, rows):
        keys = np.array(rows, np.int64).reshape(-1, 4).T[:n_keys]
        before = keys.copy()
        assert groups.ordered(*keys).tolist() == np.lexsort(keys[::-1]).tolist()
        assert (keys == before).all()

    @given(st.lists(integers, max_size=60))
    @settings(max_examples=100, deadline=None)
    def test_numbers_are_those_of_unique(self, values):
        array = np.array(values, np.int64)
        got = groups.numbered(array)
        want = np.unique(array, return_inverse=True, return_counts=True)
        assert [part.tolist() for part in got] == [part.tolist() for part in want]

    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=60))
    @settings(max_examples=100, deadline=None)
    def test_distinct_rows_are_counted(self, rows):
        a, b, times = groups.distinct(*np.array(rows, np.int32).reshape(-1, 2).T)
        want = sorted({row: rows.count(row) for row in rows}.items())
        assert list(zip(zip(a, b, strict=True), times, strict=True)) == want


class TestByGroup:
    @given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), integers), max_size=60))
    @settings(max_examples=100, deadline=None)
    def test_shares_and_ends_agree_with_naive_twin(self, rows):
        group = np.array([row[0] for row in rows], np.int32)
        inside = np.array([row[1] for row in rows], np.bool_)
        value = np.array([row[2] for row in rows], np.int64)
        share = groups.share_by(group, inside, 5)
        least, most = groups.ends_by(group, value, 5)
        for g in range(5):
            mine = [row for row in rows if row[0] == g]
            if not mine:
                assert np.isnan(share[g])
                assert least[g] > most[g]
                continue
            assert share[g] == sum(row[1] for row in mine) / len(mine)
            assert (least[g], most[g]) == (min(r[2] for r in mine), max(r[2] for r in mine))

    @pytest.mark.parametrize("group", [[-1, 0], [0, 2], [0, 1, 1]])
    def test_what_would_be_written_elsewhere_is_refused(self, group):
        with pytest.raises(ValueError, match="groups"):
            groups.ends_by(np.array(group), np.array([5, 6]), 2)
        with pytest.raises(ValueError, match="groups"):
            groups.share_by(np.array(group), np.array([True, False]), 2)
