"""Account pairs with at least two distinct contents within a minute."""

from __future__ import annotations

from suites import Entry, Ratio, Suite, above

SETTINGS = {"window": 60, "min_tokens": 2}
DUCKDB, POLARS = "contenders.joins:with_duckdb", "contenders.joins:with_polars"
OF_ARRAYS = "contenders.ours:coaction_of_arrays"
OF_FILE = "contenders.ours:coaction_of_file"
MOST_TEXT_ROWS, BURSTY_ROWS = 100_000_000, 1_000_000


def crowd(n: int) -> list[Entry]:
    """All contenders on integer ids."""
    log = {"data": "integer ids", "log": "ints", "rows": n, "task": SETTINGS}
    many = above(n, 1_000_000, "minutes per million rows")
    return [
        Entry("cib arrays", OF_ARRAYS, **log),
        Entry("cib file", OF_FILE, **log),
        Entry("DuckDB", DUCKDB, **log),
        Entry("polars", POLARS, **log),
        Entry("scipy", "contenders.projections:with_scipy", agrees="approximate", **log),
        Entry("floor", "contenders.projections:floor", agrees="none", **log),
        Entry(
            "coordination-network-toolkit",
            "contenders.published:with_network_toolkit",
            agrees="contains",
            not_run=many,
            **log,
        ),
        Entry(
            "CooRTweet",
            "contenders.published:with_coortweet",
            not_run=above(n, 100_000, "out of memory at 1M"),
            **log,
        ),
    ]


def text(n: int) -> list[Entry]:
    """Text ids, for those who read files."""
    log = {"data": "text ids", "log": "text", "rows": n, "task": {**SETTINGS, "ids": "text"}}
    return [
        Entry("cib file", OF_FILE, **log),
        Entry("DuckDB", DUCKDB, **log),
        Entry("polars", POLARS, **log),
    ]


def bursty(n: int) -> list[Entry]:
    """Contents that burst, so that chance makes many pairs."""
    log = {"data": "bursty", "log": "bursty", "rows": n, "task": SETTINGS}
    return [
        Entry("cib arrays", OF_ARRAYS, **log),
        Entry("cib file", OF_FILE, **log),
        Entry("DuckDB", DUCKDB, **log),
        Entry("polars", POLARS, **log),
    ]


def blocks(n: int) -> list[Entry]:
    """Every log of this size."""
    if n > 100_000_000:
        return []
    entries = crowd(n)
    if n <= MOST_TEXT_ROWS:
        entries += text(n)
    if n == BURSTY_ROWS:
        entries += bursty(n)
    return entries


SUITE = Suite(
    "projection",
    "Projection: account pairs with at least 2 distinct contents within 60 s",
    "`cib arrays` starts from arrays in memory, warm; `cib file` and the joins start from Parquet, "
    "cold. DuckDB and polars do the bucketed equi-join that a good data engineer writes. scipy "
    "approximates: it loses pairs that a bucket's edge divides. The floor reads three columns, "
    "packs each row into one 64-bit key and sorts the keys: less than any exact answer needs. "
    "coordination-network-toolkit counts messages, not contents, so its pairs must contain ours.",
    blocks,
    (Ratio("× cib file", contender="cib file"), Ratio("× cib arrays", contender="cib arrays")),
)
