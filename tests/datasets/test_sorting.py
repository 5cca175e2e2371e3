"""Sorting by bytes against NumPy's sort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cib.datasets.sorting_kernels import first_at_least, sort_keys, sort_nearly_apart, sort_with

BYTES = st.lists(st.integers(0, 7), max_size=8, unique=True)


@given(hnp.arrays(np.uint64, st.integers(0, 300), elements=st.integers(0, 2**64 - 1)), BYTES)
def test_keys_that_differ_in_some_bytes_only(keys, differing):
    mask = sum(255 << 8 * byte for byte in differing)
    keys = (keys & np.uint64(mask)) | np.uint64(0x1122334455667788 & ~mask)
    expected = np.sort(keys)
    sort_keys(keys)
    assert keys.tolist() == expected.tolist()


@given(
    hnp.arrays(np.uint64, st.integers(0, 300), elements=st.integers(0, 2**64 - 1)),
    st.integers(0, 63),
    st.integers(0, 2**64 - 1),
)
def test_keys_that_differ_in_their_tails_alone_or_not_at_all(keys, tail, mask):
    keys &= np.uint64(mask)
    expected = np.sort(keys)
    sort_nearly_apart(keys, tail)
    assert keys.tolist() == expected.tolist()


@pytest.mark.parametrize("tail", [0, 1, 20, 63])
def test_many_keys_alike_but_for_their_tails(tail):
    rng = np.random.default_rng(tail)
    for bits in (2, tail or 1, 50, 63):
        keys = rng.integers(0, 1 << bits, 30_000, dtype=np.uint64)
        expected = np.sort(keys)
        sort_nearly_apart(keys, tail)
        assert keys.tolist() == expected.tolist()


@pytest.mark.parametrize("kind", [np.uint32, np.int32, np.int64])
@pytest.mark.parametrize("n", [0, 1, 2, 47, 48, 49, 50_000])
def test_what_is_carried_along_keeps_its_order_within_equal_keys(kind, n):
    keys = np.random.default_rng(n).integers(0, max(1, n // 3), n, dtype=np.uint64) << np.uint64(20)
    order = np.argsort(keys, kind="stable")
    expected = keys[order]
    alone, carried = keys.copy(), np.arange(n).astype(kind)
    sort_keys(alone)
    sort_with(keys, carried)
    assert alone.tolist() == keys.tolist() == expected.tolist()
    assert carried.tolist() == order.tolist()


@pytest.mark.parametrize("kind", [np.int32, np.uint32, np.int64])
@given(st.data())
def test_keys_of_every_width(kind, data):
    most = int(np.iinfo(kind).max)
    keys = data.draw(hnp.arrays(kind, st.integers(0, 200), elements=st.integers(0, most)))
    expected = np.sort(keys)
    sort_keys(keys)
    assert keys.dtype == kind
    assert keys.tolist() == expected.tolist()


@given(
    hnp.arrays(np.int64, st.integers(0, 40), elements=st.integers(-9, 9)),
    st.integers(-10, 10),
    st.data(),
)
def test_the_first_value_of_at_least(values, wanted, data):
    values.sort()
    low = data.draw(st.integers(0, len(values)))
    high = data.draw(st.integers(low, len(values)))
    expected = low + np.searchsorted(values[low:high], wanted)
    assert first_at_least(values, low, high, wanted) == expected
