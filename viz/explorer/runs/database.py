"""Queries over Parquet files with DuckDB, shut off from everything else."""

from __future__ import annotations

import shutil
import tempfile
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from cib.datasets.errors import TemporaryError

MEMORY = "512MB"
"""Most that all queries together may hold."""
THREADS = 2


class QueryFailed(Exception):
    """DuckDB could not read what it was asked for."""


class Database:
    """An empty in-memory database that may read the files of some folders and nothing else.

    Extensions are neither loaded nor installed, Python variables are out of reach, and no query can
    change these settings. One connection; each call has a cursor of its own, so that any number of
    threads may ask at once.

    Parameters
    ----------
    folders : what may be read

    Attributes
    ----------
    scratch : folder for what does not fit in memory and what can be kept nowhere else; it is
        removed with this object
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self.scratch = Path(tempfile.mkdtemp(prefix="cib-explore-"))
        weakref.finalize(self, shutil.rmtree, self.scratch, ignore_errors=True)
        self._asked: set[duckdb.DuckDBPyConnection] = set()
        self._last = time.monotonic()
        self._closed = False
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": MEMORY,
                "threads": THREADS,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
                "preserve_insertion_order": False,
                "temp_directory": str(self.scratch),
            },
        )
        allowed = [folder.absolute() for folder in (*folders, self.scratch)]
        # as they are and as patterns, since both are compared with this list
        places = dict.fromkeys(f(folder) + "/" for folder in allowed for f in (str, pattern_of))
        self._connection.execute(f"SET allowed_directories = [{', '.join(map(_quoted, places))}]")
        self._connection.execute("SET GLOBAL parquet_metadata_cache = true")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET lock_configuration = true")

    def table(
        self,
        sql: str,
        parameters: Mapping[str, Any],
        given: Mapping[str, pa.Table] | None = None,
    ) -> pa.Table:
        """Run one query.

        Parameters
        ----------
        sql : the query; values from outside stand as `$name`
        parameters : their values
        given : Arrow tables that the query may name

        Raises
        ------
        QueryFailed
            A file cannot be read.
        TemporaryError
            The query needs more memory than queries may have.
        """
        with self._asking() as cursor:
            for name, rows in (given or {}).items():
                cursor.register(name, rows)
            return _in_utc(cursor.sql(sql, params=dict(parameters) or None).to_arrow_table())

    def copy(
        self, sql: str, parameters: Mapping[str, Any], place: Path, rows_per_group: int
    ) -> None:
        """Write the rows of a query to a Parquet file, in the order that it asks for.

        Raises
        ------
        QueryFailed
            A file cannot be read, or the place cannot be written.
        TemporaryError
            The query needs more memory than queries may have.
        """
        with self._asking() as cursor:
            cursor.execute(
                f"COPY ({sql}) TO {_quoted(str(place))} "
                f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {rows_per_group})",
                dict(parameters),
            )

    @contextmanager
    def _asking(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor, and say in our words what went wrong with it."""
        if self._closed:
            raise TemporaryError("the explorer is being stopped.")
        cursor = self._connection.cursor()
        self._asked.add(cursor)
        try:
            yield cursor
        except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException):
            raise  # a query of ours is wrong: no fault of any file
        except duckdb.OutOfMemoryException as error:
            raise TemporaryError(
                f"this question needs more than the {MEMORY} that questions may take; ask for a "
                "smaller part of the run, or try again when fewer people ask."
            ) from error
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            raise QueryFailed(str(error)) from error
        finally:
            self._asked.discard(cursor)
            self._last = time.monotonic()
            cursor.close()

    def wait_until_quiet(self, quiet: float, most: float) -> None:
        """Wait until nothing has been asked for some time.

        Parameters
        ----------
        quiet : seconds since the last question, or since this object was made
        most : seconds to wait at most
        """
        end = time.monotonic() + most
        while not self._closed and time.monotonic() < end:
            if not self._asked and time.monotonic() - self._last >= quiet:
                return
            time.sleep(0.05)

    def close(self) -> None:
        """Break off what is being asked, and take no more questions.

        A query that outlives Python's own end would take the process down with it.
        """
        self._closed = True
        for cursor in list(self._asked):
            with suppress(duckdb.Error):  # it has just ended by itself
                cursor.interrupt()


def pattern_of(path: Path) -> str:
    """Return a path as the pattern that matches this file alone.

    Examples
    --------
    >>> pattern_of(Path("runs [old]/a*.parquet"))
    'runs [[]old]/a[*].parquet'
    """
    return "".join(f"[{char}]" if char in "[*?" else char for char in str(path))


def _quoted(text: str) -> str:
    """Return a text as a literal of SQL: settings take no parameters."""
    return "'" + text.replace("'", "''") + "'"


def _in_utc(table: pa.Table) -> pa.Table:
    """Name the time zone as runs do; DuckDB calls it Etc/UTC."""
    fields = [
        field.with_type(pa.timestamp(field.type.unit, "UTC"))
        if pa.types.is_timestamp(field.type) and field.type.tz is not None
        else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))
