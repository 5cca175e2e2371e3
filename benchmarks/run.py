"""Run every benchmark and renew the table in results.md: `make bench` or `run.py --rows 1e6`.

Each contender runs as a process of its own on the same log, in turn, several times; the table
gives medians of wall time and peak memory and the ratio to this package. Answers are compared
before any time is printed.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pyarrow.parquet as pq
from projection import CONTENDERS

from logs import write_log

HERE = Path(__file__).resolve().parent


def measure(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak memory (GiB) of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed with {process.returncode}")
    return wall, usage.ru_maxrss / 2**20


def projection(n_rows: int, repeats: int, folder: Path) -> list[str]:
    """Compare the contenders on a log of n_rows; returns the rows of the table."""
    log = folder / f"{n_rows}.parquet"
    write_log(log, n_rows)
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in CONTENDERS}
    answers = {}
    for repeat in range(repeats + 1):
        for name in CONTENDERS:
            out = folder / f"{name}.parquet"
            command = [sys.executable, str(HERE / "projection.py"), name, str(log), str(out)]
            result = measure(command)
            answers[name] = pq.read_table(out)
            if repeat:  # the first round warms caches
                runs[name].append(result)
    for name, answer in answers.items():
        if not answer.equals(answers["cib"]):
            raise SystemExit(f"{name} and cib disagree on {n_rows} rows")
    walls = {name: statistics.median(w for w, _ in results) for name, results in runs.items()}
    peaks = {name: statistics.median(p for _, p in results) for name, results in runs.items()}
    return [
        f"| {n_rows:,} | {name} | {walls[name]:.2f} | {walls[name] / walls['cib']:.2f} | "
        f"{peaks[name]:.2f} | {len(answers[name]):,} |"
        for name in CONTENDERS
    ]


def main() -> None:
    """Parse the arguments, run, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, nargs="+", default=[1e5, 1e6, 1e7])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "results.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            row
            for n in arguments.rows
            for row in projection(int(n), arguments.repeats, Path(folder))
        ]
    versions = ", ".join(f"{name} {version(name)}" for name in CONTENDERS)
    arguments.out.write_text(
        f"""# Benchmark results

Made by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, {platform.machine()},
Python {platform.python_version()}, {versions}. Medians of {arguments.repeats} runs of whole
processes, start-up and reading included.

## Projection: account pairs with at least 2 shared contents within 60 s

Contenders write a bucketed equi-join; all find the same pairs with the same weights, or nothing is
printed.

| rows | contender | wall s | times cib | peak GiB | pairs |
|---|---|---|---|---|---|
"""
        + "\n".join(rows)
        + "\n"
    )
    print(arguments.out.read_text())


if __name__ == "__main__":
    main()
