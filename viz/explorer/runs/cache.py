"""What takes time to make is kept: in the run's folder when it can be written, and in memory.

What is kept bears the stamp of the tables that it was made from. When a run is scanned again into
the same folder, nothing made from the tables before is taken for the new ones, and it is removed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cib.datasets.run_folder import TABLES, table_path

FOLDER = ".explorer"
"""Folder inside a run. It may be removed at any time."""
KEPT = 64
"""Tables kept in memory for each run."""
VERSION = 1
"""Raise it when anything kept here is made in another way."""
_KEPT_FILE = re.compile(r"[a-z]+(?:-(?P<stamp>[0-9a-f]{12}))?-[0-9a-f]{16}[.]parquet")


class Cache:
    """Small tables by name and parameters. Whatever is wrong with the disk, they are made anew.

    Parameters
    ----------
    run : folder of the run

    Attributes
    ----------
    stamp : of the run's tables as they were when this object was made
    """

    def __init__(self, run: Path) -> None:
        self.folder = run / FOLDER
        self.stamp = stamp_of(run)
        self._tidied = False
        self._memory: OrderedDict[str, pa.Table] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}

    def get(
        self, name: str, parameters: Mapping[str, Any], make: Callable[[], pa.Table]
    ) -> pa.Table:
        """Return a table, made now or before; two who ask at once make it once.

        Parameters
        ----------
        name : what it is; a plain word
        parameters : all that it depends on, besides the run
        make : makes it
        """
        key = self.key(name, parameters)
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._memory:
                    self._memory.move_to_end(key)
                    return self._memory[key]
            table = _read(self.file(key))
            if table is None:
                table = make()
                self.write(key, table)
            with self._lock:
                self._memory[key] = table
                while len(self._memory) > KEPT:
                    self._memory.popitem(last=False)
                self._making.pop(key, None)
            return table

    def has(self, name: str, parameters: Mapping[str, Any]) -> bool:
        """Whether a table was made before."""
        key = self.key(name, parameters)
        return key in self._memory or self.file(key).is_file()

    def key(self, name: str, parameters: Mapping[str, Any]) -> str:
        """Name of a file: what it is, the tables' stamp, a digest of all else it depends on."""
        what = json.dumps([VERSION, name, parameters], sort_keys=True, default=str)
        return f"{name}-{self.stamp}-{hashlib.sha256(what.encode()).hexdigest()[:16]}"

    def file(self, key: str) -> Path:
        """Where a table is kept."""
        return self.folder / f"{key}.parquet"

    def write(self, key: str, table: pa.Table) -> bool:
        """Put a table on the disk at once or not at all; False when it could not be."""
        try:
            with self.writing(key) as place:
                pq.write_table(table, place, compression="zstd")
        except (OSError, pa.ArrowException):
            return False
        return True

    def writing(self, key: str) -> _Aside:
        """A place to write to, which gets its name when the block ends without an error."""
        self._tidy()
        return _Aside(self.file(key))

    def _tidy(self) -> None:
        """Remove what was made from other tables; a copy of these may take gigabytes."""
        if self._tidied:
            return
        self._tidied = True
        with suppress(OSError):
            for file in self.folder.iterdir():
                found = _KEPT_FILE.fullmatch(file.name)
                if found and found["stamp"] != self.stamp:
                    file.unlink(missing_ok=True)


def stamp_of(run: Path) -> str:
    """Return a digest of the size and the time of every table of a run: 12 hexadecimal digits."""
    seen = []
    for name in TABLES:
        with suppress(OSError):
            status = table_path(run, name).stat()
            seen.append((name, status.st_size, status.st_mtime_ns))
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:12]


class _Aside:
    """A file beside the one it will replace."""

    def __init__(self, final: Path) -> None:
        self.final = final
        self.place = final.with_name(f".{uuid.uuid4().hex}.part")

    def __enter__(self) -> Path:
        # not its parents: a run that was removed must not come back as an empty folder
        with suppress(FileExistsError):
            self.final.parent.mkdir(mode=0o700)
        return self.place

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                os.replace(self.place, self.final)
        finally:
            with suppress(OSError):
                self.place.unlink(missing_ok=True)


def _read(path: Path) -> pa.Table | None:
    """Read a kept table; None when it is not there or broken."""
    try:
        return pq.read_table(pa.BufferReader(path.read_bytes()))
    except (OSError, pa.ArrowException):
        return None
