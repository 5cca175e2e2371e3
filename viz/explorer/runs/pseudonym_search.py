"""Accounts found by their pseudonyms, for those who see no ids."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.viz.explorer.door.names import PREFIX, Names
from cib.viz.explorer.runs.library import RunFiles

KEPT = 8
"""Runs whose pseudonyms are kept."""

_lock = threading.Lock()
_known: OrderedDict[tuple[int, str, str], tuple[npt.NDArray[np.str_], list[int]]] = OrderedDict()


def accounts(names: Names, run: RunFiles, text: str, limit: int) -> list[dict[str, Any]]:
    """Find members of clusters by the beginning of their pseudonym.

    Other accounts have pseudonyms on pages as well, but a hash cannot be searched backwards, and a
    log may have a hundred million of them; so they are not found.

    Parameters
    ----------
    text : a pseudonym, or its beginning; with or without `acct-` in front
    limit : most results

    Returns
    -------
    list of dict
        As `RunTables.search`.
    """
    wanted = text.strip().lower()
    front = f"{PREFIX['account']}-"
    if not wanted.startswith(front):
        wanted = front + wanted
    if len(wanted) < len(front) + 2:
        return []
    pseudonyms, rows = _index(names, run)
    low = int(np.searchsorted(pseudonyms, wanted))
    high = int(np.searchsorted(pseudonyms, wanted + "\x7f"))
    found = []
    for place in range(low, min(high, low + limit)):
        account = run.tables.account(rows[place])
        found.append(
            {
                "what": "account",
                "id": account["account_id"],
                "exact": str(pseudonyms[place]) == wanted,
                "cluster_id": account["cluster_id"],
                "account_row": rows[place],
                "inauthenticity": account["inauthenticity"],
            }
        )
    return found


def _index(names: Names, run: RunFiles) -> tuple[npt.NDArray[np.str_], list[int]]:
    """Return the pseudonyms of all members, sorted, and their rows; made once for each run."""
    key = (id(run), run.id, names.account("probe"))
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
        members = run.tables.source.query(
            """SELECT account_id, file_row_number AS row FROM {accounts:rows}
            WHERE cluster_id IS NOT NULL"""
        )
        said = np.array(
            [names.account(one) for one in members["account_id"].to_pylist()], dtype=np.str_
        )
        order = np.argsort(said, kind="stable")
        rows = members["row"].to_numpy()[order].tolist()
        _known[key] = said[order], rows
        while len(_known) > KEPT:
            _known.popitem(last=False)
        return _known[key]
