"""What a null model costs beside the counting."""

from __future__ import annotations

from suites import Entry, Ratio, Suite
from suites.projection import OF_ARRAYS, SETTINGS


def blocks(n: int) -> list[Entry]:
    """Counting, and counting with a test of all that was counted."""
    if n > 10_000_000:
        return []
    log = {"log": "ints", "rows": n, "task": SETTINGS}
    test = "contenders.ours:timing_null_of_arrays"
    return [
        Entry("coaction", OF_ARRAYS, "all candidates", **log),
        Entry("timing_null", test, "all candidates", **log),
    ]


SUITE = Suite(
    "evidence",
    "Evidence: the timing null for every pair that was counted",
    "On arrays in memory, warm. `timing_null` counts what `coaction` counts, and tests every pair: "
    "the evidence itself takes what is beyond 1 in the last column.",
    blocks,
    (Ratio("× coaction", contender="coaction"),),
    scripts=False,
)
