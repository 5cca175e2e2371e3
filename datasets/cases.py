"""What is in a casebook: events, and where a case stands after all of its own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from cib.datasets.casebook_schema import UNDO

Case = tuple[str, int]
"""A case: the run's name and the cluster's number in it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that somebody did to a case."""

    seq: int
    """1, 2, 3, … over the whole casebook."""
    ts: datetime
    who: str
    run_id: str
    cluster_id: int
    kind: str
    """verdict, note, owner, tag, untag, due or undo."""
    value: Any
    """See `Casebook.decide`; None for undo."""
    undoes: int | None = None
    """The event that this one takes back."""
    undone: bool = False
    """Whether a later event took this one back."""


@dataclass(frozen=True, slots=True)
class CaseState:
    """Where a case stands."""

    verdict: str | None = None
    """confirmed, benign, needs more or duplicate; None while undecided."""
    alternative: str = ""
    """With benign: the innocent explanation."""
    duplicate_of: Case | None = None
    """With duplicate: the case that this one repeats."""
    owner: str | None = None
    due: date | None = None
    tags: tuple[str, ...] = ()
    """By alphabet."""
    notes: tuple[Event, ...] = ()
    """Oldest first."""
    last_seq: int = 0
    """The last event of this case."""
    history: tuple[Event, ...] = field(default=(), repr=False)
    """Every event, oldest first, undone ones included."""


def state_of(events: list[Event]) -> CaseState:
    """Work out where a case stands from all of its events."""
    verdict: Mapping[str, Any] = {}
    owner = due = None
    tags: set[str] = set()
    notes = []
    for event in events:
        if event.undone or event.kind == UNDO:
            continue
        if event.kind == "verdict":
            verdict = event.value
        elif event.kind == "note":
            notes.append(event)
        elif event.kind == "owner":
            owner = event.value
        elif event.kind == "due":
            due = None if event.value is None else date.fromisoformat(event.value)
        elif event.kind == "tag":
            tags.add(event.value)
        elif event.kind == "untag":
            tags.discard(event.value)
    of = verdict.get("of")
    return CaseState(
        verdict.get("verdict"),
        verdict.get("alternative", ""),
        (of[0], of[1]) if of else None,
        owner,
        due,
        tuple(sorted(tags)),
        tuple(notes),
        events[-1].seq if events else 0,
        tuple(events),
    )


def events_of(rows: sqlite3.Cursor) -> list[Event]:
    """Read events (all of a case, oldest first) and mark those that were taken back."""
    found = rows.fetchall()
    undone: set[int] = set()
    # from the last one back: an undo that was undone itself takes nothing back
    for seq, *_, undoes in reversed(found):
        if undoes is not None and seq not in undone:
            undone.add(undoes)
    return [
        Event(
            seq,
            datetime.fromtimestamp(us / 1e6, UTC),
            who,
            run_id,
            cluster_id,
            kind,
            json.loads(value),
            undoes,
            seq in undone,
        )
        for seq, us, who, run_id, cluster_id, kind, value, undoes in found
    ]
