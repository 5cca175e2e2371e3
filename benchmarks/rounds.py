"""Run the entries of a block in turn, several times, and compare what they answer."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import measure
from sizes import short_size
from suites import Entry, Suite

HERE = Path(__file__).resolve().parent
CLOSE = 1e-4
"""Largest difference between similarities that count as the same."""
SLOW_S = 300
"""A contender that takes longer than this is run once: noise is small against it."""
THREADS = (
    "POLARS_MAX_THREADS",
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "RAYON_NUM_THREADS",
)


class Disagreement(Exception):
    """Contenders answer differently: their times mean nothing."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to run."""

    data: Path
    repeats: int
    threads: int
    time_limit: float
    """Seconds."""
    memory_limit: float
    """GiB."""


def run_block(
    suite: Suite, size: int, entries: list[Entry], options: Options
) -> list[dict[str, Any]]:
    """Run each entry `repeats` times, in turn, and return one record each.

    Raises
    ------
    Disagreement
        Contenders that must agree do not, or one does not agree with itself.
    """
    runs: list[list[dict[str, Any]]] = [[] for _ in entries]
    status = [f"not run: {entry.not_run}" if entry.not_run else "" for entry in entries]
    with tempfile.TemporaryDirectory(dir=options.data) as scratch:
        for log in dict.fromkeys(log_of(e) for e in entries if not e.not_run):
            make_log(log, options.data)
        for repeat in range(options.repeats):
            for i, entry in enumerate(entries):
                if status[i] or (runs[i] and runs[i][0]["wall"] > SLOW_S):
                    continue
                say(
                    f"{suite.name} {short_size(size)} · {entry.data} · {entry.contender} · "
                    f"run {repeat + 1} of {options.repeats}"
                )
                task = task_of(suite, entry, options, Path(scratch))
                result = run_entry(entry, task, options)
                status[i] = result.get("status", "")
                if not status[i]:
                    runs[i].append(result)
                    check(entries, runs)
    return [
        {
            "suite": suite.name,
            "size": size,
            "rows": entry.rows,
            "data": entry.data,
            "base": entry.base,
            "contender": entry.contender,
            "status": status[i] or "ok",
            "agreement": agreement(entry, mine, references(entries, runs).get(group(entry))),
            **{name: [run[name] for run in mine] for name in ("seconds", "wall", "peak")},
            **({name: mine[0].get(name) for name in ("answers", "note")} if mine else {}),
        }
        for i, (entry, mine) in enumerate(zip(entries, runs, strict=True))
    ]


def say(text: str) -> None:
    """One line of progress; never a time, for nothing has been compared yet."""
    print(text, file=sys.stderr, flush=True)


def log_of(entry: Entry) -> str:
    """The name of the log of an entry."""
    return f"{entry.log}-{short_size(entry.rows)}"


def make_log(name: str, folder: Path) -> None:
    """Make a log, in a process of its own so that this one stays small, and read it once."""
    if not (folder / name).exists():
        say(f"making the log {name}")
    subprocess.run([sys.executable, str(HERE / "logs.py"), name, str(folder)], check=True)
    for path in (folder / name).iterdir():
        with path.open("rb", buffering=0) as file:
            while file.read(1 << 24):
                pass


def task_of(suite: Suite, entry: Entry, options: Options, scratch: Path) -> dict[str, Any]:
    """What a contender is told."""
    folder = (options.data / log_of(entry)).resolve()
    own = scratch / "own"
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir()
    task = {"suite": suite.name, "rows": entry.rows, "threads": options.threads, **entry.task}
    task |= {path.stem: str(path) for path in folder.iterdir() if path.suffix != ".parquet"}
    task |= {"parquet": str(folder / "log.parquet"), "scratch": str(own.resolve())}
    if task.get("warm"):
        small = f"{entry.log}-10k"
        make_log(small, options.data)
        task["small"] = str((options.data / small / "log.parquet").resolve())
    reference = scratch.resolve() / f"{group(entry)}.npz".replace("/", "-")
    if entry.agrees != "none":
        task["reference" if reference.exists() else "save"] = str(reference)
    return task


