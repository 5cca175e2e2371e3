"""How a run lies on disk: one Parquet file per table, the manifest, the report.

`cib.store` writes such folders and publishes them by one rename, so that whatever has a manifest
is complete. Everyone else reads them through this file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cib.datasets.errors import BadDataError

MANIFEST = "manifest.json"
REPORT = "report.html"
TABLES = (
    "accounts",
    "edges",
    "clusters",
    "members",
    "targets",
    "evidence",
    "alternatives",
    "interactions",
    "controls",
    "quarantine",
)
"""The tables of a run. Runs of earlier versions may lack some of them, and columns of others."""


def table_path(folder: Path, name: str) -> Path:
    """Where a table of a run lies, whether it is there or not.

    Examples
    --------
    >>> table_path(Path("runs/0123456789abcdef"), "edges").name
    'edges.parquet'
    """
    return folder / f"{name}.parquet"


def is_run(folder: Path) -> bool:
    """Whether a folder holds a published run; False as well when it cannot be looked at."""
    return os.path.isfile(folder / MANIFEST)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a run's manifest.

    Raises
    ------
    BadDataError
        The folder holds no run.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadDataError(
            f"{folder} is not a run of cib: {MANIFEST} cannot be read ({error}); remove the "
            "folder and scan again."
        ) from error
    return manifest


def read_table(folder: Path, name: str) -> pa.Table:
    """Read one table of a run.

    Parameters
    ----------
    folder : of the run
    name : one of `TABLES`

    Raises
    ------
    BadDataError
        The file is missing or no longer Parquet.
    """
    with _opened(folder, name) as file:
        return pq.read_table(file)


def check_tables(folder: Path) -> None:
    """Look at the end of every table of a run of this version, without reading rows.

    Raises
    ------
    BadDataError
        A file is missing, cut short or no longer Parquet.
    """
    for name in TABLES:
        with _opened(folder, name) as file:
            pq.read_metadata(file)


@contextmanager
def _opened(folder: Path, name: str) -> Iterator[pa.NativeFile]:
    """Open one table of a run; what fails inside is the run's fault."""
    path = table_path(folder, name)
    try:
        # Arrow takes some paths for URIs; and it must not hold a Python file, whose buffers its
        # threads would free while the interpreter shuts down
        with _file(path) as file:
            yield file
    except (OSError, pa.ArrowException) as error:
        raise BadDataError(
            f"{path} cannot be read ({error}); remove {folder} and scan again."
        ) from error


def _file(path: Path) -> pa.NativeFile:
    """A file for Arrow, which takes no paths that are not UTF-8."""
    try:
        return pa.OSFile(os.fsencode(path).decode("utf-8"))
    except UnicodeDecodeError:
        return pa.BufferReader(path.read_bytes())
