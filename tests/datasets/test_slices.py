"""Columns by slices are the columns, wherever they are and whatever is null."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from cib.datasets import read_log, slices
from cib.datasets.budget import OVERHEAD
from cib.datasets.scratch import array_at

N = 100_000


@pytest.fixture(params=[None, OVERHEAD + (3 << 20)], ids=["in memory", "on disk"])
def log(request: pytest.FixtureRequest, write: Callable[..., Path]) -> Any:
    path = write(
        "log.parquet",
        n=N,
        market=[None if i % 7 == 3 else f"m{i % 5}" for i in range(N)],
        device_hash=[f"d{i % 300}" for i in range(N)],
        ip_hash=[None if i % 11 == 1 else f"p{i % 9_000}" for i in range(N)],
        duration_ms=pa.array([i if i % 3 else None for i in range(N)], pa.int32()),
        received_ts=pa.array([i if i % 2 else None for i in range(N)], pa.timestamp("us", "UTC")),
    )
    return read_log(path, memory=request.param, scratch=path.parent)


def plain(column: pa.Array) -> list[int]:
    """The values of a column, -1 where null, one by one."""
    values = column.indices if isinstance(column, pa.DictionaryArray) else column
    if pa.types.is_timestamp(values.type):
        values = values.cast(pa.int64())
    return [-1 if x is None else x for x in values.to_pylist()]


@pytest.mark.parametrize("rows", [1, 1_000, 1 << 18])
def test_slices_are_the_whole(log: Any, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "_ROWS", rows * 500 if rows == 1 else rows)
    names = list(log.extras)
    assert len(names) == 5
    parts = list(slices.slices(log.account, *log.extras.values()))
    assert [start for start, _, _ in parts] == [0, *(stop for _, stop, _ in parts[:-1])]
    for i, column in enumerate([log.account, *log.extras.values()]):
        got = np.concatenate([values[i] for _, _, values in parts])
        want = column.tolist() if isinstance(column, np.ndarray) else plain(column)
        assert got.tolist() == want
        assert got.dtype.itemsize >= 4  # narrow codes need no kernels of their own


def test_chosen_rows(log: Any) -> None:
    rows = np.array([3, 0, N - 1, 3])
    for column in log.extras.values():
        assert slices.codes_at(column, rows).tolist() == [plain(column)[row] for row in rows]
        assert slices.whole(column).tolist() == plain(column)
    assert slices.codes_at(log.ts, rows).tolist() == log.ts[rows].tolist()
    found = slices.rows_where(lambda m, d: (m < 0) & (d > 5), log.extras["market"], log.account)
    want = (np.array(plain(log.extras["market"])) < 0) & (log.account > 5)
    assert found.tolist() == np.flatnonzero(want).tolist()


def test_codes_are_narrow_where_ids_are_few(log: Any) -> None:
    kinds = {name: log.extras[name].indices.type for name in ("market", "device_hash", "ip_hash")}
    assert kinds == {"market": pa.int8(), "device_hash": pa.int16(), "ip_hash": pa.int16()}


def test_columns_on_disk_can_be_let_go_of(log: Any) -> None:
    buffers = [b for b in log.extras["received_ts"].buffers() if b is not None]
    mapped = [array_at(buffer.address) is not None for buffer in buffers]
    assert any(mapped) == (log.scratch.spilled > 0)
    before = [plain(column) for column in log.extras.values()]
    slices.let_go(log.account, log.ts, *log.extras.values())
    assert [plain(column) for column in log.extras.values()] == before
