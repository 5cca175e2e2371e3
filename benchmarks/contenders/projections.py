"""Projections with NumPy and SciPy: an approximation, and the floor."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from answers import Answer
from contenders.columns import load

Task = dict[str, Any]


def with_scipy(task: Task) -> Answer:
    """Accounts × (content, bucket) times its transpose: pairs split by a bucket's edge are lost."""
    from scipy import sparse

    account, content, ts = load(task, "account_id", "content_id", "ts")
    start = time.perf_counter()
    bucket = (ts - ts.min()) // task["window"]
    cell = content.astype(np.int64) * (bucket.max() + 1) + bucket
    _, cell, rows_of = np.unique(cell, return_inverse=True, return_counts=True)
    shared = rows_of[cell] > 1
    ones = np.ones(shared.sum(), np.int32)
    shape = (account.max() + 1, len(rows_of))
    incidence = sparse.csr_array((ones, (account[shared], cell[shared])), shape=shape)
    incidence.data[:] = 1
    product = sparse.triu(incidence @ incidence.T, 1).tocoo()
    found = product.data >= task["min_tokens"]
    a, b = product.coords
    return Answer(time.perf_counter() - start, a[found], b[found], product.data[found])


def floor(task: Task) -> Answer:
    """Read the three columns, pack each row into one 64-bit key, sort the keys, and no more."""
    pa.set_cpu_count(task["threads"])
    start = time.perf_counter()
    table = pq.read_table(task["parquet"], columns=["account_id", "content_id", "ts"])
    account, content, ts = (column.to_numpy() for column in table.columns)
    del table
    first = int(ts.min())
    widths = [int(top).bit_length() for top in (account.max(), int(ts.max()) - first)]
    account_bits = min(widths[0], 64 - int(content.max()).bit_length() - widths[1])
    key = content.astype(np.uint64)
    key <<= np.uint64(widths[1])
    key |= (ts - first).view(np.uint64)
    key <<= np.uint64(account_bits)  # as much of the account as fits: this is a floor
    key |= (account >> (widths[0] - account_bits)).astype(np.uint64)
    sample = np.sort(key[:: max(1, len(key) // 10_000)])
    cuts = [sample[len(sample) * i // task["threads"]] for i in range(task["threads"])]

    def sort(i: int) -> int:
        mine = (key >= cuts[i]) if i else np.ones(len(key), np.bool_)
        if i + 1 < len(cuts):
            mine &= key < cuts[i + 1]
        part = key[mine]
        part.sort()
        return len(part)

    with ThreadPoolExecutor(task["threads"]) as pool:
        total = sum(pool.map(sort, range(task["threads"])))
    return Answer(time.perf_counter() - start, np.array([0]), np.array([total]), count=-1)
