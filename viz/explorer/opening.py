"""From a path to a running explorer: the runs, the casebook, who may come in, the server."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.casebook import Casebook
from cib.datasets.errors import CibError
from cib.datasets.run_folder import is_run
from cib.viz.explorer.app import Explorer, make_app
from cib.viz.explorer.door.access import Access
from cib.viz.explorer.door.gate import protect
from cib.viz.explorer.door.names import Names, names_for, secret_beside
from cib.viz.explorer.door.server import Server
from cib.viz.explorer.door.viewer import current_viewer
from cib.viz.explorer.runs.library import Library
from cib.viz.layout import circle_positions

CASEBOOK = "casebook.sqlite"
"""Where decisions are kept when nothing is said: beside the runs, which they outlive."""

QUIET, PATIENCE = 1.5, 30.0
"""Seconds: what can be made beforehand waits until nobody has asked for so long, or at most so."""


def open_explorer(
    path: Path, *, access: Access, casebook: Path | None = None, pseudonyms: bool = False
) -> Explorer:
    """Open what the pages work with.

    Parameters
    ----------
    path : the folder of a run, or of several
    access : who may come in
    casebook : file with the decisions; `casebook.sqlite` beside the runs when not given
    pseudonyms : hide ids from investigators as well

    Raises
    ------
    BadDataError, UsageError
        There is no run, or the casebook cannot be used.
    """
    library = Library(path)
    book = casebook or beside_runs(path)
    secret = secret_beside(book) if pseudonyms or access.local is None else None

    def names() -> Names:
        return names_for(current_viewer(), secret, pseudonyms=pseudonyms)

    return Explorer(library, Casebook(book), current_viewer, names)


def beside_runs(path: Path) -> Path:
    """Return where the casebook of a run, or of a folder of runs, lies."""
    return (path.resolve().parent if is_run(path) else path) / CASEBOOK


def serve(explorer: Explorer, access: Access, host: str, port: int) -> Server:
    """Return a server for an explorer, which listens already; `run` or `start` it.

    Raises
    ------
    UsageError
        The port cannot be used.
    """
    preparing = threading.Thread(target=prepare, args=(explorer,), daemon=True)

    def finish() -> None:
        explorer.library.close()
        preparing.join(timeout=10)

    server = Server(protect(make_app(explorer), access), host, port, finish=finish)
    preparing.start()
    return server


def prepare(explorer: Explorer) -> None:
    """Make what the pages of the newest run will ask for, while nobody has asked yet."""
    warm_up()
    for run in explorer.library.runs()[:1]:
        wait = partial(run.database.wait_until_quiet, QUIET, PATIENCE)
        with suppress(CibError):  # whoever opens the run is told what is wrong with it
            run.tables.prepare(wait)


def warm_up() -> None:
    """Load what the first picture needs, half a second of libraries and compiled kernels."""
    circle_positions([0, 1], [1, 2], [1.0, 1.0, 1.0])
    pc.fill_null(pa.array([1.0, None]), 0.0)  # pyarrow looks for pandas when it sees a number
