"""Saying that kernels are being compiled, exactly when they are, and compiling on two cores."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import event

from cib import kernel_cache, warming

ONCE = "Compiling kernels, once on this machine: up to half a minute."
ALWAYS = (
    "Compiling kernels, up to half a minute every time: no folder can be written to keep them. "
    f"Set {kernel_cache.VARIABLE} to a folder of your own that can be."
)


@contextmanager
def announced(say: Callable[[str], None]) -> Iterator[None]:
    """Call `say` once if numba compiles anything in the block; it stays silent on a warm cache.

    Then a second process compiles what a scan needs last (`warming`), until the block is over.
    """
    listener = Announcer(say)
    event.register("numba:compile", listener)
    try:
        yield
    finally:
        event.unregister("numba:compile", listener)
        if listener.process is not None:
            warming.stop(listener.process)


class Announcer(event.Listener):  # type: ignore[misc]
    """Hears of each compilation; loading compiled code from the cache is none."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say: Callable[[str], None] | None = say
        self.process: subprocess.Popen[bytes] | None = None

    def on_start(self, _: Any) -> None:
        """Speak the first time."""
        say, self.say = self.say, None
        if say is not None:
            self.process = warming.start()
            say(ALWAYS if kernel_cache.temporary else ONCE)

    def on_end(self, _: Any) -> None:
        """Stay silent."""
