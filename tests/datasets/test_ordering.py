"""The order of ids against Python's sort of their bytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cib.datasets.encoding import TextEncoder
from cib.datasets.ordering import integer_order

NULS = st.text("\0a", min_size=1, max_size=20)
WITH_PREFIX = st.builds(
    str.__add__,
    st.sampled_from(["", "user-", "https://example.org/track/"]),
    st.text(st.sampled_from("01é\0"), min_size=1, max_size=12),
)


@given(st.sets(NULS | WITH_PREFIX | st.text(min_size=1), max_size=120))
@example({"a" * 8, "a" * 8 + "\0", "a" * 8 + "\0\0", "a" * 7, "a" * 7 + "\0", "a" * 9})
def test_texts_are_sorted_by_their_bytes(texts: set[str]) -> None:
    encoder = TextEncoder("x")
    encoder.encode(pa.array(list(texts), pa.string()), None)
    ids, _ = encoder.finish(np.ones(len(texts), np.bool_), pa.string())
    ids.validate(full=True)
    assert ids.to_pylist() == sorted(texts, key=str.encode)


@pytest.mark.parametrize("form", ["{:07d}", "{}", "u{}", "a-long-common-beginning/{:x}", "{:b}"])
def test_many_texts(form: str) -> None:
    numbers = np.random.default_rng(2).permutation(70_000)
    texts = list(map(form.format, numbers.tolist()))
    encoder = TextEncoder("x")
    encoder.encode(pa.array(texts), None)
    ids, rank = encoder.finish(np.ones(len(texts), np.bool_), pa.large_string())
    assert ids.type == pa.large_string()
    assert ids.to_pylist() == sorted(texts)
    assert ids.take(pa.array(rank)).to_pylist() == texts


def test_texts_of_hundreds_of_equal_bytes() -> None:
    texts = ["x" * n for n in range(1, 400)] + ["x" * 200 + "\0" * n for n in range(1, 400)]
    encoder = TextEncoder("x")
    encoder.encode(pa.array(texts[::-1]), None)
    ids, _ = encoder.finish(np.ones(len(texts), np.bool_), pa.string())
    assert ids.to_pylist() == sorted(texts)


NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 300)


@given(st.lists(NUMBERS, max_size=80), st.booleans())
def test_integers(numbers: list[int], signed: bool) -> None:
    dtype, lowest = (np.int64, 0) if signed else (np.uint64, 2**63)
    array = np.array([number + lowest for number in numbers], dtype)
    assert integer_order(array).tolist() == np.argsort(array, kind="stable").tolist()
