"""Run what others do on a log, and write what each finds to a folder of its own.

    python benchmarks/run_baselines.py LOG --baseline rule-2,volume --out FOLDER

Each runs as a process of its own: one that passes a limit or fails is recorded as not run, with
the reason, and the others go on. FOLDER/NAME/ then has the tables of `baselines/findings.py` and
`baseline.json`, which says what was run, how long it took and what came of it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from baselines import BASELINES, TABLES, Baseline
from measure import Measured, measure
from rounds import THREADS

HERE = Path(__file__).resolve().parent
RECORD = "baseline.json"


def run_baseline(
    baseline: Baseline,
    log: str,
    folder: Path,
    *,
    columns: str = "",
    threads: int = 2,
    time_limit: float = 900,
    memory_limit: float = 4,
) -> dict[str, Any]:
    """Run one baseline and return its record, which is in `folder`/baseline.json too.

    Parameters
    ----------
    log : path or URI
    folder : for its findings; those of an earlier call are gone
    columns : as `--map`
    time_limit, memory_limit : seconds and GiB of the whole process

    Returns
    -------
    dict
        The baseline's own fields, `status` ("ok" or "not run: why"), and where it was run `seconds`
        (without reading the log), `seconds_reading`, `peak` (bytes), `accounts`, `clusters` and
        `members`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    forget(folder)
    task = {
        "baseline": baseline.name,
        "log": log,
        "map": columns,
        "out": str(folder),
        "threads": threads,
    }
    paths = [str(HERE), os.environ.get("PYTHONPATH", "")]
    result = measure(
        [sys.executable, "-m", "baselines.child", json.dumps(task)],
        time_limit=time_limit,
        memory_limit=memory_limit * 2**30,
        env={
            **os.environ,
            **dict.fromkeys(THREADS, str(threads)),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        },
    )
    limits = {"time": f"{time_limit:g} s", "memory": f"{memory_limit:g} GiB of memory"}
    outcome = outcome_of(result, limits)
    record = {**asdict(baseline), **outcome}
    if record["status"] == "ok":
        record["peak"] = max(result.largest, result.peak_until(None))
    else:
        forget(folder)  # half of the findings are none
    text = json.dumps(record, indent=2, ensure_ascii=False)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8")
    return record


def forget(folder: Path) -> None:
    """Remove what an earlier call left in its folder, and nothing else."""
    for name in (*(f"{table}.parquet" for table in TABLES), RECORD):
        (folder / name).unlink(missing_ok=True)


def outcome_of(result: Measured, limits: dict[str, str]) -> dict[str, Any]:
    """What came of a process: `status`, and its figures where it has any."""
    if result.stopped:
        return {"status": f"not run: it needs more than {limits[result.stopped]}"}
    lines = result.out.strip().splitlines()
    if result.code or not lines:
        why = (result.err.strip().splitlines() or [f"exit code {result.code}"])[-1]
        return {"status": f"not run: it failed ({why[:200]})"}
    out: dict[str, Any] = json.loads(lines[-1])
    return {"status": f"not run: {out['skip']}"} if "skip" in out else {"status": "ok", **out}


def row(record: dict[str, Any]) -> str:
    """One line of the table."""
    if record["status"] != "ok":
        return f"| {record['name']} | {record['status']} | | | | |"
    return (
        f"| {record['name']} | {record['title']} | {record['seconds']:.1f} "
        f"| {record['peak'] / 2**30:.2f} | {record['clusters']:,} | {record['members']:,} |"
    )


def listed(text: str) -> list[Baseline]:
    """Names of baselines, comma-separated."""
    names = text.split(",")
    unknown = [name for name in names if name not in BASELINES]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"no baseline {unknown[0]!r}; there are {', '.join(BASELINES)}"
        )
    return [BASELINES[name] for name in dict.fromkeys(names)]


def main() -> None:
    """Parse the arguments and run; ends with 1 when a baseline was not run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("log", help="file, folder, glob or URI, as for cib scan")
    add("--baseline", type=listed, default=",".join(BASELINES), help="names; all by default")
    add("--out", type=Path, required=True, help="folder; each baseline gets one in it")
    add("--map", default="", help="foreign column names, as for cib scan")
    add("--threads", type=int, default=2, help="threads of every baseline")
    add("--time-limit", type=float, default=900, help="seconds, of one baseline")
    add("--memory-limit", type=float, default=4, help="GiB, of one baseline")
    arguments = parser.parse_args()
    print("| Baseline | | Seconds | Peak GiB | Clusters | Accounts in them |")
    print("|---|---|---|---|---|---|", flush=True)
    complete = True
    for baseline in arguments.baseline:
        record = run_baseline(
            baseline,
            arguments.log,
            arguments.out / baseline.name,
            columns=arguments.map,
            threads=arguments.threads,
            time_limit=arguments.time_limit,
            memory_limit=arguments.memory_limit,
        )
        print(row(record), flush=True)
        complete &= record["status"] == "ok"
    sys.exit(0 if complete else 1)


if __name__ == "__main__":
    main()