def run_entry(entry: Entry, task: dict[str, Any], options: Options) -> dict[str, Any]:
    """Run one contender as a process; the result has "status" when there is no answer."""
    script = entry.function.endswith(".py")
    command = [entry.function] if script else [str(HERE / "child.py"), entry.function]
    threads = dict.fromkeys(THREADS, str(options.threads))
    paths = [str(HERE) if script else "", os.environ.get("PYTHONPATH", "")]
    result = measure(
        [sys.executable, *command, json.dumps(task)],
        time_limit=options.time_limit,
        memory_limit=options.memory_limit * 2**30,
        env={**os.environ, **threads, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        cwd=Path(task["scratch"]),
    )
    if result.stopped:
        limits = {
            "time": f"> {options.time_limit:g} s",
            "memory": f"> {options.memory_limit:g} GiB",
        }
        return {"status": limits[result.stopped]}
    lines = result.out.strip().splitlines()
    if result.code or not lines:
        why = (result.err.strip().splitlines() or [f"exit code {result.code}"])[-1]
        for folder in (task["scratch"], options.data, HERE.parent, sys.prefix):
            why = why.replace(f"{folder}/", "")  # the page is no place for people's paths
        return {"status": f"failed: {why[:160]}"}
    try:
        out: dict[str, Any] = json.loads(lines[-1])
    except json.JSONDecodeError:
        return {"status": f"failed: its last line is no JSON: {lines[-1][:80]}"}
    if "skip" in out:
        return {"status": f"not run: {out['skip']}"}
    if not {"seconds", "edges_hash"} <= out.keys():
        return {"status": "failed: it printed no seconds or no edges_hash"}
    ended = out.pop("ended", None)
    out["wall"] = result.wall if ended is None else ended - result.start
    out["peak"] = max(out.get("peak", 0) or result.largest, result.peak_until(ended))
    return out


def group(entry: Entry) -> str:
    """What entries have in common that answer the same question."""
    return f"{entry.data} of {log_of(entry)}"


def references(
    entries: list[Entry], runs: list[list[dict[str, Any]]]
) -> dict[str, tuple[Entry, dict[str, Any]]]:
    """For each question the first entry that has an exact answer, and that answer."""
    out: dict[str, tuple[Entry, dict[str, Any]]] = {}
    for entry, mine in zip(entries, runs, strict=True):
        if mine and entry.agrees in ("exact", "close"):
            out.setdefault(group(entry), (entry, mine[0]))
    return out


def check(entries: list[Entry], runs: list[list[dict[str, Any]]]) -> None:
    """Raise `Disagreement` unless all answers so far agree as they must."""
    known = references(entries, runs)
    for entry, mine in zip(entries, runs, strict=True):
        if not mine:
            continue
        where = f"{group(entry)}: {entry.contender}"
        if len({run["edges_hash"] for run in mine}) > 1:
            raise Disagreement(f"{where} gives different answers in different runs")
        if entry.agrees in ("none", "approximate") or group(entry) not in known:
            continue
        reference, theirs = known[group(entry)]
        compared = mine[0].get("compared")
        if entry.agrees == "contains":
            same = compared is None or not compared["missing"]
        elif entry.agrees == "sample" and compared is None:
            same = True
        elif entry.agrees in ("close", "sample") and compared is not None:
            same = not compared["missing"] and not compared["extra"]
            same &= compared.get("difference", 0.0) <= CLOSE
        else:
            same = mine[0]["edges_hash"] == theirs["edges_hash"]
        if not same:
            counts = [run.get("answers", "unknown") for run in (mine[0], theirs)]
            raise Disagreement(
                f"{where} and {reference.contender} disagree: {counts[0]} and {counts[1]} answers"
                + (f", {compared}" if compared else "")
            )


def agreement(
    entry: Entry, mine: list[dict[str, Any]], known: tuple[Entry, dict[str, Any]] | None
) -> str:
    """What was found about an entry's answer, for the table."""
    if not mine or known is None or known[0] is entry or entry.agrees == "none":
        return ""
    compared = mine[0].get("compared")
    if entry.agrees in ("exact", "close"):
        return "same"
    if compared is None:
        return "not compared"
    if entry.agrees == "sample":
        return "same"
    if entry.agrees == "contains":
        return f"all of them, and {compared['extra']:,} more"
    common = compared["common"]
    recall, precision = (
        common / max(1, common + compared[other]) for other in ("missing", "extra")
    )
    return f"recall {recall:.3f}, precision {precision:.3f}"
