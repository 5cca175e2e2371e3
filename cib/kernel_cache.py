"""Where compiled kernels are kept: numba's own places, or a private folder when it has none.

Numba keeps compiled code in NUMBA_CACHE_DIR, beside the kernels, or in the user's cache folder,
whichever it can write first, and refuses to compile when it can write none (a read-only
installation run by an account without a home, as batch jobs often are).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"

temporary: str | None = None
"""The private folder of this process, None when kernels are kept for the next one."""


def prepare() -> None:
    """Make sure that compiled kernels can be put somewhere; called before any kernel is imported.

    The folder of last resort is new, unpredictable and closed to other accounts, because what
    lies in such a cache is run as code; it goes when the process ends.
    """
    global temporary
    if any(map(writable, places())):
        return
    import atexit
    import tempfile

    try:
        temporary = tempfile.mkdtemp(prefix="cib-kernels-")
    except OSError:  # then numba says that there is no place
        return
    os.environ[VARIABLE] = temporary  # also tells the processes that this one may start
    if (numba := sys.modules.get("numba")) is not None:
        numba.config.CACHE_DIR = temporary
    atexit.register(remove, temporary, os.getpid())


def places() -> Iterator[str]:
    """Yield the folders that numba tries."""
    if given := os.environ.get(VARIABLE):
        yield given
    yield str(Path(__file__).parent / "__pycache__")
    if sys.platform == "win32":
        user = os.environ.get("LOCALAPPDATA", "~")
    elif sys.platform == "darwin":
        user = "~/Library/Caches"
    else:
        user = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    # who has no home gets "~" back, which is no place to run code from
    if not (folder := os.path.expanduser(user)).startswith("~"):
        yield os.path.join(folder, "numba")


def writable(folder: str) -> bool:
    """Whether a folder can be written, or made.

    Examples
    --------
    >>> writable(os.path.join(os.devnull, "cache"))
    False
    """
    while not os.path.lexists(folder):
        folder = os.path.dirname(os.path.abspath(folder))
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)


def remove(folder: str, owner: int) -> None:
    """Remove a temporary cache, unless this is a forked copy of the process that made it."""
    import shutil

    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
