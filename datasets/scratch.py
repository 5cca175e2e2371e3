"""Arrays in memory up to a budget, on disk beyond it."""

from __future__ import annotations

import mmap
import os
import tempfile
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.errors import TemporaryError

_CHUNK = 1 << 16
_DROP_EVERY = 1 << 22


class Scratch:
    """Where large arrays are put: in memory while the budget lasts, in files after that.

    A file has no name once its array is made, so nothing is left behind however the process
    ends, and its room on disk is reserved at once, so that a full disk is an error here and not a
    crash later. Arrays on disk are written back by the system as it sees fit; `drop` tells it
    that their pages are not needed for now. Safe to use from several threads.

    Parameters
    ----------
    memory
        Bytes for arrays in memory; None does not limit, and nothing goes to disk.
    folder
        Where files go; None takes the system's folder for temporary files.
    work
        Bytes besides, for what a stage needs in memory while it runs.

    Examples
    --------
    >>> scratch = Scratch(memory=1000)
    >>> in_memory, on_disk = scratch.empty(100, np.int64), scratch.empty(100, np.int64)
    >>> isinstance(in_memory, np.memmap), isinstance(on_disk, np.memmap)
    (False, True)
    """

    def __init__(
        self,
        memory: int | None = None,
        folder: str | os.PathLike[str] | None = None,
        *,
        work: int = 0,
    ) -> None:
        self.memory = memory
        self.work = work
        self.folder = None if folder is None else Path(folder)
        self.held = 0
        """Bytes of arrays in memory that were not released."""
        self.spilled = 0
        """Bytes ever put on disk."""
        self._lock = threading.Lock()

    def empty(self, shape: int | tuple[int, ...], dtype: Any) -> npt.NDArray[Any]:
        """Make an array with undefined values.

        Raises
        ------
        TemporaryError
            The disk has no room, or files cannot be made.
        """
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        with self._lock:
            if not size or self.memory is None or self.held + size <= self.memory:
                self.held += size
                return np.empty(shape, dtype)
            self.spilled += size
        return self._on_disk(shape, dtype, size)

    def room(self, least: int = 0) -> int | None:
        """Bytes that a stage may take in memory by itself, `least` or more; None does not limit."""
        if self.memory is None:
            return None
        return max(self.memory - self.held, 0) + max(self.work, least)

    def _on_disk(self, shape: int | tuple[int, ...], dtype: Any, size: int) -> npt.NDArray[Any]:
        try:
            with tempfile.TemporaryFile(prefix="cib-", dir=self.folder) as file:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, size)
                else:
                    file.truncate(size)
                array = _OnDisk(file, dtype, "r+", shape=shape)
                _MADE[array.ctypes.data] = array
                return array
        except OSError as error:
            raise TemporaryError(
                f"{self.folder or tempfile.gettempdir()}: no temporary file of {size:,} bytes can "
                f"be made here: {error.strerror or error}; make room, name another folder with "
                "--scratch, or raise --memory"
            ) from error

    def move(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Put an array of this scratch on disk, unless it is there; the caller forgets the old one.

        Raises
        ------
        TemporaryError
            As for `empty`.
        """
        if on_disk(array):
            return array
        moved = self._on_disk(array.shape, array.dtype, array.nbytes)
        for start, stop in walk(len(array), moved):
            moved[start:stop] = array[start:stop]
        with self._lock:
            self.spilled += array.nbytes
            self.held -= array.nbytes
        return moved

    def grow(self, array: npt.NDArray[Any], length: int, used: int) -> npt.NDArray[Any]:
        """Make an array longer, keeping its first `used` entries; the caller forgets the old one.

        Raises
        ------
        TemporaryError
            As for `empty`.
        """
        shape = (length, *array.shape[1:])
        more = array.nbytes // max(1, len(array)) * (length - len(array))
        with self._lock:
            fits = self.memory is None or self.held + more <= self.memory
            if fits and not on_disk(array):
                self.held += more
                array.resize(shape, refcheck=False)
                return array
        longer = self.empty(shape, array.dtype)
        for start, stop in walk(used, array, longer):
            longer[start:stop] = array[start:stop]
        self.release(array)
        return longer

    def cut(self, array: npt.NDArray[Any], length: int) -> npt.NDArray[Any]:
        """Keep the first `length` entries of an array; the caller forgets the old one."""
        if on_disk(array):
            return array[:length]
        with self._lock:
            self.held -= array.nbytes // max(1, len(array)) * (len(array) - length)
        array.resize((length, *array.shape[1:]), refcheck=False)
        return array

    def release(self, *arrays: npt.NDArray[Any]) -> None:
        """Say that arrays of this scratch are not used any more; the caller deletes them."""
        with self._lock:
            self.held -= sum(array.nbytes for array in arrays if not on_disk(array))


class _OnDisk(np.memmap):
    """An array of a `Scratch` on disk. Other memory maps are the caller's: never let go of."""


_MADE: weakref.WeakValueDictionary[int, _OnDisk] = weakref.WeakValueDictionary()
"""Arrays on disk by the address of their first byte."""


def array_at(address: int) -> npt.NDArray[Any] | None:
    """The array of a `Scratch` on disk that begins at an address: of an Arrow buffer, say."""
    return _MADE.get(address)


def on_disk(array: npt.NDArray[Any]) -> bool:
    """Whether an array of a `Scratch`, a part or another view of one, is on disk."""
    return _mapping(array) is not None


def drop(*arrays: npt.NDArray[Any]) -> None:
    """Let go of the pages of arrays on disk; their values stay. Does nothing in memory."""
    for array in arrays:
        mapping = _mapping(array)
        if mapping is not None and hasattr(mmap, "MADV_DONTNEED"):
            mapping.madvise(mmap.MADV_DONTNEED)


def _mapping(array: Any) -> mmap.mmap | None:
    """The file that an array of a `Scratch` is a view of; `np.asarray` hides it in the base."""
    while array is not None:
        mapping: mmap.mmap | None = getattr(array, "_mmap", None)
        if isinstance(array, _OnDisk) and mapping is not None:
            return mapping
        array = getattr(array, "base", None)
    return None


def walk(
    rows: int | tuple[int, int], *arrays: npt.NDArray[Any], chunk: int = _CHUNK
) -> Iterator[tuple[int, int]]:
    """Go over rows in chunks, dropping now and then the pages of the arrays that are on disk.

    Parameters
    ----------
    rows
        Number of rows, or the first row and the one after the last.
    arrays
        What is read or written on the way.
    chunk
        Rows at a time.

    Yields
    ------
    start, stop

    Examples
    --------
    >>> list(walk(5, chunk=2))
    [(0, 2), (2, 4), (4, 5)]
    """
    begin, end = (0, rows) if isinstance(rows, int) else rows
    mapped = [array for array in arrays if on_disk(array)]
    passed = 0
    for start in range(begin, end, chunk):
        stop = min(start + chunk, end)
        yield start, stop
        passed += stop - start
        if passed >= _DROP_EVERY:
            drop(*mapped)
            passed = 0
    drop(*mapped)
