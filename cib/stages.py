"""What a scan is doing, how long each stage took, how much memory it needed."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class Reporter:
    """Told about the stages of a job; this one stays silent. Front ends override the methods."""

    def start(self, name: str) -> None:
        """Say that a stage begins."""

    def update(self, done: int, total: int | None) -> None:
        """Say how far the stage has come, in rows or steps; `total` is None when unknown."""

    def note(self, text: str) -> None:
        """Say what the stage is at, in a few words."""

    def finish(self, stage: dict[str, Any]) -> None:
        """Say that a stage is over: its name, seconds and peak memory."""


@dataclass
class Stages:
    """A record of stages, reported as they happen."""

    reporter: Reporter = field(default_factory=Reporter)
    done: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[Reporter]:
        """Time a stage; it is recorded once it ends well."""
        self.reporter.start(name)
        began = time.perf_counter()
        yield self.reporter
        record = {
            "name": name,
            "seconds": round(time.perf_counter() - began, 3),
            "peak_memory_bytes": peak_memory(),
        }
        self.done.append(record)
        self.reporter.finish(record)


def peak_memory() -> int | None:
    """Largest resident memory of this process so far, bytes; None where it is not known."""
    try:  # what getrusage tells begins, on Linux, with what the parent held
        status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
        return int(status.partition("\nVmHWM:")[2].split(maxsplit=1)[0]) * 1024
    except (OSError, IndexError, ValueError):
        pass
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
