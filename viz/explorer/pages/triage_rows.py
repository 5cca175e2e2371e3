"""The rows of triage: the clusters of one or several runs, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cib.datasets.cases import CaseState
from cib.viz.explorer.pages.triage_filter import narrow
from cib.viz.explorer.run_names import run_label, run_lines
from cib.viz.explorer.runs.changes import Changes, changes
from cib.viz.explorer.runs.clusters import Direction, why
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

SAVED = (
    ("run", pa.string()), ("cluster_id", pa.int32()), ("rank", pa.int32()), ("kind", pa.string()),
    ("n_accounts", pa.int64()), ("n_contents", pa.int64()), ("coordination", pa.float64()),
    ("inauthenticity", pa.float64()), ("first_ts", pa.string()), ("change", pa.string()),
    ("verdict", pa.string()), ("owner", pa.string()), ("due", pa.string()), ("reason", pa.string()),
)  # fmt: skip
"""Columns of the list when it is taken away."""
MOST_SAVED = 1_000_000
IN_CELL = 16
"""Characters of a run's source that stand below a cluster."""
SORTABLE = ("rank", "n_accounts", "n_contents", "coordination", "inauthenticity", "first_ts")
"""Columns of the grid's rows by which several runs can be merged."""


def page_of(
    explorer: Explorer,
    wanted: Mapping[str, Any],
    sort: Sequence[tuple[str, str]],
    start: int,
    stop: int,
    *,
    activity: bool = True,
) -> tuple[list[dict[str, Any]], int]:
    """Return the rows of the grid from start to stop, and how many there are.

    Several runs are merged: of each the first `stop` rows in the order asked for, then cut; rows
    then say of which run they are. `activity` says whether each row is given its counts over
    time, which take longest.
    """
    states = explorer.casebook.states()
    several = [explorer.library.run(run) for run in wanted.get("runs", ())]
    found: list[dict[str, Any]] = []
    total = 0
    order: list[tuple[str, Direction]] = [
        (column, "desc" if way == "desc" else "asc") for column, way in sort if column in SORTABLE
    ] or [("rank", "asc")]
    for run in several:
        since = changes(explorer.library, run)
        mine = {c: s for (r, c), s in states.items() if r == run.id}
        narrowed = narrow(wanted, since, mine)
        first = start if len(several) == 1 else 0
        table, n = run.tables.clusters(narrowed, order, first, stop - first)
        total += n
        sparks = run.tables.sparkline(table["cluster_id"].to_pylist()) if activity else {}
        of_run: dict[str, Any] = {}
        if len(several) > 1:
            of_run = {"of_run": run_lines(run, IN_CELL), "run_label": run_label(run)}
        found += [
            grid_row(run, row, sparks, since, mine.get(row["cluster_id"])) | of_run
            for row in table.to_pylist()
        ]
    if len(several) > 1:
        for column, direction in reversed(order):
            found.sort(key=lambda row: row[column], reverse=direction == "desc")
        found = found[start:stop]
    return found, total


def as_table(explorer: Explorer, wanted: Mapping[str, Any]) -> pa.Table:
    """Return the list as it is narrowed, in order of rank, to be taken away."""
    rows, _ = page_of(explorer, wanted, [], 0, MOST_SAVED, activity=False)
    return pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in SAVED})


def grid_row(
    run: RunFiles,
    row: Mapping[str, Any],
    sparks: Mapping[int, Any],
    since: Changes,
    state: CaseState | None,
) -> dict[str, Any]:
    """Make what the grid shows of one cluster; every text in it is safe text."""
    cluster_id = int(row["cluster_id"])
    return {
        "key": f"{run.id}/{cluster_id}",
        "href": f"/run/{run.id}/cluster/{cluster_id}",
        "run": run.id,
        "cluster_id": cluster_id,
        "title": f"Cluster {cluster_id}",
        "rank": row["rank"],
        "kind": printable(row["kind"], 40),
        "n_accounts": row["n_accounts"],
        "n_contents": row["n_contents"],
        "coordination": round(row["coordination"], 4),
        "inauthenticity": round(row["inauthenticity"], 4),
        "spark": [int(n) for n in sparks.get(cluster_id, ())],
        "reason": printable(why(row), 400),
        "change": since.of.get(cluster_id, "") if since.previous else "",
        "verdict": (state.verdict if state else None) or "open",
        "owner": printable(state.owner, 40) if state and state.owner else "",
        "due": state.due.isoformat() if state and state.due else "",
        "first_ts": row["first_ts"].isoformat(),
    }
