"""Run one contender in a process of its own: `child.py MODULE:FUNCTION TASK`, TASK as JSON.

Prints one line of JSON: seconds, edges_hash, answers, and what `answers.settle` adds.
"""

from __future__ import annotations

import importlib
import json
import sys

from answers import NotRun, settle


def main() -> None:
    """Find the contender, run it, print what it answered."""
    module, function = sys.argv[1].split(":")
    task = json.loads(sys.argv[2])
    try:
        out = settle(task, getattr(importlib.import_module(module), function)(task))
    except NotRun as reason:
        out = {"skip": str(reason)}
    except ModuleNotFoundError as error:
        out = {"skip": f"{error.name} is not installed"}
    print(json.dumps(out), flush=True)


if __name__ == "__main__":
    main()
