"""The join that a good data engineer writes, in DuckDB and in polars.

Rows meet on (content, bucket of one window's length), each with those of its own bucket and of the
next; then comes the exact distance.
"""

from __future__ import annotations

import time
from typing import Any

from answers import Answer
from contenders.columns import MICROSECONDS, numbers

Task = dict[str, Any]

BUCKETED_SQL = """
with log as (
    select account_id, content_id, {ts} as ts, {ts} // {window} as bucket
    from read_parquet('{parquet}')
), pairs as (
    select x.account_id as p, y.account_id as q, x.content_id
    from log x join (
        select *, bucket as meets from log union all select *, bucket - 1 from log
    ) y on x.content_id = y.content_id and x.bucket = y.meets
    where x.account_id <> y.account_id and abs(x.ts - y.ts) <= {window}
      and (y.bucket <> x.bucket or x.account_id < y.account_id)
)
select least(p, q) as a, greatest(p, q) as b, count(distinct content_id) as weight
from pairs group by all having weight >= {min_tokens}
"""


def with_duckdb(task: Task) -> Answer:
    """Read and join with DuckDB."""
    import duckdb

    text = task.get("ids") == "text"
    query = BUCKETED_SQL.format(
        ts="epoch_us(ts)" if text else "ts",
        window=task["window"] * (MICROSECONDS if text else 1),
        parquet=task["parquet"],
        min_tokens=task["min_tokens"],
    )
    start = time.perf_counter()
    connection = duckdb.connect()
    connection.execute(f"set threads = {task['threads']}")
    connection.execute(f"set temp_directory = '{task['scratch']}'")
    pairs = connection.sql(query).to_arrow_table()
    seconds = time.perf_counter() - start
    return Answer(seconds, numbers(pairs["a"]), numbers(pairs["b"]), pairs["weight"].to_numpy())


def with_polars(task: Task) -> Answer:
    """Read and join with polars, streaming."""
    import polars as pl

    window = task["window"] * (MICROSECONDS if task.get("ids") == "text" else 1)
    x, y = pl.col("account_id"), pl.col("account_id_right")
    start = time.perf_counter()
    rows = pl.scan_parquet(task["parquet"]).with_columns(pl.col("ts").cast(pl.Int64))
    rows = rows.with_columns(bucket=pl.col("ts") // window)
    neighbours = pl.concat(
        [rows.with_columns(meets=pl.col("bucket")), rows.with_columns(meets=pl.col("bucket") - 1)]
    )
    near = (pl.col("ts") - pl.col("ts_right")).abs() <= window
    once = (pl.col("bucket_right") != pl.col("bucket")) | (x < y)
    pairs = (
        rows.join(neighbours, left_on=["content_id", "bucket"], right_on=["content_id", "meets"])
        .filter((x != y) & near & once)
        .select(a=pl.min_horizontal(x, y), b=pl.max_horizontal(x, y), content_id="content_id")
        .group_by("a", "b")
        .agg(weight=pl.col("content_id").n_unique())
        .filter(pl.col("weight") >= task["min_tokens"])
        .collect(engine="streaming")
        .to_arrow()
    )
    seconds = time.perf_counter() - start
    return Answer(seconds, numbers(pairs["a"]), numbers(pairs["b"]), pairs["weight"].to_numpy())
