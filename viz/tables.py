"""The tables of a run as figures and the report need them: checked, and cut to one cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.errors import UsageError

Tables = Mapping[str, pa.Table]

COLUMNS: dict[str, tuple[str, ...]] = {
    "clusters": (
        "cluster_id", "rank", "n_accounts", "n_contents", "n_interactions", "first_ts", "last_ts",
        "coordination", "inauthenticity", "log10_p", "kind", "reason", "benign_alternative",
        "benign_statement", "benign_ruled_out", "n_edges", "layers",
    ),
    "members": ("cluster_id", "account_id", "role", "strength", "place"),
    "edges": (
        "account_a", "account_b", "layer", "window_s", "observed", "expected", "q_value", "weight",
    ),
    "targets": (
        "cluster_id", "content_id", "n_interactions", "n_interactions_all", "n_members", "share",
    ),
    "evidence": (
        "cluster_id", "signal", "score", "observed", "expected", "log10_p", "log_odds", "statement",
    ),
    "accounts": ("account_id", "cluster_id", "n_interactions", "first_ts", "last_ts"),
    "interactions": ("cluster_id", "account_id", "content_id", "ts"),
    "quarantine": ("file", "column", "reason", "n_rows", "first_row", "example"),
}  # fmt: skip
"""The columns that this package reads, by table."""


def table(tables: Tables, name: str) -> pa.Table:
    """Return one table of a run; a table that is absent has no rows.

    Raises
    ------
    UsageError
        The table lacks columns that the report reads.

    Examples
    --------
    >>> table({}, "quarantine").num_rows
    0
    """
    if name not in tables:
        return pa.table({column: pa.nulls(0) for column in COLUMNS[name]})
    found = tables[name]
    missing = [column for column in COLUMNS[name] if column not in found.column_names]
    if missing:
        raise UsageError(
            f"The table {name!r} lacks {', '.join(missing)}; "
            f"it has {', '.join(found.column_names) or 'no columns'}."
        )
    return found


def of_cluster(tables: Tables, name: str, cluster_id: int) -> pa.Table:
    """Return the rows of one cluster.

    >>> run = {"members": pa.table({"cluster_id": [1, 2], "account_id": ["a", "b"],
    ...                             "role": ["hub", "listener"], "strength": [1.0, 1.0],
    ...                             "place": ["core", "core"]})}
    >>> of_cluster(run, "members", 2)["account_id"].to_pylist()
    ['b']
    """
    whole = table(tables, name)
    if whole.num_rows == 0:
        return whole
    return whole.filter(pc.equal(whole["cluster_id"], cluster_id))


def cluster(tables: Tables, cluster_id: int) -> dict[str, Any]:
    """Return the row of one cluster, by column name.

    Raises
    ------
    UsageError
        The run has no such cluster.
    """
    rows = of_cluster(tables, "clusters", cluster_id).to_pylist()
    if not rows:
        raise UsageError(
            f"This run has no cluster {cluster_id}; it has "
            f"{table(tables, 'clusters').num_rows} clusters, see the clusters table."
        )
    row: dict[str, Any] = rows[0]
    return row


def strongest_members(tables: Tables, cluster_id: int) -> pa.Table:
    """Return the members of one cluster: core first, then by strength, then by id."""
    members = of_cluster(tables, "members", cluster_id)
    if members.num_rows == 0:
        return members
    keyed = members.append_column("_outer", pc.not_equal(members["place"], "core"))
    keys = [("_outer", "ascending"), ("strength", "descending"), ("account_id", "ascending")]
    return keyed.sort_by(keys).drop_columns("_outer")


def main_targets(tables: Tables, cluster_id: int) -> pa.Table:
    """Return the targets of one cluster, the one its members acted on most first."""
    targets = of_cluster(tables, "targets", cluster_id)
    if targets.num_rows == 0:
        return targets
    return targets.sort_by([("n_interactions", "descending"), ("content_id", "ascending")])


def edges_among(tables: Tables, accounts: Any) -> pa.Table:
    """Return the edges whose two ends are both in `accounts` (an Arrow array of ids)."""
    edges = table(tables, "edges")
    if edges.num_rows == 0 or len(accounts) == 0:
        return edges.slice(0, 0)
    edges = edges.filter(pc.is_in(edges["account_a"], value_set=accounts))
    return edges.filter(pc.is_in(edges["account_b"], value_set=accounts))


def positions(ids: Any, order: Any) -> Any:
    """Return where each of `ids` stands in `order` as a NumPy array, -1 for those not in it."""
    found = pc.fill_null(pc.index_in(ids, value_set=order), -1)
    return found.to_numpy(zero_copy_only=False) if isinstance(found, pa.Array) else found.to_numpy()


def plain(column: Any) -> Any:
    """Return a column as one Arrow array, dictionaries decoded."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):  # older pyarrow, no chunk
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
