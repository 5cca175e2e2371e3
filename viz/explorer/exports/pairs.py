"""What can be taken away of two clusters beside each other: the tables and figures of the page."""

from __future__ import annotations

import pyarrow as pa

from cib.viz.activity_figure import draw_activity
from cib.viz.drawing import Drawing
from cib.viz.explorer.exports.cluster_tables import without_rows
from cib.viz.explorer.runs.comparing import (
    Side,
    acts_of_both,
    comparable,
    overlaps,
    shared_accounts,
    shared_targets,
)
from cib.viz.habits_figures import draw_hours_of_week
from cib.viz.overlap_figure import draw_overlap

TABLES = ("accounts", "targets", "overlap")
FIGURES = ("activity", "hours", "overlap")


def pair_table(a: Side, b: Side, name: str) -> pa.Table:
    """Return one table of two clusters: `accounts` and `targets` of both, or the `overlap`."""
    if name == "overlap":
        facts = _facts(a, b)
        columns = ("what", "n_first", "n_both", "n_second")
        return pa.table({column: [one[i] for one in facts] for i, column in enumerate(columns)})
    return without_rows(shared_accounts(a, b) if name == "accounts" else shared_targets(a, b))


def pair_figure(a: Side, b: Side, name: str) -> Drawing:
    """Draw one figure of two clusters: `activity`, `hours` or `overlap`."""
    first, second = (f"Cluster {side.cluster_id}, run {side.run.id[:8]}" for side in (a, b))
    if name == "overlap":
        return draw_overlap(_facts(a, b), (first, second), title="What two clusters share")
    if name == "hours":
        mine, theirs = (side.run.tables.hours_of_week(side.cluster_id) for side in (a, b))
        return draw_hours_of_week(mine, theirs, names=(first, second))
    counts, since, until = acts_of_both(a, b)
    return draw_activity(counts, (first, second), since, until, title="Two clusters over time")


def _facts(a: Side, b: Side) -> list[tuple[str, int, int, int]]:
    """Return what is counted, and how many the first has, both, and the second."""
    found, _ = overlaps(a, b)
    same_kind = comparable(a, b)
    return [
        (fact.what, fact.n_a, fact.n_both, fact.n_b)
        for fact in found
        if same_kind or fact.what != "accounts"
    ]
