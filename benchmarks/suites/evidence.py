"""What a null model costs beside the counting."""

from __future__ import annotations

from suites import Entry, Ratio, Suite
from suites.projection import OF_ARRAYS, SETTINGS


def blocks(n: int) -> list[Entry]:
    """Counting, and testing all that was counted."""
    if n > 10_000_000:
        return []
    log = {"log": "ints", "rows": n, "agrees": "none", "task": SETTINGS}
    test = "contenders.ours:timing_null_of_arrays"
    return [
        Entry("coaction", OF_ARRAYS, "all candidates", **log),
        Entry("timing_null", test, "all candidates", **log),
    ]


SUITE = Suite(
    "evidence",
    "Evidence: the timing null for every pair that was counted",
    "On arrays in memory, warm. The time of `timing_null` is that of testing; counting, which "
    "comes first, is the row above. The pairs of `timing_null` are those significant at q = 0.05.",
    blocks,
    (Ratio("× coaction", contender="coaction"),),
    scripts=False,
)
