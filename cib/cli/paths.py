"""Where commands write."""

from __future__ import annotations

from pathlib import Path

import typer


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
