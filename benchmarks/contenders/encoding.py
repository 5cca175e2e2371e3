"""One column of text ids to integer codes."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from answers import Answer

Task = dict[str, Any]
COLUMN = "account_id"


def first_seen(seconds: float, codes: npt.NDArray[Any]) -> Answer:
    """Codes renumbered by first appearance, so that all ways to number ids can be compared."""
    first = np.full(int(codes.max()) + 1, len(codes), np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    distinct = int((first < len(codes)).sum())
    # as pairs of row and code: what is compared is the code of every row
    return Answer(seconds, np.arange(len(codes)), rank[codes] + len(codes), count=distinct)


def with_arrow(task: Task) -> Answer:
    """pyarrow: dictionary_encode."""
    pa.set_cpu_count(task["threads"])
    start = time.perf_counter()
    column = pq.read_table(task["parquet"], columns=[COLUMN])[COLUMN].dictionary_encode()
    codes = np.concatenate([chunk.indices.to_numpy() for chunk in column.chunks])
    return first_seen(time.perf_counter() - start, codes)


def with_duckdb(task: Task) -> Answer:
    """DuckDB: number the distinct ids, then join; in the order of the file."""
    import duckdb

    start = time.perf_counter()
    connection = duckdb.connect()
    connection.execute(f"set threads = {task['threads']}")
    connection.execute(f"set temp_directory = '{task['scratch']}'")
    connection.execute(
        f"create table ids as select id, (row_number() over ())::int - 1 as code "
        f"from (select distinct {COLUMN} as id from read_parquet('{task['parquet']}'))"
    )
    rows = connection.execute(
        f"select code, file_row_number as place "
        f"from read_parquet('{task['parquet']}', file_row_number = true) join ids on id = {COLUMN}"
    ).fetchnumpy()
    seconds = time.perf_counter() - start
    codes = np.empty(len(rows["code"]), np.int32)
    codes[rows["place"]] = rows["code"]
    return first_seen(seconds, codes)


def with_polars_join(task: Task) -> Answer:
    """polars: number the distinct ids, then join."""
    import polars as pl

    start = time.perf_counter()
    column = pl.read_parquet(task["parquet"], columns=[COLUMN])
    ids = column.unique().with_row_index("code")
    codes = column.join(ids, on=COLUMN, how="left", maintain_order="left")["code"].to_numpy()
    return first_seen(time.perf_counter() - start, codes)


def with_polars_categorical(task: Task) -> Answer:
    """polars: cast to Categorical."""
    import polars as pl

    start = time.perf_counter()
    column = pl.read_parquet(task["parquet"], columns=[COLUMN])[COLUMN]
    codes = column.cast(pl.Categorical).to_physical().to_numpy()
    return first_seen(time.perf_counter() - start, codes)


def with_pandas(task: Task) -> Answer:
    """pandas: factorize, on Arrow's strings."""
    import pandas as pd

    pa.set_cpu_count(task["threads"])
    start = time.perf_counter()
    column = pq.read_table(task["parquet"], columns=[COLUMN])[COLUMN]
    codes, _ = pd.factorize(pd.array(column, dtype=pd.ArrowDtype(pa.string())))
    return first_seen(time.perf_counter() - start, codes)
