"""The explorer from Python: a server in a thread, and what a notebook shows of it."""

from __future__ import annotations

import dataclasses
import tempfile
import threading
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from cib import store
from cib.datasets.run_folder import TABLES

if TYPE_CHECKING:
    from cib.run import Run
    from cib.viz.explorer.door.server import Server

NOTEBOOKS = ("http://localhost:*", "http://127.0.0.1:*", "https://localhost:*", "vscode-webview:")
"""Whose pages may show the explorer in a frame: notebooks on this machine."""
HEIGHT = 820


class Exploring:
    """An explorer that runs in a thread.

    Attributes
    ----------
    url : str
        Where a browser on this machine finds it.
    """

    def __init__(
        self, server: Server, start: str, aside: tempfile.TemporaryDirectory[str] | None
    ) -> None:
        self.url = server.url
        self._server, self._start, self._aside = server, start, aside
        self._thread: threading.Thread = server.start()

    @property
    def running(self) -> bool:
        """Whether the server still answers."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop the server and remove what was written for it; doing so twice is no error."""
        if self.running:
            self._server.stop()
            self._thread.join(timeout=10)
        if self._aside is not None:
            with suppress(OSError):
                self._aside.cleanup()
            self._aside = None

    def _repr_html_(self) -> str:
        """What a notebook shows: the explorer in a frame, and a link to it."""
        if not self.running:
            return "<p>This explorer was stopped; call <code>run.explore()</code> again.</p>"
        at = escape(self.url.rstrip("/") + self._start, quote=True)
        return (
            f'<iframe src="{at}" title="cib explorer" width="100%" height="{HEIGHT}" '
            'style="border:1px solid #dedad2;border-radius:10px"></iframe>'
            f'<p><a href="{at}" target="_blank" rel="noopener">Open in a window of its own</a></p>'
        )

    def __repr__(self) -> str:
        return f"<Exploring {self.url}{'' if self.running else ' (stopped)'}>"


def explore(run: Run, *, casebook: str | Path | None = None, port: int = 0) -> Exploring:
    """Start an explorer of one run; see `Run.explore`."""
    from cib.viz.explorer.door.access import open_access
    from cib.viz.explorer.opening import open_explorer, serve

    host = "127.0.0.1"
    access = dataclasses.replace(open_access(host), frames=NOTEBOOKS)
    aside = None
    folder = run.path
    if folder is None:
        aside = tempfile.TemporaryDirectory(prefix="cib-run-")
        folder = _write(run, Path(aside.name))
    book = Path(casebook) if casebook is not None else None
    explorer = open_explorer(folder, access=access, casebook=book)
    return Exploring(serve(explorer, access, host, port), "/", aside)


def _write(run: Run, place: Path) -> Path:
    """Write a run that was kept in memory where the explorer can query it."""
    tables = {name: run.table(name) for name in TABLES}
    with store.staging(place) as folder:
        return store.publish(folder, place, run.id, tables, run.manifest, lambda: "")
