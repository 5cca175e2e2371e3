"""The tables of a cluster that can be taken away: what its page lists and draws, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cib.datasets.errors import CibError
from cib.viz.explorer.exports.safe_csv import write_csv
from cib.viz.explorer.panels.here import Here
from cib.viz.explorer.pictures import drawings
from cib.viz.explorer.runs import cluster_facts
from cib.viz.explorer.runs.run_tables import RunTables
from cib.viz.habits_figures import DAYS

ROWS = 200_000
"""Rows of a table that are in memory at a time."""
ALL = 100_000_000
LEFT_OUT = {"account_row", "target_row"}
"""Columns that mean something to the explorer only."""
COUNTED = {
    "devices": "device_hash",
    "addresses": "ip_hash",
    "networks": "asn",
    "markets": "market",
    "ip_markets": "ip_market",
}
"""Tables of how many accounts share a value, and the column that holds it."""
TABLES = (
    "members", "targets", "evidence", "alternatives", "edges", "interactions", "controls",
    "signals", "hours", "durations", *COUNTED,
)  # fmt: skip
NEEDS: dict[str, tuple[str, str | None]] = {
    "controls": ("controls", None),
    "alternatives": ("alternatives", None),
    "durations": ("interactions", "duration_ms"),
    **{name: ("interactions", column) for name, column in COUNTED.items()},
}
"""Table or column without which there is none."""


class NotKept(CibError):
    """The run has nothing of the kind."""

    exit_code = 65


def there(tables: RunTables, name: str) -> bool:
    """Whether a run has what a table or figure of that name needs."""
    needed = NEEDS.get(name)
    return needed is None or tables.has(*needed)


def need(tables: RunTables, name: str) -> None:
    """Raise `NotKept` where a run lacks what a table or figure of that name needs."""
    if not there(tables, name):
        table, column = NEEDS[name]
        lacks = f"a column {column}" if column else f"a table {table}"
        raise NotKept(
            f"This run has no {name.replace('_', ' ')}: it was made without {lacks}, because the "
            "log has none or an earlier version made it."
        )


def batches(here: Here, name: str) -> Iterator[pa.Table]:
    """Yield the rows of one table of a cluster, so many at a time; at least one table.

    Raises
    ------
    NotKept
        The run has no such table.
    RunGone
        It has gone.
    """
    tables, cluster_id = here.tables, here.cluster_id
    need(tables, name)
    whole: dict[str, Callable[[Here], pa.Table]] = {
        "evidence": lambda here: here.tables.evidence(here.cluster_id),
        "edges": edges_with_ids,
        "alternatives": _alternatives,
        "signals": _signals,
        "hours": _hours,
        "durations": _durations,
    }
    pages: dict[str, Callable[..., tuple[pa.Table, int]]] = {
        "members": tables.members,
        "targets": tables.targets,
        "interactions": tables.interactions,
        "controls": partial(tables.interactions, of="controls"),
    }
    if name in COUNTED:
        yield _counted(here, COUNTED[name])
    elif name in whole:
        yield whole[name](here)
    else:
        offset, total = 0, 1
        while offset < total or not offset:
            rows, total = pages[name](cluster_id, offset=offset, limit=ROWS)
            yield without_rows(rows)
            offset += ROWS


def without_rows(table: pa.Table) -> pa.Table:
    """Return a table without the columns that mean something to the explorer only."""
    return table.drop_columns([name for name in table.column_names if name in LEFT_OUT])


def edges_with_ids(here: Here) -> pa.Table:
    """Return all edges inside a cluster, with the ids of their ends."""
    graph = here.tables.edges_within(here.cluster_id, max_nodes=ALL, max_edges=ALL)
    ids = graph.nodes["account_id"].combine_chunks()
    rest = graph.edges.drop_columns(["a", "b"])
    ends = {f"account_{end}": ids.take(graph.edges[end]) for end in "ab"}
    return pa.table(ends | {name: rest[name] for name in rest.column_names})


def _alternatives(here: Here) -> pa.Table:
    schema = here.tables.source.schema("alternatives")
    assert schema is not None
    rows = cluster_facts.alternatives(here.tables.source, here.cluster_id)
    return pa.Table.from_pylist(rows or [], schema)


def _signals(here: Here) -> pa.Table:
    """Return the values that the comparison draws: a row per account, members first."""
    members, others, _ = drawings.compared(here)
    sides = pa.array(["member"] * len(members) + ["other"] * len(others), pa.string())
    return pa.concat_tables([members, others.cast(members.schema)]).add_column(0, "side", sides)


def _hours(here: Here) -> pa.Table:
    """Return 168 rows: day (1 is Monday), its name, hour (UTC), and what members and others did."""
    mine = here.tables.hours_of_week(here.cluster_id)
    theirs = here.tables.hours_of_week(here.cluster_id, of="controls")
    day = np.repeat(np.arange(1, 8, dtype=np.int8), 24)
    return pa.table(
        {
            "day": day,
            "weekday": [DAYS[at - 1] for at in day.tolist()],
            "hour": np.tile(np.arange(24, dtype=np.int8), 7),
            "n_interactions": mine.ravel(),
            "n_interactions_others": theirs.ravel(),
        }
    )


def _durations(here: Here) -> pa.Table:
    """Return plays by length in seconds, from this one up to the next."""
    tables, cluster_id = here.tables, here.cluster_id
    mine = tables.durations(cluster_id)
    theirs = tables.durations(cluster_id, of="controls")
    assert mine is not None
    if theirs is None:
        theirs = mine.slice(0, 0)
    both = mine.join(theirs, "ms", join_type="full outer", right_suffix="_others")
    return _zeros(both.sort_by("ms"), "n", "n_others")


def _counted(here: Here, column: str) -> pa.Table:
    """Return how many accounts and interactions share each value, of members and of others."""
    found = here.tables.shared_by(here.cluster_id, column, limit=ALL)
    assert found is not None
    theirs = here.tables.shared_by(here.cluster_id, column, of="controls", limit=ALL)
    mine = found[0]
    others = theirs[0] if theirs else mine.slice(0, 0)
    both = mine.join(others, "value", join_type="full outer", right_suffix="_others")
    counts = [name for name in both.column_names if name != "value"]
    both = _zeros(both, *counts).rename_columns(
        {"value": column, **{name: name for name in counts}}
    )
    return both.sort_by([("n_accounts", "descending"), ("n_interactions", "descending"),
                         (column, "ascending")])  # fmt: skip


def _zeros(table: pa.Table, *columns: str) -> pa.Table:
    """Write 0 for what only the other side has."""
    for name in columns:
        at = table.column_names.index(name)
        table = table.set_column(at, name, table[name].fill_null(0))
    return table


def write_table(here: Here, name: str, kind: str, sink: IO[bytes]) -> int:
    """Write one table of a cluster as "csv" or "parquet", as this viewer may see it.

    Returns
    -------
    int
        Rows written.
    """
    writer, total = None, 0
    for rows in batches(here, name):
        shown = here.names.table(rows)
        if kind == "csv":
            write_csv(shown, sink, header=total == 0)
        else:
            writer = writer or pq.ParquetWriter(sink, shown.schema, compression="zstd")
            writer.write_table(shown)
        total += len(shown)
    if writer:
        writer.close()
    return total
