"""Reading a log: find, validate, quarantine, encode, inspect.

Imports nothing from the rooms to its right (graphs, algorithms, viz, the front).
Start at `reading.py` (`read_log`); what a log may hold is declared in `columns.py`, what reading
delivers in `log.py`. `inspection.py` says what is in a log before anyone scans it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cib.datasets.lazy import offer

if TYPE_CHECKING:
    from cib.datasets.columns import COLUMNS, Column
    from cib.datasets.errors import BadDataError, CibError, TemporaryError, UsageError
    from cib.datasets.footers import fingerprint
    from cib.datasets.hostile import printable
    from cib.datasets.inspection import LogSummary, inspect_log
    from cib.datasets.log import InteractionLog, RowAccounting
    from cib.datasets.mapping import parse_map
    from cib.datasets.reading import read_log

__all__ = [
    "COLUMNS",
    "BadDataError",
    "CibError",
    "Column",
    "InteractionLog",
    "LogSummary",
    "RowAccounting",
    "TemporaryError",
    "UsageError",
    "fingerprint",
    "inspect_log",
    "parse_map",
    "printable",
    "read_log",
]

offer(
    __name__,
    {
        "COLUMNS": "columns",
        "BadDataError": "errors",
        "CibError": "errors",
        "Column": "columns",
        "InteractionLog": "log",
        "LogSummary": "inspection",
        "RowAccounting": "log",
        "TemporaryError": "errors",
        "UsageError": "errors",
        "fingerprint": "footers",
        "inspect_log": "inspection",
        "parse_map": "mapping",
        "printable": "hostile",
        "read_log": "reading",
    },
)
