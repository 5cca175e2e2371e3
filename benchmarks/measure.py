"""One whole process: wall time, and peak memory of the process and of all it starts.

The caller must stay small: Linux starts the peak of a new process at the peak of its parent.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from answers import RSS_UNIT

SAMPLE_S = 0.01
"""Shortest pause between two samples."""
LIST_S = 0.25
"""Pause between two looks for new processes, which costs a walk over all of /proc."""
SAMPLING_SHARE = 0.05
"""Largest share of one core that sampling may take; large trees are sampled less often."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one process took."""

    start: float
    """By `time.perf_counter`, whose clock all processes of a machine share."""
    wall: float
    """Seconds from start to end."""
    peaks: list[tuple[float, int]]
    """When the whole tree held more memory than ever before, and how much, in bytes."""
    largest: int
    """Peak of its largest process, in bytes, exactly."""
    code: int
    stopped: str
    """"time" or "memory" when it was killed for passing that limit."""
    out: str
    err: str

    def peak_until(self, moment: float | None) -> int:
        """Largest sample up to a moment; None for the whole run."""
        return max((used for at, used in self.peaks if moment is None or at <= moment), default=0)


def measure(
    command: Sequence[str],
    *,
    time_limit: float,
    memory_limit: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Measured:
    """Run a command to its end, or until it passes a limit (seconds, bytes)."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=out, stderr=err, env=env, cwd=cwd, start_new_session=True
        )
        watch = Watch(process.pid, start + time_limit, memory_limit)
        watch.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            watch.end()
        texts = [(stream.seek(0), stream.read())[1] for stream in (out, err)]
        return Measured(
            start=start,
            wall=wall,
            peaks=watch.peaks,
            largest=usage.ru_maxrss * RSS_UNIT,
            code=process.returncode,
            stopped=watch.stopped,
            out=texts[0],
            err=texts[1],
        )


class Watch(threading.Thread):
    """Samples the memory of a process tree, and kills the tree when it passes a limit."""

    def __init__(self, pid: int, deadline: float, memory_limit: float) -> None:
        super().__init__(daemon=True)
        self.tree = [psutil.Process(pid)]
        self.deadline = deadline
        self.memory_limit = memory_limit
        self.peaks: list[tuple[float, int]] = []
        self.stopped = ""
        self.ended = threading.Event()

    def run(self) -> None:
        """Sample until the process has ended."""
        pause, listed = SAMPLE_S, 0.0
        while not self.ended.wait(pause):
            now = time.perf_counter()
            if now > listed + LIST_S:
                listed = now
                with contextlib.suppress(psutil.Error):
                    self.tree[1:] = self.tree[0].children(recursive=True)
            used = memory_of(self.tree)
            if not self.peaks or used > self.peaks[-1][1]:
                self.peaks.append((now, used))
            if used > self.memory_limit or now > self.deadline:
                self.stopped = "memory" if used > self.memory_limit else "time"
                self.kill()
            pause = max(SAMPLE_S, (time.perf_counter() - now) / SAMPLING_SHARE)

    def end(self) -> None:
        """Stop sampling, and stop whatever the process left behind."""
        self.ended.set()
        self.join()
        self.kill()

    def kill(self) -> None:
        """Kill the processes of the tree; psutil knows a pid that has been given away since."""
        for process in self.tree:
            with contextlib.suppress(psutil.Error):
                process.kill()


def memory_of(tree: Sequence[psutil.Process]) -> int:
    """Bytes that the processes hold; pages they share count once."""
    total = 0
    for process in tree:
        with contextlib.suppress(psutil.Error):
            if len(tree) == 1:
                total += process.memory_info().rss  # the costly look below is not needed
            else:
                full = process.memory_full_info()
                total += getattr(full, "pss", full.rss)
    return total
