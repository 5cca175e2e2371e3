"""The whole scan against the bare join."""

from __future__ import annotations

from suites import Entry, Ratio, Suite
from suites.projection import DUCKDB, SETTINGS

SCAN = "contenders.ours:scan"
JOIN = "DuckDB, join only"
PAIRS_ALONE = ["--audiences", "0", "--rare", "0", "--loops", "0", "--odd-hours", "0"]


def blocks(n: int) -> list[Entry]:
    """From Parquet to published tables, and from Parquet to raw pairs."""
    if n > 10_000_000:
        return []
    one = {"flags": ["--window", "60s"]}
    pairs = {"flags": PAIRS_ALONE}
    log = {"rows": n, "agrees": "none"}
    return [
        Entry("cib scan, co-actions alone", SCAN, "text ids", "text", task=pairs, **log),
        Entry("cib scan --window 60s", SCAN, "text ids", "text", task=one, **log),
        Entry("cib scan", SCAN, "text ids", "text", **log),
        Entry(JOIN, DUCKDB, "integer ids", "ints", task=SETTINGS, **log),
    ]


SUITE = Suite(
    "scan",
    "Scan: from Parquet to published tables and report",
    "`cib scan` reads and checks text ids, projects (three windows by default), tests, looks for "
    "groups that pairs do not show (not where it says co-actions alone), clusters, scores, "
    "explains and publishes. The join gives raw pairs of integer ids, for one window, no more. "
    "Their answers are different things, so there is nothing to compare; each must give the same "
    "answer in every run.",
    blocks,
    (Ratio("× the bare join", contender=JOIN, anywhere=True),),
    answers="edges",
    scripts=False,
)
