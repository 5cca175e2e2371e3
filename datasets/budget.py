"""What a log may take of memory, and what goes to disk when that is not enough."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from cib.datasets.columns import BY_NAME
from cib.datasets.errors import TemporaryError, UsageError
from cib.datasets.hostile import printable
from cib.datasets.rows import CODES, Rows
from cib.datasets.schema import LogSchema
from cib.datasets.scratch import Scratch

OVERHEAD = 64 * 2**20
"""Batches in flight, file buffers and small tables."""


SHARE_OF_MACHINE = 3
"""A log may take one part in this many of the machine's memory unless it is told otherwise."""

CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
"""Bytes that a container may take, or the word max."""


def default_memory(limit: Path = CGROUP_LIMIT) -> int | None:
    """Bytes for a log when nobody says how many; None where the machine does not tell.

    A third of the machine's memory, or of the container's where that is less: a scan takes half
    as much again while it tests pairs, and others live there, too.
    """
    sizes = []
    with suppress(OSError, ValueError):
        sizes.append(int(limit.read_text()))
    with suppress(AttributeError, OSError, ValueError):
        sizes.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return min(sizes) // SHARE_OF_MACHINE if sizes else None


class Sized(Protocol):
    """Something that knows its memory."""

    @property
    def nbytes(self) -> int:
        """Bytes held."""


def row_dtypes(schema: LogSchema, extras: Sequence[str]) -> dict[str, Any]:
    """The arrays that hold the rows of a log: name to dtype or (dtype, width), as `Rows` takes.

    What is needed most comes first: where memory is short, the last go to disk.
    """
    dtypes: dict[str, Any] = {
        "account_id": np.int32,
        "content_id": np.int32,
        "action": np.int16,
        "ts": np.int64,
    }
    for name in extras:
        if name in schema.families:
            dtypes[name] = CODES
        else:
            dtypes[name] = np.int32 if BY_NAME[name].kind == "int32" else np.int64
            dtypes[f"{name} valid"] = np.bool_
    if "event_id" in schema.refs:
        dtypes["event_id"] = (np.uint64, 2)
    return dtypes


class Budget:
    """Memory for one log: overhead and distinct ids first, the rest for rows and for work.

    Distinct ids are always in memory, because every row looks one up at random. Rows take what
    they leave, and go to disk beyond it. Once all are read, rows keep half of it; the other half
    is for what a stage needs in memory while it runs (`Scratch.work`).

    Parameters
    ----------
    source, rows
        The source and its number of rows, for messages.
    memory
        Bytes in all; None does not limit.
    folder
        Where files go; None takes the system's folder for temporary files.

    Raises
    ------
    UsageError
        No log can be read with so little, or files cannot be made in `folder`.
    """

    def __init__(
        self,
        source: str,
        rows: int,
        memory: int | None,
        folder: str | os.PathLike[str] | None,
    ) -> None:
        self.source = source
        self.rows = rows
        self.memory = memory
        if memory is not None and memory <= OVERHEAD:
            raise UsageError(
                f"--memory {memory_size(memory)} is too little for any log: reading takes "
                f"{memory_size(OVERHEAD)} besides the distinct ids; raise --memory"
            )
        if folder is not None and not (os.path.isdir(folder) and os.access(folder, os.W_OK)):
            raise UsageError(
                f"--scratch {printable(folder, 300)} is not a folder that can be written to; name "
                "another"
            )
        self.scratch = Scratch(None if memory is None else memory - OVERHEAD, folder)

    def count(self, ids: Iterable[Sized], rows: Rows | None = None) -> None:
        """Take note of what ids hold now, and put rows on disk where that is too much.

        Raises
        ------
        TemporaryError
            The ids alone are too much, or the disk has no room.
        """
        if self.memory is None:
            return
        self.scratch.memory = self._left(ids)
        if rows is not None:
            rows.make_room(self.scratch.memory)
            rows.let_go()

    def settle(self, ids: Iterable[Sized], rows: Rows) -> None:
        """Leave half of the memory for work, now that all rows are there.

        Raises
        ------
        TemporaryError
            As for `count`.
        """
        if self.memory is None:
            return
        left = self._left(ids)
        self.scratch.work = left // 2
        self.scratch.memory = left - left // 2
        rows.make_room(self.scratch.memory)
        rows.let_go()

    def _left(self, ids: Iterable[Sized]) -> int:
        """Bytes that the ids leave."""
        assert self.memory is not None
        held = sum(each.nbytes for each in ids)
        left = self.memory - OVERHEAD - held
        if left < 0:
            raise self.exceeded(f"{memory_size(OVERHEAD + held)} for their distinct ids alone")
        return left

    def exceeded(self, needed: str) -> TemporaryError:
        """The error for a log that cannot be read within the memory there is."""
        limit = "" if self.memory is None else f" and --memory allows {memory_size(self.memory)}"
        return TemporaryError(
            f"{printable(self.source, 300)}: {self.rows:,} rows need {needed}{limit}; narrow the "
            "scan with --since, --until or --action, or raise --memory"
        )


def memory_size(n_bytes: int) -> str:
    """Return bytes for a message, as --memory takes them.

    >>> memory_size(3 << 30), memory_size(1)
    ('3.00 GiB', '1 MiB')
    """
    return f"{n_bytes / 2**30:.2f} GiB" if n_bytes >= 2**30 else f"{-(-n_bytes // 2**20)} MiB"
