"""Run one baseline in a process of its own: `child.py TASK`, TASK as JSON.

Its last line of output is JSON: seconds, seconds_reading, accounts, clusters, members; or `skip`,
why it has no findings.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from baselines import BASELINES


def run(task: dict[str, Any]) -> dict[str, Any]:
    """Read the log, run the baseline, write what it finds."""
    from cib.datasets import parse_map, read_log

    baseline = BASELINES[task["baseline"]]
    module, function = baseline.function.split(":")
    call = getattr(importlib.import_module(module), function)
    start = time.perf_counter()
    log = read_log(task["log"], columns=parse_map(task["map"]), extras=(), threads=task["threads"])
    read = time.perf_counter()
    found = call(log, threads=task["threads"], **baseline.parameters)
    done = time.perf_counter()
    found.write(log.account_ids, Path(task["out"]))
    return {
        "seconds": done - read,
        "seconds_reading": read - start,
        "accounts": log.n_accounts,
        "clusters": len(found.clusters),
        "members": sum(len(cluster.members) for cluster in found.clusters),
    }


def main() -> None:
    """Run, and say in one sentence what went wrong."""
    from cib.datasets import CibError

    try:
        out = run(json.loads(sys.argv[1]))
    except MemoryError:
        out = {"skip": "it needs more memory than the machine gives"}
    except (CibError, ValueError) as error:
        out = {"skip": str(error)}
    print(json.dumps(out), flush=True)


if __name__ == "__main__":
    main()
