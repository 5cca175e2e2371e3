"""What waits on disk until its turn: aligned arrays in Arrow files, cut into parts."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.ipc as ipc

Array = npt.NDArray[Any]
Columns = Mapping[str, Array]
"""Aligned arrays by name, each of one type from part to part."""

# Most columns are null, constant or run along with the account: half of the bytes at no cost.
_OPTIONS = ipc.IpcWriteOptions(compression="lz4")


class Parts:
    """A file of parts that are read one by one, by several threads if need be.

    Files are read, not mapped: what was read once would count as memory in use. They are opened for
    each part, so that a world of many groups needs no more open files than others.

    Parameters
    ----------
    path : of the file to write
    parts : in order
    """

    def __init__(self, path: Path, parts: Iterable[Columns]) -> None:
        self._path = path
        writer = None
        with pa.OSFile(str(path), "wb") as file:
            for part in parts:
                batch = _batch(part)
                if writer is None:
                    writer = ipc.new_file(file, batch.schema, options=_OPTIONS)
                writer.write_batch(batch)
            if writer is not None:
                writer.close()

    def read(self, part: int) -> dict[str, Array]:
        """Return a part as it was given."""
        with pa.OSFile(str(self._path), "rb") as file:
            return _columns(ipc.open_file(file).get_batch(part))


class Buckets:
    """Files to which rows are added as they come, each row to the file that it is meant for.

    Safe to add to from several threads; the rows of one call stay in their order.

    Parameters
    ----------
    folder : to make
    n : how many files
    """

    def __init__(self, folder: Path, n: int) -> None:
        folder.mkdir()
        self._paths = [folder / f"{i}.arrow" for i in range(n)]
        self._files: list[pa.OSFile] = []
        self._writers: list[ipc.RecordBatchStreamWriter] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._paths)

    def add(self, columns: Columns, bucket: Array) -> None:
        """Add rows.

        Parameters
        ----------
        columns : each (n,)
        bucket : (n,) the file of each row
        """
        # Few enough for sixteen bits, which NumPy sorts by radix.
        order = np.argsort(bucket.astype(np.uint16), kind="stable")
        start = np.searchsorted(bucket[order], np.arange(len(self) + 1))
        with self._lock:
            for i in range(len(self)):
                rows = order[start[i] : start[i + 1]]
                batch = _batch({name: values[rows] for name, values in columns.items()})
                if len(self._writers) == i:
                    self._files.append(pa.OSFile(str(self._paths[i]), "wb"))
                    self._writers.append(
                        ipc.new_stream(self._files[i], batch.schema, options=_OPTIONS)
                    )
                if len(rows):
                    self._writers[i].write_batch(batch)

    def close(self) -> None:
        """Finish writing."""
        for writer, file in zip(self._writers, self._files, strict=True):
            writer.close()
            file.close()
        self._writers, self._files = [], []

    def read(self, bucket: int) -> dict[str, Array]:
        """Return all rows of a file, in the order in which they came; nothing if none ever did."""
        self.close()
        path = self._paths[bucket]
        if not path.exists():
            return {}
        with pa.OSFile(str(path), "rb") as file:
            table = ipc.open_stream(file).read_all()
        return _columns(table)


def _batch(columns: Columns) -> pa.RecordBatch:
    return pa.record_batch({name: pa.array(values) for name, values in columns.items()})


def _columns(table: pa.RecordBatch | pa.Table) -> dict[str, Array]:
    if isinstance(table, pa.Table):
        return {name: table[name].to_numpy() for name in table.column_names}
    return {
        name: table.column(i).to_numpy(zero_copy_only=False)
        for i, name in enumerate(table.schema.names)
    }
