"""Spectral blocks: none in worlds of taste alone, rings found whole, slots of time, determinism."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.linalg import ArpackError, eigsh
from threadpoolctl import threadpool_limits

from cib.algorithms import spectral_blocks
from cib.algorithms.spectra import Normalised, Spectrum, decompose, varimax
from cib.graphs import time_slots
from cib.graphs.codes import Codes
from cib.graphs.incidence import Incidence
from cib.graphs.threads import Workers


def world(seed, n_rows=1_500, n_columns=2_500, n_tastes=6):
    """Entries of rows whose tastes are graded mixtures, on columns with Zipf's popularity."""
    random = np.random.default_rng(seed)
    appeal = random.dirichlet(np.full(n_columns, 0.05), n_tastes)
    taste = random.dirichlet(np.full(n_tastes, 0.4), n_rows)
    popularity = 1 / np.arange(1, n_columns + 1)
    chance = 0.7 * taste @ appeal + 0.3 * popularity / popularity.sum()
    row = np.repeat(np.arange(n_rows), np.minimum(random.zipf(1.8, n_rows) + 8, 150))
    cumulated = np.cumsum(chance, axis=1)[row]
    col = (random.random(len(row))[:, None] * cumulated[:, -1:] > cumulated).sum(axis=1)
    return row, col


def ring(seed, n=40, n_targets=50, each=30, cover=15, n_rows=1_500, n_columns=2_500):
    """Entries of a ring: rows from n_rows on, targets from n_columns on, and as cover the head."""
    random = np.random.default_rng(seed)
    targets = [n_columns + random.choice(n_targets, each, replace=False) for _ in range(n)]
    covers = [random.zipf(1.5, cover) % n_columns for _ in range(n)]
    row = np.repeat(n_rows + np.arange(n), each + cover)
    return row, np.concatenate([np.append(*pair) for pair in zip(targets, covers, strict=True)])


def both(*parts):
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))


def test_worlds_of_taste_alone_hold_no_block():
    """At q = 0.05 one world in twenty may; the tests are conservative."""
    assert sum(bool(spectral_blocks(*world(seed), seed=seed)) for seed in range(20)) <= 2


def test_shuffled_entries_hold_no_block():
    row, col = world(1)
    random = np.random.default_rng(0)
    assert not any(spectral_blocks(row, random.permutation(col)) for _ in range(10))


@pytest.mark.parametrize("cover", [0, 15, 30])
def test_a_ring_is_found_whole(cover):
    blocks = spectral_blocks(*both(world(2), ring(3, cover=cover)))
    assert len(blocks) == 1
    found = blocks[0]
    assert set(range(1_500, 1_540)) <= set(found.rows.tolist())
    assert len(found.rows) <= 42
    assert set(range(2_500, 2_550)) <= set(found.columns.tolist())
    assert 10**found.log10_p <= found.q_value < 1e-3
    inside = found.rows >= 1_500
    assert (found.observed[inside] >= 28).all()
    assert (found.expected[inside] < 3).all()
    assert (found.posterior[inside] > 0.99).all()


@pytest.mark.parametrize("seed", [2, 7])
def test_a_ring_whose_cover_is_most_of_what_it_does_is_found(seed):
    """Less crosses with its cover inside as well, so no sweep stops at the ring."""
    hidden = ring(3, n=120, n_targets=15, each=12, cover=48)
    (found,) = spectral_blocks(*both(world(seed), hidden))
    assert found.rows.tolist() == list(range(1_500, 1_620))
    assert set(range(2_500, 2_515)) <= set(found.columns.tolist())


def test_two_rings_are_two_blocks():
    row, col = ring(5)
    blocks = spectral_blocks(*both(world(2), ring(3), (row + 40, col + 50)))
    assert sorted(int(block.rows[-1]) for block in blocks) == [1_539, 1_579]


