"""Contents that very many accounts touch within a short time."""

from __future__ import annotations

from sizes import short_size
from suites import Entry, Ratio, Suite, above
from suites.projection import DUCKDB, OF_ARRAYS, SETTINGS

WITHOUT, TWICE = "as it is", "twice the rows"


def described(n: int) -> list[tuple[str, str, int, str]]:
    """What the log is, what it is without the addition, rows before it, and the kind of log."""
    tenth, third, fiftieth, half = (short_size(m) for m in (n // 10, 3 * n // 100, n // 50, n // 2))
    return [
        (WITHOUT, "", n, "ints"),
        (f"+ {tenth} actions on one content in an hour", WITHOUT, n, "hot-hour"),
        (f"+ {tenth} actions on one content in a day", WITHOUT, n, "hot-day"),
        (f"+ {fiftieth} actions on each of three contents in a day", WITHOUT, n, "hot-three"),
        (f"+ {third} actions on each of two contents in an hour", WITHOUT, n, "hot-twins"),
        (TWICE, "", 2 * n, "ints"),
        (f"{TWICE}, + {half} actions on one content in an hour", TWICE, 2 * n, "hot-flood"),
    ]


def blocks(n: int) -> list[Entry]:
    """The same log with and without hot contents."""
    if n > 10_000_000:
        return []
    slow = above(n, 100_000, "up to billions of event pairs")
    return [
        Entry(contender, function, data, log, rows, not_run=not_run, base=base, task=SETTINGS)
        for data, base, rows, log in described(n)
        for contender, function, not_run in (
            ("cib arrays", OF_ARRAYS, ""),
            ("DuckDB", DUCKDB, slow),
        )
    ]


SUITE = Suite(
    "hot",
    "Hot contents: what viral content costs",
    "The log of the projection suite, with contents added on which a share of all actions falls "
    "within an hour or a day: n actions in an hour are n² / 60 event pairs. Ratios are to the same "
    "contender on the same log without them.",
    blocks,
    (Ratio("× without", base=True), Ratio("× cib", contender="cib arrays")),
)
