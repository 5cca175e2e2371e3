"""How well scans and published methods find rings in synthetic worlds.

    python benchmarks/detection.py --world smoke --seeds 5
    python benchmarks/detection.py --world smoke-zero-ring,smoke-confounders --seeds 5 --only cib
    python benchmarks/detection.py --world smoke --seeds 2 --degrade no-device,minute-rounded
    python benchmarks/detection.py --world curve --seeds 3 --only cib,cib-blocks,volume

For every world, degrade mode and seed: generate, scan, run the baselines, drop the log. What was
found stays in the data folder and is not made again; a run that is stopped goes on where it was. At
the end everything is held against the truth. A folder per world is renewed: `README.md` (tables to
read), `evaluation.parquet` and `rings.parquet` (for programs), `detection.html` (the curves);
several modes have a folder of their own, WORLD-modes.

Baselines read the required columns alone, so modes that take others away change nothing for them:
they run in the modes `full` and `minute-rounded`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baselines import BASELINES
from detection_page import page_of
from run_baselines import RECORD, run_baseline

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "build" / "detection"
SCAN, FULL = "cib", "full"
SCANS = {SCAN: (), "cib-blocks": ("--blocks", "all")}
"""Scans by name, and how they differ from one with default settings."""
EVERYTHING = ",".join((SCAN, *BASELINES))
TIME_LIMIT, MEMORY_LIMIT = 900, 6
"""Seconds and GiB of one baseline."""
_TIMED = (FULL, "minute-rounded")
"""Modes that change what baselines read."""


@dataclass(frozen=True)
class Trial:
    """One log: a world, what it lacks, a seed."""

    world: str
    degrade: str
    seed: int

    def folder(self, data: Path) -> Path:
        return data / self.world / self.degrade / str(self.seed)

    def methods(self, only: list[str]) -> list[str]:
        """Methods to run on this log."""
        return [name for name in only if name in SCANS or self.degrade in _TIMED]


def make(trial: Trial, data: Path, only: list[str], limits: dict[str, Any]) -> None:
    """Generate a log, run the methods that have not run on it, drop the log."""
    folder = trial.folder(data)
    missing = [name for name in trial.methods(only) if not done(folder, name)]
    if not missing:
        return
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.perf_counter()
    command("generate", "--preset", trial.world, "--degrade", trial.degrade, "--seed", trial.seed,
            "--out", folder / "world")  # fmt: skip
    manifest = json.loads((folder / "world" / "manifest.json").read_text())
    said = [f"{manifest['rows']['log']:,} rows in {time.perf_counter() - begin:.0f} s"]
    log = folder / "world" / "log"
    for name in missing:
        begin = time.perf_counter()
        if name in SCANS:
            shutil.rmtree(folder / name, ignore_errors=True)
            command("scan", log, "--out", folder / name, *SCANS[name])
            status = "ok"
        else:
            status = run_baseline(BASELINES[name], str(log), folder / name, **limits)["status"]
        said.append(f"{name} {time.perf_counter() - begin:.0f} s" + (
            "" if status == "ok" else f" ({status})"))  # fmt: skip
    shutil.rmtree(log)
    print(f"{trial.world} {trial.degrade} {trial.seed}: {', '.join(said)}", flush=True)


def command(*words: object) -> None:
    """Run cib as a user would."""
    subprocess.run(
        [sys.executable, "-m", "cib", *map(str, words)],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
    )


def done(folder: Path, method: str) -> bool:
    """Whether a method has run on a log, with findings or a reason for having none."""
    if method in SCANS:
        return found(folder, method) is not None
    return (folder / method / RECORD).exists()


def found(folder: Path, method: str) -> Path | None:
    """Where the findings of a method are, None when there are none."""
    if method in SCANS:
        return next((path.parent for path in (folder / method).glob("*/manifest.json")), None)
    return folder / method if (folder / method / "accounts.parquet").exists() else None


def not_run(trials: list[Trial], data: Path, only: list[str]) -> list[str]:
    """What could not be run on which log, and why."""
    said = []
    for trial in trials:
        for method in trial.methods(only):
            if found(trial.folder(data), method) is None:
                record = json.loads((trial.folder(data) / method / RECORD).read_text())
                where = f"{trial.world} {trial.degrade} {trial.seed}"
                said.append(f"{method} on {where}: {record['status']}.")
    return said


def evaluate(trials: list[Trial], data: Path, only: list[str]) -> Any:
    """Hold all findings against the truth."""
    import cib

    runs, truths, modes = [], [], []
    for method in only:
        for trial in trials:
            where = found(trial.folder(data), method)
            if where is not None:
                runs.append((method, where))
                truths.append(trial.folder(data) / "world")
                modes.append(trial.degrade)
    return cib.evaluate(runs, truths, degrade=modes)


def said(arguments: argparse.Namespace, world: str) -> str:
    """The command that makes a page again."""
    words = ["python benchmarks/detection.py", f"--world {world}", f"--seeds {arguments.seeds}"]
    if arguments.degrade != FULL:
        words.append(f"--degrade {arguments.degrade}")
    if arguments.only != EVERYTHING:
        words.append(f"--only {arguments.only}")
    if arguments.memory_limit != MEMORY_LIMIT:
        words.append(f"--memory-limit {arguments.memory_limit:g}")
    if arguments.time_limit != TIME_LIMIT:
        words.append(f"--time-limit {arguments.time_limit:g}")
    return " ".join(words)


def main() -> None:
    """Parse the arguments, run, renew the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--world", default="smoke", help="presets of cib generate, comma-separated")
    add("--seeds", type=int, default=5, help="seeds 1 … N")
    add("--degrade", default=FULL, help="modes of cib generate, comma-separated")
    add("--only", default=EVERYTHING, help="methods, comma-separated")
    add("--data", type=Path, default=DATA, help="folder for findings")
    add("--out", type=Path, default=HERE / "detection", help="folder for the tables")
    add("--time-limit", type=float, default=TIME_LIMIT, help="seconds, of one baseline")
    add("--memory-limit", type=float, default=MEMORY_LIMIT, help="GiB, of one baseline")
    arguments = parser.parse_args()
    only = arguments.only.split(",")
    unknown = sorted(set(only) - {*SCANS, *BASELINES})
    if unknown:
        parser.error(f"no method {unknown[0]!r}; there are {', '.join((*SCANS, *BASELINES))}")
    limits = {"time_limit": arguments.time_limit, "memory_limit": arguments.memory_limit}
    pages = []
    for world in arguments.world.split(","):
        trials = [
            Trial(world, mode, seed)
            for mode in arguments.degrade.split(",")
            for seed in range(1, arguments.seeds + 1)
        ]
        for trial in trials:
            make(trial, arguments.data, only, limits)
        evaluation = evaluate(trials, arguments.data, only)
        where = arguments.out / (world if arguments.degrade == FULL else f"{world}-modes")
        evaluation.write(where)
        left_out = not_run(trials, arguments.data, only)
        pages.append(page_of(world, said(arguments, world), evaluation, left_out, arguments.data))
        (where / "README.md").write_text(pages[-1] + "\n", encoding="utf-8")
    print("\n\n".join(pages))


if __name__ == "__main__":
    main()
