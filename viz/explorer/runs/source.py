"""The Parquet files of one run, as queries see them."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cib.datasets.errors import BadDataError
from cib.datasets.hostile import printable
from cib.datasets.run_folder import table_path
from cib.viz.explorer.runs.database import Database, QueryFailed, pattern_of
from cib.viz.explorer.runs.errors import RunGone

TABLES = (
    "accounts",
    "alternatives",
    "between",
    "clusters",
    "controls",
    "edges",
    "evidence",
    "interactions",
    "members",
    "roster",
    "targets",
)
"""What queries may name; `between` and `roster` are made in copies.py."""


class RunSource:
    """The tables of a run under their names: `{members}` in a query is that table.

    `{members:rows}` has the column `file_row_number` besides, counted from 0: accounts and targets
    are named by it in addresses and callbacks, so that no id leaves the server.

    Parameters
    ----------
    path : the run's folder
    run_id : its name, for messages
    database : where queries run
    """

    def __init__(self, path: Path, run_id: str, database: Database) -> None:
        self.path, self.run_id, self.scratch = path, run_id, database.scratch
        self._database = database
        self._schemas: dict[str, pa.Schema | None] = {}
        self._places: dict[str, Path] = {}
        self._stand_ins: dict[str, str] = {}
        self._building = {table: threading.Lock() for table in TABLES}

    def file(self, table: str) -> Path:
        """Where a table lies."""
        return self._places.get(table) or table_path(self.path, table)

    def building(self, table: str) -> threading.Lock:
        """What is held while a copy of a table is made."""
        return self._building[table]

    def stand_in(self, table: str, sql: str) -> None:
        """Have queries read a table from a query, in parentheses, for as long as it has no copy."""
        self._stand_ins[table] = sql

    def placed(self, table: str) -> bool:
        """Whether a table is read from a copy."""
        return table in self._places

    def take_from(self, table: str, place: Path) -> None:
        """Read a table from another file from now on."""
        self._places[table] = place
        self._schemas.pop(table, None)

    def schema(self, table: str) -> pa.Schema | None:
        """Columns of a table, None when the run has no such table.

        Raises
        ------
        RunGone
            The run's folder is gone.
        BadDataError
            The file is no Parquet file (any more).
        """
        if table not in self._schemas:
            path = self.file(table)
            if not self.path.is_dir():
                raise RunGone(self.run_id)
            if not path.is_file():
                return None
            self._schemas[table] = _opened(path).schema_arrow
        return self._schemas[table]

    def has(self, table: str, column: str | None = None) -> bool:
        """Whether the run has a table, or a column of it."""
        schema = self.schema(table)
        return schema is not None and (column is None or column in schema.names)

    @cached_property
    def id_type(self) -> pa.DataType:
        """Type of account ids."""
        schema = self.schema("accounts")
        if schema is None:
            raise RunGone(self.run_id)
        return schema.field("account_id").type

    @cached_property
    def n_accounts(self) -> int:
        """Accounts of the log."""
        return int(self._opened("accounts").metadata.num_rows)

    @cached_property
    def n_clusters(self) -> int:
        """Clusters of the run."""
        return int(self._opened("clusters").metadata.num_rows)

    def _opened(self, table: str) -> pq.ParquetFile:
        if self.schema(table) is None:
            raise RunGone(self.run_id)
        return _opened(self.file(table))

    def query(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        given: Mapping[str, pa.Table] | None = None,
    ) -> pa.Table:
        """Run a query in which tables stand as `{name}` and values as `$name`.

        Raises
        ------
        RunGone
            A file of the run is no longer there.
        BadDataError
            A file is broken; the message names it.
        """
        text, files = self._scans(sql)
        values = {name: pattern_of(path) for name, path in files.items()}
        try:
            return self._database.table(text, {**values, **(parameters or {})}, given)
        except QueryFailed as error:
            raise self._because(list(files.values()), error) from error

    def copy(self, sql: str, place: Path, rows_per_group: int) -> None:
        """Write the rows of a query to a Parquet file.

        Raises
        ------
        RunGone, BadDataError
            As for `query`.
        OSError
            The place cannot be written.
        """
        text, files = self._scans(sql)
        place.touch(mode=0o600)
        values = {name: pattern_of(path) for name, path in files.items()}
        try:
            self._database.copy(text, values, place, rows_per_group)
        except QueryFailed as error:
            raise self._because(list(files.values()), error) from error

    def _scans(self, sql: str) -> tuple[str, dict[str, Path]]:
        """Put the reading of files into a query; return it and the files by parameter."""
        for table, other in self._stand_ins.items():
            if table not in self._places:
                sql = sql.replace("{" + table + ":rows}", other).replace("{" + table + "}", other)
        used = [table for table in TABLES if "{" + table in sql]
        files = {f"file_{table}": self.file(table) for table in used}
        for path in files.values():
            if not os.path.isfile(path):
                raise RunGone(self.run_id)
        return sql.format_map({table: _Scan(table) for table in used}), files

    @staticmethod
    def whole(path: Path) -> bool:
        """Whether a Parquet file is there and not cut off."""
        try:
            _opened(path)
        except (BadDataError, RunGone):
            return False
        return True

    def _because(self, files: list[Path], error: Exception) -> Exception:
        """Say why a query failed."""
        for path in files:
            if not os.path.isfile(path):
                return RunGone(self.run_id)
            try:
                file = _opened(path)
                for group in range(file.metadata.num_row_groups):
                    file.read_row_group(group)
            except BadDataError as found:
                return found
            except (OSError, pa.ArrowException) as found:
                return _broken(path, found)
        return BadDataError(
            f"{printable(self.path, 300)} cannot be searched: {printable(error, 200)}; scan again."
        )


class _Scan:
    """A table in a query; `:rows` in the placeholder asks for row numbers."""

    def __init__(self, table: str) -> None:
        self.table = table

    def __format__(self, spec: str) -> str:
        rows = ", file_row_number = true" if spec == "rows" else ""
        return f"read_parquet($file_{self.table}{rows})"


def _opened(path: Path) -> pq.ParquetFile:
    """Open a Parquet file by its footer."""
    try:
        return pq.ParquetFile(path)
    except FileNotFoundError as error:
        raise RunGone(path.parent.name) from error
    except (OSError, pa.ArrowException) as error:
        raise _broken(path, error) from error


def _broken(path: Path, error: Exception) -> BadDataError:
    return BadDataError(
        f"{printable(path, 300)} cannot be read ({printable(error, 120)}); it is cut off or "
        f"damaged. Remove {printable(path.parent, 300)} and scan again."
    )
