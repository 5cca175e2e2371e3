"""One contender of the projection benchmark: account pairs with >= 2 shared contents in 60 s.

Run as `projection.py NAME LOG OUT`; writes the pairs (a < b, weight) so that all can be compared.
"""

from __future__ import annotations

import sys

import pyarrow as pa
import pyarrow.parquet as pq

WINDOW_S, MIN_WEIGHT = 60, 2

# The bucketed equi-join that a good data engineer writes: a row and its neighbours in the same or
# the next bucket of one window's length, then the exact distance.
BUCKETED_SQL = f"""
with log as (
    select account_id, content_id, ts, ts // {WINDOW_S} as bucket from read_parquet(?)
), pairs as (
    select x.account_id as p, y.account_id as q, x.content_id
    from log x join (
        select *, bucket as meets from log union all select *, bucket - 1 from log
    ) y on x.content_id = y.content_id and x.bucket = y.meets
    where x.account_id <> y.account_id and abs(x.ts - y.ts) <= {WINDOW_S}
      and (y.bucket <> x.bucket or x.account_id < y.account_id)
)
select least(p, q) as a, greatest(p, q) as b, count(distinct content_id) as weight
from pairs group by all having weight >= {MIN_WEIGHT}
"""


def with_cib(log: str) -> pa.Table:
    """Read, encode and project with this package."""
    from cib.datasets import read_log
    from cib.graphs import coaction

    rows = read_log(log, columns={"ts": "ts:s"})
    pairs = coaction(
        rows.account, rows.content, rows.ts, window=WINDOW_S * 1_000_000, min_tokens=MIN_WEIGHT
    )
    return pa.table(
        {
            "a": rows.account_ids.take(pairs["a"].combine_chunks()),
            "b": rows.account_ids.take(pairs["b"].combine_chunks()),
            "weight": pairs["n_tokens"],
        }
    )


def with_duckdb(log: str) -> pa.Table:
    """Project with DuckDB."""
    import duckdb

    return duckdb.sql(BUCKETED_SQL, params=[log]).to_arrow_table()


def with_polars(log: str) -> pa.Table:
    """Project with polars, streaming."""
    import polars as pl

    rows = pl.scan_parquet(log).with_columns(bucket=pl.col("ts") // WINDOW_S)
    shifted = rows.with_columns(meets=pl.col("bucket"))
    earlier = rows.with_columns(meets=pl.col("bucket") - 1)
    x, y = pl.col("account_id"), pl.col("account_id_right")
    pairs = (
        rows.join(
            pl.concat([shifted, earlier]),
            left_on=["content_id", "bucket"],
            right_on=["content_id", "meets"],
        )
        .filter(
            (x != y)
            & ((pl.col("ts") - pl.col("ts_right")).abs() <= WINDOW_S)
            & ((pl.col("bucket_right") != pl.col("bucket")) | (x < y))
        )
        .select(a=pl.min_horizontal(x, y), b=pl.max_horizontal(x, y), content_id="content_id")
        .group_by("a", "b")
        .agg(weight=pl.col("content_id").n_unique())
        .filter(pl.col("weight") >= MIN_WEIGHT)
    )
    return pairs.collect(engine="streaming").to_arrow()


CONTENDERS = {"cib": with_cib, "duckdb": with_duckdb, "polars": with_polars}

if __name__ == "__main__":
    name, log_path, out_path = sys.argv[1:]
    found = CONTENDERS[name](log_path)
    columns = {column: pa.int64() for column in ("a", "b", "weight")}
    pq.write_table(
        found.select(list(columns))
        .cast(pa.schema(columns))
        .sort_by([("a", "ascending"), ("b", "ascending")]),
        out_path,
    )
