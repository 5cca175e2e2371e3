"""Greedy peeling: its bound against maximum flow, its steps against a slow twin, camouflage."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cib.algorithms import dense_blocks

entries = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from([0.5, 1.0, 3.0])),
    min_size=1,
    max_size=30,
)


def columns_of(rows):
    return tuple(map(np.array, zip(*rows, strict=True)))


def density(rows, inside):
    return sum(w for a, b, w in rows if ("r", a) in inside and ("c", b) in inside) / len(inside)


def peeled(rows):
    """Take off the node with least weight, rows before columns, by code; the densest rest."""
    left = {("r", a) for a, _, _ in rows} | {("c", b) for _, b, _ in rows}
    best = set(left)
    while left:
        if density(rows, left) > density(rows, best) + 1e-12:
            best = set(left)
        weight = dict.fromkeys(left, 0.0)
        for a, b, w in rows:
            if ("r", a) in left and ("c", b) in left:
                weight["r", a] += w
                weight["c", b] += w
        left.remove(min(left, key=lambda node: (weight[node], node[0] == "c", node[1])))
    return best


def densest(rows):
    """The highest density there is, by Goldberg's (1984) cuts."""
    nodes = {("r", a) for a, _, _ in rows} | {("c", b) for _, b, _ in rows}
    total = sum(w for _, _, w in rows)
    low, high = 0.0, total
    while high - low > 1e-7:
        guess = (low + high) / 2
        graph = networkx.DiGraph()
        for i, (a, b, w) in enumerate(rows):
            graph.add_edge("from", i, capacity=w)
            graph.add_edge(i, ("r", a))
            graph.add_edge(i, ("c", b))
        for node in nodes:
            graph.add_edge(node, "to", capacity=guess)
        if networkx.maximum_flow_value(graph, "from", "to") < total - 1e-9:
            low = guess
        else:
            high = guess
    return low


@given(entries)
@settings(max_examples=40, deadline=None)
def test_at_least_half_of_the_densest_there_is(rows):
    found = dense_blocks(*columns_of(rows), column_weights="none")[0].density
    most = densest(rows)
    assert most / 2 - 1e-6 <= found <= most + 1e-6


@given(entries)
@settings(max_examples=150, deadline=None)
def test_agrees_with_naive_twin(rows):
    block = dense_blocks(*columns_of(rows), column_weights="none")[0]
    inside = {("r", a) for a in block.rows.tolist()} | {("c", b) for b in block.columns.tolist()}
    assert block.density == pytest.approx(density(rows, inside))
    assert block.density == pytest.approx(density(rows, peeled(rows)))


@given(entries, st.lists(st.tuples(st.integers(0, 6), st.integers(7, 12)), max_size=40))
@settings(max_examples=100, deadline=None)
def test_camouflage_never_lowers_what_is_found(rows, elsewhere):
    """Entries of the block's rows in other columns leave the block's density as it was."""
    row, col, weight = columns_of(rows)
    before = dense_blocks(row, col, weight)[0]
    extra = [(a, b) for a, b in elsewhere if a in before.rows]
    cover = np.array(extra, int).reshape(-1, 2)
    more_row, more_col = np.append(row, cover[:, 0]), np.append(col, cover[:, 1])
    more = np.append(weight, np.ones(len(extra)))
    inside = np.isin(more_row, before.rows) & np.isin(more_col, before.columns)
    scale = 1 / np.log(np.bincount(more_col) + 5.0)
    same = (more * scale[more_col])[inside].sum()
    same /= len(before.rows) + len(before.columns)
    assert same == pytest.approx(before.density)
    after = dense_blocks(more_row, more_col, more)[0]
    assert after.density >= before.density / 2 - 1e-12


@given(entries, st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_blocks_in_turn_never_share_an_entry(rows, n_blocks):
    row, col, weight = columns_of(rows)
    taken = np.zeros(len(row), int)
    for block in dense_blocks(row, col, weight, n_blocks=n_blocks, column_weights="none"):
        within = np.isin(row, block.rows) & np.isin(col, block.columns) & (taken == 0)
        assert within.any()
        size = len(block.rows) + len(block.columns)
        assert block.density == pytest.approx(weight[within].sum() / size)
        taken[within] += 1


def test_a_ring_under_camouflage_is_found():
    """30 accounts on 40 contents of their own, each with as many plays of popular ones."""
    random = np.random.default_rng(5)
    crowd = random.integers(30, 3_000, 40_000), 40 + random.zipf(1.6, 40_000) % 2_000
    ring = np.repeat(np.arange(30), 24), random.integers(0, 40, 720)
    cover = np.repeat(np.arange(30), 24), 40 + random.zipf(1.6, 720) % 2_000
    row, col = (np.concatenate(parts) for parts in zip(crowd, ring, cover, strict=True))
    block = dense_blocks(row, col)[0]
    assert set(range(30)) <= set(block.rows.tolist())
    assert len(block.rows) <= 33


@pytest.mark.parametrize("threads", [1, 2])
def test_sparse_codes_come_back(threads):
    blocks = dense_blocks([5, 5, 2**31 - 2], [2**30, 7, 7], threads=threads, n_blocks=9)
    assert set(np.concatenate([block.rows for block in blocks]).tolist()) == {5, 2**31 - 2}
    assert set(np.concatenate([block.columns for block in blocks]).tolist()) == {7, 2**30}


def test_nothing_to_find():
    assert dense_blocks([], []) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(row=[0], col=[1, 2]), "equal lengths"),
        (dict(row=[-1], col=[0]), "row must hold codes"),
        (dict(row=[0], col=[0], n_blocks=0), "n_blocks must be at least 1"),
        (dict(row=[0], col=[0], weight=[0.0]), "positive finite"),
        (dict(row=[0], col=[0], weight=[1.0, 2.0]), "equal lengths"),
        (dict(row=[0], col=[0], weight=[2.0**40]), r"add up to less than 2\^38"),
        (dict(row=[0], col=[0], column_weights="idf"), "'log', 'none' or an array"),
        (dict(row=[0], col=[3], column_weights=[1.0]), "one weight for each of 4 column codes"),
        (dict(row=[0], col=[0], column_weights=[np.nan]), "positive finite"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        dense_blocks(**arguments)
