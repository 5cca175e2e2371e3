"""Tables of a run, read whole: what the queries are compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cib.datasets.run_folder import read_table
from cib.viz.explorer.runs.run_tables import RunTables

Row = dict[str, Any]


def rows(run: RunTables, name: str, keep: Callable[[Row], bool] = lambda row: True) -> list[Row]:
    """Rows of a table, in its order."""
    return [row for row in read_table(run.source.path, name).to_pylist() if keep(row)]


def of_cluster(run: RunTables, name: str, cluster_id: int) -> list[Row]:
    """A cluster's rows of a table."""
    return rows(run, name, lambda row: row["cluster_id"] == cluster_id)


def row_of_account(run: RunTables) -> dict[Any, int]:
    """Row of each account."""
    return {row["account_id"]: i for i, row in enumerate(rows(run, "accounts"))}


def names(run: RunTables, table: str, column: str) -> list[Any]:
    """A column of a table."""
    return read_table(run.source.path, table)[column].to_pylist()


def without(row: Row, *columns: str) -> Row:
    """A row with some columns left out."""
    return {name: value for name, value in row.items() if name not in columns}
