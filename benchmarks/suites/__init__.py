"""The suites: what is compared with what on which logs.

A suite has blocks, one per size: entries that are run in turn. Entries of a block that answer the
same question have the same `data`; the first of them is the reference that the others must agree
with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from sizes import short_size

Agreement = Literal["exact", "close", "sample", "contains", "approximate", "none"]
"""With the reference: the same pairs and weights; the same pairs and nearly the same similarities;
likewise, for some of the accounts; all of its pairs and perhaps more; not asserted but counted;
nothing to compare."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One contender on one log."""

    contender: str
    """Its name in the table."""
    function: str
    """MODULE:FUNCTION below benchmarks/, or the path of a script."""
    data: str
    """What it works on, in words."""
    log: str
    """The name of the log, see logs.py."""
    rows: int
    agrees: Agreement = "exact"
    not_run: str = ""
    """Why it is not run, where it is not."""
    base: str = ""
    """The data of the entry that shows what this one costs more."""
    task: dict[str, Any] = field(default_factory=dict)
    """Settings of this entry."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A column of the table: task seconds divided by those of another entry of the block."""

    title: str
    contender: str | None = None
    """The other entry's contender; None for the same."""
    base: bool = False
    """Whether the other entry works on this one's `base`, and not on the same data."""
    anywhere: bool = False
    """Whether the other entry may work on any data."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A question, and everything that answers it."""

    name: str
    title: str
    text: str
    """How to read the table."""
    blocks: Callable[[int], list[Entry]]
    """The entries for a size; empty where the suite does not have it."""
    ratios: tuple[Ratio, ...]
    answers: str = "pairs"
    """What an answer counts."""
    scripts: bool = True
    """Whether script contenders take part."""
    footer: Callable[[list[dict[str, Any]]], list[str]] | None = None
    """Lines below the table, made from all records of the suite."""


def above(n: int, limit: int, why: str = "") -> str:
    """Why an entry is not run at this size, or nothing."""
    return f"above {short_size(limit)}: {why}" if n > limit else ""
