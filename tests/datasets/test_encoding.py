"""Codes against Python dictionaries; ranks against Python's sort."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cib.datasets.encoding import (
    EMPTY,
    MAX_ID_BYTES,
    NOT_UTF8,
    NULL,
    SKIPPED,
    TOO_LONG,
    IntegerEncoder,
    TextEncoder,
    encoder_for,
)
from cib.datasets.errors import BadDataError
from cib.datasets.fingerprints import fingerprints
from cib.datasets.values import encode

TEXTS = (
    st.none() | st.text(max_size=20) | st.sampled_from(["user_1", "user_10", "ü", "\x00", "a\x00"])
)
LAYOUTS = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]


def naive(batches: list[list[str | None]], skips: list[list[bool]]) -> list[list[int]]:
    known: dict[str, int] = {}
    return [
        [
            SKIPPED if out else NULL if text is None else EMPTY if not text
            else known.setdefault(text, len(known))
            for text, out in zip(batch, skip, strict=True)
        ]
        for batch, skip in zip(batches, skips, strict=True)
    ]  # fmt: skip


@given(st.lists(st.lists(TEXTS, max_size=30), max_size=4), st.sampled_from(LAYOUTS), st.randoms())
def test_texts_of_any_layout(batches: list[list[str | None]], layout: pa.DataType, random) -> None:  # type: ignore[no-untyped-def]
    skips = [[random.random() < 0.2 for _ in batch] for batch in batches]
    encoder = TextEncoder("account_id")
    found = []
    for batch, skip in zip(batches, skips, strict=True):
        values = pa.array(["ahead", *batch]).cast(layout).slice(1)
        found.append(encode(encoder, values, np.array(skip, np.bool_)))
    texts = [
        t
        for b, s in zip(batches, skips, strict=True)
        for t, out in zip(b, s, strict=True)
        if not out
    ]
    assert [[code if code < 0 else encoder.text(code) for code in part] for part in found] == [
        [
            {SKIPPED: SKIPPED, NULL: NULL, EMPTY: EMPTY}.get(code, text)
            for code, text in zip(*pair, strict=True)
        ]
        for pair in zip(naive(batches, skips), batches, strict=True)
    ]
    used = np.zeros(encoder.count, np.bool_)
    for part in found:
        used[part[part >= 0]] = True
    ids, rank = encoder.finish(used, pa.string())
    assert ids.type == pa.string()
    assert ids.to_pylist() == sorted({t for t in texts if t}, key=str.encode)
    flat = [ids[int(rank[code])].as_py() for part in found for code in part if code >= 0]
    assert flat == [t for t in texts if t]


@given(
    st.lists(
        st.tuples(
            st.lists(TEXTS, max_size=6), st.lists(st.none() | st.integers(0, 5), max_size=12)
        ),
        max_size=4,
    )
)
def test_any_dictionary(batches: list[tuple[list[str | None], list[int | None]]]) -> None:
    encoder = TextEncoder("account_id")
    for entries, chosen in [*batches, *batches[-1:]]:  # the last dictionary comes twice
        indices = [None if i is None or i >= len(entries) else i for i in chosen]
        values = pa.DictionaryArray.from_arrays(
            pa.array(indices, pa.int32()), pa.array(entries, pa.string())
        )
        texts = [None if i is None else entries[i] for i in indices]
        codes = encode(encoder, values, None)
        assert [encoder.text(c) if c >= 0 else {NULL: None, EMPTY: ""}[c] for c in codes] == texts


@given(
    st.sampled_from(["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]),
    st.data(),
)
def test_integers_of_any_width(name: str, data: st.DataObject) -> None:
    limits = np.iinfo(name)
    edges = st.sampled_from([limits.min, limits.max, 0])
    values = data.draw(
        st.lists(st.none() | edges | st.integers(int(limits.min), int(limits.max)), max_size=50)
    )
    kind = pa.from_numpy_dtype(np.dtype(name))
    encoder = IntegerEncoder("account_id")
    codes = encoder.encode(pa.array([None, *values], kind).slice(1), None)
    ids, rank = encoder.finish(np.ones(encoder.count, np.bool_), kind)
    assert ids.type == kind
    assert ids.to_pylist() == sorted({v for v in values if v is not None})
    assert [None if c < 0 else ids[int(rank[c])].as_py() for c in codes] == values


@pytest.mark.parametrize("family", ["integer", "text"])
def test_tables_grow(family: str) -> None:
    encoder = encoder_for(family, "account_id", pa.int64())
    numbers = np.random.default_rng(0).integers(0, 200_000, 300_000)
    for part in np.array_split(numbers, 7):
        values = pa.array(part)
        codes = encoder.encode(values if family == "integer" else values.cast(pa.string()), None)
        assert codes.min() >= 0
    distinct = np.unique(numbers)
    assert encoder.count == len(distinct)
    kind = pa.int64() if family == "integer" else pa.string()
    ids, rank = encoder.finish(np.ones(encoder.count, np.bool_), kind)
    wanted = distinct.tolist() if family == "integer" else sorted(map(str, distinct))
    assert ids.to_pylist() == wanted
    assert sorted(rank.tolist()) == list(range(len(distinct)))


@pytest.mark.parametrize(
    "ids",
    [
        np.arange(100_000),
        np.arange(100_000)[::-1] + 500,
        np.concatenate((np.arange(50_000), np.arange(50_000) * 10**12 + 7, -np.arange(9_000))),
        np.concatenate((np.arange(9_000) * 10**12, np.arange(200_000))),
        np.arange(30_000) * 60,
        np.arange(70_000) * 10**12,
    ],
    ids=["dense", "descending", "half of them large", "large ones first", "far apart", "large"],
)
def test_small_integers_beside_large_ones(ids: np.ndarray) -> None:
    rows = np.random.default_rng(1).permutation(np.concatenate((ids, ids)))
    encoder = IntegerEncoder("account_id")
    codes = np.concatenate([encoder.encode(pa.array(p), None) for p in np.array_split(rows, 9)])
    distinct = np.unique(ids)
    assert encoder.count == len(distinct)
    assert encoder.nbytes <= 8 * 8 * max(encoder.count, 4096)
    used = np.ones(encoder.count, np.bool_)
    used[codes[0]] = False
    encoder.close()
    found, rank = encoder.finish(used, pa.int64())
    assert found.to_pylist() == distinct[distinct != rows[0]].tolist()
    assert rank[codes[0]] == -1
    others = rows != rows[0]
    assert np.array_equal(found.to_numpy()[rank[codes[others]]], rows[others])


def test_ids_that_no_row_uses_are_dropped() -> None:
    for encoder, values, kind in (
        (TextEncoder("x"), pa.array(["b", "c", "a"]), pa.string()),
        (IntegerEncoder("x"), pa.array([2, 3, 1]), pa.int64()),
    ):
        encoder.encode(values, None)
        ids, rank = encoder.finish(np.array([True, False, True]), kind)
        assert ids.to_pylist() == sorted([values[0].as_py(), values[2].as_py()])
        assert rank.tolist() == [1, -1, 0]


def test_long_and_broken_texts_are_refused() -> None:
    fine, long = b"x" * MAX_ID_BYTES, b"x" * (MAX_ID_BYTES + 1)
    broken = [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"ok\xe2\x82", b"\x80"]
    values = pa.array([fine, long, *broken, "é€🎵".encode()], pa.binary())
    texts = pa.Array.from_buffers(pa.string(), len(values), values.buffers())
    codes = TextEncoder("x").encode(texts, None)
    assert codes.tolist() == [0, TOO_LONG, *[NOT_UTF8] * len(broken), 1]
    codes = TextEncoder("x", check_utf8=False).encode(values, None)
    assert codes.tolist() == [0, TOO_LONG, 1, 2, 3, 4, 5, 6, 7]


@given(st.binary(min_size=1, max_size=6))
def test_utf8_is_judged_as_python_does(data: bytes) -> None:
    try:
        data.decode()
        wanted = 0
    except UnicodeDecodeError:
        wanted = NOT_UTF8
    assert TextEncoder("x").encode(pa.array([data]), None).tolist() == [wanted]


@pytest.mark.parametrize("family", ["integer", "text"])
def test_more_ids_than_codes_is_an_error(family: str) -> None:
    encoder = encoder_for(family, "content_id", pa.int64(), limit=5)
    five = pa.array(range(5)) if family == "integer" else pa.array(list("abcde"))
    encoder.encode(five, None)
    with pytest.raises(BadDataError, match="content_id: more than 5 distinct values") as caught:
        encoder.encode(pa.array([9]) if family == "integer" else pa.array(["f"]), None)
    assert "--since" in str(caught.value)


@given(st.lists(TEXTS | st.text(min_size=8, max_size=30), max_size=30))
def test_fingerprints_are_equal_when_ids_are(texts: list[str | None]) -> None:
    prints = [tuple(pair) for pair in fingerprints(pa.array(texts, pa.string())).tolist()]
    assert [pair == (0, 0) for pair in prints] == [not text for text in texts]
    assert len(set(prints) - {(0, 0)}) == len({text for text in texts if text})
    again = [tuple(pair) for pair in fingerprints(pa.array(texts[::-1], pa.string())).tolist()]
    assert again[::-1] == prints


def test_fingerprints_of_integers() -> None:
    values = pa.array([0, None, -1, 2**63 - 1, 0], pa.int64())
    prints = [tuple(pair) for pair in fingerprints(values).tolist()]
    assert prints[0] == prints[4]
    assert prints[1] == (0, 0)
    assert len(set(prints)) == 4