def test_a_ring_of_three_days_is_found_in_slots_of_time():
    """Its accounts act like everybody for sixty days, and on the same few contents on three."""
    random = np.random.default_rng(8)
    day = 86_400
    row, col = world(4)
    row, col = np.repeat(row, 2), np.repeat(col, 2)
    ts = random.integers(0, 60 * day, len(row))
    # 40 accounts of the world itself, on contents that everybody plays
    accounts, contents = np.arange(40), 5 + np.arange(30)
    ring_row = np.repeat(accounts, 12)
    ring_col = np.concatenate([random.choice(contents, 12, replace=False) for _ in accounts])
    ring_ts = random.integers(30 * day, 33 * day, len(ring_row))
    row, col = both((row, col), (ring_row, ring_col))
    ts = np.append(ts, ring_ts)
    slots = time_slots(col, ts, 3 * day)
    blocks = spectral_blocks(row, slots.code)
    assert blocks
    found = blocks[0]
    assert len(np.intersect1d(found.rows, accounts)) >= 36
    assert len(found.rows) <= 44
    target = np.isin(slots.column[found.columns], contents) & (
        slots.start[found.columns] == 30 * day
    )
    assert target.sum() >= 28
    assert target.mean() > 0.5
    assert not any(len(np.intersect1d(b.rows, accounts)) > 20 for b in spectral_blocks(row, col))


def test_same_result_whatever_the_threads_and_the_order_of_entries():
    row, col = both(world(2), ring(3))
    order = np.random.default_rng(0).permutation(len(row))
    with threadpool_limits(limits=1):
        one = spectral_blocks(row, col, threads=1)
    two = spectral_blocks(row[order], col[order], threads=3)
    assert len(one) == len(two) == 1
    for name in ("rows", "columns", "observed", "expected", "posterior", "row_log10_p"):
        assert np.array_equal(getattr(one[0], name), getattr(two[0], name))


@pytest.mark.parametrize(("n_rows", "n_columns"), [(600, 700), (700, 600)])
def test_singular_vectors_agree_with_a_dense_decomposition(n_rows, n_columns):
    row, col = world(6, n_rows=n_rows, n_columns=n_columns)  # large enough for the iteration
    incidence = Incidence.of(Codes.of("row", row), Codes.of("col", col))
    dense = np.zeros((incidence.n_rows, incidence.n_columns))
    dense[row, col] = 1
    of_row, of_column = dense.sum(axis=1), dense.sum(axis=0)
    scaled = dense / np.sqrt(of_row + of_row.mean())[:, None]
    scaled /= np.sqrt(of_column + of_column.mean())
    matrix = Normalised.of(incidence, incidence.column, Workers(2))
    assert matrix.toarray() == pytest.approx(scaled)
    assert matrix.T.toarray() == pytest.approx(scaled.T)
    x = np.random.default_rng(1).random((n_columns, 2))
    assert matrix @ x == pytest.approx(scaled @ x)
    u, values = decompose(matrix, 5, np.random.default_rng(0))
    expected_u, expected, _ = np.linalg.svd(scaled)
    assert values == pytest.approx(expected[:5])
    assert np.abs((u * expected_u[:, :5]).sum(axis=0)) == pytest.approx(1)


def test_where_the_iteration_fails_the_matrix_is_decomposed_whole():
    """Squares of such small numbers are nothing, so the iteration has nowhere to start."""
    random = np.random.default_rng(3)
    matrix = random.random((600, 3)) @ random.random((3, 700)) * 1e-170
    with pytest.raises(ArpackError):
        eigsh(csr_array(matrix @ matrix.T), 3, v0=random.standard_normal(600))
    u, values = decompose(csr_array(matrix), 3, random)
    expected_u, expected, _ = np.linalg.svd(matrix)
    assert values == pytest.approx(expected[:3], abs=0)
    assert np.abs((u * expected_u[:, :3]).sum(axis=0)) == pytest.approx(1)


