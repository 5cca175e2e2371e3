"""Time and memory as logs grow."""

from __future__ import annotations

import math
import statistics
from typing import Any

from sizes import short_size
from suites import Entry, Suite
from suites.projection import OF_FILE, SETTINGS

SMALLEST = 1_000_000
MOST_IN_MEMORY, BUDGET = 200_000_000, 7 * 2**30
"""Rows above which a log gets a budget, and its bytes; rows beyond it go to disk."""


def blocks(n: int) -> list[Entry]:
    """From Parquet to pairs."""
    task = {**SETTINGS, "warm": True}
    if n > MOST_IN_MEMORY:
        task["memory"] = BUDGET
    return [
        Entry("cib file", OF_FILE, data, log, n, task=task)
        for data, log in (("integer ids", "ints"), ("integer ids, 10M a month", "days"))
    ]


def exponent(points: list[tuple[int, float]]) -> float:
    """Slope of log(y) against log(x), by least squares."""
    x, y = ([math.log(point[i]) for point in points] for i in (0, 1))
    return statistics.linear_regression(x, y).slope


def footer(records: list[dict[str, Any]]) -> list[str]:
    """Fitted exponents of each kind of log."""
    lines = []
    for data in dict.fromkeys(r["data"] for r in records):
        done = [
            r
            for r in records
            if r["data"] == data and r["status"] == "ok" and r["rows"] >= SMALLEST
        ]
        times = sorted((r["rows"], statistics.median(r["seconds"])) for r in done)
        peaks = sorted((r["rows"], statistics.median(r["peak"])) for r in done)
        if len(times) >= 2:
            lines.append(
                f"{data}: from {short_size(times[0][0])} to {short_size(times[-1][0])} rows, "
                f"time grows as rows^{exponent(times):.2f} and peak memory as "
                f"rows^{exponent(peaks):.2f}."
            )
    return lines


SUITE = Suite(
    "scaling",
    "Scaling: from a Parquet file to pairs",
    "`read_log` and `coaction`, warm. Accounts, contents and rings grow with rows. Where all rows "
    "fall into one month, the pairs of events, which are the work, grow with the square of the "
    "rows; with 10M a month, as a log grows in service, with the rows. Above 200M rows `memory` is "
    "7 GiB: what does not fit goes to disk.",
    blocks,
    (),
    footer=footer,
)
