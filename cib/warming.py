"""A second process that compiles what the end of a scan needs, while the scan compiles the rest.

The first scan on a machine compiles some three hundred kernels, and numba compiles one at a time
in a process. So the command line starts `python -m cib.warming` beside it: that runs the stages
from comparing audiences to judging on a small made-up log, and what it compiles for them lies in
the cache by the time the scan gets there. It is never needed, says nothing, and goes when the scan
does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from threading import Thread

from cib import kernel_cache

ATTENDED = "--attended"
"""Says that whoever started the process holds its standard input open while it is wanted."""

PATIENCE = 5.0
"""Seconds that the process has to finish what it writes when it is told to go."""


def start() -> subprocess.Popen[bytes] | None:
    """Start compiling beside this process; None where that is no use or not possible."""
    if kernel_cache.temporary or not sys.executable:
        return None
    from cib.graphs.threads import n_threads

    if n_threads(None) < 2:
        return None
    if not kernel_cache.take_turns():
        return None
    # the current folder must not become a place to import from
    alone = "-I" if sys.flags.isolated else "-P"
    try:
        return subprocess.Popen(
            [sys.executable, alone, "-m", "cib.warming", ATTENDED],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and wait until it is gone."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        pass
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Compile what the end of a scan needs."""
    if not kernel_cache.take_turns():
        return
    if ATTENDED in sys.argv[1:]:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started this
        Thread(target=_leave_when_told, daemon=True).start()
    from cib.algorithms.clusters import find_clusters
    from cib.algorithms.judgement import judge
    from cib.algorithms.looped import looped_blocks
    from cib.algorithms.mirrored import mirrored_blocks
    from cib.algorithms.odd_hours import odd_hours_blocks
    from cib.algorithms.rare import rare_blocks
    from cib.graphs.layers.content import layers as content_layers
    from cib.tables.building import build_tables
    from cib.warming_log import WINDOW, ring_evidence, small_log

    log = small_log()
    layers = content_layers(log)
    evidence = ring_evidence(layers[0].name)
    # what a scan needs last comes first: going the same way, one would soon catch up with the
    # other, and both compile the same from there on; odd hours and audiences have kernels in common
    clusters = find_clusters(log, layers, evidence, window=[WINDOW], threads=1)
    build_tables(log, evidence, clusters, judge(clusters, layers, evidence))
    looped_blocks(layers, threads=1)
    odd_hours_blocks(layers, threads=1)
    mirrored_blocks(layers, threads=1)
    rare_blocks(layers, threads=1)


def _leave_when_told() -> None:
    """End this process once its standard input is closed, but never within a write to the cache."""
    while os.read(0, 1):
        pass
    with kernel_cache.turn:
        os._exit(0)


if __name__ == "__main__":
    main()
