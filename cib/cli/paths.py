"""Where commands write."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
"""No room on the disk, or no more for this user, which not every system tells."""


def path(text: str) -> Path:
    """Read a path to write to. An empty one, which an unset variable leaves, is no folder.

    Examples
    --------
    >>> path("runs").name
    'runs'
    """
    if not text:  # Path takes it for the current folder
        raise typer.BadParameter("is empty; write . for the current folder.")
    return Path(text)


@contextmanager
def room_in(out: Path) -> Iterator[None]:
    """Turn a disk that is full into one sentence that says where; other failures name a file."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        from cib.store import writing_failed

        raise writing_failed(out, error) from error
