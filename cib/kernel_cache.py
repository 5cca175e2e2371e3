"""Where compiled kernels are kept: numba's own places, or a private folder when it has none.

Numba keeps compiled code in NUMBA_CACHE_DIR, beside the kernels, or in the user's cache folder,
whichever it can write first, and refuses to compile when it can write none (a read-only
installation run by an account without a home, as batch jobs often are).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from threading import RLock
from typing import Any

VARIABLE = "NUMBA_CACHE_DIR"

temporary: str | None = None
"""The private folder of this process, None when kernels are kept for the next one."""

turn = RLock()
"""Held by the thread that reads or writes numba's cache, once `take_turns` was called."""

_has_turn = False


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


def take_turns() -> bool:
    """Let this process and others use numba's cache one after another; False where they cannot.

    numba writes what it compiled in two steps: the index of a function says which file holds which
    types, then comes the file. Each is replaced at once, but two processes that add types to one
    index together may give both the same file, and who reads between the steps, or after the
    process was ended there, may get an older version's code. So both steps are one turn, as is
    reading: the folder is locked as long.
    """
    here = next(filter(writable, places()), None)
    if here is None or not lockable(here):
        return False
    try:
        from numba.core.caching import IndexDataCacheFile as CacheFile

        steps = {name: getattr(CacheFile, name) for name in ("save", "load")}
    except (ImportError, AttributeError):  # these are none of numba's public names
        return False
    for name, step in steps.items():
        if not hasattr(step, "__wrapped__"):
            setattr(CacheFile, name, in_turn(step))
    return True


def in_turn(step: Callable[..., Any]) -> Callable[..., Any]:
    """Let a method of numba's cache files run only while no other thread or process runs one."""

    @wraps(step)
    def run(self: Any, *arguments: Any) -> Any:
        global _has_turn
        with turn:
            if _has_turn:  # one step within another would wait for itself
                return step(self, *arguments)
            _has_turn = True
            try:
                with locked(getattr(self, "_cache_path", "")):
                    return step(self, *arguments)
            finally:
                _has_turn = False

    return run


@contextmanager
def locked(folder: str) -> Iterator[bool]:
    """Wait until no other process holds a folder's lock, and hold it; False where none can be."""
    held = None
    try:
        import fcntl

        held = os.open(folder, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
    except (ImportError, OSError):  # Windows, no such folder, some network drives
        if held is not None:
            os.close(held)
            held = None
    try:
        yield held is not None
    finally:
        if held is not None:
            os.close(held)


def lockable(folder: str) -> bool:
    """Whether a folder, or the one in which it will be made, can be locked."""
    while not os.path.lexists(folder):
        folder = os.path.dirname(os.path.abspath(folder))
    with locked(folder) as held:
        return held