def test_what_is_too_large_to_be_decomposed_whole_is_named():
    with pytest.raises(RuntimeError, match=r"No 2 singular vectors of a matrix of \(8000, 7000\)"):
        decompose(csr_array((8_000, 7_000)), 2, np.random.default_rng(0))


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="this system has no /proc")
@pytest.mark.parametrize(
    ("n_rows", "n_columns", "threads"), [(30_000, 30_000, 2), (5_000, 400_000, 1)]
)
def test_no_more_memory_than_said(n_rows, n_columns, threads):
    """Of a process of its own; its peak when nothing is found, so that it takes seconds."""
    script = f"""
import re, numpy as np
from pathlib import Path
from cib.algorithms import spectral_blocks
from cib.algorithms.spectra import memory_needed
random = np.random.default_rng(0)
def entries(n, n_rows, n_columns):
    return random.integers(0, n_rows, n), random.integers(0, n_columns, n)
def status(name):
    return 1024 * int(re.search(name + ":\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
spectral_blocks(*entries(9_000, 800, 800))
row, col = (codes.astype(np.int32) for codes in entries(500_000, {n_rows}, {n_columns}))
Path("/proc/self/clear_refs").write_text("5")
before = status("VmRSS")
spectral_blocks(row, col, threads={threads})
needed = memory_needed(500_000, {n_rows}, {n_columns}, threads={threads})
print((status("VmHWM") - before) / needed)
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    assert 0.4 < float(done.stdout) < 1.15


def test_varimax_turns_vectors_back_to_blocks():
    random = np.random.default_rng(0)
    blocks = np.kron(np.eye(3), np.ones((20, 1))) / np.sqrt(20)
    mixed = blocks @ np.linalg.qr(random.standard_normal((3, 3)))[0]
    turned = np.abs(mixed @ varimax(mixed))
    assert np.sort(turned.max(axis=0)) == pytest.approx([1 / np.sqrt(20)] * 3, rel=1e-3)
    assert (turned > 1e-3).sum(axis=1).max() == 1


def test_components_that_chance_explains_are_left_out():
    random = np.random.default_rng(1)
    row, col = random.integers(0, 800, 9_000), random.integers(0, 800, 9_000)
    incidence = Incidence.of(Codes.of("row", row), Codes.of("col", col))
    assert Spectrum.of(incidence, 20, 0, Workers(1)).n_components <= 3


@pytest.mark.parametrize("spread", [(1, 10), (300, 1), (1_000_003, 800_007)])
def test_codes_that_nobody_has_change_nothing(spread):
    row, col = both(world(2), ring(3))
    known = spectral_blocks(row, col)[0]
    far = spectral_blocks(row * spread[0], col * spread[1])[0]
    assert np.array_equal(far.rows, known.rows * spread[0])
    assert np.array_equal(far.columns, known.columns * spread[1])
    assert far.log10_p == known.log10_p


def test_counts_over_chosen_rows_and_columns():
    row, col = world(3, n_rows=300, n_columns=400)
    incidence = Incidence.of(Codes.of("row", row), Codes.of("col", col))
    dense = np.zeros((incidence.n_rows, incidence.n_columns), int)
    dense[row, col] = 1
    random = np.random.default_rng(0)
    for share in (0.0, 0.02, 0.3, 1.0):
        rows = random.random(incidence.n_rows) < share
        columns = random.random(incidence.n_columns) < max(share, 0.1)
        touching = incidence.rows_touching(rows)
        assert np.array_equal(touching, dense[rows].sum(axis=0))
        alone = rows[:, None] & (touching < 2)
        counted = (dense * columns * ~alone).sum(axis=1)
        assert np.array_equal(incidence.columns_touched(columns, rows, touching), counted)


def test_observed_is_what_rows_and_columns_say():
    row, col = both(world(2), ring(3))
    block = spectral_blocks(row, col)[0]
    pairs = np.unique(np.stack([row, col]), axis=1)
    inside = np.isin(pairs[0], block.rows) & np.isin(pairs[1], block.columns)
    counted = np.bincount(pairs[0][inside], minlength=1_540)[block.rows]
    assert np.array_equal(counted, block.observed)


@pytest.mark.parametrize("entries", [([], []), ([0], [0]), ([0, 1], [0, 1]), ([0] * 9, range(9))])
def test_nothing_to_find(entries):
    assert spectral_blocks(np.array(entries[0], int), np.array(list(entries[1]), int)) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(row=[0], col=[1, 2]), "equal lengths"),
        (dict(row=[-1], col=[0]), "row must hold codes"),
        (dict(row=[0], col=[0], n_components=0), "n_components must be at least 1"),
        (dict(row=[0], col=[0], q=1.0), "q must lie between 0 and 1"),
        (dict(row=[0], col=[0], max_share=0.0), "max_share must be above 0"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        spectral_blocks(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(column=[0], ts=[0], width=0), "width must be at least 1"),
        (dict(column=[0], ts=[0, 1], width=1), "equal lengths"),
        (dict(column=[2**31 - 3, 0], ts=[0, 2**62], width=1), "widen them"),
    ],
)
def test_bad_slots(arguments, message):
    with pytest.raises(ValueError, match=message):
        time_slots(**arguments)
