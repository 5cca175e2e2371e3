"""What can be taken away of a run and of all decisions: lists, maps, what the next scan learns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from cib.viz.activity_figure import draw_rows
from cib.viz.explorer.exports.answers import Answer, picture, table_file
from cib.viz.explorer.exports.subjects import MOST_ROWS
from cib.viz.explorer.pages.overview_map import map_name, payload_of
from cib.viz.explorer.runs.comparing import STRETCHES
from cib.viz.explorer.verdicts import words
from cib.viz.map_figure import draw_map
from cib.viz.overview_figure import draw_overview

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

MOST_DRAWN = 60
"""Clusters of which a picture shows when they act."""


def verdicts(explorer: Explorer) -> Answer:
    """Return what the next scan learns from; `cib scan --verdicts` reads it.

    With pseudonyms it says how much was decided, but no scan knows whom it means; so its name says
    that it holds these.
    """
    kinds = {run.tables.source.id_type for run in explorer.library.runs()}
    table = explorer.casebook.verdicts(kinds.pop() if len(kinds) == 1 else None)
    said = "-pseudonyms" if explorer.names().pseudonymous else ""
    return table_file(explorer, table, f"verdicts{said}.parquet")


def decisions(explorer: Explorer, kind: str) -> Answer:
    """Return everything that was decided, oldest first; what was taken back is marked."""
    events = explorer.casebook.events()
    table = pa.table(
        {
            "seq": pa.array([e.seq for e in events], pa.int64()),
            "ts": pa.array([e.ts for e in events], pa.timestamp("us", "UTC")),
            "who": pa.array([e.who for e in events], pa.string()),
            "run_id": pa.array([e.run_id for e in events], pa.string()),
            "cluster_id": pa.array([e.cluster_id for e in events], pa.int64()),
            "kind": pa.array([e.kind for e in events], pa.string()),
            "value": pa.array([words(e) for e in events], pa.string()),
            "undoes": pa.array([e.undoes for e in events], pa.int64()),
            "undone": pa.array([e.undone for e in events], pa.bool_()),
        }
    )
    return table_file(explorer, table, f"decisions.{kind}")


def clusters(explorer: Explorer, run: str, kind: str) -> Answer:
    """Return the whole list of clusters."""
    table, _ = explorer.library.run(run).tables.clusters(limit=MOST_ROWS)
    return table_file(explorer, table, f"run-{run}-clusters.{kind}")


def overview(explorer: Explorer, run: str, kind: str) -> Answer:
    """Return all clusters by their two scores as a picture."""
    table, _ = explorer.library.run(run).tables.clusters(limit=5000)
    return picture(draw_overview({"clusters": table}), f"run-{run}-overview.{kind}")


def activity(explorer: Explorer, run: str, kind: str) -> Answer:
    """Return when the first clusters by rank act, as a picture: triage's small pictures at once."""
    tables = explorer.library.run(run).tables
    found, total = tables.clusters(limit=MOST_DRAWN)
    ids = found["cluster_id"].to_pylist()
    counts = tables.sparkline(ids, n_bins=STRETCHES)
    first, last = (datetime.fromtimestamp(us / 1e6, UTC) for us in tables.span())
    names = [
        f"{rank}: cluster {one}" for rank, one in zip(found["rank"].to_pylist(), ids, strict=True)
    ]
    some = (
        f"the first {len(ids)} of {total} clusters by rank" if total > len(ids) else "all clusters"
    )
    drawing = draw_rows(
        [counts[one] for one in ids], names, first, last, title=f"When they act: {some}"
    )
    return picture(drawing, f"run-{run}-activity.{kind}")


def cluster_map(explorer: Explorer, run: str, kind: str, group: str | None = None) -> Answer:
    """Return the map of all clusters, or of one group of them, as a picture."""
    number = int(group) if group else None
    payload = payload_of(explorer, explorer.library.run(run), number)
    title = "Map of clusters" if number is None else f"Map of clusters: group {number}"
    return picture(draw_map(payload, title=title), f"run-{run}-{map_name(number)}.{kind}")
