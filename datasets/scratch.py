"""Arrays in memory up to a budget, on disk beyond it."""

from __future__ import annotations

import mmap
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


class Scratch:
    """Where large arrays are put: in memory while the budget lasts, in files after that.

    A file has no name once its array is made, so nothing is left behind however the process
    ends, and its room on disk is reserved at once, so that a full disk is an `OSError` here and
    not a crash later. Arrays on disk are written back by the system as it sees fit; `drop` tells
    it that their pages are not needed for now.

    Parameters
    ----------
    memory
        Bytes for arrays in memory; None does not limit, and nothing goes to disk.
    folder
        Where files go; None takes the system's folder for temporary files.

    Examples
    --------
    >>> scratch = Scratch(memory=1000)
    >>> in_memory, on_disk = scratch.empty(100, np.int64), scratch.empty(100, np.int64)
    >>> isinstance(in_memory, np.memmap), isinstance(on_disk, np.memmap)
    (False, True)
    """

    def __init__(
        self, memory: int | None = None, folder: str | os.PathLike[str] | None = None
    ) -> None:
        self.memory = memory
        self.folder = None if folder is None else Path(folder)
        self.held = 0
        """Bytes of arrays in memory that were not released."""
        self.spilled = 0
        """Bytes ever put on disk."""

    def empty(self, length: int, dtype: Any) -> npt.NDArray[Any]:
        """Make an array of shape (length,) with undefined values.

        Raises
        ------
        OSError
            The disk has no room.
        """
        size = length * np.dtype(dtype).itemsize
        if not size or self.memory is None or self.held + size <= self.memory:
            self.held += size
            return np.empty(length, dtype)
        with tempfile.TemporaryFile(prefix="cib-", dir=self.folder) as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.truncate(size)
            self.spilled += size
            return np.memmap(file, dtype, "r+", shape=(length,))

    def release(self, *arrays: npt.NDArray[Any]) -> None:
        """Say that arrays of this scratch are not used any more; the caller deletes them."""
        self.held -= sum(a.nbytes for a in arrays if not isinstance(a, np.memmap))


def drop(array: npt.NDArray[Any]) -> None:
    """Let go of the pages of an array on disk; its values stay. Does nothing in memory."""
    mapping = getattr(array, "_mmap", None)
    if mapping is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapping.madvise(mmap.MADV_DONTNEED)
