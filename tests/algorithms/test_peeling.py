"""Peeling in batches equals peeling at once: order, block and density."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cib.algorithms import Peeling, dense_blocks, peeling

entry = st.tuples(st.integers(0, 9), st.integers(0, 7), st.sampled_from([1.0, 1.0, 0.5, 3.0]))
batches = st.lists(st.lists(entry, max_size=12), min_size=1, max_size=8)
column_weights = st.one_of(
    st.sampled_from(["log", "none"]),
    st.lists(st.sampled_from([0.5, 1.0, 2.0, 0.3]), min_size=8, max_size=8),
)


@pytest.fixture
def patient(monkeypatch):
    """Small batches into little would otherwise mostly be peeled from the start."""
    for name in ("_PATIENCE", "_LARGE", "_POPULAR"):
        monkeypatch.setattr(peeling, name, 1e9)


def arrays(rows):
    row, col, weight = zip(*rows, strict=True) if rows else ((), (), ())
    return np.array(row, int), np.array(col, int), np.array(weight, float)


def peeled(rows, how):
    """Order by taking off the node with least weight, rows before columns, by code."""
    n_entries = np.bincount([b for _, b, _ in rows])
    if isinstance(how, str):
        how = 1 / np.log(n_entries + 5.0) if how == "log" else np.ones(len(n_entries))
    entries = [(a, ~b, max(1, round(w * how[b] * 2.0**24))) for a, b, w in rows]
    left = {node for a, b, _ in entries for node in (a, b)}
    order = []
    while left:
        weight = dict.fromkeys(left, 0)
        for a, b, w in entries:
            if a in left and b in left:
                weight[a] += w
                weight[b] += w
        order.append(min(left, key=lambda v: (weight[v], v < 0, abs(v))))
        left.remove(order[-1])
    return order


def assert_same_block(block, expected):
    assert block.rows.tolist() == expected.rows.tolist()
    assert block.columns.tolist() == expected.columns.tolist()
    assert block.density == expected.density
    assert block.rows.dtype == expected.rows.dtype


@pytest.mark.usefixtures("patient")
@given(batches, column_weights, st.booleans())
@settings(max_examples=80, deadline=None)
def test_any_batches_equal_one(parts, how, weighted):
    growing = Peeling(how)
    rows = []
    for part in parts:
        row, col, weight = arrays(part)
        growing.add(row, col, weight if weighted else None)
        rows += part if weighted else [(a, b, 1.0) for a, b, _ in part]
        if rows:
            assert growing.order.tolist() == peeled(rows, how)
            expected = dense_blocks(*arrays(rows), column_weights=how)[0]
            assert_same_block(growing.densest(), expected)


def at_once(row, col, weight, how):
    growing = Peeling(how)
    growing.add(row, col, weight)
    assert growing.n_moved == len(growing.order)
    return growing


@pytest.mark.parametrize("how", ["log", "none", "array"])
@pytest.mark.parametrize("patience", [None, 0.02, 1e9])
def test_a_larger_graph(how, patience, monkeypatch):
    """Popular columns, new codes all along, sizes of batches far apart, little patience."""
    if patience is not None:
        monkeypatch.setattr(peeling, "_PATIENCE", patience)
        for name in ("_LARGE", "_POPULAR"):
            monkeypatch.setattr(peeling, name, 1e9)
    random = np.random.default_rng(3)
    n = 20_000
    row = random.integers(0, 2_000 + np.arange(n) // 10)
    col = random.zipf(1.4, n) % 1_500
    weight = random.choice([0.5, 1.0, 1.0, 2.0], n)
    weights = random.choice([0.5, 1.0], 1_500) if how == "array" else how
    growing = Peeling(weights)
    stops = np.r_[12_000, 12_000 + np.cumsum(random.choice([1, 7, 60, 700], 60))]
    first = from_the_start = 0
    for last in stops[stops < n]:
        growing.add(row[first:last], col[first:last], weight[first:last])
        from_the_start += growing.n_moved == len(growing.order)
        expected = at_once(row[:last], col[:last], weight[:last], weights)
        assert (growing.order == expected.order).all()
        block = dense_blocks(row[:last], col[:last], weight[:last], column_weights=weights)[0]
        assert_same_block(growing.densest(), block)
        first = last
    assert from_the_start == 1 if patience == 1e9 else 1 < from_the_start < len(stops)


def test_little_moves_for_one_entry():
    """Of some 6,000 nodes; where all have about the same degree, more."""
    random = np.random.default_rng(8)
    row, col = random.zipf(1.5, 50_050) % 5_000, random.zipf(1.5, 50_050) % 3_000
    growing = Peeling("none")
    growing.add(row[:-50], col[:-50])
    moved = []
    for i in range(50_000, 50_050):
        growing.add(row[i : i + 1], col[i : i + 1])
        moved.append(growing.n_moved)
    assert np.median(moved) < 100


@pytest.mark.parametrize("how", ["log", "none"])
def test_a_ring_is_found_when_it_becomes_dense(how):
    """From the tenth hour on 20 accounts add two entries each an hour, on 25 contents of theirs."""
    random = np.random.default_rng(5)
    growing = Peeling(how)
    crowd, all_of_them, ring = ([], []), ([], []), ([], [])
    outcome = []
    for hour in range(24):
        parts = [(random.integers(20, 2_000, 800), 25 + random.integers(0, 1_500, 800))]
        if hour >= 10:
            accounts = np.repeat(np.arange(20), 2)
            parts.append((accounts, (np.arange(40) * 7 + hour) % 25))
        for part, lists in zip(parts, (crowd, ring), strict=False):
            for new, old, everything in zip(part, lists, all_of_them, strict=True):
                old += new.tolist()
                everything += new.tolist()
        growing.add(*(np.concatenate(ends) for ends in zip(*parts, strict=True)))
        block = growing.densest()
        assert_same_block(block, dense_blocks(*all_of_them, column_weights=how)[0])
        densities = [
            dense_blocks(*lists, column_weights=how)[0].density if lists[0] else 0.0
            for lists in (ring, crowd)
        ]
        is_ring = block.rows.tolist() == list(range(20)) and block.columns.max() < 25
        outcome.append((is_ring, densities[0] > densities[1]))
    found, dense = zip(*outcome, strict=True)
    assert found == dense
    assert 10 < found.index(True) < 23


@pytest.mark.usefixtures("patient")
def test_sparse_codes():
    growing = Peeling("none")
    growing.add([2**31 - 2, 5], [7, 2**30])
    growing.add([5, 5, 5], [7, 2**30, 7])
    assert growing.order.tolist() == [2**31 - 2, ~7, 5, ~(2**30)]
    assert growing.densest().rows.tolist() == [5]
    assert growing.densest().columns.tolist() == [7, 2**30]


def test_weights_that_are_rounded():
    """Less than a step counts as a step; halves of steps are rounded one by one."""
    row, col, weight = [0, 0, 1], [0, 1, 1], [1e-30, 2.5 * 2.0**-24, 1.5 * 2.0**-24]
    growing = Peeling("none")
    growing.add(row[:2], col[:2], weight[:2])
    growing.add(row[2:], col[2:], weight[2:])
    assert growing.densest().density == (2 + 2) / 3 * 2.0**-24
    assert_same_block(growing.densest(), dense_blocks(row, col, weight, column_weights="none")[0])


def test_nothing_added():
    growing = Peeling()
    growing.add([], [])
    assert growing.n_moved == 0
    assert growing.order.tolist() == []
    block = growing.densest()
    assert (len(block.rows), len(block.columns), block.density) == (0, 0, 0.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(row=[0], col=[1, 2]), "equal lengths"),
        (dict(row=[-1], col=[0]), "row must hold codes"),
        (dict(row=[0], col=[0], weight=[0.0]), "weight must hold positive finite"),
        (dict(row=[0], col=[0], weight=[np.inf]), "weight must hold positive finite"),
        (dict(row=[0], col=[0], weight=[1.0, 2.0]), "equal lengths"),
        (dict(row=[0], col=[9]), "one weight for each of 10 column codes"),
        (dict(row=[0], col=[2]), "column_weights must hold positive finite"),
        (dict(row=[0], col=[0], weight=[2.0**38]), r"less than 2\^38, not to 2.749e\+11"),
    ],
)
def test_bad_batches_add_nothing(arguments, message):
    growing = Peeling([1.0, 1.0, np.nan])
    growing.add([0, 1], [1, 1])
    with pytest.raises(ValueError, match=message):
        growing.add(**arguments)
    growing.add([1], [0])
    expected = at_once([0, 1, 1], [1, 1, 0], None, [1.0, 1.0])
    assert growing.order.tolist() == expected.order.tolist()
    assert_same_block(growing.densest(), expected.densest())


def test_bad_column_weights():
    with pytest.raises(ValueError, match="'log', 'none' or an array"):
        Peeling("idf")
