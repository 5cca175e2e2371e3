"""What an account did, read from the log itself, while the log can still be opened."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from cib.datasets.account_rows import AccountRows, account_rows
from cib.datasets.errors import CibError
from cib.datasets.mapping import parse_map
from cib.datasets.sources import list_files
from cib.datasets.wording import duration
from cib.viz.explorer.runs.library import RunFiles

KEPT = 8
"""Accounts whose rows are kept, so that turning a page does not read the log again."""

_lock = threading.Lock()
_known: OrderedDict[tuple[str, int], AccountRows] = OrderedDict()
_reading = threading.Semaphore(2)
"""Logs that are read at a time: the explorer stays quick for everybody else."""


def source_of(run: RunFiles) -> str | None:
    """Return the log of a run, when something is still there; nothing of it is read."""
    source = str(run.manifest.get("source") or "")
    try:
        return source if source and list_files(source) else None
    except (CibError, OSError):
        return None


def how_long(run: RunFiles) -> str:
    """Say how long reading may take, from how long the scan took to read the same log."""
    for stage in run.manifest.get("stages", ()):
        if str(stage.get("name")).startswith("read"):
            took = duration(max(round(float(stage.get("seconds", 0))), 1))
            return f"The scan took {took} to read this log; looking for one account takes less."
    return "This looks into every file of the log."


def history(run: RunFiles, row: int) -> AccountRows:
    """Read an account's rows from the log of a run, or take them from before.

    Raises
    ------
    CibError
        The log is gone or cannot be read, or the account is not in the run.
    """
    key = (run.id, row)
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
    account = run.tables.account(row)
    mapping = parse_map(str(run.manifest.get("configuration", {}).get("map") or ""))
    with _reading:
        found = account_rows(str(run.manifest["source"]), account["account_id"], columns=mapping)
    with _lock:
        _known[key] = found
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return found


def changed(run: RunFiles, found: AccountRows) -> bool:
    """Whether the files of the log are others than those that were scanned."""

    def marks(inputs: Any) -> set[tuple[Any, Any]]:
        return {(one.get("name"), one.get("fingerprint")) for one in inputs}

    return marks(run.manifest.get("inputs", ())) != marks(found.inputs)
